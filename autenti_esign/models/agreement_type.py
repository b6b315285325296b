# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class AgreementType(models.Model):
    _inherit = "agreement.type"

    autenti_disabled = fields.Boolean(
        string="Disable electronic signing",
        help="Contracts of this type can't be sent for signature with Autenti.",
    )
