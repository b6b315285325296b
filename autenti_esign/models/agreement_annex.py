# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


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
        number = len(self.with_context(active_test=False).autenti_annex_ids) + 1
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Annex"),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": {
                "default_autenti_parent_id": self.id,
                "default_name": self.env._(
                    "Annex no. %(number)s to %(contract)s",
                    number=number,
                    contract=self.name,
                ),
                "default_code": f"{self.code}/A{number}",
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
