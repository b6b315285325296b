# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a request is looked at."""

import logging
import random
from datetime import timedelta
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# How long a state may last until a person is asked
MAXIMUM_AGE = {"to_send": timedelta(days=7), "sent": timedelta(days=180)}
# Requests sent together shouldn't come back together
JITTER = 0.2


class Pace(NamedTuple):
    """Pauses that double from the first to the longest."""

    first: timedelta
    longest: timedelta

    def pause(self, number):
        """Return the pause of a number, from 0.

        :rtype: datetime.timedelta
        """
        # Doubled more often, it would be too long for a timedelta
        pause = min(self.first * 2 ** min(number, 20), self.longest)
        return pause * random.uniform(1 - JITTER, 1 + JITTER)


# What failed or was interrupted
RETRIES = Pace(timedelta(seconds=30), timedelta(days=1))
# Where Autenti doesn't call when something happens: at most 40 looks in 14 days
LOOKS = Pace(timedelta(minutes=2), timedelta(days=1))
# Where it does: at most 5, those that the calls cause included
LOOKS_BESIDE_CALLS = Pace(timedelta(days=4), timedelta(days=8))
# The signed file lags behind the last signature: pauses while it is due any moment, how
# long it is, and on how many earlier ones we base when that begins
FILE_PAUSE = timedelta(seconds=6)
FILE_LAG = timedelta(minutes=2)
FILES_BEFORE = 5
# A little before: else a look that comes late would make all later ones late
FILE_SHARE = 0.95
# How far ahead a run knows what it waits for
AWAITED_AHEAD = timedelta(minutes=1)
# For a later run that an ordinary one of each minute may miss
NEXT_AHEAD = timedelta(minutes=2)
# The last guard against loops: one call pays for so much time, and only so much time
# can be paid for ahead. So an hour has 30 calls, and once in a while 60
CALL_TIME = timedelta(minutes=2)
CALLS_AHEAD = timedelta(hours=1)
# Each of these comes once, whatever there is to send
CALLS_OF_SENDING = ("create", "upload", "send")


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    is_called = fields.Boolean(
        string="Callbacks arrive",
        readonly=True,
        copy=False,
        help="Autenti has called when something last happened to a document, so that "
        "Odoo needn't look often.",
    )

    def _note_news(self, by_callback):
        """Note how a change at Autenti became known.

        :param bool by_callback: Autenti had called; else it was found by looking
        """
        # Written when it changes: the requests of a connection are worked on together
        if self.is_called == by_callback:
            return
        # Another one may have noted it in this moment, which is no error for the log:
        # the walk is repeated then
        query = SQL(
            "UPDATE autenti_connection SET is_called = %s WHERE id = %s",
            *(by_callback, self.id),
        )
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset(["is_called"], flush=False)
