# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, time, timedelta, timezone

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError


class AutentiSend(models.TransientModel):
    """How long the signers have, and how often they are reminded."""

    _inherit = "autenti.send"

    remind_days = fields.Integer(
        string="Remind every (days)",
        compute="_compute_waiting",
        store=True,
        readonly=False,
        help="Days between two reminders that Autenti sends by itself to those whose "
        "turn it is; 0 for none.",
    )
    expiry_date = fields.Date(
        string="Sign by",
        compute="_compute_waiting",
        store=True,
        readonly=False,
        help="The last day to sign. What isn't signed by then is withdrawn at Autenti. "
        "Leave it empty to set no end.",
    )

    @api.depends("connection_id")
    def _compute_waiting(self):
        today = self.env["res.users"]._autenti_get_today()
        for send in self:
            rules = send._get_record()._autenti_get_waiting_rules(send.connection_id)
            send.remind_days = rules.remind_days
            send.expiry_date = rules.expiry_days and (
                today + timedelta(days=rules.expiry_days)
            )

    def _prepare_request(self, record):
        """Override to say how long the signers have."""
        return {
            **super()._prepare_request(record),
            "remind_days": max(0, self.remind_days),
            "expires_at": self.expiry_date and self._get_expiry_moment(),
        }

    def _get_expiry_moment(self):
        """Return the end of the last day, where the user is: a naive UTC datetime.

        :raise UserError: it has passed
        """
        end = datetime.combine(self.expiry_date, time.max.replace(microsecond=0))
        time_zone = self.env.context.get("tz")
        time_zone = pytz.timezone(time_zone or self.env.user._autenti_get_time_zone())
        moment = time_zone.localize(end).astimezone(timezone.utc)
        moment = moment.replace(tzinfo=None)
        if moment <= fields.Datetime.now():
            raise UserError(
                self.env._("“Sign by” has passed. Choose a later day, or none.")
            )
        return moment
