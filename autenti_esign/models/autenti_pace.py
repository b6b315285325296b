# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a request is looked at."""

import logging
import random
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..client import const
from ..exceptions import TOO_OLD
from .autenti_request import OPEN_STATES

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


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    look_count = fields.Integer(
        string="Looks",
        readonly=True,
        copy=False,
        help="Looks at Autenti since something last changed.",
    )
    completed_date = fields.Datetime(
        string="All have acted since",
        readonly=True,
        copy=False,
        help="When Odoo first saw it; the signed file may follow later.",
    )
    file_lag = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        export_string_translation=False,
        help="Seconds from then until the signed file was here.",
    )
    calls_paid_until = fields.Datetime(
        readonly=True, copy=False, export_string_translation=False
    )

    def _schedule_now(self):
        self.write(
            {
                "next_check_at": fields.Datetime.now(),
                "attempt_count": 0,
                "failures": False,
                "calls_paid_until": False,
            }
        )
        self._trigger_cron()

    @api.model
    def _trigger_cron(self, moment=None):
        self.env.ref("autenti_esign.ir_cron_autenti_request")._trigger(moment)

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
            self._keep_error(message, TOO_OLD, tell=True)
            return
        if changed:
            self.look_count = 0
        elif not self.attempt_count:
            self.look_count += 1
        pause = self._get_pause()
        if at_least:
            pause = max(pause, timedelta(seconds=at_least))
        self.next_check_at = now + pause

    def _get_pause(self):
        if self.attempt_count:
            return RETRIES.pause(self.attempt_count - 1)
        if self.remote_status == const.PROCESS_COMPLETED:
            return self._get_file_pause()
        if self.state == "to_send":
            return RETRIES.pause(self.look_count)
        if self.connection_id.is_called:
            return LOOKS_BESIDE_CALLS.pause(self.look_count)
        return LOOKS.pause(self.look_count)

    def _get_file_pause(self):
        """Tell when to look again for the signed file.

        First when it can be expected, then soon, in the end ever more seldom.
        """
        waited = fields.Datetime.now() - (self.completed_date or fields.Datetime.now())
        pause = max(
            self._get_usual_file_lag() * FILE_SHARE - waited,
            FILE_PAUSE,
            waited - FILE_LAG,
        )
        return min(pause, RETRIES.longest)

    def _get_usual_file_lag(self):
        """Tell by how much the last signed files lagged behind, at least."""
        before = self.search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("completed_date", "!=", False),
                ("signed_attachment_id", "!=", False),
            ],
            order="id desc",
            limit=FILES_BEFORE,
        )
        return timedelta(seconds=min(before.mapped("file_lag"), default=0))

    def _note_file_lag(self):
        lag = fields.Datetime.now() - (self.completed_date or fields.Datetime.now())
        self.file_lag = lag.total_seconds()

    @api.model
    def _get_awaited_domain(self):
        """Find what people wait for: all have signed, and the file isn't here yet."""
        return (
            self._get_open_domain()
            & self._get_reachable_domain()
            & Domain("signed_attachment_id", "=", False)
            & Domain("remote_status", "=", const.PROCESS_COMPLETED)
            & Domain("next_check_at", "<=", fields.Datetime.now() + AWAITED_AHEAD)
        )

    @api.model
    def _get_awaited_moment(self):
        """Return when the next look for a signed file is due, False if not soon."""
        domain = self._get_awaited_domain()
        return self.search(domain, order="next_check_at", limit=1).next_check_at

    @api.model
    def _get_next_moment(self):
        """Return when the next look of all is due, False if not soon."""
        now = fields.Datetime.now()
        domain = (
            self._get_open_domain()
            & self._get_reachable_domain()
            & Domain("signed_attachment_id", "=", False)
            & Domain("next_check_at", ">", now)
            & Domain("next_check_at", "<=", now + NEXT_AHEAD)
        )
        return self.search(domain, order="next_check_at", limit=1).next_check_at

    def _may_call(self):
        """Tell whether Autenti may be asked now; else plan when."""
        now = fields.Datetime.now()
        moment = (self.calls_paid_until or now) - CALLS_AHEAD
        if moment <= now:
            return True
        _logger.info("Request %s has asked Autenti often: it pauses", self.id)
        self.next_check_at = moment
        return False

    def _count_calls(self, session, step=None):
        """Count the calls that a session has done since they were last counted.

        :param step: the Step that they were good for, None when it failed
        """
        count = session.take_call_count() if session else 0
        if count and not (step and step.kind in CALLS_OF_SENDING):
            now = fields.Datetime.now()
            start = max(self.calls_paid_until or now, now)
            self.calls_paid_until = start + count * CALL_TIME

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
