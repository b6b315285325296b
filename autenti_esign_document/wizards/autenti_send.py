# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class AutentiSend(models.TransientModel):
    _inherit = "autenti.send"

    @api.model
    def _make_for(self, record):
        """Override: of a document's PDFs it's the one that was chosen there."""
        send = super()._make_for(record)
        if record._name == "autenti.document" and send.source == "attachment":
            send.attachment_id = record.attachment_id
        return send

    def action_send(self):
        """Override: of a document whose file was replaced meanwhile it's the new one.

        So the dialog is opened again with that, instead of without any.
        """
        record = self._get_record()
        is_gone = self.source == "attachment" and not self.attachment_id
        if is_gone and record._name == "autenti.document":
            self.attachment_id = record.attachment_id
        return super().action_send()
