# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.contract.models.contract_template import ContractTemplate

# Columns of the template's model, which a contract would get as its own
TEMPLATE_FIELDS = (
    "autenti_signing_disabled",
    "autenti_signature_type",
    "autenti_report_id",
)


class ContractContract(models.Model):
    _name = "contract.contract"
    _inherit = ["contract.contract", "autenti.sign.mixin"]

    # Not copied from the template when it is chosen: what it says now counts
    NO_SYNC = [*ContractTemplate.NO_SYNC, *TEMPLATE_FIELDS]

    autenti_signing_disabled = fields.Boolean(
        compute="_compute_autenti_template_fields", compute_sudo=True, store=False
    )
    autenti_signature_type = fields.Selection(
        compute="_compute_autenti_template_fields", compute_sudo=True, store=False
    )
    autenti_report_id = fields.Many2one(
        compute="_compute_autenti_template_fields", compute_sudo=True, store=False
    )
    # What the rules for lines and modifications look at
    autenti_is_readable = fields.Boolean(
        compute="_compute_autenti_is_readable",
        search="_search_autenti_is_readable",
    )
    # They look at journals and invoices, which salespeople may not read
    currency_id = fields.Many2one(compute_sudo=True)
    pricelist_id_domain = fields.Binary(compute_sudo=True)
    invoice_count = fields.Integer(compute_sudo=True)
    create_invoice_visibility = fields.Boolean(compute_sudo=True)

    @api.depends(*(f"contract_template_id.{name}" for name in TEMPLATE_FIELDS))
    def _compute_autenti_template_fields(self):
        # Not related fields: a selection's can't be made of one that is inherited
        for contract in self:
            for name in TEMPLATE_FIELDS:
                contract[name] = contract.contract_template_id[name]

    # Rules are evaluated in sudo, but they are about the user
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_autenti_is_readable(self):
        readable = self.sudo(False)._filtered_access("read")
        for contract in self:
            contract.autenti_is_readable = contract in readable

    def _search_autenti_is_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in", self.sudo(False)._search([]))]

    @api.depends("autenti_signing_disabled")
    def _compute_autenti_disabled(self):
        for contract in self:
            contract.autenti_disabled = contract.autenti_signing_disabled

    @api.ondelete(at_uninstall=True)
    def _unlink_except_annex_sent_to_autenti(self):
        # The database deletes modifications together with their contract
        if self.sudo().modification_ids.autenti_request_ids:
            raise UserError(
                self.env._(
                    "A modification of the contract was sent for signature, which is "
                    "evidence that must stay. Archive the contract instead."
                )
            )

    def _set_start_contract_modification(self):
        result = super()._set_start_contract_modification()
        # The addon that writes this into each contract has no Polish, and Odoo reads
        # the terms of its code from nowhere else
        starts = self.modification_ids.filtered(
            lambda modification: modification.description == "Contract start"
        )
        starts.with_context(bypass_modification_send=True).write(
            {"description": self.env._("Contract start")}
        )
        return result

    # === SIGNING === #

    def _autenti_check_access(self):
        # Salespeople may read their own contracts, and accountants change them
        self.check_access("read")

    def _autenti_get_switch(self):
        return self.contract_template_id

    def _autenti_get_signature_type(self):
        return self.autenti_signature_type or super()._autenti_get_signature_type()

    def _autenti_get_title(self):
        return " ".join(filter(None, (self.name, self.code)))

    def _autenti_get_report(self):
        return self.autenti_report_id or self.env.ref("contract.report_contract")

    def _autenti_get_shown_names(self):
        names = super()._autenti_get_shown_names()
        # Annexes are documents of their own
        names.pop("modification_ids", None)
        return names

    def _autenti_render_pdf(self):
        # A report shows what belongs to the contract, such as prices and taxes, also to
        # those who have no rights on all of that
        self.check_access("read")
        self.partner_id.check_access("read")
        return super(ContractContract, self.sudo())._autenti_render_pdf()
