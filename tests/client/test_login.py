# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A user logs in at Autenti, and the tokens that follow from it."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from client import auth, errors, session
from workspace.servers import emulator

TOKEN = "/api/v2/auth/token"
CALLBACKS = "/api/v2/applications/callbacks"
REDIRECT = "https://erp.test/autenti"
APPLICATION = auth.Application("app-1", "s3cr3t-of-the-application")


class GivenTokens:
    """Hands out what a test gives; None stands for a login that has ended."""

    def __init__(self, *given):
        self._given = list(given)
        self.refused = []

    def get(self):
        if self._given[0] is None:
            raise errors.AutentiError(errors.LOGIN_REQUIRED)
        return self._given[0]

    def invalidate(self, token=None):
        self.refused.append(token)
        self._given.pop(0)


@pytest.fixture
def api(server):
    return session.AutentiSession(f"{server.url}/api/v2", APPLICATION)


def test_the_login_page_is_asked_for_a_code():
    url = auth.authorization_url(
        "https://autenti.test/api/v2/", "app & 1", REDIRECT, "st&te", "full more"
    )
    parts = urlsplit(url)
    assert url.startswith("https://autenti.test/api/v2/auth/authorization?")
    assert parse_qs(parts.query, strict_parsing=True) == {
        "client_id": ["app & 1"],
        "redirect_uri": [REDIRECT],
        "scope": ["full more"],
        "response_type": ["code"],
        "response_mode": ["query"],
        "state": ["st&te"],
    }


def test_a_code_is_changed_for_tokens(server, api):
    answer = {"access_token": "a1", "expires_in": 100, "refresh_token": "r1"}
    server.on("POST", TOKEN, body=answer)
    assert api.exchange_code("c0de", REDIRECT) == auth.Tokens("a1", 100, "r1")
    (request,) = server.requests
    assert request.headers["Authorization"] is None
    assert request.form == {
        "client_id": "app-1",
        "client_secret": "s3cr3t-of-the-application",
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": REDIRECT,
    }


def test_a_refresh_token_is_changed_for_the_next_tokens(server, api):
    answer = {"access_token": "a2", "expires_in": 100, "refresh_token": "r2"}
    server.on("POST", TOKEN, body=answer)
    assert api.refresh("r1") == auth.Tokens("a2", 100, "r2")
    assert server.requests[0].form == {
        "client_id": "app-1",
        "client_secret": "s3cr3t-of-the-application",
        "grant_type": "refresh_token",
        "refresh_token": "r1",
    }


@pytest.mark.parametrize("given", [{}, {"refresh_token": None}, {"refresh_token": 7}])
def test_an_answer_may_lack_a_refresh_token(server, api, given):
    server.on("POST", TOKEN, body={"access_token": "a2", "expires_in": 100, **given})
    assert api.refresh("r1").refresh_token is None


@pytest.mark.parametrize("call", ["exchange_code", "refresh"])
@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (400, {"error": "invalid_grant"}, errors.LOGIN_REQUIRED),
        (401, {"error": "invalid_grant"}, errors.LOGIN_REQUIRED),
        # Words that tell of the assertion when there is one
        (
            400,
            {"error": "invalid_grant", "error_description": "unknown user or key"},
            errors.LOGIN_REQUIRED,
        ),
        (400, b"<html>", errors.LOGIN_REQUIRED),
        (401, {"error": "invalid_client"}, errors.INVALID_CLIENT),
        (401, b"", errors.INVALID_CLIENT),
        (400, {"error": "unauthorized_client"}, errors.FORBIDDEN),
        (503, b"", errors.SERVER_ERROR),
        (200, {"refresh_token": "r2"}, errors.INVALID_RESPONSE),
    ],
)
def test_a_refusal_says_what_is_wrong(server, api, call, status, answer, code):
    server.on("POST", TOKEN, status, answer)
    arguments = {"exchange_code": ("c0de", REDIRECT), "refresh": ("r1",)}[call]
    with pytest.raises(errors.AutentiError) as caught:
        getattr(api, call)(*arguments)
    assert caught.value.code == code
    assert len(server.requests) == 1


def test_a_refusal_quotes_no_secret(server, api):
    for call, secret in (
        (lambda secret: api.exchange_code(secret, REDIRECT), f"c0de-{'c' * 20}"),
        (api.refresh, f"r3fresh-{'r' * 20}"),
    ):
        # The last one would be cut through
        words = f"{secret} {APPLICATION.client_secret} {'x' * 120} {secret}"
        server.on("POST", TOKEN, 400, {"error_description": words})
        with pytest.raises(errors.AutentiError) as caught:
            call(secret)
        assert caught.value.detail == f"*** *** {'x' * 120} ***"
        server.requests.clear()
        server._answers.clear()


