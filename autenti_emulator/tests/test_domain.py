# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A process under any row of steps: rules that always hold."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from autenti_emulator.domain import File, Process, digest
from autenti_emulator.errors import Refusal
from autenti_emulator.facts import (
    Event,
    Participation,
    Purpose,
    Role,
    Status,
)
from autenti_emulator.schemas import Party

from .driver import party

ENDS = {
    Status.COMPLETED,
    Status.REJECTED,
    Status.WITHDRAWN,
    Status.EXPIRED,
    Status.ERROR,
}
PEOPLE = st.lists(
    st.sampled_from(["SIGNER", "SIGNER", "APPROVER", "REVIEWER", "VIEWER"]),
    min_size=1,
    max_size=5,
)


class AnyRowOfSteps(RuleBasedStateMachine):
    """Steps come in any order, those that aren't allowed included."""

    @initialize(roles=PEOPLE, ordered=st.booleans())
    def draft(self, roles, ordered):
        self.now = 1.0
        self.process = Process(
            organisation="o", creator="e@x.test", created_at=0, modified_at=0
        )
        self.process.title = "Umowa"
        for number, role in enumerate(roles, start=1):
            turn = number if ordered and role in ("SIGNER", "APPROVER") else None
            item = party("A", "B", f"p{number}@x.test", role=role, priority=turn)
            self.process.add(Party.model_validate(item), self.now)
        file = File(
            filename="a.pdf",
            purpose=Purpose.SOURCE,
            size=1,
            sha256=digest(b"a"),
            modified_at=self.now,
        )
        self.process.attach(file, self.now)
        self.ordered = ordered
        self.ended = None
        self.acted = []

    def attempt(self, step, *arguments):
        """Take the step; one that is refused changes nothing."""
        self.now += 1
        before = self.process.model_dump_json()
        try:
            return step(*arguments)
        except Refusal:
            assert self.process.model_dump_json() == before
            return None

    @rule()
    def send(self):
        events = self.attempt(self.process.send, self.now, "actor")
        assert events is None or [e.eventType for e in events] == [Event.SENT.value]

    @rule()
    def withdraw(self):
        self.attempt(self.process.withdraw, self.now, "actor")

    @rule()
    def remind(self):
        self.attempt(self.process.remind, self.now, "actor")

    @rule(status=st.sampled_from([Status.EXPIRED, Status.ERROR]))
    def stop(self, status):
        self.attempt(self.process.stop, status, self.now)

    @precondition(lambda self: self.process.pending())
    @rule(data=st.data())
    def act_in_turn(self, data):
        self.act(data.draw(st.sampled_from(self.process.pending())))

    @rule(data=st.data())
    def act_whoever(self, data):
        self.act(data.draw(st.sampled_from(self.process.participants)))

    def act(self, participant):
        if self.attempt(self.process.act, participant, self.now):
            self.acted.append(participant)

    @rule(data=st.data())
    def reject(self, data):
        participant = data.draw(st.sampled_from(self.process.participants))
        self.attempt(self.process.reject, participant, "why", self.now)

    @invariant()
    def an_end_is_the_end(self):
        if self.ended:
            assert self.process.status is self.ended
        if self.process.status in ENDS:
            self.ended = self.process.status
            assert not self.process.pending()
            assert self.process.ended_at is not None

    @invariant()
    def completed_means_all_have_decided(self):
        decided = all(
            p.status is Participation.COMPLETED for p in self.process.deciders()
        )
        completed = self.process.status is Status.COMPLETED
        assert completed == (decided and self.process.sends > 0)

    @invariant()
    def order_was_kept(self):
        turns = [p.source.priority for p in self.acted if p.role is not Role.REVIEWER]
        if self.ordered:
            assert turns == sorted(turns)

    @invariant()
    def in_order_one_decider_at_a_time(self):
        pending = [p for p in self.process.pending() if p.role is not Role.REVIEWER]
        if self.ordered:
            assert len(pending) <= 1
        if self.process.status is Status.PROCESSING:
            assert pending

    @invariant()
    def sent_at_most_once(self):
        assert self.process.sends <= 1
        assert (self.process.sends == 1) == (self.process.status is not Status.DRAFT)


TestAnyRowOfSteps = AnyRowOfSteps.TestCase
TestAnyRowOfSteps.settings = settings(
    max_examples=150, stateful_step_count=20, derandomize=True, database=None
)
