# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who gets a token, and what a token is good for."""

import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from .driver import JWT_BEARER, KEY, Organisation, assertion, descriptions, public_jwk

OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ask(org, given=None, **fields):
    given = given or assertion()
    return org.ask_token(grant_type=JWT_BEARER, assertion=given, **fields)


def refused(answer, code, word=""):
    assert answer.status_code in (400, 401), answer.text
    assert answer.json()["error"] == code
    assert word in answer.json()["error_description"]


@pytest.mark.parametrize("json_body", [False, True])
def test_assertion_gives_a_token_by_form_and_by_json(org, json_body):
    answer = ask(org, json_body=json_body)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 1800)
    assert body["scope"] == "full notification_management"
    assert answer.headers["cache-control"] == "no-store"


def test_client_credentials_act_for_the_organisation(org):
    org.bearer = org.ask_token(grant_type="client_credentials").json()["access_token"]
    path = org.draft()
    assert org.details(path)["status"] == "DRAFT"


@pytest.mark.parametrize(
    "fields", [{"client_secret": "wrong"}, {"client_id": "nobody"}, {"client_id": None}]
)
def test_wrong_client_is_refused(org, fields):
    answer = ask(org, **fields)
    assert answer.status_code == 401
    refused(answer, "invalid_client")


@pytest.mark.parametrize(
    "given, word",
    [
        ({"kid": "kid-2"}, "kid"),
        ({"kid": None}, "kid"),
        ({"key": OTHER_KEY}, "signature"),
        ({"key": "x" * 64, "algorithm": "HS256"}, "signature"),
        ({"email": "nobody@firma.test"}, "user"),
        ({"email": None}, "user"),
        ({"email": 7}, "user"),
        ({"email_verified": False}, "email_verified"),
        ({"aud": "https://api.autenti.com"}, "refused"),
        ({"aud": None}, "refused"),
        ({"exp": int(time.time()) - 61}, "refused"),
        ({"exp": None}, "refused"),
        ({"iat": int(time.time()) + 3600}, "refused"),
        ({"iat": None}, "refused"),
        ({"jti": None}, "refused"),
    ],
)
def test_wrong_assertion_is_refused(org, given, word):
    refused(ask(org, assertion(**given)), "invalid_grant", word)


def test_text_that_is_no_assertion_is_refused(org):
    refused(ask(org, "three.dots.no"), "invalid_grant", "JWS")


def test_assertion_is_good_once(org):
    given = assertion()
    assert ask(org, given).status_code == 200
    refused(ask(org, given), "invalid_grant", "jti")


def test_user_is_found_whatever_the_case_of_the_email(org):
    assert ask(org, assertion(email="EWA@Firma.test")).status_code == 200


def test_sha512_signatures_are_taken_too(org):
    assert ask(org, assertion(algorithm="RS512")).status_code == 200


def test_key_without_kid_takes_an_assertion_without_kid(server):
    org = Organisation(server, jwks={"keys": [public_jwk(KEY)]})
    assert ask(org, assertion(kid=None)).status_code == 200


def test_of_many_keys_the_kid_selects_one(server):
    keys = [public_jwk(OTHER_KEY, "a"), public_jwk(KEY, "b")]
    org = Organisation(server, jwks={"keys": keys})
    assert ask(org, assertion(kid="b")).status_code == 200
    refused(ask(org, assertion(kid="a")), "invalid_grant", "signature")


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA"},
        {**public_jwk(KEY), "n": "AQAB"},
    ],
)
def test_only_large_rsa_keys_can_be_registered(org, key):
    application = {**org.application, "jwks": {"keys": [key]}}
    assert "RSA key" in descriptions(org.control("/applications", application))


def test_two_keys_of_one_kid_cant_be_registered(org):
    keys = [public_jwk(KEY, "same"), public_jwk(OTHER_KEY, "same")]
    application = {**org.application, "jwks": {"keys": keys}}
    assert "same kid" in descriptions(org.control("/applications", application))


def test_registering_again_replaces(org):
    users = [{"email": "ola@firma.test", "firstName": "Ola", "lastName": "Kos"}]
    answer = org.control("/applications", {**org.application, "users": users})
    assert answer.status_code == 201
    refused(ask(org), "invalid_grant", "user")
    # Ewa's older token fell with her.
    assert org.call("GET", "/document-processes").status_code == 401


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "device_code"}, "unsupported_grant_type"),
        ({"audience": "x"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
def test_malformed_request_is_refused(org, fields, code):
    wanted = {"grant_type": JWT_BEARER, "assertion": assertion(), **fields}
    refused(org.ask_token(**wanted), code)


@pytest.mark.parametrize(
    "options",
    [
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"json": ["grant_type"]},
        {"json": {"grant_type": 7}},
        {"content": b"grant_type=a", "headers": {"Content-Type": "text/plain"}},
        {"data": {"grant_type": ["client_credentials", "client_credentials"]}},
    ],
)
def test_unreadable_request_is_refused(org, options):
    refused(org.http.post("/api/v2/auth/token", **options), "invalid_request")


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "api-key no"]
)
def test_call_without_a_token_is_unauthorised(org, authorization):
    headers = {"Authorization": authorization}
    answer = org.call("GET", "/document-processes", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_token_expires(own_server):
    own_server.configure(token_lifetime=60)
    org = Organisation(own_server).login()
    assert org.call("GET", "/document-processes").status_code == 200
    later = time.time() + 61
    own_server.app.state.emulator.tokens._clock = lambda: later
    assert org.call("GET", "/document-processes").status_code == 401


def test_scope_is_enforced(org):
    org.login(scope="full")
    assert org.call("GET", "/document-processes").status_code == 200
    answer = org.call("GET", "/applications/callbacks")
    assert "notification_management" in descriptions(answer, 403)
    org.login(scope="notification_management")
    assert org.call("GET", "/applications/callbacks").status_code == 200
    assert org.call("GET", "/document-processes").status_code == 403


def test_application_has_no_more_scopes_than_it_was_given(server):
    org = Organisation(server, scopes=["full"])
    refused(ask(org, scope="full notification_management"), "invalid_scope")
    assert ask(org).json()["scope"] == "full"
