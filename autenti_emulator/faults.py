# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Faults on demand: what a client must survive, at the calls that a test chooses.

A rule matches calls of the API by method and path, or callbacks by POST and their
address, and fires by count or by chance. Chance comes from the rule's own seed, so the
same calls in the same order meet the same faults. Rules live until they are replaced,
cleared, or the emulator ends.
"""

import asyncio
import json
from collections.abc import MutableMapping, Sequence
from fnmatch import fnmatchcase
from random import Random
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .schemas import Wire
from .settings import Seconds

# Where the server leaves the connection of a request: see ``server.py``.
CONNECTION = "autenti_emulator.connection"
# Where reads find by how many seconds they are behind
STALE, LATE = "autenti_emulator.stale", "autenti_emulator.late"


class Status(Wire):
    """Answer this instead of doing the work."""

    type: Literal["status"]
    status: Annotated[int, Field(ge=400, le=599)]
    headers: dict[str, str] = {}
    body: Any = None


class Delay(Wire):
    """Let the call wait before the work."""

    type: Literal["delay"]
    seconds: Seconds


class DelayAfter(Wire):
    """Do the work, and let the answer wait."""

    type: Literal["delay_after"]
    seconds: Seconds


class ResetBefore(Wire):
    """Reset the connection; nothing is done."""

    type: Literal["reset_before"]


class ResetAfter(Wire):
    """Do the work, then reset the connection without an answer."""

    type: Literal["reset_after"]


class Truncate(Wire):
    """Do the work, send half of the body, close the connection."""

    type: Literal["truncate"]


class Stale(Wire):
    """For so long after a process ended, reads show it as it was before its end."""

    type: Literal["stale"]
    seconds: Seconds


class LateFile(Wire):
    """For so long after they are due, reads don't show the signed files."""

    type: Literal["late_file"]
    seconds: Seconds


class CallbackLost(Wire):
    """Never post it."""

    type: Literal["callback_lost"]


class CallbackDuplicated(Wire):
    """Post it twice."""

    type: Literal["callback_duplicated"]


class CallbackReordered(Wire):
    """Post it after the next one to that address, or after so many seconds."""

    type: Literal["callback_reordered"]
    seconds: Seconds = 5


class CallbackDelayed(Wire):
    """Post it so much later."""

    type: Literal["callback_delayed"]
    seconds: Seconds


class CallbackForeignKey(Wire):
    """Sign it with a key that isn't published."""

    type: Literal["callback_foreign_key"]


CallAction = (
    Status | Delay | DelayAfter | ResetBefore | ResetAfter | Truncate | Stale | LateFile
)
CallbackAction = (
    CallbackLost
    | CallbackDuplicated
    | CallbackReordered
    | CallbackDelayed
    | CallbackForeignKey
)


class Rule(Wire):
    """When to do what. ``path`` may have wildcards: ``*/files``."""

    method: str = "*"
    path: str = "*"
    # Of the calls that match, those with these numbers, from 1
    nth: list[Annotated[int, Field(ge=1)]] | None = None
    # and of those this part
    probability: Annotated[float, Field(ge=0, le=1)] = 1
    seed: int = 0
    action: Annotated[CallAction | CallbackAction, Field(discriminator="type")]


class RuleState(BaseModel):
    """A rule, and how often it matched and fired."""

    rule: Rule
    matched: int = 0
    fired: int = 0


class Rules(Wire):
    rules: list[Rule]


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self.states: list[RuleState] = []
        self._chances: list[Random] = []

    def replace(self, rules: Sequence[Rule]) -> None:
        """Put these rules in force, with counts at nought."""
        self.states = [RuleState(rule=rule) for rule in rules]
        self._chances = [Random(rule.seed) for rule in rules]

    def fire(self, method: str, path: str, callback: bool = False) -> list[Any]:
        """Actions for this call, or for this callback, in the order of the rules."""
        return [
            state.rule.action
            for state, chance in zip(self.states, self._chances, strict=True)
            if isinstance(state.rule.action, CallbackAction) == callback
            and fnmatchcase(method, state.rule.method)
            and fnmatchcase(path, state.rule.path)
            and self._fires(state, chance)
        ]

    def _fires(self, state: RuleState, chance: Random) -> bool:
        state.matched += 1
        # Drawn for every match, so that `nth` doesn't shift the row of chances.
        drawn = chance.random() < state.rule.probability
        counted = state.rule.nth is None or state.matched in state.rule.nth
        state.fired += drawn and counted
        return drawn and counted


class FaultyCalls:
    """ASGI middleware that lets the rules' faults happen to calls."""

    def __init__(self, app: ASGIApp, faults: Faults, spared: str) -> None:
        """``spared``: paths that begin with it meet no fault."""
        self._app = app
        self._faults = faults
        self._spared = spared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self._spared):
            await self._app(scope, receive, send)
            return
        for action in self._faults.fire(scope["method"], scope["path"]):
            match action:
                case Delay(seconds=seconds):
                    await asyncio.sleep(seconds)
                case DelayAfter(seconds=seconds):
                    send = _late(send, seconds)
                case Stale(seconds=seconds):
                    scope[STALE] = seconds
                case LateFile(seconds=seconds):
                    scope[LATE] = seconds
                case Status():
                    await _answer(action, send)
                    return
                case ResetBefore():
                    await _reset(scope, receive)
                    return
                case ResetAfter():
                    await self._app(scope, receive, _swallow)
                    await _reset(scope, receive)
                    return
                case Truncate():
                    await self._truncate(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _truncate(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start, *parts = messages
        body = b"".join(part.get("body", b"") for part in parts)
        await send(start)
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope[CONNECTION].close()
        await _until_disconnected(receive)


async def _answer(action: Status, send: Send) -> None:
    body = b"" if action.body is None else json.dumps(action.body).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **{name.lower(): value for name, value in action.headers.items()},
    }
    raw = [(name.encode("latin-1"), v.encode("latin-1")) for name, v in headers.items()]
    await send({"type": "http.response.start", "status": action.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _late(send: Send, seconds: float) -> Send:
    """Let the start of an answer wait."""

    async def wait(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return wait


async def _swallow(_message: MutableMapping[str, Any]) -> None:
    """An answer that nobody gets."""


async def _reset(scope: Scope, receive: Receive) -> None:
    scope[CONNECTION].reset()
    await _until_disconnected(receive)


async def _until_disconnected(receive: Receive) -> None:
    """The server minds an application that returns before it noticed."""
    while (await receive())["type"] != "http.disconnect":
        continue
