# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _has_own_page(self):
        """Override: a timeline is printed alike with all builds of wkhtmltopdf too."""
        return self.report_name == "autenti_esign.timeline_report" or (
            super()._has_own_page()
        )
