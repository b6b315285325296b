# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    autenti_sale_action = fields.Selection(
        [("nothing", "Nothing"), ("confirm", "Confirm the order")],
        string="When all have signed with Autenti",
        required=True,
        default="nothing",
        help="What becomes of a quotation that all have signed with Autenti. One that "
        "the customer has to pay online is confirmed by the payment.",
    )
