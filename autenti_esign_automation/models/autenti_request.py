# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..unattended import unattended


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    def _work_when_due(self):
        """Override to have automation rules know that nobody is there to be told no."""
        with unattended(self.env.cr, self.id):
            yield from super()._work_when_due()

    def _refresh(self):
        """Override: whoever fetches the status has asked for nothing else."""
        with unattended(self.env.cr, self.id):
            result = super()._refresh()
            # What is stored later would set rules off then
            self.env.flush_all()
        return result

    def _is_silent_since(self, moment):
        """Tell if the signers have got no mail since then, and aren't about to.

        :param datetime.datetime moment: naive, in UTC
        """
        self.ensure_one()
        last = self.last_reminder_at or self.sent_date
        planned = self.next_reminder_at
        return last <= moment and not (planned and planned <= fields.Datetime.now())

    def _remind_soon(self):
        """Have the job remind those whose turn it is."""
        self.next_reminder_at = fields.Datetime.now()
        self._schedule_now()

    def _withdraw_soon(self, reason):
        """Have the job withdraw the documents.

        :param str reason: for the colleagues
        """
        self.write({"ending": "withdrawn", "reason": reason})
        self._schedule_now()
