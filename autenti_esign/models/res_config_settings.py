# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import config

from ..secret_store import KEY_OPTION, decrypt, encrypt


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    autenti_contract_access = fields.Selection(
        [("own", "Their own"), ("all", "All")],
        string="Contracts of an employee",
        required=True,
        default="all",
    )
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

    @api.model
    def get_values(self):
        access = self.env["res.users"]._autenti_get_contract_access()
        return {**super().get_values(), "autenti_contract_access": access}

    def set_values(self):
        choices = self.env["res.users"]._autenti_get_contract_rules()
        rules = self.env["ir.rule"].union(*choices.values())
        chosen = choices.get(self.autenti_contract_access, rules.browse())
        (rules - chosen).filtered("active").action_archive()
        chosen.action_unarchive()
        return super().set_values()

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

    def action_autenti_encrypt_secrets(self):
        """Encrypt all secrets with the present key; plain again where there is none.

        :raise UserError: one can't be read, for want of its key; nothing has changed
        """
        if not self.env.is_admin():
            raise AccessError(self.env._("Only an administrator may do this."))
        self._autenti_encrypt_secrets()
        message = (
            self.env._("All secrets of Autenti are encrypted with the present key.")
            if config.get(KEY_OPTION)
            else self.env._(
                "No secret of Autenti is encrypted: the server's configuration file "
                "has no key for that."
            )
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message},
        }

    def _autenti_encrypt_secrets(self):
        for model in self.env.values():
            secrets = [
                field.name
                for field in model._fields.values()
                if field.groups == NO_ACCESS and field.type in ("char", "text")
            ]
            if not secrets or not model._name.startswith("autenti."):
                continue
            model_sudo = model.sudo().with_context(active_test=False)
            domain = Domain.OR([(name, "!=", False)] for name in secrets)
            for record_sudo in model_sudo.search(domain):
                record_sudo.write(
                    {name: encrypt(decrypt(record_sudo[name])) for name in secrets}
                )
