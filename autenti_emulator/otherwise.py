# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Facts that are otherwise: an Autenti of which a client has assumed something wrong.

The setting ``otherwise`` names what doesn't hold, by the names of a client's constants.
Most are words: the outside then knows another word and the inside stays as it is, so
that the rest goes on working for a client that finds out. The words of an assertion,
which is signed, are asked for where they are checked, by :func:`holds`.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import assumptions, errors
from .facts import (
    API_PREFIX,
    ASSERTION_HEADER,
    AVAILABLE,
    CHALLENGE_HEADER,
    JSON_TYPE,
    STREAM_TYPE,
    Challenge,
    Event,
    Participation,
    Status,
)

KEYS_PREFIX = "/developers/keys/"
TOKEN_PATH = f"{API_PREFIX}/auth/token"
EVENT = "EVENT_CLASSIFIER-UNIQUE_TYPE:"
CHALLENGE = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:"
CONSTRAINT = "CONSTRAINT-UNIQUE_TYPE:"
SIGNATURE = "SIGNATURE_PROVIDER-SIGNATURE_TYPE:"

# The word that is assumed and the one that it is; what ends in a colon begins an id
WORDS: dict[str, tuple[str, str]] = {
    "TOKEN_ERROR_CLIENT": (assumptions.TOKEN_ERROR_CLIENT, "unauthorized"),
    "TOKEN_ERROR_GRANT": (assumptions.TOKEN_ERROR_GRANT, "access_denied"),
    "LINKS_PATH": (assumptions.LINKS_PATH.rpartition("/")[2], "links"),
    "CALLBACKS_PATH": ("callbacks", "webhooks"),
    "JWS_ALGORITHM": (assumptions.JWS_ALGORITHM, "PS256"),
    "PROCESS_ID_PREFIX": (assumptions.PROCESS_ID_PREFIX, "PROCESS:"),
    "PARTY_EMAIL_PREFIX": (assumptions.PARTY_EMAIL_PREFIX, "PARTY-CONTACT:"),
    "SENT_PARTY_ID_PREFIX": (assumptions.SENT_PARTY_ID_PREFIX, "PARTY-SIGNING:"),
    "REPRESENTATION_ATTRIBUTE": (assumptions.REPRESENTATION_ATTRIBUTE, "position"),
    "TAX_SPACE_PATTERN": (
        assumptions.TAX_SPACE_PATTERN.format(country="DE"),
        "TAXID-DE-VAT",
    ),
    "MORE_LANGUAGES": (assumptions.MORE_LANGUAGES[0], "other"),
    "SIGNATURE_ADVANCED": (
        SIGNATURE + assumptions.SIGNATURE_ADVANCED,
        SIGNATURE + "ADVANCED_AUTENTI",
    ),
    "CONSTRAINT_IDENTITY": (
        assumptions.CONSTRAINT_IDENTITY,
        CONSTRAINT + "IDENTITY_CHECK",
    ),
    "CONSTRAINT_PRIORITY": (
        CONSTRAINT + "PARTICIPATION_PRIORITY",
        CONSTRAINT + "PARTICIPATION_ORDER",
    ),
    "CHALLENGE_ACTION": (Challenge.ACTION_SELECTION.value, CHALLENGE + "ACTION_CHOICE"),
    "CHALLENGE_SELECTION": (
        assumptions.CHALLENGE_SELECTION,
        "CHALLENGE_CLASSIFIER-USER_INTERACTION_TYPE:CHOICE",
    ),
    "CHALLENGE_REMINDER_PARTIES": (
        assumptions.CHALLENGE_REMINDER_PARTIES,
        CHALLENGE + "DOCUMENT_REMINDER_RECIPIENTS",
    ),
    "CHALLENGE_AVAILABLE": (AVAILABLE, "ENABLED"),
    "EVENT_SENT": (Event.SENT.value, EVENT + "DOCUMENT_SENDING"),
    "EVENT_WITHDRAWAL": (Event.WITHDRAWAL.value, EVENT + "DOCUMENT_WITHDRAWN"),
    "EVENT_REMINDER_SENT": (Event.REMINDER_SENT.value, EVENT + "DOCUMENT_REMINDER"),
    "PROCESS_DRAFT": (Status.DRAFT.value, "NEW"),
    "PROCESS_PROCESSING": (Status.PROCESSING.value, "IN_PROGRESS"),
    "PROCESS_WITHDRAWN": (Status.WITHDRAWN.value, "CANCELLED"),
    "PARTICIPATION_NONE": (Participation.NONE.value, "WAITING"),
    "PARTICIPATION_PENDING": (Participation.PENDING.value, "ACTIVE"),
    "PARTICIPATION_OBSOLETE": (Participation.OBSOLETE.value, "CLOSED"),
    # The part of an upload that tells about the file
    "FILE_META": ("fileMeta", "metadata"),
}
# What is checked where the assertion is
ASSERTION = (
    "ASSERTION_AUDIENCE",
    "ASSERTION_ALGORITHM",
    "ASSERTION_LIFETIME",
    "ASSERTION_USER_CLAIM",
    "ASSERTION_USER_VERIFIED_CLAIM",
    "ASSERTION_LEEWAY",
)


