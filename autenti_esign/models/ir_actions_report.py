# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

OWN_PAGE = ("autenti_esign.agreement_report", "autenti_esign.timeline_report")


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_layout(self):
        """Override of `base` for reports of ours, which bring their own page.

        Odoo's page loads style sheets over HTTP from this very server, and its header
        and footer exist in patched builds of wkhtmltopdf only.
        """
        if self.report_name in OWN_PAGE:
            return self.env.ref("autenti_esign.document_layout")
        return super()._get_layout()
