# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AutentiSigner(models.Model):
    _inherit = "autenti.signer"

    def _schedule_activity(self):
        """Override: who stands in can't sign, but learns what waits."""
        result = super()._schedule_activity()
        request = self.request_id
        user = self._get_turn_user()
        if user == request.user_id and request._get_deputy():
            reader = request._in_context()
            reader._notify_salesperson(
                reader.env._(
                    "It's the turn of %s, who is away. Nobody signs in their place: "
                    "wait, or withdraw the document.",
                    user.name,
                )
            )
        return result
