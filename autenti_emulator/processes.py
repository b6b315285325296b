# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Document processes: drafts, parties, files, what they show, personal links."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from . import assumptions, documents, office
from .actions import require_unlocked
from .domain import File, Participant, Process, digest, isoformat
from .emulator import Emulator
from .errors import Refusal, not_found
from .facts import (
    CONVERTED,
    JSON_TYPE,
    LINK_INTERACTION,
    OFFICE_TYPES,
    PDF_TYPE,
    SIGN,
    STREAM_TYPE,
    TENANT_SELF,
    Participation,
    Purpose,
    Status,
)
from .faults import LATE, STALE
from .oauth import Caller, Principal
from .schemas import (
    ActionLink,
    FileMeta,
    FileView,
    HttpRequest,
    Label,
    LinkAttributes,
    Party,
    PartyView,
    Person,
    ProcessBody,
    ProcessView,
    UnknownConstraint,
)
from .settings import Settings
from .validation import ignore_body, refusal_of


async def get_emulator(request: Request) -> Emulator:
    emulator: Emulator = request.app.state.emulator
    return emulator


Emu = Annotated[Emulator, Depends(get_emulator)]


# === Showing ===


def show_file(process: Process, file: File) -> FileView:
    return FileView(
        id=file.id,
        filename=file.filename,
        version="1",
        size=file.size,
        filePurpose=file.purpose,
        mimeType=file.mime_type,
        mimeTypeBeforeConversion=file.original_mime_type,
        conversionStatus=CONVERTED if file.original_mime_type else None,
        modificationTime=isoformat(file.modified_at),
        relationships=file.merged_ids or [file.source_id] if file.source_id else [],
        processes=[process.id],
    )


def show_party(
    emulator: Emulator, process: Process, participant: Participant, email: str | None
) -> PartyView:
    person = participant.source.party.model_copy(
        update={"id": emulator.party_id(process, participant)}
    )
    if not person.name and person.firstName:
        person.name = participant.full_name
    settings = emulator.settings
    status = participant.status.value
    if settings.unknown_participation and participant in process.pending():
        status = settings.unknown_participation
    return PartyView(
        party=person,
        role=participant.role.value,
        participationStatus=status,
        constraints=[*participant.source.constraints, *_more_constraints(settings)],
        currentUser=bool(email) and participant.email == email,
        events=emulator.with_unknown(participant.events),
    )


def show_parties(
    emulator: Emulator, process: Process, email: str | None
) -> list[PartyView]:
    shown = [show_party(emulator, process, p, email) for p in process.participants]
    if emulator.settings.unknown_role:
        shown.append(
            PartyView(
                party=Person(id=TENANT_SELF, name=process.organisation),
                role=emulator.settings.unknown_role,
                participationStatus=Participation.NONE.value,
                constraints=[],
                currentUser=False,
                events=[],
            )
        )
    return shown


def show_status(process: Process, settings: Settings) -> str:
    if process.status is Status.PROCESSING and settings.unknown_status:
        return settings.unknown_status
    if process.status is Status.REJECTED:
        return settings.rejected_status
    return str(process.status.value)


def _more_constraints(settings: Settings) -> list[UnknownConstraint]:
    kind = settings.unknown_constraint
    return [UnknownConstraint(classifiers=[kind])] if kind else []


def show_process(
    emulator: Emulator, process: Process, email: str | None, late: float = 0
) -> ProcessView:
    return ProcessView(
        id=process.id,
        title=process.title,
        description=process.description,
        processLanguage=process.language,
        status=show_status(process, emulator.settings),
        parties=show_parties(emulator, process, email),
        files=[show_file(process, f) for f in emulator.visible_files(process, late)],
        tags=process.labels,
        constraints=[*process.constraints, *_more_constraints(emulator.settings)],
        flags=[],
        createdAt=isoformat(process.created_at),
        modifiedAt=isoformat(process.modified_at),
    )


def collection(request: Request, items: Sequence[BaseModel]) -> Response:
    """An object a line, or an array for who asks for JSON alone; else as it is set."""
    form = request.app.state.emulator.settings.listing
    if form is None or (form == "object" and len(items) != 1):
        accepted = request.headers.get("accept", "")
        wants_array = JSON_TYPE in accepted and STREAM_TYPE not in accepted
        form = "array" if wants_array else "lines"
    if form == "array":
        return JSONResponse([item.model_dump(mode="json") for item in items])
    if form == "object":
        return JSONResponse(items[0].model_dump(mode="json"))
    end = "\n" if form == "lines" else ""
    text = "".join(item.model_dump_json() + end for item in items)
    return Response(text, media_type=STREAM_TYPE)


