# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools.sql import column_exists


class IrModel(models.Model):
    _inherit = "ir.model"

    def unlink(self):
        """Override: what was signed of an app stays, and is no other record's."""
        documents = self.env["autenti.document"]
        # It is gone when this addon is uninstalled itself
        if column_exists(self.env.cr, documents._table, "source_model"):
            documents._forget_sources(self.mapped("model"))
        return super().unlink()
