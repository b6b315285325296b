# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Pages for people: everybody's mailbox, and the signing page behind a link."""

import asyncio
import datetime
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import render, texts
from .domain import File, Participant, Process
from .emulator import Emulator
from .errors import Refusal, not_found
from .facts import PDF_TYPE, READ, SIGN, Participation, Purpose
from .messages import Message
from .processes import Emu, link_path
from .sealing import is_manual

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "language"

environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.globals["css"] = (HERE / "static" / "people.css").read_text("utf-8")


def language_of(request: Request, default: str = "pl") -> str:
    """Asked for in the address, chosen before, or the default (that of a process)."""
    for wanted in (
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
    ):
        if wanted in texts.LANGUAGES:
            return wanted
    return default if default in texts.LANGUAGES else "en"


def page(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    language: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """An answer in the reader's language, which the answer remembers."""
    language = language or language_of(request)
    index = texts.index_of(language)
    html = environment.get_template(template).render(
        values,
        t={name: pair[index] for name, pair in texts.TEXTS.items()},
        say=lambda table, key: getattr(texts, table)[key][index],
        language=language,
        languages=texts.LANGUAGES,
        in_language=lambda code: (
            f"?{request.url.include_query_params(lang=code).query}"
        ),
        moment=moment,
    )
    response = HTMLResponse(html, status)
    # The pages load nothing from anywhere else.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
        "frame-ancestors 'none'"
    )
    # With less, browsers don't tell the origin of a form, by which foreign ones are
    # refused; to others the links' tokens don't go either
    response.headers["Referrer-Policy"] = "same-origin"
    if "lang" in request.query_params:
        response.set_cookie(LANGUAGE_COOKIE, language, httponly=True, samesite="lax")
    return response


def moment(seconds: float) -> str:
    """A time as people read it."""
    return datetime.datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


router = APIRouter(include_in_schema=False)


@router.get("/")
async def root() -> RedirectResponse:
    return RedirectResponse("/people")


@router.get("/people")
async def mailboxes(request: Request, emulator: Emu) -> HTMLResponse:
    """Everybody who has mail."""
    boxes = []
    for recipient in emulator.mailroom.messages.owners():
        messages = emulator.mailroom.messages.all(recipient)
        waiting = {
            message.process_id for message in messages if _is_open(emulator, message)
        }
        boxes.append(
            {"email": recipient, "count": len(messages), "waiting": len(waiting)}
        )
    return page(request, "people.jinja", {"boxes": boxes})


@router.get("/people/mail/{email}")
async def mailbox(request: Request, emulator: Emu, email: str) -> HTMLResponse:
    """One person's messages, newest first."""
    messages = emulator.mailroom.messages.all(email.lower())
    if not messages:
        raise not_found("Mailbox")
    items = [
        {
            "message": message,
            "open": _is_open(emulator, message),
            "link": f"/people/sign/{message.process_id}/{message.token}",
        }
        for message in reversed(messages)
    ]
    return page(request, "mailbox.jinja", {"email": email, "items": items})


def _is_open(emulator: Emulator, message: Message) -> bool:
    """Whether its recipient is still to act."""
    process = emulator.processes.get(message.process_id)
    if not process or not message.token:
        return False
    participant = process.by_token(message.token)
    return participant is not None and participant.status is Participation.PENDING


@router.get("/people/sign/{process_id}/{token}")
async def signing_page(
    request: Request, emulator: Emu, process_id: str, token: str
) -> HTMLResponse:
    """The document, its participants, and what this person can do."""
    process, participant = emulator.by_link(process_id, token)
    return await _show(request, emulator, process, participant)


@router.post("/people/sign/{process_id}/{token}/sign")
async def sign(
    request: Request,
    emulator: Emu,
    process_id: str,
    token: str,
    code: Annotated[str, Form()] = "",
) -> Response:
    """Sign, approve or review."""
    process, participant = _reader(emulator, process_id, token)
    if not _code_fits(participant, SIGN, code):
        return await _show(request, emulator, process, participant, "code_wrong")
    await emulator.act(process_id, participant.email)
    return _back(process, participant)


