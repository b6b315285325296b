# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The emulator itself: state, clock, and what the API, people and tests can make it do.

Every change of a sent process holds the process's lock, since signing awaits a thread.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

from .callbacks import Sender
from .domain import File, Participant, Process
from .errors import Refusal, not_found
from .facts import Role, Status
from .faults import Faults
from .messages import Kind, Mailroom
from .oauth import Principal, TokenOffice
from .recorder import Received
from .schemas import EventView, Person
from .sealing import Sealer
from .settings import Settings
from .store import Database

logger = logging.getLogger(__name__)


class Emulator:
    """One installation, kept in one directory."""

    def __init__(self, state_dir: Path, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.database = Database(state_dir)
        collection = self.database.collection
        self.processes = collection("processes", Process)
        self.received = collection("requests", Received)
        self._settings = collection("settings", Settings)
        self.settings = self._settings.get("settings") or Settings()
        self.tokens = TokenOffice(self.database, clock, lambda: self.settings)
        self.faults = Faults()
        self.sender = Sender(self.database, clock, lambda: self.settings, self.faults)
        # Ended processes as they were just before, for reads that lag behind
        self._before_end = collection("before_end", Process)
        self.sealer = Sealer(self.database.contents, clock)
        self.mailroom = Mailroom(self.database, clock, self.user_name)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def configure(self, settings: Settings) -> None:
        self.settings = settings
        self._settings.put("settings", settings)

    # --- Looking ---

    def process(self, process_id: str) -> Process:
        process = self.processes.get(process_id)
        if not process:
            raise not_found("Document process")
        return process

    def lagging_process(self, process_id: str, stale: float) -> Process:
        """The process as it was before its end, for so many seconds after it."""
        process = self.process(process_id)
        if process.ended_at is not None and self.clock() < process.ended_at + stale:
            return self._before_end.get(process_id) or process
        return process

    def visible_process(
        self, process_id: str, principal: Principal, stale: float = 0
    ) -> Process:
        """The process if the acting user may see it; else it isn't there (404)."""
        process = self.lagging_process(process_id, stale)
        if not self.sees(principal, process):
            raise not_found("Document process")
        return process

    def sees(self, principal: Principal, process: Process) -> bool:
        """Users see, in their organisation, what they sent or take part in.

        Who has access to all documents, and an application that acts for nobody, see
        all of their organisation's processes.
        """
        if process.organisation != principal.application.organisation:
            return False
        email = principal.email
        if email in (None, process.creator) or process.participant(email):
            return True
        user = principal.application.user(email)
        return user is not None and user.allDocuments

    def commands(self, principal: Principal, process: Process) -> bool:
        """Whether it's the acting user's own process, to change, send or withdraw."""
        return principal.email in (None, process.creator)

    def by_link(self, process_id: str, token: str) -> tuple[Process, Participant]:
        """Process and participant of a personal link."""
        process = self.processes.get(process_id)
        participant = process.by_token(token) if process else None
        if not process or not participant or not process.sent_at:
            raise not_found("Link")
        return process, participant

    def user_name(self, process: Process) -> str:
        """Who sends, as recipients read it."""
        if process.creator and not process.sent_by_organisation():
            for application in self.tokens.applications.all():
                user = application.user(process.creator)
                if user and application.organisation == process.organisation:
                    return f"{user.full_name} ({process.organisation})"
        return process.organisation

    def visible_files(self, process: Process, late: float = 0) -> list[File]:
        """Files that are ready; those that completion makes, so many seconds later."""
        now = self.clock()
        return [
            file
            for file in process.files
            if not file.visible_from or file.visible_from + late <= now
        ]

    def party_id(self, process: Process, participant: Participant) -> str:
        """A party's id now: sending gives it a new one, a moment later."""
        sent = process.sent_at
        if sent is None or participant.role is Role.SENDER:
            return participant.draft_id
        if self.clock() < sent + self.settings.party_id_delay:
            return participant.draft_id
        return participant.public_id

    def with_unknown(self, events: Sequence[EventView]) -> list[EventView]:
        """Events, each followed by one of a kind that clients don't know, if it's set.

        It has the same id whenever it's shown.
        """
        kind = self.settings.unknown_event
        if not kind:
            return list(events)
        return [item for event in events for item in (event, _unknown(event, kind))]

    # --- Draft ---

    def save(self, process: Process) -> None:
        self.processes.put(process.id, process, owner=process.organisation)

    def attach(self, process: Process, file: File, content: bytes) -> None:
        process.attach(file, self.clock())
        with self.database.transaction():
            self.database.contents.put(file.id, content)
            self.save(process)

    def detach(self, process: Process, file: File) -> None:
        process.require_draft()
        process.files.remove(file)
        with self.database.transaction():
            self.database.contents.delete(file.id)
            self.save(process)

    async def delete_draft(self, process_id: str) -> None:
        """As a person can in the panel; what was sent can never be deleted."""
        async with self.lock(process_id):
            process = self.process(process_id)
            process.require_draft()
            with self.database.transaction():
                for file in process.files:
                    self.database.contents.delete(file.id)
                self.processes.delete(process_id)

    # --- A sent process ---

    def lock(self, process_id: str) -> asyncio.Lock:
        return self._locks.setdefault(process_id, asyncio.Lock())

    async def send(self, process_id: str, actor: str) -> list[EventView]:
        async with self.lock(process_id):
            process = self.process(process_id)
            events = process.send(self.clock(), actor)
            process.merged = self.settings.signed_files == "merged"
            with self.database.transaction():
                self._commit(process, events)
            return events

    async def withdraw(self, process_id: str, actor: str) -> list[EventView]:
        async with self.lock(process_id):
            process = self.process(process_id)
            waiting = process.pending()
            events = process.withdraw(self.clock(), actor)
            with self.database.transaction():
                self._commit(process, events)
                self.mailroom.tell(process, waiting, Kind.WITHDRAWN)
            return events

    async def remind(
        self, process_id: str, actor: str, references: Sequence[str]
    ) -> list[EventView]:
        """Write again to the named participants whose turn it is."""
        async with self.lock(process_id):
            process = self.process(process_id)
            named = [process.participant(reference) for reference in references]
            if not all(named) or not all(p in process.pending() for p in named):
                raise Refusal(
                    "REMINDER_PARTY", "A selected party isn't to be reminded."
                )
            events = process.remind(self.clock(), actor)
            with self.database.transaction():
                self._commit(process, events)
                self.mailroom.tell(process, [p for p in named if p], Kind.REMINDER)
            return events

    async def act(self, process_id: str, reference: str) -> Process:
        """Sign, approve or review as the participant, if it's their turn."""
        async with self.lock(process_id):
            process, participant = self._actor(process_id, reference)
            process.require_turn(participant)
            try:
                signed = await self.sealer.sign(process, participant, self.settings)
            except Exception:  # whatever a library thinks of a PDF that isn't well made
                logger.exception("%s can't be signed", process.id)
                return self._stop(process, Status.ERROR)
            events = process.act(participant, self.clock())
            ready_at = self.clock() + self.settings.signed_file_delay
            with self.database.transaction():
                self.sealer.keep(process, signed, ready_at, self.settings)
                self._commit(process, events)
                if process.status is Status.COMPLETED:
                    self.mailroom.tell_end(process, Kind.COMPLETED)
            return process

    async def reject(self, process_id: str, reference: str, comment: str) -> Process:
        async with self.lock(process_id):
            process, participant = self._actor(process_id, reference)
            events = process.reject(participant, comment, self.clock())
            with self.database.transaction():
                self._commit(process, events)
                self.mailroom.tell_end(process, Kind.REJECTED, comment)
            return process

    async def hand_over(
        self,
        process_id: str,
        reference: str,
        person: Person,
        keep_id: bool,
        keep_party: bool,
    ) -> Process:
        """Let another person act in place of a participant; see the domain's."""
        async with self.lock(process_id):
            process, participant = self._actor(process_id, reference)
            party = participant.source.model_copy(update={"party": person})
            if process.participant(party.email) not in (None, participant):
                raise Refusal("DUPLICATE_PARTY", f"{party.email} takes part already.")
            process.hand_over(participant, party, keep_id, keep_party)
            with self.database.transaction():
                self._commit(process, [])
            return process

    async def stop(self, process_id: str, status: Status) -> Process:
        """Let it end as EXPIRED or ERROR."""
        async with self.lock(process_id):
            return self._stop(self.process(process_id), status)

    def _stop(self, process: Process, status: Status) -> Process:
        waiting = process.pending()
        process.stop(status, self.clock())
        kind = Kind.EXPIRED if status is Status.EXPIRED else Kind.FAILED
        with self.database.transaction():
            self._commit(process, [])
            self.mailroom.tell(process, waiting, kind)
            self.mailroom.tell_end(process, kind)
        return process

    async def unlock(self, process_id: str, reference: str) -> None:
        """The participant gave the SMS code that opens the document."""
        async with self.lock(process_id):
            process, participant = self._actor(process_id, reference)
            participant.unlocked = True
            self.save(process)

    async def expire_due(self) -> None:
        """Let processes expire whose time has run out."""
        life = self.settings.expires_after
        if life is None:
            return
        for process in self.processes.all():
            due = process.sent_at is not None and process.sent_at + life <= self.clock()
            if due and process.status is Status.PROCESSING:
                await self.stop(process.id, Status.EXPIRED)

    def _actor(self, process_id: str, reference: str) -> tuple[Process, Participant]:
        process = self.process(process_id)
        participant = process.participant(reference)
        if not participant:
            raise not_found("Participant")
        return process, participant

    def _commit(self, process: Process, events: list[EventView]) -> None:
        """Store the step; call back; invite those whose turn it became."""
        known = self.process(process.id)
        if process.ended_at is not None:
            self._before_end.put(process.id, known)
        self.save(process)
        self.sender.publish(process.organisation, self.with_unknown(events))
        before = {p.email for p in known.pending()}
        invited = [p for p in process.pending() if p.email not in before]
        self.mailroom.invite(process, invited)


def _unknown(event: EventView, kind: str) -> EventView:
    """An event that happens together with this one."""
    return event.model_copy(
        update={"id": f"{event.id}-1", "eventType": kind, "classifiers": [kind]}
    )
