# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A document process and its rules: who may act, when, and what follows.

Pure: no clock, no storage, no network. Each step changes the process and returns the
events that it causes, oldest first; a step that isn't allowed raises
:class:`.errors.Refusal` and changes nothing.
"""

import hashlib
from datetime import datetime, timezone
from secrets import randbelow, token_hex, token_urlsafe
from uuid import uuid4

from pydantic import BaseModel, Field

from . import assumptions
from .errors import Refusal
from .facts import (
    DECIDING_ROLES,
    EMAIL_ID_PREFIX,
    FILE_ID,
    OBJECT_PARTY,
    OBJECT_PROCESS,
    PDF_TYPE,
    PROCESS_ID_PREFIX,
    PUBLIC_ID_PREFIX,
    READ,
    SIGN,
    TENANT_SELF,
    Event,
    Participation,
    Purpose,
    Role,
    Status,
)
from .schemas import (
    EventView,
    Label,
    Party,
    ProcessBody,
    Reference,
    VisualisationConstraint,
)


def isoformat(moment: float) -> str:
    """Seconds since the epoch as the API writes a time."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S.%fZ"
    )


class Participant(BaseModel):
    """A party, and what became of it."""

    source: Party
    status: Participation = Participation.NONE
    events: list[EventView] = []
    public_id: str = Field(default_factory=lambda: PUBLIC_ID_PREFIX + token_hex(16))
    # Ends the personal link, so it must not be guessed.
    token: str = Field(default_factory=lambda: token_urlsafe(24))
    # SMS code by the action that it allows
    codes: dict[str, str] = {}
    unlocked: bool = False
    handed_over: bool = False
    acted_at: float | None = None

    @property
    def email(self) -> str:
        return self.source.email

    @property
    def role(self) -> Role:
        return self.source.role

    @property
    def full_name(self) -> str:
        person = self.source.party
        return person.name or f"{person.firstName} {person.lastName}"

    @property
    def capacity(self) -> tuple[str, str]:
        """Organisation's name and the person's capacity in it; either may be empty."""
        for relationship in self.source.party.relationships:
            description = relationship.attributes.relationshipDescription
            return relationship.party.name, description or ""
        return "", ""

    @property
    def comment(self) -> str:
        """Why the person rejected, if they did."""
        attribute = assumptions.REJECTION_COMMENT_ATTRIBUTE
        return next((e.attributes.get(attribute, "") for e in self.events), "")

    @property
    def draft_id(self) -> str:
        return self.source.party.id or EMAIL_ID_PREFIX + self.email

    @property
    def locked(self) -> bool:
        """Whether an SMS code still bars this person from the document."""
        return READ in self.codes and not self.unlocked


