# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A limiter is asked before each HTTP request, and told when Autenti wants a pause."""

import pytest
from client import assumptions, auth, errors, session

PROCESS = "/api/v2/document-processes/p"


class Limiter:
    """Lets so many calls go, and remembers the pauses."""

    def __init__(self):
        self.left = 100
        self.pauses = []

    def acquire(self):
        if not self.left:
            raise errors.AutentiError(errors.PAUSED, retry_after=5)
        self.left -= 1

    def pause(self, seconds):
        self.pauses.append(seconds)


@pytest.fixture
def limiter():
    return Limiter()


@pytest.fixture
def api(autenti, credentials, limiter):
    return session.AutentiSession(
        f"{autenti.url}/api/v2",
        credentials,
        token_cache=auth.TokenCache(),
        limiter=limiter,
    )


def test_each_request_is_asked_for(api, autenti, limiter):
    autenti.on("GET", PROCESS, 401)
    autenti.on("GET", PROCESS, body={"id": "p"})
    api.get_process("p")
    # Two tokens and two readings
    assert 100 - limiter.left == len(autenti.requests) == 4
    assert limiter.pauses == []


def test_nothing_is_sent_that_the_limiter_refuses(api, autenti, limiter):
    limiter.left = 1
    with pytest.raises(errors.AutentiError) as caught:
        api.get_process("p")
    assert (caught.value.code, caught.value.retry_after) == (errors.PAUSED, 5)
    assert [request.path for request in autenti.requests] == ["/api/v2/auth/token"]
    assert api.take_call_count() == 1


def test_calls_for_tokens_count_as_assumed(api, autenti, limiter, monkeypatch):
    monkeypatch.setattr(assumptions, "TOKEN_CALLS_COUNT", False)
    limiter.left = 0
    api.check_token()
    assert len(autenti.requests) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", assumptions.RATE_LIMIT_PAUSE),
        ("soon", assumptions.RATE_LIMIT_PAUSE),
        (None, assumptions.RATE_LIMIT_PAUSE),
    ],
)
def test_a_429_pauses_all(api, autenti, limiter, header, seconds):
    headers = {"Retry-After": header} if header else {}
    autenti.on("GET", PROCESS, 429, headers=headers)
    with pytest.raises(errors.AutentiError) as caught:
        api.get_process("p")
    assert caught.value.code == errors.RATE_LIMITED
    assert limiter.pauses == [seconds]


def test_other_refusals_pause_nobody(api, autenti, limiter):
    autenti.on("GET", PROCESS, 503, headers={"Retry-After": "7"})
    with pytest.raises(errors.AutentiError):
        api.get_process("p")
    assert limiter.pauses == []
