# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def _autenti_get_contract_rules(self):
        choices = super()._autenti_get_contract_rules()
        team = self.env.ref("autenti_esign_sale.agreement_rule_team", False)
        return {"team": choices["own"] + team.sudo(), **choices} if team else choices
