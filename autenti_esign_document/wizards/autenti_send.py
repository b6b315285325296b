# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.fields import Command

DOCUMENT = "autenti.document"


class AutentiSend(models.TransientModel):
    _inherit = "autenti.send"

    has_report = fields.Boolean(
        compute="_compute_has_report",
        compute_sudo=False,
        export_string_translation=False,
    )
    # Checksum of each of the document's enclosures by name, as they are taken over
    enclosure_digests = fields.Json(readonly=True, export_string_translation=False)

    @api.depends("res_model", "res_id")
    def _compute_has_report(self):
        for send in self:
            send.has_report = bool(send._get_record()._autenti_get_report())

    @api.depends("res_model", "res_id")
    def _compute_pdf_attachment_ids(self):
        """Override to offer those of the record that a document stands for."""
        result = super()._compute_pdf_attachment_ids()
        for send in self.filtered(lambda send: send.res_model == DOCUMENT):
            document = send._get_record()
            if document.source_model:
                source = document._get_source_record()
                send.pdf_attachment_ids |= self.env["ir.attachment"]._autenti_find_pdfs(
                    source._name, source.id
                )
        return result

    @api.model
    def _make_for(self, record):
        """Override: of a document's PDFs it's the one that was chosen there."""
        if record._name != DOCUMENT:
            return super()._make_for(record)
        record._take_over_source()
        send = super()._make_for(record)
        if send.source == "attachment":
            send.attachment_id = record.attachment_id
        send.enclosure_digests = send._get_enclosure_digests()
        return send

    def _get_document_key(self):
        """Override: a rule's report may show more of a record than its fields tell."""
        key = super()._get_document_key()
        if self.res_model != DOCUMENT or self.source != "report":
            return key
        document = self._get_record()
        source, report = document._get_source_record(), document._autenti_get_report()
        return f"{key}-{report.id}-{source.sudo().write_date}"

    def action_send(self):
        """Override: files of a document that were changed meanwhile are shown first.

        Where it's the one that is signed, the dialog is opened again with that.
        """
        record = self._get_record()
        if record._name != DOCUMENT:
            return super().action_send()
        if self.source == "attachment" and not self.attachment_id:
            self.attachment_id = record.attachment_id
        if self._take_over_enclosures():
            return self._show_enclosures()
        return super().action_send()

    def _get_enclosure_digests(self):
        enclosures = self._get_record()._name_enclosures()
        return {name: enclosure.checksum for name, enclosure in enclosures.items()}

    def _take_over_enclosures(self):
        """Have go along what was changed in the document; what was here stays.

        :return: whether there was anything
        """
        before, now = self.enclosure_digests or {}, self._get_enclosure_digests()
        if before == now:
            return False
        changed = {
            name
            for name in before.keys() | now.keys()
            if name not in before or before[name] != now.get(name)
        }
        self.file_ids.filtered(lambda file: file.name in changed).unlink()
        last = max(self.file_ids.mapped("sequence"), default=0)
        enclosures = self._get_record()._name_enclosures()
        self.file_ids = [
            Command.create(
                {
                    "sequence": last + place,
                    "name": name,
                    "file": base64.b64encode(enclosures[name].raw or b""),
                }
            )
            for place, name in enumerate(enclosures, start=1)
            if name in changed
        ]
        self.enclosure_digests = now
        return True

    def _show_enclosures(self):
        """Open the dialog with the enclosures as they are now, instead of sending."""
        action = self._show_again()
        action["params"]["message"] = self.env._(
            "The enclosures of the document were changed after this was opened. Look "
            "at what goes along now, then send it."
        )
        return action
