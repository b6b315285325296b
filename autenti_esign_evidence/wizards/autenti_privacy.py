# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..models.res_partner import SIGNINGS_PATH


class AutentiPrivacy(models.TransientModel):
    """What is kept of a person's signings: to hand it out, or to forget the person."""

    _name = "autenti.privacy"
    _description = "Autenti Personal Data"
    _inherit = ["autenti.dialog"]

    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, ondelete="cascade"
    )
    signer_ids = fields.Many2many(
        "autenti.signer", string="Signings", compute="_compute_signer_ids"
    )
    explanation = fields.Text(compute="_compute_signer_ids")

    @api.depends("partner_id")
    def _compute_signer_ids(self):
        for privacy in self:
            partner = privacy.partner_id
            signers = (
                partner._autenti_find_signings() if partner else privacy.signer_ids
            )
            privacy.signer_ids = signers
            privacy.explanation = partner._autenti_explain_kept(len(signers))

    @api.model
    def action_show(self, partner):
        """Open the dialog about a contact."""
        self.check_access("create")
        # Made before it is shown: of a new record, related ones would be shown as new
        privacy = self.create({"partner_id": partner.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Signings and Personal Data"),
            "res_model": self._name,
            "res_id": privacy.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_export(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"{SIGNINGS_PATH}/{self.partner_id.id}",
            "target": "download",
        }

    def action_anonymise(self):
        self.ensure_one()
        self.partner_id._autenti_anonymise()
        return {
            "type": "ir.actions.act_window_close",
            "infos": {"noReload": False},
        }
