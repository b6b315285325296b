# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _autenti_has_news(self, model):
        """Override: connections tell when their address has been tried."""
        return model._name == "autenti.connection" or super()._autenti_has_news(model)
