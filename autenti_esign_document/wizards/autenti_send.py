# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class AutentiSend(models.TransientModel):
    _inherit = "autenti.send"

    @api.depends("res_model", "res_id")
    def _compute_pdf_attachment_ids(self):
        """Override to offer those of the record that a document stands for."""
        result = super()._compute_pdf_attachment_ids()
        for send in self.filtered(lambda send: send.res_model == "autenti.document"):
            document = send._get_record()
            if document.source_model:
                send.pdf_attachment_ids |= document._find_pdfs(
                    document._get_source_record()
                )
        return result

    @api.model
    def _make_for(self, record):
        """Override: of a document's PDFs it's the one that was chosen there."""
        if record._name == "autenti.document":
            record._take_over_source()
        send = super()._make_for(record)
        if record._name == "autenti.document" and send.source == "attachment":
            send.attachment_id = record.attachment_id
        return send

    def _get_document_key(self):
        """Override: a rule's report may show more of a record than its fields tell."""
        key = super()._get_document_key()
        if self.res_model != "autenti.document" or self.source != "report":
            return key
        document = self._get_record()
        source, report = document._get_source_record(), document._autenti_get_report()
        return f"{key}-{report.id}-{source.sudo().write_date}"

    def action_send(self):
        """Override: of a document whose file was replaced meanwhile it's the new one.

        So the dialog is opened again with that, instead of without any.
        """
        record = self._get_record()
        is_gone = self.source == "attachment" and not self.attachment_id
        if is_gone and record._name == "autenti.document":
            self.attachment_id = record.attachment_id
        return super().action_send()
