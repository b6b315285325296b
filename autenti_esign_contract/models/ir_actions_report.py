# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_layout(self):
        """Override of `base` for the annex, which looks like the core's contract."""
        if self.report_name == "autenti_esign_contract.contract_modification_report":
            return self.env.ref("agreement_document.document_layout")
        return super()._get_layout()
