# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    autenti_connection_id = fields.Many2one(
        "autenti.connection",
        string="Autenti connection",
        compute="_compute_autenti_connection_id",
    )

    def _compute_autenti_connection_id(self):
        for settings in self:
            settings.autenti_connection_id = self.env["autenti.connection"].search(
                [("company_id", "=", settings.company_id.id)]
            )

    def action_autenti_connection(self):
        """Open the company's connection; a new one when there is none."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_connection_action"
        )
        action["views"] = [(False, "form")]
        action["res_id"] = self.autenti_connection_id.id
        action["context"] = {"default_company_id": self.company_id.id}
        return action
