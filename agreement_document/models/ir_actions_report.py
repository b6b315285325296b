# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io

from odoo import api, models

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ..page_footer import add_footer
from ..self_contained import SelfContained

CONTRACT_REPORT = "agreement_document.agreement_report"
# Who writes a contract must not have the server ask for addresses of its own network,
# however they are written: all goes to a proxy that can't be there
OFFLINE = ("--proxy", "http://127.0.0.1:0")
# What a patched build of wkhtmltopdf needs to draw lengths as the unpatched ones do,
# which take no such options: 0.77 of what the style sheet says
PATCHED_SCALE = ("--disable-smart-shrinking", "--zoom", "0.602")


class IrActionsReport(models.Model):
    """Prints contracts alike with all builds of wkhtmltopdf.

    Odoo's header and footer exist in patched builds only. So contracts bring their own
    page, and their footer is added afterwards.
    """

    _inherit = "ir.actions.report"

    def _has_own_page(self):
        """Tell if the report brings its own page, the `document_layout`."""
        return self.report_name == CONTRACT_REPORT

    def _make_anew(self):
        """Return the report so that it prints the record as it is now, as a PDF.

        Nothing of an earlier print is taken, and nothing is kept of this one. Core
        gives HTML while tests run, and HTML must never pass for the document.
        """
        return self.with_context(
            force_report_rendering=True,
            report_pdf_no_attachment=True,
            report_self_contained=True,
        )

    def _get_layout(self):
        """Override of `base` for reports that bring their own page."""
        if self._has_own_page():
            return self.env.ref("agreement_document.document_layout")
        return super()._get_layout()

    @api.model
    def _render_qweb_html(self, report_ref, docids, data=None):
        """Override of `base` to say what a contract lacks, as HTML and as PDF."""
        if docids and self._get_report(report_ref).report_name == CONTRACT_REPORT:
            ids = [docids] if isinstance(docids, int) else docids
            self.env["agreement"].browse(ids)._check_document_printable()
        return super()._render_qweb_html(report_ref, docids, data=data)

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Override of `base` to add the footer to each contract.

        They are made one by one: unpatched builds take one document a run.
        """
        prepare = super()._render_qweb_pdf_prepare_streams
        is_contract = self._get_report(report_ref).report_name == CONTRACT_REPORT
        if not res_ids or not is_contract:
            return prepare(report_ref, data, res_ids=res_ids)
        streams = {}
        for agreement in self.env["agreement"].browse(dict.fromkeys(res_ids)):
            streams |= prepare(report_ref, dict(data or {}), res_ids=agreement.ids)
            made = streams[agreement.id]
            if not made["attachment"]:
                content = add_footer(
                    made["stream"].getvalue(), *agreement._get_document_footer()
                )
                made["stream"] = io.BytesIO(content)
        return streams

    def _run_wkhtmltopdf(
        self, bodies, report_ref=False, header=None, footer=None, **options
    ):
        """Override of `base` to have what is made anew fetch nothing from Odoo."""
        if report_ref and self._get_report(report_ref)._has_own_page():
            self = self.with_context(report_own_page=True, report_self_contained=True)
            header = footer = None
        if self.env.context.get("report_self_contained"):
            urls = (self._get_report_url(), self.get_base_url())
            is_closed = bool(self.env.context.get("report_own_page"))
            convert = SelfContained(self.env, *urls, is_closed=is_closed).convert
            bodies = [convert(body) for body in bodies]
            header = header and convert(header)
            footer = footer and convert(footer)
        return super()._run_wkhtmltopdf(
            bodies, report_ref=report_ref, header=header, footer=footer, **options
        )

    def _build_wkhtmltopdf_args(self, *args, **options):
        """Override of `base`: our page has no script to wait for, and one scale."""
        arguments = super()._build_wkhtmltopdf_args(*args, **options)
        if not self.env.context.get("report_own_page"):
            return arguments
        for option in ("--javascript-delay", "--zoom"):
            if option in arguments:
                index = arguments.index(option)
                del arguments[index : index + 2]
        arguments.append("--disable-javascript")
        arguments.extend(OFFLINE)
        if _wkhtml().is_patched_qt:
            arguments.extend(PATCHED_SCALE)
        return arguments
