# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A limit of calls: what the API refuses above so many in any 60 seconds (RFC 6585)."""

import math
from collections import deque
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from . import errors
from .facts import API_PREFIX

MINUTE = 60  # seconds


class RateLimit:
    """ASGI middleware; ``limit`` gives the calls a minute, or None for no limit."""

    def __init__(
        self, app: ASGIApp, limit: Callable[[], int | None], clock: Callable[[], float]
    ) -> None:
        self._app = app
        self._limit = limit
        self._clock = clock
        # When those came that were let through, in the last minute with a limit
        self._moments: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["path"].startswith(API_PREFIX):
            app = self._admit() or app
        await app(scope, receive, send)

    def _admit(self) -> ASGIApp | None:
        """Let a call through, or return what refuses it."""
        limit = self._limit()
        if limit is None:
            self._moments.clear()
            return None
        now = self._clock()
        while self._moments and self._moments[0] <= now - MINUTE:
            self._moments.popleft()
        if len(self._moments) < limit:
            self._moments.append(now)
            return None
        # The next is free when all but `limit - 1` of them are over
        seconds = self._moments[-limit] + MINUTE - now
        headers = {"Retry-After": str(max(1, math.ceil(seconds)))}
        words = f"At most {limit} calls a minute."
        return errors.respond(errors.Refusal("TOO_MANY_REQUESTS", words, 429, headers))
