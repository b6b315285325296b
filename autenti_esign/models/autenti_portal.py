# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AutentiSignMixin(models.AbstractModel):
    _name = "autenti.sign.mixin"
    _inherit = ["autenti.sign.mixin"]

    def _autenti_find_for_portal(self):
        """Find the record's request if the current user's contact is a party of it.

        :rtype: autenti.request, in sudo, maybe empty
        """
        self.ensure_one()
        return (
            self.env["autenti.request"]
            ._find_for_portal()
            .filtered_domain([("res_model", "=", self._name), ("res_id", "=", self.id)])
        )
