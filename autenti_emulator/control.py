# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What only an emulator can do: set the stage, play the people, tell what happened."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel

from .domain import Process
from .facts import Participation, Purpose, Role, Status
from .faults import Rules, RuleState
from .oauth import Application
from .processes import Emu
from .recorder import Received
from .schemas import Person, Wire
from .settings import Settings

router = APIRouter(prefix="/emulator", tags=["emulator"])


class Rejection(Wire):
    comment: str = ""


class PartyTruth(BaseModel):
    email: str
    role: Role
    participationStatus: Participation
    codes: dict[str, str]


class FileTruth(BaseModel):
    id: str
    filename: str
    filePurpose: Purpose
    size: int
    sha256: str


class ProcessTruth(BaseModel):
    """A process as it is, without delays and without whose eyes."""

    id: str
    organisation: str
    sender: str | None
    title: str | None
    status: Status
    sends: int
    parties: list[PartyTruth]
    files: list[FileTruth]


def truth_of(process: Process) -> ProcessTruth:
    return ProcessTruth(
        id=process.id,
        organisation=process.organisation,
        sender=process.creator,
        title=process.title,
        status=process.status,
        sends=process.sends,
        parties=[
            PartyTruth(
                email=p.email,
                role=p.role,
                participationStatus=p.status,
                codes=p.codes,
            )
            for p in process.participants
        ],
        files=[
            FileTruth(
                id=file.id,
                filename=file.filename,
                filePurpose=file.purpose,
                size=file.size,
                sha256=file.sha256,
            )
            for file in process.files
        ],
    )


@router.post("/applications", status_code=201)
async def register_application(emulator: Emu, body: Application) -> Application:
    """Register a client application; the same client_id again replaces it."""
    emulator.tokens.register(body)
    return body


@router.get("/processes")
async def list_processes(emulator: Emu) -> list[ProcessTruth]:
    """All processes of all organisations, oldest first."""
    return [truth_of(process) for process in emulator.processes.all()]


@router.delete("/processes/{process_id}", status_code=204)
async def delete_draft(emulator: Emu, process_id: str) -> Response:
    """Delete a draft, as a person can in the panel."""
    await emulator.delete_draft(process_id)
    return Response(status_code=204)


@router.get("/requests")
async def list_requests(emulator: Emu) -> list[Received]:
    """What the API received, in order."""
    return emulator.received.all()


@router.delete("/requests", status_code=204)
async def forget_requests(emulator: Emu) -> Response:
    """Start the list anew."""
    emulator.received.clear()
    return Response(status_code=204)


@router.post("/processes/{process_id}/parties/{email}/sign")
async def sign(emulator: Emu, process_id: str, email: str) -> ProcessTruth:
    """Act as the participant, whatever SMS codes are asked for."""
    return truth_of(await emulator.act(process_id, email))


@router.post("/processes/{process_id}/parties/{email}/reject")
async def reject(
    emulator: Emu,
    process_id: str,
    email: str,
    body: Annotated[Rejection, Body()] = Rejection(),  # noqa: B008
) -> ProcessTruth:
    """Reject as the participant."""
    return truth_of(await emulator.reject(process_id, email, body.comment))


class Handover(Wire):
    """Who acts instead; the id and the first party may stay as they were."""

    party: Person
    keepId: bool = False
    keepParty: bool = False


@router.post("/processes/{process_id}/parties/{email}/hand-over")
async def hand_over(
    emulator: Emu, process_id: str, email: str, body: Handover
) -> ProcessTruth:
    """Replace a participant, as Autenti or an administrator there may do it."""
    process = await emulator.hand_over(
        process_id, email, body.party, body.keepId, body.keepParty
    )
    return truth_of(process)


@router.post("/processes/{process_id}/expire")
async def expire(emulator: Emu, process_id: str) -> ProcessTruth:
    """Let the time of a sent process run out."""
    return truth_of(await emulator.stop(process_id, Status.EXPIRED))


@router.post("/processes/{process_id}/fail")
async def fail(emulator: Emu, process_id: str) -> ProcessTruth:
    """Let a sent process end by a technical error."""
    return truth_of(await emulator.stop(process_id, Status.ERROR))


class Truth(BaseModel):
    """The final state of everything, to count what was lost and what was doubled."""

    processes: list[ProcessTruth]
    # How often a process with this title was sent
    sendsByTitle: dict[str, int]


@router.get("/truth")
async def truth(emulator: Emu) -> Truth:
    processes = emulator.processes.all()
    sends: Counter[str] = Counter()
    for process in processes:
        sends[process.title or ""] += process.sends
    return Truth(
        processes=[truth_of(process) for process in processes],
        sendsByTitle={title: count for title, count in sends.items() if count},
    )


@router.get("/faults")
async def read_faults(emulator: Emu) -> list[RuleState]:
    """Rules in force, and how often each matched and fired."""
    return emulator.faults.states


@router.put("/faults")
async def write_faults(emulator: Emu, body: Rules) -> list[RuleState]:
    """Put rules in force, in place of those before."""
    emulator.faults.replace(body.rules)
    return emulator.faults.states


@router.delete("/faults", status_code=204)
async def clear_faults(emulator: Emu) -> Response:
    """Let everything go right."""
    emulator.faults.replace([])
    return Response(status_code=204)


@router.get("/settings")
async def read_settings(emulator: Emu) -> Settings:
    return emulator.settings


@router.put("/settings")
async def write_settings(emulator: Emu, body: Settings) -> Settings:
    """Replace the settings; what isn't given goes back to its default."""
    emulator.configure(body)
    return body


@router.get("/ca.pem", response_class=Response)
async def authority(emulator: Emu) -> Response:
    """Certificate of the authority behind all signatures."""
    return Response(emulator.sealer.authority.pem, media_type="application/x-pem-file")


@router.get("/callbacks")
async def list_deliveries(emulator: Emu) -> list[dict[str, Any]]:
    """Every callback on its way or gone, oldest first."""
    return [delivery.model_dump() for delivery in emulator.sender.deliveries.all()]


keys_router = APIRouter(prefix="/developers/keys", tags=["keys"])


@keys_router.get("/webhook.jwks")
@keys_router.get("/accept-webhook.jwks", include_in_schema=False)
async def webhook_keys(request: Request) -> dict[str, list[dict[str, Any]]]:
    """Public keys that sign callbacks (RFC 7517)."""
    return {"keys": [request.app.state.emulator.sender.key.jwk]}