@dataclass
class Answer:
    """What a call is answered; ``path`` is the call's."""

    path: str
    status: int
    headers: MutableHeaders
    body: bytes

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    def is_files(self) -> bool:
        return self.status == 200 and self.path.endswith("/files")


def _no_lifetime(answer: Answer) -> None:
    if answer.path == TOKEN_PATH and answer.status == 200:
        fields = json.loads(answer.body)
        del fields["expires_in"]
        answer.body = json.dumps(fields).encode()


def _silent_about(words: Collection[str]) -> Callable[[Answer], None]:
    """Change the description of a token's refusal that has one of these words."""

    def change(answer: Answer) -> None:
        if answer.path != TOKEN_PATH or answer.status == 200:
            return
        fields = json.loads(answer.body)
        said = set(re.findall(r"[\w-]+", fields["error_description"].lower()))
        if said.intersection(words):
            fields["error_description"] = "Refused."
            answer.body = json.dumps(fields).encode()

    return change


def _status(assumed: int, other: int) -> Callable[[Answer], None]:
    def change(answer: Answer) -> None:
        if answer.status == assumed and answer.path != TOKEN_PATH:
            answer.status = other

    return change


def _rename_challenge(answer: Answer) -> None:
    if value := answer.headers.get(CHALLENGE_HEADER):
        del answer.headers[CHALLENGE_HEADER]
        answer.headers["X-Question"] = value


def _no_keys(answer: Answer) -> None:
    if answer.path.startswith(KEYS_PREFIX):
        answer.status = 404


def _rename_relations(answer: Answer) -> None:
    if answer.is_files():
        answer.body = answer.body.replace(b'"relationships"', b'"relatedFiles"')


def _array(answer: Answer) -> None:
    if answer.type == STREAM_TYPE:
        answer.body = json.dumps(_objects(answer.body)).encode()
        answer.headers["content-type"] = JSON_TYPE


def _stream(answer: Answer) -> None:
    if answer.is_files() and answer.type == JSON_TYPE:
        lines = [json.dumps(item).encode() + b"\n" for item in _objects(answer.body)]
        answer.body = b"".join(lines)
        answer.headers["content-type"] = STREAM_TYPE


def _objects(body: bytes) -> list[object]:
    text, decoder, found = body.decode().strip(), json.JSONDecoder(), []
    while text:
        value, end = decoder.raw_decode(text)
        found += value if isinstance(value, list) else [value]
        text = text[end:].strip()
    return found


CHANGES: dict[str, Callable[[Answer], None]] = {
    "TOKEN_LIFETIME_FALLBACK": _no_lifetime,
    "TOKEN_ERROR_KEY_WORDS": _silent_about(assumptions.TOKEN_ERROR_KEY_WORDS),
    "TOKEN_ERROR_USER_WORDS": _silent_about(assumptions.TOKEN_ERROR_USER_WORDS),
    "UNAUTHORIZED": _status(401, 403),
    "NOT_FOUND": _status(404, 400),
    "CHALLENGE_HEADER": _rename_challenge,
    "TEST_JWKS_URL": _no_keys,
    "FILE_RELATIONS_MEMBER": _rename_relations,
    "STREAM_TYPE": _array,
    "JSON_TYPE": _stream,
}
OTHERS = ("CORRELATION_HEADER", "PHONE_PATTERN")
NAMES = frozenset({*WORDS, *ASSERTION, *CHANGES, *OTHERS})


