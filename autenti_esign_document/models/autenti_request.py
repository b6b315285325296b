# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from . import autenti_source_reference  # noqa: F401 - is inherited


class AutentiRequest(models.Model):
    _name = "autenti.request"
    _inherit = ["autenti.source.reference", "autenti.request"]

    def _notify_record(self, record, news, message, files=None):
        """Override: the record that a document stands for tells its news as well."""
        result = super()._notify_record(record, news, message, files)
        if record._name == "autenti.document":
            files = files or record.env["ir.attachment"]
            # What only the request has is for those who may read it
            record._notify_source(
                message, files.filtered(lambda file: file.res_model == record._name)
            )
        return result

    def _bus_notify(self):
        """Override to have open forms of that record load again."""
        result = super()._bus_notify()
        record = self._get_record()
        source = record._name == "autenti.document" and record._get_source_record()
        if source and source != record:
            self._autenti_notify_forms(source)
        return result
