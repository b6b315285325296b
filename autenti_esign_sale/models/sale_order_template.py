# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class SaleOrderTemplate(models.Model):
    _inherit = "sale.order.template"

    autenti_disabled = fields.Boolean(
        string="Disable signing with Autenti",
        help="Quotations made from this template can't be sent for signature with "
        "Autenti. It doesn't change the online signature on the portal.",
    )
