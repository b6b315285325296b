# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    expires_at = fields.Datetime(
        string="Expires on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When it isn't signed by then, Odoo withdraws it at Autenti.",
    )
