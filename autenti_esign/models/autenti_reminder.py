# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How those whose turn it is are reminded: by a person, or every so many days."""

from odoo import models


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def action_autenti_remind(self):
        """Have those reminded whose turn it is to sign these records.

        :return: action that tells how many
        """
        self.check_access("read")
        requests_sudo = self.sudo().autenti_request_id
        return requests_sudo.with_env(self.env)._remind_all(len(self))
