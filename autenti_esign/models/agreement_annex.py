# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import escape_psql


class Agreement(models.Model):
    """Annexes: contracts of their own that change another one."""

    _inherit = "agreement"

    autenti_parent_id = fields.Many2one(
        "agreement",
        string="Annex to",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="The contract that this one changes.",
    )
    autenti_annex_ids = fields.One2many(
        "agreement", "autenti_parent_id", string="Annexes"
    )
    autenti_annex_count = fields.Integer(
        string="Number of annexes", compute="_compute_autenti_annex_count"
    )

    autenti_last_annex_number = fields.Integer(
        copy=False, readonly=True, export_string_translation=False
    )

    @api.depends("autenti_annex_ids")
    def _compute_autenti_annex_count(self):
        for agreement in self:
            agreement.autenti_annex_count = len(agreement.autenti_annex_ids)

    @api.constrains("autenti_parent_id")
    def _check_autenti_parent_id(self):
        for agreement in self:
            if agreement.autenti_parent_id.autenti_parent_id:
                raise ValidationError(
                    self.env._(
                        "An annex changes the contract itself, not another annex. "
                        "Choose %s.",
                        agreement.autenti_parent_id.autenti_parent_id.display_name,
                    )
                )
            if agreement.autenti_parent_id and agreement.autenti_annex_ids:
                raise ValidationError(
                    self.env._("A contract with annexes can't be an annex itself.")
                )

    def _autenti_get_annex_number(self):
        """Return the number of the next annex; one that was given isn't given again."""
        self.ensure_one()
        taken_sudo = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("code", "=like", f"{escape_psql(self.code)}/A%"),
                    ("company_id", "=", self.company_id.id),
                ]
            )
        )
        numbers = map(self._autenti_parse_annex_code, taken_sudo.mapped("code"))
        return 1 + max((self.autenti_last_annex_number, *filter(None, numbers)))

    def _autenti_get_annex_name(self, number):
        return self.env._(
            "Annex no. %(number)s to %(contract)s", number=number, contract=self.name
        )

    def _autenti_get_annex_code(self, number):
        return f"{self.code}/A{number}"

    def _autenti_parse_annex_code(self, code):
        """Return the number in a code that was proposed for an annex, else None."""
        match = re.fullmatch(rf"{re.escape(self.code)}/A(\d{{1,9}})", code or "")
        return match and int(match[1])

    @api.model
    def _autenti_number_annex(self, vals):
        """Renumber an annex whose proposed number was given to another one meanwhile.

        The number is counted in the contract's own row: where two people save at one
        moment, PostgreSQL lets one of them go first, and Odoo does the other's again.

        :param dict vals: of the new record; changed
        """
        parent_sudo = self.sudo().browse(vals.get("autenti_parent_id"))
        code = vals.get("code")
        number = parent_sudo and parent_sudo._autenti_parse_annex_code(code)
        if not number:
            return
        next_number = parent_sudo._autenti_get_annex_number()
        if number < next_number:
            if vals.get("name") == parent_sudo._autenti_get_annex_name(number):
                vals["name"] = parent_sudo._autenti_get_annex_name(next_number)
            number = next_number
            vals["code"] = parent_sudo._autenti_get_annex_code(number)
        parent_sudo.autenti_last_annex_number = number
        parent_sudo.flush_recordset(["autenti_last_annex_number"])

    @api.constrains("company_id")
    def _check_autenti_annexes_company(self):
        """Contract and annexes show each other's titles."""
        self.sudo().with_context(active_test=False).autenti_annex_ids._check_company(
            ["autenti_parent_id"]
        )

    def action_autenti_new_annex(self):
        """Open the form of a new annex, filled in with what the contract tells."""
        self.ensure_one()
        if self.autenti_parent_id:
            raise UserError(
                self.env._(
                    "This is an annex. Make the next one from the contract: %s.",
                    self.autenti_parent_id.display_name,
                )
            )
        number = self._autenti_get_annex_number()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Annex"),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": {
                "default_autenti_parent_id": self.id,
                "default_name": self._autenti_get_annex_name(number),
                "default_code": self._autenti_get_annex_code(number),
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_domain": self.domain,
            },
        }

    def action_autenti_annexes(self):
        """Show the contract's annexes."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Annexes"),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [("autenti_parent_id", "=", self.id)],
            "context": {"default_autenti_parent_id": self.id},
        }
