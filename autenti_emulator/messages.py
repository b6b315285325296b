# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the service would have mailed or texted; people read it in the mailbox."""

from collections.abc import Callable, Sequence
from enum import Enum
from uuid import uuid4

from pydantic import BaseModel

from .domain import Participant, Process
from .facts import SIGN, Role
from .store import Database


class Kind(str, Enum):
    """Why a message was written."""

    INVITATION = "INVITATION"
    REMINDER = "REMINDER"
    SIGN_CODE = "SIGN_CODE"
    READ_CODE = "READ_CODE"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


class Message(BaseModel):
    """One message to one person. ``at`` is in seconds since the epoch."""

    id: str
    recipient: str
    kind: Kind
    at: float
    process_id: str
    title: str
    sender: str
    text: str
    # End of the personal link, when there is one
    token: str | None
    comment: str
    code: str


class Mailroom:
    """Writes messages and keeps them, by the recipient's e-mail."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        sender_of: Callable[[Process], str],
    ) -> None:
        self.messages = database.collection("messages", Message)
        self._clock = clock
        self._sender_of = sender_of

    def invite(self, process: Process, participants: Sequence[Participant]) -> None:
        """Tell them that it's their turn, and text them their codes."""
        self.tell(process, participants, Kind.INVITATION)
        for participant in participants:
            for action, code in participant.codes.items():
                kind = Kind.SIGN_CODE if action == SIGN else Kind.READ_CODE
                self._write(process, participant.email, kind, code=code)

    def tell(
        self,
        process: Process,
        participants: Sequence[Participant],
        kind: Kind,
        comment: str = "",
    ) -> None:
        for participant in participants:
            self._write(process, participant.email, kind, participant, comment=comment)

    def tell_end(self, process: Process, kind: Kind, comment: str = "") -> None:
        """Tell those who acted, at a good end who may look, and who sent it."""
        told = [
            p
            for p in process.participants
            if p.acted_at or (kind is Kind.COMPLETED and p.role is Role.VIEWER)
        ]
        self.tell(process, told, kind, comment)
        if process.creator and process.creator not in {p.email for p in told}:
            self._write(process, process.creator, kind, comment=comment)

    def _write(
        self,
        process: Process,
        recipient: str,
        kind: Kind,
        participant: Participant | None = None,
        comment: str = "",
        code: str = "",
    ) -> None:
        message = Message(
            id=str(uuid4()),
            recipient=recipient,
            kind=kind,
            at=self._clock(),
            process_id=process.id,
            title=process.title or "",
            sender=self._sender_of(process),
            text=process.description or "",
            token=participant.token if participant else None,
            comment=comment,
            code=code,
        )
        self.messages.put(message.id, message, owner=recipient)
