# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plays with a mistake in the addon or its database, and what must be found in each.

The faults aim at the mistake, so that few contracts show it.
"""

from dataclasses import dataclass, replace

from play import GET, POST, Script, late, play
from words import STORED, STUCK, TWICE, WRONG

FEW = Script(
    contracts=8,
    kills=0,
    seed=1,
    call_faults=(),
    callback_faults=(),
    patience=20,
    settle=10,
)
SENT_BUT_RESET = ((POST, "*/actions", 0.8, {"type": "reset_after"}),)
REFUSED = ((POST, "*/files", 0.5, {"type": "status", "status": 503}),)
SLOW_READS = ((GET, "*DOCUMENT_PROCESS*", 0.5, late("delay_after", 0.3)),)
DUPLICATED = (("callback_duplicated", 1, {}),)


@dataclass(frozen=True)
class Mutant:
    """A script that is played well without the mistake, and a finding with it."""

    script: Script
    finding: str
    # The mistake: a name in `autenti_faults.mutations`, or a statement
    mutation: str = ""
    sql: str = ""

    def play(self, seed=1):
        mutation = self.mutation or self.script.mutation
        return play(replace(self.script, mutation=mutation, sql=self.sql, seed=seed))


MUTANTS = {
    "store the id after the send": Mutant(
        replace(FEW, call_faults=SENT_BUT_RESET), TWICE, "store_id_after_send"
    ),
    "send without reading before": Mutant(
        replace(FEW, call_faults=SENT_BUT_RESET), WRONG, "send_without_reading"
    ),
    "apply answers out of order": Mutant(
        # A later look makes good for most of them
        replace(FEW, contracts=16, call_faults=SLOW_READS),
        WRONG,
        "apply_out_of_order",
    ),
    "give up after an error": Mutant(
        replace(FEW, call_faults=REFUSED), STUCK, "give_up_after_an_error"
    ),
    "no unique open request": Mutant(
        # Without the check as well: the index alone holds
        replace(FEW, twice=1, mutation="send_unchecked"),
        TWICE,
        sql="DROP INDEX autenti_request_open_uniq",
    ),
    "no unique event": Mutant(
        replace(FEW, callback_faults=DUPLICATED),
        STORED,
        sql="DROP INDEX autenti_callback_event_uniq",
    ),
}
