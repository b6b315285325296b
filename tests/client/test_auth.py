# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Access tokens: how they are asked for, kept, and refused."""

import dataclasses
import threading
import time
import uuid

import jwt
import pytest
from client import auth, errors, jwk, session

TOKEN = "/api/v2/auth/token"


def decode(assertion, private_key):
    key = jwk.load_private_key(private_key).public_key()
    options = {"verify_exp": False, "verify_iat": False}
    return jwt.decode(
        assertion, key, algorithms=["RS256"], audience="autenti.com", options=options
    )


def test_the_assertion_names_the_organisation_and_the_user(credentials, private_key):
    claims = decode(auth.build_assertion(credentials, now=1893456000.9), private_key)
    assert uuid.UUID(claims.pop("jti"))
    assert claims == {
        "aud": "autenti.com",
        "iss": "org-42",
        "sub": "odoo-user-7",
        "email": "ewa@firma.test",
        "email_verified": True,
        "iat": 1893456000,
        "exp": 1893456300,
    }


def test_the_assertion_is_of_now_by_default(credentials, private_key):
    before = int(time.time())
    claims = decode(auth.build_assertion(credentials), private_key)
    assert before <= claims["iat"] <= time.time()


def test_the_assertion_names_its_key(credentials):
    header = jwt.get_unverified_header(auth.build_assertion(credentials))
    assert header == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}


def test_a_key_without_id_is_not_named(credentials):
    nameless = dataclasses.replace(credentials, key_id="")
    header = jwt.get_unverified_header(auth.build_assertion(nameless))
    assert header == {"alg": "RS256", "typ": "JWT"}


def test_no_two_assertions_are_equal(credentials, private_key):
    first, second = (
        decode(auth.build_assertion(credentials), private_key) for _ in range(2)
    )
    assert first["jti"] != second["jti"]


def test_credentials_hide_their_secrets(credentials):
    assert "s3cr3t" not in repr(credentials)
    assert "PRIVATE KEY" not in repr(credentials)


def test_a_token_is_asked_for_by_jwt_bearer(api, autenti, private_key):
    api.check_token()
    (request,) = autenti.requests
    assert (request.method, request.path) == ("POST", TOKEN)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Authorization"] is None
    form = request.form
    assert decode(form.pop("assertion"), private_key)["email"] == "ewa@firma.test"
    assert form == {
        "client_id": "app-1",
        "client_secret": "s3cr3t-of-the-application",
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    }