def _streamed(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """How :func:`collection` is documented."""
    name = model.__name__
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {
        200: {
            "model": list[model],  # type: ignore[valid-type]
            "content": {STREAM_TYPE: {"schema": schema}},
        }
    }


# === Drafts ===

router = APIRouter(prefix="/document-processes", tags=["document processes"])


async def stale_by(request: Request) -> float:
    """Dependency: seconds by which a fault lets a read of processes lag behind."""
    # A write that started from what was would undo what happened since.
    return float(request.scope.get(STALE, 0)) if request.method == "GET" else 0


async def late_by(request: Request) -> float:
    """Dependency: seconds by which a fault lets signed files come later."""
    return float(request.scope.get(LATE, 0))


StaleBy = Annotated[float, Depends(stale_by)]
LateBy = Annotated[float, Depends(late_by)]


async def find(
    process_id: str, emulator: Emu, caller: Caller, stale: StaleBy
) -> Process:
    """Dependency: a process that the acting user may see and has access to."""
    process = emulator.visible_process(process_id, caller, stale)
    require_unlocked(process, caller)
    return process


async def find_own(
    emulator: Emu, caller: Caller, process: Annotated[Process, Depends(find)]
) -> Process:
    """Dependency: a process that the acting user may change."""
    if not emulator.commands(caller, process):
        raise Refusal("FORBIDDEN", "The process is somebody else's.", status=403)
    return process


Found = Annotated[Process, Depends(find)]
Own = Annotated[Process, Depends(find_own)]


def _check_labels(body: ProcessBody, caller: Principal) -> None:
    known = {label.id for label in caller.application.tags}
    unknown = {label.id for label in body.tags} - known
    if unknown:
        raise Refusal("UNKNOWN_TAG", "Unknown tags: " + ", ".join(sorted(unknown)))


@router.post("", status_code=201)
async def create(
    emulator: Emu, caller: Caller, body: ProcessBody | None = None
) -> ProcessView:
    """Make a draft, which may be empty at first."""
    if body is not None and body.model_fields_set and not body.title:
        raise Refusal("BAD_REQUEST", "title: is required")
    now = emulator.clock()
    process = Process(
        organisation=caller.application.organisation,
        creator=caller.email,
        created_at=now,
        modified_at=now,
    )
    if body:
        _check_labels(body, caller)
        process.fill(body, now)
    emulator.save(process)
    return show_process(emulator, process, caller.email)


@router.get("", responses=_streamed(ProcessView))
async def list_processes(
    request: Request, emulator: Emu, caller: Caller, stale: StaleBy, late: LateBy
) -> Response:
    """All that the acting user sees. Filters are not known, so there are none."""
    shown = []
    for process in emulator.processes.all(caller.application.organisation):
        if emulator.sees(caller, process):
            seen = emulator.lagging_process(process.id, stale)
            shown.append(show_process(emulator, seen, caller.email, late))
    return collection(request, shown)


@router.get("/{process_id}")
async def details(
    emulator: Emu, caller: Caller, process: Found, late: LateBy
) -> ProcessView:
    """The process with its parties and files."""
    return show_process(emulator, process, caller.email, late)


@router.put("/{process_id}")
async def replace(
    emulator: Emu, caller: Caller, process: Own, body: ProcessBody
) -> ProcessView:
    """Replace all of a draft but its files."""
    if not body.title:
        raise Refusal("BAD_REQUEST", "title: is required")
    _check_labels(body, caller)
    process.fill(body, emulator.clock())
    emulator.save(process)
    return show_process(emulator, process, caller.email)


@router.post("/{process_id}/parties", status_code=201)
async def add_party(
    emulator: Emu, caller: Caller, process: Own, body: Party
) -> PartyView:
    """Add one participant to a draft."""
    participant = process.add(body, emulator.clock())
    emulator.save(process)
    return show_party(emulator, process, participant, caller.email)


@router.get("/{process_id}/parties")
async def list_parties(
    emulator: Emu, caller: Caller, process: Found
) -> list[PartyView]:
    """Participants, always as an array."""
    return show_parties(emulator, process, caller.email)


# === Files ===

UPLOAD_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "fileMeta": FileMeta.model_json_schema(),
                        "filePurpose": {"const": Purpose.SOURCE.value},
                        "mimeType": {"type": "string"},
                        "file": {"type": "string", "format": "binary"},
                    },
                },
                "encoding": {"fileMeta": {"contentType": JSON_TYPE}},
            }
        },
    }
}


@router.post("/{process_id}/files", status_code=201, openapi_extra=UPLOAD_SCHEMA)
async def upload(request: Request, emulator: Emu, process: Own) -> FileView:
    """Add a source file to a draft: parts fileMeta and file, file alone, or fields."""
    process.require_draft()
    meta, content = await _read_upload(request)
    original = meta.mimeType if meta.mimeType in office.ENDINGS else None
    content = await asyncio.to_thread(documents.take, content, meta.filename, original)
    # The process may have changed meanwhile.
    process = emulator.process(process.id)
    file = File(
        filename=meta.filename,
        purpose=Purpose.SOURCE,
        size=len(content),
        sha256=digest(content),
        original_mime_type=original,
        modified_at=emulator.clock(),
    )
    emulator.attach(process, file, content)
    return show_file(process, file)


