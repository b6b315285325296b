# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Above a limit of calls a minute the API says no, and when to come again."""

import asyncio

import pytest
from starlette.responses import Response

from autenti_emulator.rate_limit import RateLimit

from .driver import descriptions

READ = "/api/v2/document-processes/DOCUMENT_PROCESS:1"


@pytest.fixture
def limited(own_server):
    own_server.configure(calls_per_minute=3)
    return own_server


def test_the_next_call_is_refused(limited):
    for _call in range(3):
        assert limited.http.get(READ).status_code == 401
    answer = limited.http.get(READ)
    descriptions(answer, status=429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    # Tokens count, and what only an emulator has doesn't
    assert limited.http.post("/api/v2/auth/token").status_code == 429
    received = limited.http.get("/emulator/requests").json()
    assert [each["status"] for each in received] == [401] * 3 + [429] * 2


def test_the_limit_can_be_lifted(limited):
    for _call in range(4):
        answer = limited.http.get(READ)
    assert answer.status_code == 429
    limited.configure()
    assert limited.http.get(READ).status_code == 401


@pytest.mark.parametrize("calls", [0, -1, "many"])
def test_what_is_no_limit_is_refused(own_server, calls):
    answer = own_server.http.put("/emulator/settings", json={"calls_per_minute": calls})
    assert answer.status_code == 400


def test_the_minute_slides():
    clock = []
    middleware = RateLimit(Response(), lambda: 2, lambda: clock[-1])

    def call(moment):
        sent = []
        clock.append(moment)

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": READ, "headers": []}
        asyncio.run(middleware(scope, None, send))
        headers = dict(sent[0]["headers"])
        return sent[0]["status"], int(headers.get(b"retry-after", 0))

    moments = (0.0, 59.0, 59.5, 60.0, 60.5, 118.9, 119.0)
    answers = [call(moment) for moment in moments]
    # A refused call takes nobody's place
    assert answers == [
        (200, 0),
        (200, 0),
        (429, 1),
        (200, 0),
        (429, 59),
        (429, 1),
        (200, 0),
    ]
