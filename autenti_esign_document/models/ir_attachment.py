# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from odoo.addons.autenti_esign.models.ir_attachment import PROTECTED_FIELDS


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        """Override: what a document's file is doesn't change while it is out."""
        if not PROTECTED_FIELDS.isdisjoint(vals):
            self.filtered(
                lambda attachment: attachment._autenti_is_changed_by(vals)
            )._check_document_unlocked()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_file_of_locked_document(self):
        self._check_document_unlocked()

    def _check_document_unlocked(self):
        documents = self.env["autenti.document"].sudo().with_context(active_test=False)
        files = self.filtered(lambda file: file.res_model == documents._name)
        if files:
            documents.search(
                ["|", ("attachment_id", "in", files.ids)]
                + [("enclosure_ids", "in", files.ids)]
            )._check_files_unlocked()