class File(BaseModel):
    """A file of a process; its bytes are kept apart, under the same id."""

    id: str = Field(default_factory=lambda: FILE_ID.format(uuid4()))
    filename: str
    purpose: Purpose
    size: int
    sha256: str
    mime_type: str = PDF_TYPE
    original_mime_type: str | None = None
    modified_at: float
    visible_from: float = 0
    # The uploaded file that this one is made from, and those that are merged into it
    source_id: str | None = None
    merged_ids: list[str] = []


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Process(BaseModel):
    """One document process."""

    id: str = Field(default_factory=lambda: f"{PROCESS_ID_PREFIX}{uuid4()}")
    organisation: str
    # E-mail of the acting user that made it; None when the application itself did
    creator: str | None
    created_at: float
    modified_at: float
    status: Status = Status.DRAFT
    title: str | None = None
    description: str | None = None
    language: str = "pl"
    participants: list[Participant] = []
    constraints: list[VisualisationConstraint] = []
    labels: list[Label] = []
    files: list[File] = []
    # Its sources become one signed file
    merged: bool = False
    sent_at: float | None = None
    ended_at: float | None = None
    sends: int = 0

    # --- Looking ---

    def participant(self, reference: str) -> Participant | None:
        """By e-mail, by PARTY-EMAIL:<e-mail>, by the draft's id or the sent one's."""
        email = reference.removeprefix(EMAIL_ID_PREFIX).lower()
        for participant in self.participants:
            ids = {participant.public_id, participant.draft_id}
            if reference in ids or (email and email == participant.email):
                return participant
        return None

    def by_token(self, token: str) -> Participant | None:
        return next((p for p in self.participants if p.token == token), None)

    def sources(self) -> list[File]:
        return [file for file in self.files if file.purpose is Purpose.SOURCE]

    def documents(self) -> list[list[File]]:
        """Sources by the signed file that they become; its first one stands for it."""
        sources = self.sources()
        return [sources] if self.merged else [[source] for source in sources]

    def signers(self) -> list[Participant]:
        return [p for p in self.deciders() if p.role is Role.SIGNER]

    def deciders(self) -> list[Participant]:
        return [
            p
            for p in self.participants
            if p.role in DECIDING_ROLES and not p.handed_over
        ]

    def is_last(self, participant: Participant) -> bool:
        """Whether everybody else who decides has acted."""
        return all(
            other is participant or other.status is Participation.COMPLETED
            for other in self.deciders()
        )

    def pending(self) -> list[Participant]:
        return [p for p in self.participants if p.status is Participation.PENDING]

    def sent_by_organisation(self) -> bool:
        return any(p.role is Role.SENDER for p in self.participants)

    # --- Draft ---

    def fill(self, body: ProcessBody, now: float) -> None:
        """Replace everything but the files."""
        self.require_draft()
        self.title = body.title
        self.description = body.description
        self.language = body.processLanguage
        self.constraints = body.constraints
        self.labels = body.tags
        self.participants = []
        for party in body.parties:
            self.add(party, now)
        self.modified_at = now

    def add(self, party: Party, now: float) -> Participant:
        self.require_draft()
        if any(p.email == party.email for p in self.participants):
            who = party.email or TENANT_SELF
            raise Refusal("DUPLICATE_PARTY", f"{who} is a participant already.")
        participant = Participant(source=party)
        self.participants.append(participant)
        self.modified_at = now
        return participant

    def attach(self, file: File, now: float) -> None:
        """Add a source file. Sizes are bytes."""
        self.require_draft()
        total = file.size + sum(source.size for source in self.sources())
        if total > assumptions.MAX_PROCESS_BYTES:
            raise Refusal(
                "PROCESS_TOO_LARGE",
                f"Files of a process may have {assumptions.MAX_PROCESS_BYTES} bytes"
                f" together; these have {total}.",
            )
        self.files.append(file)
        self.modified_at = now

    def require_draft(self) -> None:
        if self.status is not Status.DRAFT:
            raise Refusal(
                "PROCESS_NOT_DRAFT",
                f"A process that is {self.status.value} can't be changed.",
            )

    # --- Sending ---

    def send(self, now: float, actor: str) -> list[EventView]:
        self.require_draft()
        self._check_sendable()
        self.status = Status.PROCESSING
        self.sent_at = self.modified_at = now
        self.sends += 1
        for participant in self.participants:
            for action in (READ, SIGN):
                if participant.source.phone(action):
                    participant.codes[action] = f"{randbelow(10**6):06}"
            if participant.role is Role.REVIEWER:
                participant.status = Participation.PENDING
        self._pass_turn()
        return [self._event(Event.SENT, now, actor)]

    def _check_sendable(self) -> None:
        problem = self._problem()
        if problem:
            raise Refusal("PROCESS_NOT_SENDABLE", problem)

    def _problem(self) -> str | None:
        """Why the draft can't be sent."""
        if not self.title:
            return "title is missing."
        if not self.sources():
            return "There is no SOURCE_FILE."
        if not self.signers():
            return "There is no party with the role SIGNER."
        return self._order_problem()

    def _order_problem(self) -> str | None:
        deciders = self.deciders()
        priorities = [p.source.priority for p in deciders]
        given = [priority for priority in priorities if priority is not None]
        if given and len(given) < len(deciders):
            return "PARTICIPATION_PRIORITY is needed on every SIGNER and APPROVER."
        if len(set(given)) < len(given):
            return "PARTICIPATION_PRIORITY is the same on two parties."
        if any(p.role is Role.APPROVER for p in deciders):
            if not given:
                return "An APPROVER needs PARTICIPATION_PRIORITY."
            last = max(deciders, key=lambda p: p.source.priority or 0)
            if last.role is Role.APPROVER:
                return "An APPROVER can't be the last one."
        return None

    def _pass_turn(self) -> None:
        """Make those PENDING whose turn it is: the first priority not done yet."""
        waiting = [
            p for p in self.deciders() if p.status is not Participation.COMPLETED
        ]
        if not waiting:
            return
        turn = min(p.source.priority or 0 for p in waiting)
        for participant in waiting:
            if (participant.source.priority or 0) == turn:
                participant.status = Participation.PENDING

    # --- Acting ---

    def act(self, participant: Participant, now: float) -> list[EventView]:
        """Signature of a signer, approval of an approver, opinion of a reviewer."""
        self.require_turn(participant)
        participant.status = Participation.COMPLETED
        participant.acted_at = self.modified_at = now
        event = self._event(Event.SIGNATURE, now, participant.public_id)
        participant.events.append(event)
        events = [event]
        self._pass_turn()
        if all(p.status is Participation.COMPLETED for p in self.deciders()):
            self._end(Status.COMPLETED, now)
            events.append(self._event(Event.COMPLETED, now, participant.public_id))
        return events

    def reject(
        self, participant: Participant, comment: str, now: float
    ) -> list[EventView]:
        """Refuse to sign, which ends the process: later signers get no link."""
        self.require_turn(participant)
        participant.status = Participation.FAILED
        participant.acted_at = now
        event = self._event(Event.REJECTION, now, participant.public_id)
        event.attributes[assumptions.REJECTION_COMMENT_ATTRIBUTE] = comment
        participant.events.append(event)
        self._end(Status.REJECTED, now)
        return [event]

    def require_turn(self, participant: Participant) -> None:
        if participant.status is not Participation.PENDING:
            raise Refusal(
                "NOT_YOUR_TURN",
                f"{participant.email} has nothing to do in a process that is"
                f" {self.status.value}; the participant is {participant.status.value}.",
                status=403,
            )

    def withdraw(self, now: float, actor: str) -> list[EventView]:
        self._require_processing()
        self._end(Status.WITHDRAWN, now)
        return [self._event(Event.WITHDRAWAL, now, actor)]

    def remind(self, now: float, actor: str) -> list[EventView]:
        self._require_processing()
        self.modified_at = now
        return [self._event(Event.REMINDER_SENT, now, actor)]

    def hand_over(
        self, participant: Participant, person: Party, keep_id: bool, keep_party: bool
    ) -> Participant:
        """Let another person act in place of a participant who hasn't acted yet.

        ``keep_id``: the party's id stays; ``keep_party``: the first one stays among
        the parties, with nothing to do.
        """
        self._require_processing()
        if participant.status not in (Participation.NONE, Participation.PENDING):
            raise Refusal("PARTY_HAS_ACTED", "The participant has nothing to do.")
        heir = Participant(
            source=person, status=participant.status, codes=participant.codes
        )
        if keep_id:
            heir.public_id = participant.public_id
        place = self.participants.index(participant)
        self.participants.insert(place, heir)
        if keep_party:
            participant.status = Participation.OBSOLETE
            participant.handed_over = True
        else:
            self.participants.remove(participant)
        return heir

    def stop(self, status: Status, now: float) -> None:
        """End without a person: EXPIRED or ERROR. Their events are unknown."""
        self._require_processing()
        self._end(status, now)

    def _require_processing(self) -> None:
        if self.status is not Status.PROCESSING:
            raise Refusal(
                "PROCESS_NOT_PROCESSING",
                f"This can't be done with a process that is {self.status.value}.",
            )

    def _end(self, status: Status, now: float) -> None:
        self.status = status
        self.ended_at = self.modified_at = now
        for participant in [*self.deciders(), *self.pending()]:
            if participant.status in (Participation.NONE, Participation.PENDING):
                participant.status = Participation.OBSOLETE

    def _event(self, kind: Event, now: float, actor: str) -> EventView:
        return EventView(
            id=str(uuid4()),
            eventType=kind.value,
            timestamp=isoformat(now),
            classifiers=[kind.value],
            actor=Reference(id=actor, type=OBJECT_PARTY),
            object=Reference(id=self.id, type=OBJECT_PROCESS),
        )
