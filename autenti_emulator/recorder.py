# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keeps what the API received, in order, for tests to look at."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .facts import API_PREFIX, JSON_TYPE
from .store import Collection

MAX_KEPT = 256 * 1024


class Received(BaseModel):
    """One request. ``body`` is its JSON, null for any other kind of body."""

    at: float
    method: str
    path: str
    status: int
    body: Any = None


class Recorder:
    """ASGI middleware over the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        received: Callable[[], Collection[Received]],
        clock: Callable[[], float],
    ) -> None:
        self._app = app
        self._received = received
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API_PREFIX):
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            record = Received(
                at=self._clock(),
                method=scope["method"],
                path=scope["path"],
                status=exchange.status,
                body=exchange.json(),
            )
            self._received().put(str(uuid4()), record)


class _Exchange:
    """One request and its answer, watched as they pass."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        kind = dict(scope["headers"]).get(b"content-type", b"")
        self._keep = kind.startswith(JSON_TYPE.encode())
        self._body = b""
        self.status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if self._keep and len(self._body) <= MAX_KEPT:
            self._body += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    def json(self) -> Any:
        if not self._body or len(self._body) > MAX_KEPT:
            return None
        try:
            value = json.loads(self._body)
            text = json.dumps(value, ensure_ascii=False)
        except (ValueError, RecursionError):
            return None
        # Half a surrogate pair can be escaped in JSON, but can't be stored.
        return json.loads(text.encode("utf-8", "replace"))
