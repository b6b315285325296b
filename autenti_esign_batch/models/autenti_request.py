# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    batch_line_ids = fields.One2many(
        "autenti.batch.line", "request_id", string="Bulk sending"
    )

    def _bus_notify(self):
        """Override to show the progress of the batch."""
        result = super()._bus_notify()
        self._autenti_notify_forms(self.batch_line_ids.batch_id)
        return result
