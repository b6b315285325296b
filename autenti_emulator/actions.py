# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The challenge and assertion protocol of actions: send, withdraw, remind.

A request that lacks an answer is a 403 whose ``X-Challenge`` holds the question;
``X-ASSERTION`` holds the answers (page `document-sending-action`).
"""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.datastructures import Headers

from .domain import Participant, Process
from .emulator import Emulator
from .errors import Refusal, error
from .facts import (
    ASSERTION_HEADER,
    AVAILABLE,
    CHALLENGE_HEADER,
    UNAVAILABLE,
    Challenge,
    Event,
    Participation,
    Status,
)
from .oauth import Caller, Principal
from .schemas import Assertion, EventView
from .validation import ignore_body

DESCRIPTIONS = {
    Event.SENT: "Send the document to its participants.",
    Event.WITHDRAWAL: "Withdraw the document.",
    Event.REMINDER_SENT: "Remind participants whose turn it is.",
}


def read_assertions(headers: Headers) -> list[Assertion]:
    """Values of X-ASSERTION: the header may be repeated or joined by commas.

    Base64 in either alphabet, padded or not.
    """
    lines = headers.getlist(ASSERTION_HEADER)
    values = [value.strip() for line in lines for value in line.split(",")]
    return [_read_assertion(value) for value in values]


def _read_assertion(value: str) -> Assertion:
    try:
        padded = value + "=" * (-len(value) % 4)
        text = base64.b64decode(
            padded.replace("-", "+").replace("_", "/"), validate=True
        )
        return Assertion.model_validate_json(text)
    except (binascii.Error, ValueError) as problem:
        reason = "isn't base64"
        if isinstance(problem, ValidationError):
            first = problem.errors()[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise Refusal("BAD_ASSERTION", f"{ASSERTION_HEADER}: {reason}") from None


def challenge(
    classifiers: Sequence[str],
    options: Sequence[dict[str, Any]],
    refusal: Refusal,
    problem: str = "",
) -> Refusal:
    """A 403 that asks for more, and tells in ``errors`` what was wrong so far."""
    attributes: dict[str, Any] = {"options": list(options)}
    if problem:
        attributes["errors"] = [error(refusal.kind, problem)]
    content = {"classifiers": list(classifiers)}
    text = json.dumps({**content, "attributes": attributes}).encode()
    value = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    return Refusal(
        refusal.kind, refusal.description, 403, headers={CHALLENGE_HEADER: value}
    )


def require_unlocked(process: Process, principal: Principal) -> None:
    """Refuse a user whose own access waits for an SMS code; the API can't give it."""
    participant = process.participant(principal.email) if principal.email else None
    if participant and participant.locked:
        raise challenge(
            [Challenge.ACCESS_UNLOCK],
            [],
            Refusal("ACCESS_LOCKED", "The document opens with a code sent by SMS."),
        )


def available(
    emulator: Emulator, process: Process, principal: Principal
) -> list[Event]:
    """Actions that the acting user may take now."""
    if not emulator.commands(principal, process):
        return []
    return {
        Status.DRAFT: [Event.SENT],
        Status.PROCESSING: [Event.WITHDRAWAL, Event.REMINDER_SENT],
    }.get(process.status, [])


def _ask_action(events: Sequence[Event], problem: str = "") -> Refusal:
    options = [
        {
            "id": event.value,
            "description": DESCRIPTIONS[event],
            "availability": AVAILABLE,
            "meta": None,
        }
        for event in events
    ]
    description = problem or "Select an action."
    return challenge(
        [Challenge.ACTION_SELECTION, Challenge.SELECTION],
        options,
        Refusal("ACTION_SELECTION", description),
        problem,
    )


def _ask_parties(emulator: Emulator, process: Process, problem: str = "") -> Refusal:
    options = [_party_option(emulator, process, p) for p in process.deciders()]
    return challenge(
        [Challenge.REMINDER_PARTIES, Challenge.SELECTION],
        options,
        Refusal("REMINDER_PARTY_SELECTION", problem or "Select parties."),
        problem,
    )


def _party_option(
    emulator: Emulator, process: Process, participant: Participant
) -> dict[str, Any]:
    pending = participant.status is Participation.PENDING
    return {
        "id": emulator.party_id(process, participant),
        "description": participant.full_name,
        "availability": AVAILABLE if pending else UNAVAILABLE,
        "meta": None,
    }


def _selected(assertions: Sequence[Assertion], kind: Challenge) -> list[str]:
    """Selected ids of the only assertion of this kind; empty without one."""
    found = [item for item in assertions if kind in item.classifiers]
    if len(found) > 1:
        raise Refusal("BAD_ASSERTION", f"{kind.value} is answered twice.")
    return found[0].attributes.selectedIds if found else []


def _select_action(assertions: Sequence[Assertion], events: Sequence[Event]) -> Event:
    selected = _selected(assertions, Challenge.ACTION_SELECTION)
    if not selected:
        raise _ask_action(events)
    known = {event.value for event in DESCRIPTIONS}
    if len(selected) > 1 or selected[0] not in known:
        raise Refusal("BAD_ASSERTION", "selectedIds needs one known action.")
    action = Event(selected[0])
    if action not in events:
        raise _ask_action(events, "The selected action isn't available.")
    return action


def _ask_something_else(classifier: str) -> Refusal:
    """A challenge of a kind that clients don't know."""
    description = "Confirm what this version of the client doesn't know."
    option = {
        "id": classifier,
        "description": description,
        "availability": AVAILABLE,
        "meta": None,
    }
    return challenge(
        [classifier], [option], Refusal("CHALLENGE", description), description
    )


router = APIRouter(prefix="/document-processes", tags=["actions"])


@router.post("/{process_id}/actions", dependencies=[Depends(ignore_body)])
async def act(request: Request, caller: Caller, process_id: str) -> list[EventView]:
    """Send, withdraw or remind; without an assertion, ask what is possible (403).

    The body is ignored, whatever JSON it is.
    """
    emulator: Emulator = request.app.state.emulator
    process = emulator.visible_process(process_id, caller)
    require_unlocked(process, caller)
    assertions = read_assertions(request.headers)
    action = _select_action(assertions, available(emulator, process, caller))
    if emulator.settings.unknown_challenge:
        raise _ask_something_else(emulator.settings.unknown_challenge)
    if action is Event.SENT:
        return await emulator.send(process_id, caller.actor)
    if action is Event.WITHDRAWAL:
        return await emulator.withdraw(process_id, caller.actor)
    parties = _selected(assertions, Challenge.REMINDER_PARTIES)
    if not parties:
        raise _ask_parties(emulator, process)
    try:
        return await emulator.remind(process_id, caller.actor, parties)
    except Refusal as refusal:
        raise _ask_parties(emulator, process, refusal.description) from None