@router.post("/people/sign/{process_id}/{token}/reject")
async def reject(
    request: Request,
    emulator: Emu,
    process_id: str,
    token: str,
    comment: Annotated[str, Form()] = "",
) -> Response:
    """Refuse, with the reason."""
    process, participant = _reader(emulator, process_id, token)
    if not comment.strip():
        return await _show(request, emulator, process, participant, "reject_empty")
    await emulator.reject(process_id, participant.email, comment.strip())
    return _back(process, participant)


@router.post("/people/sign/{process_id}/{token}/unlock")
async def unlock(
    request: Request,
    emulator: Emu,
    process_id: str,
    token: str,
    code: Annotated[str, Form()] = "",
) -> Response:
    """Open the document with the code from an SMS."""
    process, participant = emulator.by_link(process_id, token)
    if not _code_fits(participant, READ, code):
        return await _show(request, emulator, process, participant, "code_wrong")
    await emulator.unlock(process_id, participant.email)
    return _back(process, participant)


@router.get("/people/sign/{process_id}/{token}/files/{number}/document.pdf")
async def document(emulator: Emu, process_id: str, token: str, number: int) -> Response:
    """A document as it is now, with the signatures so far."""
    process, _participant = _reader(emulator, process_id, token)
    file = _document(process, number)
    return Response(emulator.sealer.content(file), media_type=PDF_TYPE)


@router.get("/people/sign/{process_id}/{token}/files/{number}/{index}.png")
async def picture(
    emulator: Emu, process_id: str, token: str, number: int, index: int
) -> Response:
    """One page of a document."""
    process, _participant = _reader(emulator, process_id, token)
    file = _document(process, number)
    png = await render.draw_page(emulator.sealer.content(file), index)
    if png is None:
        raise not_found("Page")
    return Response(png, media_type="image/png")


def _reader(
    emulator: Emulator, process_id: str, token: str
) -> tuple[Process, Participant]:
    """Who may read the document behind a link."""
    process, participant = emulator.by_link(process_id, token)
    if participant.locked:
        raise Refusal("ACCESS_LOCKED", "The document opens with a code.", status=403)
    return process, participant


def _code_fits(participant: Participant, action: str, code: str) -> bool:
    wanted = participant.codes.get(action)
    given = code.strip().encode()
    return wanted is None or hmac.compare_digest(given, wanted.encode())


def _document(process: Process, number: int) -> File:
    """The document number so-and-so in its furthest state."""
    documents = current_documents(process)
    if not 0 <= number < len(documents):
        raise not_found("File")
    return documents[number]


def current_documents(process: Process) -> list[File]:
    """Each source file, or what signing made of it last."""
    made = (Purpose.PARTIALLY_SIGNED, Purpose.SIGNED)
    newest = {file.source_id: file for file in process.files if file.purpose in made}
    merged = {id_ for file in newest.values() for id_ in file.merged_ids[1:]}
    return [
        newest.get(source.id, source)
        for source in process.sources()
        if source.id not in merged
    ]


def _back(process: Process, participant: Participant) -> RedirectResponse:
    return RedirectResponse(link_path(process, participant), status_code=303)


async def _show(
    request: Request,
    emulator: Emulator,
    process: Process,
    participant: Participant,
    problem: str | None = None,
) -> HTMLResponse:
    documents = []
    if not participant.locked:
        files = current_documents(process)
        counts = await asyncio.gather(
            *(render.count_pages(emulator.sealer.content(file)) for file in files)
        )
        documents = list(zip(files, counts, strict=True))
    values = {
        "process": process,
        "me": participant,
        "sender": emulator.user_name(process),
        "documents": documents,
        "link": link_path(process, participant),
        "phone_to_sign": participant.source.phone(SIGN),
        "phone_to_read": participant.source.phone(READ),
        "on_card": not is_manual(process.constraints),
        "problem": problem,
        "pending": participant.status is Participation.PENDING,
    }
    language = language_of(request, process.language)
    status = 400 if problem else 200
    return page(request, "sign.jinja", values, language, status)
