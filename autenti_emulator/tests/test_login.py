# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Login in a browser, refresh tokens, and the other ways to a token."""

import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from .driver import KEY, Organisation, assertion, descriptions
from .test_oauth import refused

REDIRECT = "https://erp.test/autenti"
CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def address(org, **fields):
    query = {
        "client_id": org.application["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "full",
        "response_type": "code",
        "response_mode": "query",
        "state": "st & te",
        **fields,
    }
    query = {name: value for name, value in query.items() if value is not None}
    return "/api/v2/auth/authorization?" + urlencode(query)


def returned(answer):
    """Parameters with which the browser comes back to the application."""
    assert answer.status_code == 303, answer.text
    url = urlsplit(answer.headers["location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(url.query).items()}


def log_in(org, email="jan@firma.test", **fields):
    answer = org.http.post(address(org, **fields), data={"email": email})
    return returned(answer)


def exchange(org, code, **fields):
    fields = {"code": code, "redirect_uri": REDIRECT, **fields}
    return org.ask_token(grant_type="authorization_code", **fields)


def refresh(org, token, **fields):
    return org.ask_token(grant_type="refresh_token", refresh_token=token, **fields)


def test_login_page_offers_the_users(org):
    answer = org.http.get(address(org))
    assert answer.status_code == 200
    assert "Ewa Lis" in answer.text and "jan@firma.test" in answer.text
    english = org.http.get(address(org, lang="en")).text
    assert "Choose a user" in english
    # The links between languages keep what the application asked for.
    assert "state=st+%26+te" in english


def test_login_gives_a_token_of_the_chosen_user(org):
    back = log_in(org)
    assert back["state"] == "st & te"
    answer = exchange(org, back["code"])
    assert answer.status_code == 200
    body = answer.json()
    assert body["scope"] == "full"
    org.bearer = body["access_token"]
    path = org.draft()
    assert org.control("/processes", method="GET").json()[-1]["sender"] == (
        "jan@firma.test"
    )
    assert org.details(path)["status"] == "DRAFT"


def test_state_may_be_left_out_and_access_denied(org):
    assert set(log_in(org, state=None)) == {"code"}
    assert log_in(org, email="") == {"error": "access_denied", "state": "st & te"}


def test_redirect_address_may_have_a_query(server):
    org = Organisation(server, redirectUrls=[REDIRECT + "?db=1"])
    back = log_in(org, redirect_uri=REDIRECT + "?db=1")
    assert back["db"] == "1" and back["code"]


@pytest.mark.parametrize(
    "fields, error",
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
def test_wrong_request_goes_back_with_the_error(org, fields, error):
    assert returned(org.http.get(address(org, **fields)))["error"] == error


@pytest.mark.parametrize(
    "fields",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": REDIRECT + "/"},
        {"redirect_uri": "https://evil.test/"},
        {"prompt": "login"},
    ],
)
def test_browser_isnt_sent_where_it_may_not_go(org, fields):
    descriptions(org.http.get(address(org, **fields)))
    descriptions(org.http.post(address(org, **fields), data={"email": "x"}))


def test_code_is_good_once_and_its_second_use_revokes_the_login(org):
    code = log_in(org)["code"]
    first = exchange(org, code).json()
    refused(exchange(org, code), "invalid_grant", "used")
    org.bearer = first["access_token"]
    assert org.call("GET", "/document-processes").status_code == 401
    refused(refresh(org, first["refresh_token"]), "invalid_grant", "unknown")


def test_code_is_tied_to_application_and_address(org, server):
    refused(
        exchange(org, log_in(org)["code"], redirect_uri="https://x.test/"),
        "invalid_grant",
    )
    stranger = Organisation(server)
    refused(exchange(stranger, log_in(org)["code"]), "invalid_grant")
    refused(exchange(org, "guess"), "invalid_grant")


def test_refresh_token_rotates_and_reuse_revokes_the_family(org):
    first = exchange(org, log_in(org)["code"]).json()
    second = refresh(org, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    org.bearer = second["access_token"]
    assert org.call("GET", "/document-processes").status_code == 200
    refused(refresh(org, first["refresh_token"]), "invalid_grant", "used")
    assert org.call("GET", "/document-processes").status_code == 401
    refused(refresh(org, second["refresh_token"]), "invalid_grant", "unknown")


def test_refreshing_may_narrow_the_scope_but_not_widen_it(org):
    login = exchange(org, log_in(org, scope="")["code"]).json()
    assert login["scope"] == "full notification_management"
    narrow = refresh(org, login["refresh_token"], scope="full").json()
    assert narrow["scope"] == "full"
    wide = "full notification_management"
    refused(refresh(org, narrow["refresh_token"], scope=wide), "invalid_scope")


def test_refresh_token_of_another_application_is_unknown(org, server):
    token = exchange(org, log_in(org)["code"]).json()["refresh_token"]
    refused(refresh(Organisation(server), token), "invalid_grant", "unknown")


def test_refresh_token_and_code_expire(own_server):
    own_server.configure(refresh_token_lifetime=1)
    org = Organisation(own_server)
    token = exchange(org, log_in(org)["code"]).json()["refresh_token"]
    time.sleep(1.05)
    refused(refresh(org, token), "invalid_grant", "expired")
    code = log_in(org)["code"]
    emulator = own_server.app.state.emulator
    now = time.time()
    emulator.tokens._clock = lambda: now + 61
    refused(exchange(org, code), "invalid_grant", "expired")


def test_client_may_prove_itself_by_an_assertion(org, server):
    client_id = org.application["client_id"]
    for audience in ("autenti.com", server.url + "/api/v2/auth/token"):
        given = assertion(iss=client_id, sub=client_id, aud=audience)
        answer = org.ask_token(
            grant_type="client_credentials",
            client_secret=None,
            client_assertion_type=CLIENT_ASSERTION,
            client_assertion=given,
        )
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("claims", [{"iss": "x"}, {"sub": "x"}, {"aud": "x"}])
def test_wrong_client_assertion_is_refused(org, claims):
    client_id = org.application["client_id"]
    given = assertion(KEY, **{"iss": client_id, "sub": client_id, **claims})
    answer = org.ask_token(
        grant_type="client_credentials",
        client_secret=None,
        client_assertion_type=CLIENT_ASSERTION,
        client_assertion=given,
    )
    refused(answer, "invalid_client")


def test_password_grant_is_off_unless_asked_for(own_server):
    user = {"email": "ewa@firma.test", "firstName": "Ewa", "lastName": "Lis"}
    org = Organisation(own_server, users=[{**user, "password": "hasło"}, user])
    fields = {"grant_type": "password", "username": user["email"]}
    refused(org.ask_token(**fields, password="hasło"), "unauthorized_client")
    own_server.configure(password_grant=True)
    answer = org.ask_token(**fields, password="hasło", scope="full")
    assert answer.status_code == 200
    assert answer.json()["refresh_token"]
    refused(org.ask_token(**fields, password="zło"), "invalid_grant")


def test_user_without_a_password_has_no_password_grant(own_server):
    own_server.configure(password_grant=True)
    org = Organisation(own_server)
    for username in ("ewa@firma.test", "nobody@firma.test"):
        answer = org.ask_token(grant_type="password", username=username, password="")
        refused(answer, "invalid_grant")


def test_api_key_stands_for_the_organisation(server):
    org = Organisation(server, apiKey="klucz")
    headers = {"Authorization": "api-key klucz"}
    answer = org.call("POST", "/document-processes", headers=headers)
    assert answer.status_code == 201
