# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_date


class ContractModification(models.Model):
    """A modification can be signed as an annex to its contract."""

    _name = "contract.modification"
    _inherit = [
        "contract.modification",
        "mail.thread",
        "mail.activity.mixin",
        "autenti.sign.mixin",
    ]

    company_id = fields.Many2one(related="contract_id.company_id")
    partner_id = fields.Many2one(related="contract_id.partner_id")

    @api.depends("contract_id.name", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for modification in self:
            modification.display_name = self.env._(
                "Annex of %(date)s to %(contract)s",
                date=format_date(self.env, modification.date),
                contract=modification.contract_id.sudo().name or "",
            )

    @api.depends("contract_id.autenti_disabled")
    def _compute_autenti_disabled(self):
        for modification in self:
            modification.autenti_disabled = modification.contract_id.autenti_disabled

    # === SIGNING === #

    def _autenti_check_access(self):
        self.check_access("read")

    @api.model
    def _autenti_get_responsible_path(self):
        return "contract_id.user_id"

    def _autenti_get_switch(self):
        return self.contract_id._autenti_get_switch()

    def _autenti_get_signature_type(self):
        return self.contract_id._autenti_get_signature_type()

    def _autenti_get_title(self):
        # In the language of those who read it
        lang = self.partner_id.lang or self.env.lang
        return self.with_context(lang=lang).display_name

    def _autenti_get_report(self):
        return self.env.ref(
            "autenti_esign_contract.contract_modification_report_action"
        )
