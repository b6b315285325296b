# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ..self_contained import SelfContained

OWN_PAGE = ("autenti_esign.agreement_report", "autenti_esign.timeline_report")


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_layout(self):
        """Override of `base` for reports of ours, which bring their own page.

        The header and footer of Odoo's exist in patched builds of wkhtmltopdf only.
        """
        if self.report_name in OWN_PAGE:
            return self.env.ref("autenti_esign.document_layout")
        return super()._get_layout()

    def _run_wkhtmltopdf(
        self, bodies, report_ref=False, header=None, footer=None, **options
    ):
        """Override of `base` to have documents for signing fetch nothing from Odoo."""
        if self.env.context.get("autenti_self_contained"):
            convert = SelfContained(self.env, self._get_report_url()).convert
            bodies = [convert(body) for body in bodies]
            header = header and convert(header)
            footer = footer and convert(footer)
        return super()._run_wkhtmltopdf(
            bodies, report_ref=report_ref, header=header, footer=footer, **options
        )
