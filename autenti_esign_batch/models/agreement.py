# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class Agreement(models.Model):
    _inherit = "agreement"

    def _autenti_find_problem(self, signature_type):
        """Override: of many at once, nobody weighs each one's warnings."""
        problem = super()._autenti_find_problem(signature_type)
        return problem or self._autenti_find_signature_on_paper()