def test_no_password_of_the_machine_is_sent(api, autenti, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api.check_token()
    assert autenti.requests[0].headers["Authorization"] is None


def test_a_token_serves_until_shortly_before_its_end(autenti, credentials, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(auth.time, "monotonic", lambda: now)
    cache = auth.TokenCache()
    lives = iter([auth.Tokens("a", 100), auth.Tokens("b", 100)])
    assert cache.get("key", lambda: next(lives)) == "a"
    now = 1054.9
    assert cache.get("key", lambda: next(lives)) == "a"
    now = 1055.0
    assert cache.get("key", lambda: next(lives)) == "b"


def test_even_a_very_short_token_serves_for_a_while(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(auth.time, "monotonic", lambda: now)
    cache = auth.TokenCache()
    lives = iter([auth.Tokens("a", 10), auth.Tokens("b", 10)])
    cache.get("key", lambda: next(lives))
    now = 1004.9
    assert cache.get("key", lambda: next(lives)) == "a"
    now = 1005.0
    assert cache.get("key", lambda: next(lives)) == "b"


def test_many_threads_ask_once():
    cache = auth.TokenCache()
    calls = []

    def fetch():
        calls.append(threading.get_ident())
        time.sleep(0.05)
        return auth.Tokens("token", 1800)

    tokens = []
    threads = [
        threading.Thread(target=lambda: tokens.append(cache.get("key", fetch)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokens == ["token"] * 20
    assert len(calls) == 1


def test_one_users_refresh_does_not_hold_up_another(credentials):
    cache = auth.TokenCache()
    waiting, go = threading.Event(), threading.Event()

    def slow():
        waiting.set()
        go.wait(5)
        return auth.Tokens("slow", 1800)

    thread = threading.Thread(target=lambda: cache.get("one", slow))
    thread.start()
    waiting.wait(5)
    assert cache.get("other", lambda: auth.Tokens("quick", 1800)) == "quick"
    go.set()
    thread.join()


def test_a_newer_token_survives_the_refusal_of_an_older():
    cache = auth.TokenCache()
    cache.get("key", lambda: auth.Tokens("new", 1800))
    cache.invalidate("key", "old")
    assert cache.get("key", lambda: auth.Tokens("newest", 1800)) == "new"
    cache.invalidate("key", "new")
    assert cache.get("key", lambda: auth.Tokens("newest", 1800)) == "newest"


def test_a_cleared_cache_knows_nothing():
    cache = auth.TokenCache()
    cache.get("key", lambda: auth.Tokens("old", 1800))
    cache.clear()
    assert cache.get("key", lambda: auth.Tokens("new", 1800)) == "new"


def test_a_failed_fetch_is_tried_again():
    cache = auth.TokenCache()
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 / 0)
    assert cache.get("key", lambda: auth.Tokens("token", 1800)) == "token"


def test_sessions_of_one_user_share_the_token(autenti, credentials):
    for _ in range(2):
        autenti.on("GET", "/api/v2/applications/callbacks", body=[])
        session.AutentiSession(f"{autenti.url}/api/v2", credentials).list_callbacks()
    assert len(autenti.to(TOKEN)) == 1


def test_a_cache_of_its_own_shares_nothing(api, autenti, credentials):
    autenti.on("GET", "/api/v2/applications/callbacks", body=[])
    api.list_callbacks()
    session.AutentiSession(f"{autenti.url}/api/v2", credentials).list_callbacks()
    assert len(autenti.to(TOKEN)) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"client_id": "app-2"},
        {"client_secret": "another"},
        {"key_id": "key-2"},
        {"email": "adam@firma.test"},
    ],
)
def test_other_credentials_get_a_token_of_their_own(autenti, credentials, other):
    autenti.on("GET", "/api/v2/applications/callbacks", body=[])
    for these in (credentials, dataclasses.replace(credentials, **other)):
        session.AutentiSession(f"{autenti.url}/api/v2", these).list_callbacks()
    sent = [r.headers["Authorization"] for r in autenti.requests if r.method == "GET"]
    assert sent == ["Bearer token-1", "Bearer token-2"]


def test_a_check_asks_for_a_fresh_token(api, autenti):
    api.check_token()
    api.check_token()
    assert len(autenti.to(TOKEN)) == 2


@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [
        ({"expires_in": 1800}, 1800),
        # The assumed lifetime
        ({}, 300),
        ({"expires_in": None}, 300),
        ({"expires_in": 0}, 300),
        ({"expires_in": -5}, 300),
        ({"expires_in": "soon"}, 300),
    ],
)
def test_a_token_serves_as_long_as_autenti_says(
    server, credentials, monkeypatch, lifetime, seconds
):
    now = 1000.0
    monkeypatch.setattr(auth.time, "monotonic", lambda: now)
    server.on("POST", TOKEN, body={"access_token": "token", **lifetime})
    server.on("GET", "/api/v2/applications/callbacks", body=[])
    api = session.AutentiSession(f"{server.url}/api/v2", credentials)
    api.list_callbacks()
    now = 1000 + seconds - 46
    api.list_callbacks()
    assert len(server.to(TOKEN)) == 1
    now = 1000 + seconds - 44
    api.list_callbacks()
    assert len(server.to(TOKEN)) == 2


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (401, {"error": "invalid_client"}, errors.INVALID_CLIENT),
        (400, {"error": "invalid_client"}, errors.INVALID_CLIENT),
        (
            400,
            {"error": "invalid_grant", "error_description": "Unknown key id."},
            errors.INVALID_KEY,
        ),
        (
            400,
            {"error": "invalid_grant", "error_description": "Bad signature"},
            errors.INVALID_KEY,
        ),
        (
            400,
            {"error": "invalid_grant", "error_description": "No user ewa@firma.test"},
            errors.UNKNOWN_USER,
        ),
        (
            400,
            {"error": "invalid_grant", "error_description": "Wrong e-mail"},
            errors.UNKNOWN_USER,
        ),
        # "monkey" holds "key", but is another word
        (
            400,
            {"error": "invalid_grant", "error_description": "a monkey"},
            errors.INVALID_GRANT,
        ),
        (400, {"error": "invalid_grant"}, errors.INVALID_GRANT),
        (401, {"error": "invalid_grant"}, errors.INVALID_GRANT),
        (400, {"error": "unsupported_grant_type"}, errors.INVALID_GRANT),
        (400, {"error": "unauthorized_client"}, errors.FORBIDDEN),
        # Should Autenti not follow the standard
        (401, b"<html>", errors.INVALID_CLIENT),
        (400, b"<html>", errors.INVALID_GRANT),
        (400, {"errors": [{"description": "Bad key"}]}, errors.INVALID_KEY),
        (403, {"message": "Unknown user"}, errors.UNKNOWN_USER),
    ],
)
def test_a_refusal_says_what_is_wrong(server, credentials, status, answer, code):
    server.on("POST", TOKEN, status, answer)
    api = session.AutentiSession(f"{server.url}/api/v2", credentials)
    with pytest.raises(errors.AutentiError) as caught:
        api.check_token()
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "two words"},
        {"access_token": "żeton"},
        {"access_token": "line\n"},
        [],
        b"",
        b"<html>",
    ],
)
def test_an_answer_without_token_is_a_failure(server, credentials, answer):
    server.on("POST", TOKEN, body=answer)
    api = session.AutentiSession(f"{server.url}/api/v2", credentials)
    with pytest.raises(errors.AutentiError) as caught:
        api.check_token()
    assert caught.value.code == errors.INVALID_RESPONSE


def test_an_overloaded_token_endpoint_may_be_asked_again(server, credentials):
    server.on("POST", TOKEN, 429, headers={"Retry-After": "7"})
    api = session.AutentiSession(f"{server.url}/api/v2", credentials)
    with pytest.raises(errors.AutentiError) as caught:
        api.check_token()
    assert (caught.value.code, caught.value.retry_after) == (errors.RATE_LIMITED, 7)


def test_an_unfit_private_key_never_leaves(server, credentials):
    unfit = dataclasses.replace(credentials, private_key="-----BEGIN nothing")
    api = session.AutentiSession(f"{server.url}/api/v2", unfit)
    with pytest.raises(errors.AutentiError) as caught:
        api.check_token()
    assert caught.value.code == errors.INVALID_KEY
    assert server.requests == []


def test_an_address_without_the_api_is_no_missing_document(server, credentials):
    server.on("POST", TOKEN, 404)
    api = session.AutentiSession(
        f"{server.url}/api/v2", credentials, token_cache=auth.TokenCache()
    )
    with pytest.raises(errors.AutentiError) as caught:
        api.check_token()
    error = caught.value
    assert (error.code, error.status) == (errors.INVALID_RESPONSE, 404)
    assert "address" in error.detail
