# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from . import autenti_source_reference  # noqa: F401 - is inherited


class AutentiRequest(models.Model):
    _name = "autenti.request"
    _inherit = ["autenti.source.reference", "autenti.request"]

    def _log(self, message, attachments=None, news=None, kind="note", **details):
        """Override: the record that a document stands for tells each step as well."""
        result = super()._log(message, attachments, news, kind, **details)
        record = self._get_record()
        if record._name == "autenti.document" and record:
            record._notify_source(message, attachments or record.env["ir.attachment"])
        return result

    def _bus_notify(self):
        """Override to have open forms of that record load again."""
        result = super()._bus_notify()
        record = self._get_record()
        source = record._name == "autenti.document" and record._get_source_record()
        if source and source != record:
            self._autenti_notify_forms(source)
        return result
