# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _autenti_has_news(self, model):
        """Override: takeovers tell of their progress."""
        return model._name == "autenti.takeover" or super()._autenti_has_news(model)
