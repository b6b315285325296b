# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from odoo.addons.autenti_esign.models.autenti_sign_checks import BLOCKING


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def action_autenti_send_batch(self):
        """Show which of the records can be sent for signature, to send them at once."""
        self.check_access("read")
        return self.env["autenti.batch"]._open_for(self)

    def _autenti_find_problem(self, signature_type):
        """Return what keeps the record from being sent as it is, or False.

        :param str signature_type: empty for the one that is proposed for it
        :raise UserError: the same
        """
        self.ensure_one()
        self._autenti_check_signable()
        problems = [
            each["text"]
            for each in self._autenti_check_proposal(
                signature_type or self._autenti_get_signature_type()
            )
            if each["level"] == BLOCKING
        ]
        return "\n".join(problems) or False
