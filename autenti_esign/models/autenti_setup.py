# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The way from an empty connection to one that is switched on in production."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..secret_store import unseal

SIGNER_FIELDS = (
    "representative_email",
    "representative_first_name",
    "representative_last_name",
    "representative_phone",
    "representation_basis",
    "representative_user_id",
    "representative_valid_from",
    "representative_valid_until",
    "is_representation_joint",
)


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    is_application_ready = fields.Boolean(
        compute="_compute_setup", compute_sudo=True, export_string_translation=False
    )
    is_key_needed = fields.Boolean(
        compute="_compute_setup", compute_sudo=True, export_string_translation=False
    )
    is_key_ready = fields.Boolean(
        compute="_compute_setup", compute_sudo=True, export_string_translation=False
    )
    is_permitted = fields.Boolean(
        compute="_compute_setup", compute_sudo=True, export_string_translation=False
    )
    is_signer_ready = fields.Boolean(
        compute="_compute_setup", compute_sudo=True, export_string_translation=False
    )
    setup_hint = fields.Char(
        compute="_compute_setup",
        compute_sudo=True,
        help="What keeps the connection from being used, first things first.",
    )
    tested_date = fields.Datetime(
        string="Tested on",
        compute="_compute_tested_date",
        store=True,
        copy=False,
        help="When Autenti last accepted what is entered here.",
    )

    @api.depends(
        "account_access",
        "check_ids.level",
        "client_id",
        "client_secret",
        "company_id.vat",
        "is_elsewhere",
        "key_ids.state",
        "mode",
        "representative_email",
        "representative_first_name",
        "representative_last_name",
        "representation_basis",
        "representative_valid_from",
        "representative_valid_until",
        "tested_date",
    )
    def _compute_setup(self):
        for connection in self:
            connection.is_application_ready = bool(
                connection.client_id and connection.client_secret
            )
            connection.is_key_needed = connection._uses_key()
            connection.is_key_ready = bool(
                not connection.is_key_needed or connection._get_key("active")
            )
            connection.is_permitted = connection.tested_date and any(
                check.name == "reading" and check.level == "green"
                for check in connection.check_ids
            )
            connection.is_signer_ready = not connection._find_signer_problem()
            connection.setup_hint = connection._find_setup_problem()

    @api.depends(
        "account_access",
        "client_id",
        "client_secret",
        "custom_api_url",
        "environment",
        "key_ids.kid",
        "key_ids.state",
        "mode",
        "representative_email",
    )
    def _compute_tested_date(self):
        """What was accepted before it was changed says nothing any more."""
        self.tested_date = False

    # === ACTION METHODS === #

    def action_prepare_production(self):
        """Open the company's production connection, made if there is none.

        It is switched off, so that this one is used until the other one works. It
        takes over who signs and nothing that Autenti knows.
        """
        self.ensure_one()
        self.check_access("write")
        production = self.with_context(active_test=False).search(
            [
                ("company_id", "=", self.company_id.id),
                ("environment", "=", "production"),
            ],
            order="id desc",
            limit=1,
        )
        if not production:
            [values] = self.read(SIGNER_FIELDS, load=False)
            del values["id"]
            # Managers go this way too; the addresses are for administrators
            production = self.sudo().copy(
                {
                    **values,
                    "representative_ids": [
                        Command.create(person)
                        for person in self.representative_ids.copy_data()
                    ],
                    "environment": "production",
                    "custom_api_url": False,
                    "custom_jwks_url": False,
                    "active": False,
                }
            )
        return production._get_form_action()

    def action_switch_on(self):
        """Ask whether the company is to use this connection from now on.

        :raise UserError: it can't be used yet
        """
        self.ensure_one()
        self.check_access("write")
        self._check_setup()
        switch = self.env["autenti.switch"].create({"connection_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Switch On"),
            "res_model": switch._name,
            "res_id": switch.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_unarchive(self):
        """Ask as the button does: it is the same step."""
        return self.action_switch_on()

    def action_open_users(self):
        """Show who may send contracts of the company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_res_users")
        return {
            **action,
            "domain": [("id", "in", self._get_users().ids)],
            "context": {},
        }

    # === BUSINESS METHODS === #

    def _check_setup(self):
        if self.setup_hint:
            raise UserError(self.setup_hint)

    def _switch_on(self):
        """Have the company use this connection and no other.

        What was sent through the one before is followed through that one.

        :raise UserError: it can't be used yet
        """
        self.ensure_one()
        self._check_setup()
        former = self.search([("company_id", "=", self.company_id.id)]) - self
        former.active = False
        # Not after the other, which would be two active ones for a moment
        former.flush_recordset()
        self.active = True

    def _get_form_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_connection_action"
        )
        return {**action, "views": [(False, "form")], "res_id": self.id}

    def _find_setup_problem(self):
        """Say in one sentence what is to be done next; False when nothing is."""
        if self.is_elsewhere:
            return self._get_place_problem()
        if not self.client_id:
            return self.env._(
                "Register this ERP as an application in Autenti's panel, then enter "
                "the client ID that Autenti shows."
            )
        if not self.client_secret:
            return self.env._("Enter the client secret that Autenti shows.")
        if not self.is_key_ready:
            return self.env._("Make a key pair and paste its JWK into Autenti's panel.")
        return (
            self._find_signer_problem()
            or self._find_secret_problem()
            or not self.tested_date
            and self.env._("Click Test Connection: does Autenti accept what is here?")
        )

    def _find_signer_problem(self):
        if self.mode == "representative":
            return self._find_identity_problem(self.env.user)
        if all(self._find_identity_problem(user) for user in self._get_users()):
            return self.env._(
                "Nobody can sign for %s yet. Give its salespeople the right Autenti "
                "e-Signature: User, and see that they have an e-mail and a full name.",
                self.company_id.name,
            )
        return False

    def _find_identity_problem(self, user):
        identity = self._get_company_identity(user)
        try:
            self._check_company_identity(identity)
        except UserError as error:
            return str(error)
        return self._find_validity_problem(identity)

    def _get_users(self):
        """Return the res.users who may send for the company or its branches."""
        companies = self.env["res.company"].search(
            [("id", "child_of", self.company_id.ids)]
        )
        group = self.env.ref("autenti_esign.autenti_esign_group_user")
        return self.env["res.users"].search(
            [("all_group_ids", "in", group.ids), ("company_ids", "in", companies.ids)]
        )

    def _find_secret_problem(self):
        try:
            unseal(self.client_secret)
            self._get_key("active")._get_private_key()
        except UserError as error:
            return str(error)
        return False
