# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    autenti_sale_action = fields.Selection(
        related="company_id.autenti_sale_action", readonly=False
    )
    autenti_contract_access = fields.Selection(
        selection_add=[("team", "Those of their sales teams"), ("all",)],
        ondelete={"team": "set default"},
    )
