# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _autenti_has_news(self, model):
        """Override: records that are signed by a rule tell of it as well."""
        names = self.env["autenti.sign.rule"]._get_models()
        return model._name in names or super()._autenti_has_news(model)
