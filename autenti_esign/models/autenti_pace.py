# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a request is looked at."""

import random
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..client import const
from .autenti_request import OPEN_STATES

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


# What failed or was interrupted; the signed file, which lags behind by seconds
RETRIES = Pace(timedelta(seconds=30), timedelta(days=1))
# Where Autenti doesn't call when something happens: at most 40 looks in 14 days
LOOKS = Pace(timedelta(minutes=2), timedelta(days=1))
# Where it does: at most 5, those that the calls cause included
LOOKS_BESIDE_CALLS = Pace(timedelta(days=4), timedelta(days=8))


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    look_count = fields.Integer(
        string="Looks",
        readonly=True,
        copy=False,
        help="Looks at Autenti since something last changed.",
    )

    def _schedule_now(self):
        self.write({"next_check_at": fields.Datetime.now(), "attempt_count": 0})
        self.env.ref("autenti_esign.ir_cron_autenti_request")._trigger()

    def _schedule_next(self, changed, at_least=None):
        """Plan the next look: soon after a change, then ever more seldom.

        :param bool changed: the last look brought news
        :param float at_least: seconds that Autenti asks to wait
        """
        if self.state not in OPEN_STATES or self.signed_attachment_id:
            self.next_check_at = False
            return
        now = fields.Datetime.now()
        if now - (self.sent_date or self.create_date) > MAXIMUM_AGE[self.state]:
            self.next_check_at = False
            message = self.env._(
                "Odoo no longer asks Autenti by itself: this has waited too long. "
                "Look for the document in Autenti's panel, then fetch the status or "
                "withdraw it here."
            )
            self._keep_error(message, tell=True)
            return
        if changed:
            self.write({"attempt_count": 0, "look_count": 0})
        elif not self.attempt_count:
            self.look_count += 1
        pause = self._get_pause()
        if at_least:
            pause = max(pause, timedelta(seconds=at_least))
        self.next_check_at = now + pause

    def _get_pause(self):
        if self.attempt_count:
            return RETRIES.pause(self.attempt_count - 1)
        if self.state == "to_send" or self.remote_status == const.PROCESS_COMPLETED:
            return RETRIES.pause(self.look_count)
        if self.connection_id.is_called:
            return LOOKS_BESIDE_CALLS.pause(self.look_count)
        return LOOKS.pause(self.look_count)

    @api.model
    def _resume(self, connection, user):
        """Go on with what waits for a user's login at Autenti."""
        waiting = self.search(
            [
                ("connection_id", "=", connection.id),
                ("user_id", "=", user.id),
                ("mode", "=", "individual"),
                ("state", "in", OPEN_STATES),
                ("next_check_at", "=", False),
            ]
        )
        for request in waiting:
            request._forget_error()
            request._schedule_now()


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
