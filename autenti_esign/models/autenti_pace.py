# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a request is looked at."""

import random
from datetime import timedelta

from odoo import api, fields, models

from .autenti_request import OPEN_STATES

# How long a state may last until a person is asked
MAXIMUM_AGE = {"to_send": timedelta(days=7), "sent": timedelta(days=180)}
# The file can lag behind COMPLETED by seconds
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(days=1)


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

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
        self.attempt_count = 0 if changed else self.attempt_count + 1
        pause = min(FIRST_PAUSE * 2 ** min(self.attempt_count, 20), LONGEST_PAUSE)
        # Requests sent together shouldn't come back together
        pause *= random.uniform(0.8, 1.2)
        if at_least:
            pause = max(pause, timedelta(seconds=at_least))
        self.next_check_at = now + pause

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
