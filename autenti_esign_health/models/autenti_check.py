# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from odoo.addons.autenti_esign.models.autenti_check import SEVERITY


class AutentiCheck(models.Model):
    _inherit = "autenti.check"
    # The worst first
    _order = "severity desc, id"

    name = fields.Selection(
        selection_add=[
            ("own_call", "Call to the address"),
            ("address_change", "Change of the address"),
            ("libraries", "Python packages"),
        ],
        ondelete={
            "own_call": "cascade",
            "address_change": "cascade",
            "libraries": "cascade",
        },
    )
    # What is to be asked at the address, and the answer: only this database knows it, a
    # copy made a minute ago doesn't. Both are gone after the call
    word = fields.Char(groups=NO_ACCESS, export_string_translation=False)
    answer = fields.Char(groups=NO_ACCESS, export_string_translation=False)
    severity = fields.Integer(compute="_compute_severity", store=True)

    @api.model
    def _find_answer(self, word):
        """Return the answer to a question of this database; "" to any other.

        Note: in sudo
        """
        return self.search([("word", "=", word)], limit=1).answer or ""

    @api.depends("level")
    def _compute_severity(self):
        for check in self:
            check.severity = SEVERITY[check.level]
