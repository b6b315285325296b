# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _autenti_explain_missing(self):
        """Override: it may be missing because it was kept for long enough."""
        return self.env._(
            "There is no such file. If it was deleted when its retention was over, the "
            "audit trail of the signature request says so."
        )