def check_name(name: str) -> str:
    """A name that the setting takes."""
    if name not in NAMES:
        raise ValueError("is not one of " + " ".join(sorted(NAMES)))
    return name


class Otherwise:
    """ASGI middleware by which the API speaks and understands other words."""

    def __init__(self, app: ASGIApp, names: Callable[[], Collection[str]]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = frozenset(self._names())
        is_api = scope["type"] == "http" and scope["path"].startswith(
            (API_PREFIX, KEYS_PREFIX)
        )
        if not names or not is_api:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "CORRELATION_HEADER" in names and assumptions.CORRELATION_HEADER in headers:
            refusal = errors.Refusal("BAD_REQUEST", "A header isn't known.")
            await errors.respond(refusal)(scope, receive, send)
            return
        speech = _speech(names)
        inner = {
            **scope,
            "path": speech.path(scope["path"]),
            "headers": speech.headers(scope["headers"], ASSERTION_HEADER),
        }
        body = speech.body(await _read(receive))
        messages: list[Message] = []
        await self._app(inner, _giver(body), _keeper(messages))
        answer = _answer(scope["path"], messages)
        for name in sorted(names & set(CHANGES)):
            CHANGES[name](answer)
        if answer.type in (JSON_TYPE, STREAM_TYPE):
            answer.body = speech.body(answer.body)
        answer.headers["content-length"] = str(len(answer.body))
        raw = speech.headers(answer.headers.raw, CHALLENGE_HEADER, "X-Question")
        start = {"type": "http.response.start", "status": answer.status}
        await send({**start, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})


class Speech:
    """Puts the other word in the place of the assumed one, and the other way round."""

    def __init__(self, names: frozenset[str]) -> None:
        self._pairs: dict[str, str] = {}
        for name in names & set(WORDS):
            assumed, other = WORDS[name]
            self._pairs |= {assumed: other, other: assumed}
        self._plain_phones = "PHONE_PATTERN" in names

    def body(self, content: bytes) -> bytes:
        """Swap words in JSON, and in the names of a multipart's parts."""
        for word in self._pairs:
            # Marked, or the next turn would swap it back
            content = content.replace(_quoted(word), _quoted(word, b"\0"))
        for word, other in self._pairs.items():
            content = content.replace(_quoted(word, b"\0"), _quoted(other))
        if self._plain_phones:
            content = re.sub(
                rb'("phoneNumber":\s*")(\+?)(\d)',
                lambda found: found[1] + (b"" if found[2] else b"+") + found[3],
                content,
            )
        return content

    def path(self, path: str) -> str:
        return "/".join(map(self._segment, path.split("/")))

    def headers(
        self, headers: list[tuple[bytes, bytes]], *names: str
    ) -> list[tuple[bytes, bytes]]:
        """Swap words in the base64 of these headers."""
        wanted = {name.lower().encode() for name in names}
        return [
            (name, self._encoded(value) if name.lower() in wanted else value)
            for name, value in headers
        ]

    def _segment(self, segment: str) -> str:
        for word, other in self._pairs.items():
            if segment == word:
                return other
            if word.endswith(":") and segment.startswith(word):
                return other + segment.removeprefix(word)
        return segment

    def _encoded(self, values: bytes) -> bytes:
        return b", ".join(map(self._encoded_value, values.split(b",")))

    def _encoded_value(self, value: bytes) -> bytes:
        standard = value.strip().rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            text = base64.b64decode(standard + b"=" * (-len(standard) % 4))
        except binascii.Error:
            return value
        return base64.urlsafe_b64encode(self.body(text)).rstrip(b"=")


@lru_cache(maxsize=8)
def _speech(names: frozenset[str]) -> Speech:
    return Speech(names)


def _quoted(word: str, mark: bytes = b"") -> bytes:
    """A word as JSON has it; of one that begins an id, the beginning."""
    end = b"" if word.endswith(":") else b'"'
    return b'"' + mark + word.encode() + end


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body"):
            return body


def _giver(body: bytes) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return give


def _keeper(messages: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        messages.append(message)

    return keep


def _answer(path: str, messages: list[Message]) -> Answer:
    start, *parts = messages
    body = b"".join(part.get("body", b"") for part in parts)
    headers = MutableHeaders(raw=list(start["headers"]))
    return Answer(path, start["status"], headers, body)
