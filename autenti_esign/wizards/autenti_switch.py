# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class AutentiSwitch(models.TransientModel):
    """The switch to production, or to the test environment: asks before it is made."""

    _name = "autenti.switch"
    _description = "Switch On an Autenti Connection"
    _inherit = ["autenti.dialog"]

    connection_id = fields.Many2one(
        "autenti.connection", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", related_sudo=False)
    is_production = fields.Boolean(
        related="connection_id.is_production", related_sudo=False
    )
    signer = fields.Char(string="Signs for the company", compute="_compute_signer")

    @api.depends("connection_id")
    def _compute_signer(self):
        for switch in self:
            connection = switch.connection_id
            if connection.mode == "individual":
                switch.signer = self.env._("Each salesperson who sends a contract")
                continue
            identity = connection._get_company_identity(self.env.user)
            switch.signer = "{first_name} {last_name} <{email}>, {note}".format_map(
                identity
            )

    def action_switch_on(self):
        self.ensure_one()
        self.connection_id.check_access("write")
        self.connection_id._switch_on()
        return self.connection_id._get_form_action()