def test_tokens_and_application_hide_their_secrets():
    text = repr((APPLICATION, auth.Tokens("acc3ss", 10, "r3fresh")))
    for secret in ("s3cr3t", "acc3ss", "r3fresh"):
        assert secret not in text


def test_a_session_takes_its_tokens_from_elsewhere(server):
    server.on("GET", CALLBACKS, 401)
    server.on("GET", CALLBACKS, body=[])
    tokens = GivenTokens("a1", "a2")
    api = session.AutentiSession(f"{server.url}/api/v2", APPLICATION, tokens=tokens)
    assert api.list_callbacks() == []
    sent = [request.headers["Authorization"] for request in server.to(CALLBACKS)]
    assert sent == ["Bearer a1", "Bearer a2"]
    assert tokens.refused == ["a1"]


def test_a_login_that_has_ended_is_told(server):
    server.on("GET", CALLBACKS, 401)
    tokens = GivenTokens("a1", None)
    api = session.AutentiSession(f"{server.url}/api/v2", APPLICATION, tokens=tokens)
    with pytest.raises(errors.AutentiError) as caught:
        api.list_callbacks()
    assert caught.value.code == errors.LOGIN_REQUIRED


class TestAgainstEmulator:
    """From the login page to a call in the user's name."""

    @pytest.fixture(scope="class")
    def remote(self, tmp_path_factory):
        with emulator(tmp_path_factory.mktemp("emulator")) as server:
            application = {
                "client_id": APPLICATION.client_id,
                "client_secret": APPLICATION.client_secret,
                "organisation": "Stal SA",
                "users": [
                    {"email": "ewa@firma.test", "firstName": "Ewa", "lastName": "Lis"}
                ],
                "redirectUrls": [REDIRECT],
            }
            url = f"{server.url}/emulator/applications"
            requests.post(url, json=application, timeout=10).raise_for_status()
            yield server

    @pytest.fixture
    def api(self, remote):
        return session.AutentiSession(f"{remote.url}/api/v2", APPLICATION)

    def log_in(self, remote, email="ewa@firma.test"):
        """Choose a user on the login page, and return what the browser brings back."""
        url = auth.authorization_url(
            f"{remote.url}/api/v2",
            APPLICATION.client_id,
            REDIRECT,
            "st&te",
            "full notification_management",
        )
        answer = requests.post(
            url, data={"email": email}, timeout=10, allow_redirects=False
        )
        assert answer.headers["Location"].startswith(f"{REDIRECT}?")
        return dict(
            (name, value)
            for name, [value] in parse_qs(
                urlsplit(answer.headers["Location"]).query
            ).items()
        )

    def test_a_user_logs_in_and_is_acted_for(self, remote, api):
        back = self.log_in(remote)
        assert back["state"] == "st&te"
        tokens = api.exchange_code(back["code"], REDIRECT)
        assert tokens.lifetime > 0
        given = GivenTokens(tokens.access_token)
        mine = session.AutentiSession(f"{remote.url}/api/v2", APPLICATION, tokens=given)
        assert mine.list_callbacks() == []

    def test_a_user_who_refuses_is_told_of_by_an_error(self, remote):
        back = self.log_in(remote, email="")
        assert back == {"error": "access_denied", "state": "st&te"}

    def test_each_refresh_token_is_good_once(self, remote, api):
        first = api.exchange_code(self.log_in(remote)["code"], REDIRECT)
        second = api.refresh(first.refresh_token)
        assert second.refresh_token != first.refresh_token
        third = api.refresh(second.refresh_token)
        with pytest.raises(errors.AutentiError) as caught:
            api.refresh(second.refresh_token)
        assert caught.value.code == errors.LOGIN_REQUIRED
        # Whoever uses an old one may be a thief, so all of the login ends
        with pytest.raises(errors.AutentiError) as caught:
            api.refresh(third.refresh_token)
        assert caught.value.code == errors.LOGIN_REQUIRED

    def test_a_code_belongs_to_its_address_and_is_good_once(self, remote, api):
        code = self.log_in(remote)["code"]
        with pytest.raises(errors.AutentiError) as caught:
            api.exchange_code(code, f"{REDIRECT}/")
        assert caught.value.code == errors.LOGIN_REQUIRED
        with pytest.raises(errors.AutentiError) as caught:
            api.exchange_code(code, REDIRECT)
        assert caught.value.code == errors.LOGIN_REQUIRED
