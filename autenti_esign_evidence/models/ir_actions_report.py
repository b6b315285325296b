# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

AUDIT_TRAIL_REPORT = "autenti_esign_evidence.audit_trail_report"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _has_own_page(self):
        return self.report_name == AUDIT_TRAIL_REPORT or super()._has_own_page()
