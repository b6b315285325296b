# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    trust_ids = fields.One2many(
        "autenti.trust",
        "connection_id",
        string="Trusted authorities",
        groups="autenti_esign.autenti_esign_group_manager,base.group_system",
    )
