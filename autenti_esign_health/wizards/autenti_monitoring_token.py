# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools.urls import urljoin

from ..controllers.monitoring import HEALTH_PATH


class AutentiMonitoringToken(models.TransientModel):
    """Shows a new token once; neither it nor anything else here is stored."""

    _name = "autenti.monitoring.token"
    _description = "Token for Monitoring"
    _inherit = ["autenti.dialog"]

    token = fields.Char(store=False, readonly=True)
    url = fields.Char(
        string="Address",
        store=False,
        readonly=True,
        default=lambda self: urljoin(self.get_base_url(), HEALTH_PATH),
    )