async def _read_upload(request: Request) -> tuple[FileMeta, bytes]:
    """The three variants that shipped clients use."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal("BAD_REQUEST", "An upload is multipart/form-data.")
    async with request.form(max_files=2, max_fields=4) as form:
        parts = dict(form.multi_items())
        if len(parts) < len(form.multi_items()):
            raise Refusal("BAD_REQUEST", "A part is given twice.")
        file = parts.pop("file", None)
        if not isinstance(file, UploadFile):
            raise Refusal("BAD_REQUEST", "The part file, with a filename, is missing.")
        content = await file.read()
        return await _read_meta(parts, file), content


async def _read_meta(parts: dict[str, Any], file: UploadFile) -> FileMeta:
    name = file.filename or ""
    if set(parts) == {"fileMeta"}:
        part = parts["fileMeta"]
        text = await part.read() if isinstance(part, UploadFile) else part
        return _validate(json_of(text))
    if set(parts) == {"filePurpose", "mimeType"}:
        return _validate({**parts, "filename": name})
    if not parts:
        # SINGLE: the name tells the type of what isn't a PDF.
        ending = name.lower().rpartition(".")[2]
        mime_type = OFFICE_TYPES.get(ending, PDF_TYPE)
        purpose = Purpose.SOURCE.value
        return _validate(
            {"filename": name, "filePurpose": purpose, "mimeType": mime_type}
        )
    raise Refusal("BAD_REQUEST", "Unknown parts: " + ", ".join(sorted(parts)))


def json_of(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal("BAD_REQUEST", "fileMeta: isn't JSON") from None


def _validate(values: Any) -> FileMeta:
    try:
        meta = FileMeta.model_validate(values)
    except ValidationError as problem:
        raise refusal_of(problem.errors()) from None
    if meta.mimeType not in {PDF_TYPE, *office.ENDINGS}:
        raise Refusal("FILE_TYPE", f"mimeType: {meta.mimeType} isn't taken.")
    return meta


@router.get("/{process_id}/files", responses=_streamed(FileView))
async def list_files(
    request: Request, emulator: Emu, process: Found, late: LateBy
) -> Response:
    """Files of all purposes that are ready."""
    files = emulator.visible_files(process, late)
    return collection(request, [show_file(process, file) for file in files])


async def find_file(
    request: Request, emulator: Emu, process: Found, late: LateBy, file_id: str
) -> File:
    """Dependency: the file whose id, percent-encoded as a whole, is in the path."""
    raw: bytes = request.scope["raw_path"]
    segments = raw.decode("ascii", "replace").partition("/files/")[2].split("/")
    if segments[1:] in ([], ["content"]):
        for file in emulator.visible_files(process, late):
            if file.id == file_id:
                return file
    raise not_found("File")


FoundFile = Annotated[File, Depends(find_file)]


@router.get(
    "/{process_id}/files/{file_id:path}/content",
    response_class=Response,
    responses={200: {"content": {PDF_TYPE: {}, "application/zip": {}}}},
)
async def content(emulator: Emu, file: FoundFile) -> Response:
    """Bytes of a file."""
    return Response(emulator.sealer.content(file), media_type=file.mime_type)


@router.delete("/{process_id}/files/{file_id:path}", status_code=204)
async def delete_file(emulator: Emu, process: Own, file: FoundFile) -> Response:
    """Take a file off a draft. GUESS: the path."""
    emulator.detach(process, next(f for f in process.files if f.id == file.id))
    return Response(status_code=204)


# === Personal links ===

links_router = APIRouter(tags=["document processes"])


@links_router.post(assumptions.LINKS_PATH, dependencies=[Depends(ignore_body)])
async def action_links(
    request: Request, process: Found, party_id: str
) -> list[ActionLink]:
    """The signing link of a participant whose turn it is. The body is ignored."""
    participant = process.participant(party_id)
    if not participant:
        raise not_found("Participant")
    if participant.status is not Participation.PENDING:
        raise Refusal(
            "NO_ACTION",
            f"{participant.email} has nothing to do: the participant is"
            f" {participant.status.value}, the process {process.status.value}.",
            status=403,
        )
    url = request.base_url.replace(path=link_path(process, participant))
    return [
        ActionLink(
            classifiers=[SIGN],
            attributes=LinkAttributes(
                userInteraction=LINK_INTERACTION,
                httpRequest=HttpRequest(uri=str(url), method="GET"),
                description=process.title or "",
                actionIdentifier=SIGN,
            ),
        )
    ]


def link_path(process: Process, participant: Participant) -> str:
    """Path of a participant's signing page."""
    return f"/people/sign/{process.id}/{participant.token}"


labels_router = APIRouter(tags=["tags"])


@labels_router.get("/tags", responses=_streamed(Label))
async def list_labels(request: Request, caller: Caller) -> Response:
    """Labels of the organisation."""
    return collection(request, caller.application.tags)
