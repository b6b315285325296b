# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class AutentiWithdraw(models.TransientModel):
    """Asks why, and says what is lost, before a document is withdrawn."""

    _name = "autenti.withdraw"
    _description = "Withdraw from Signature"
    _inherit = ["autenti.dialog"]

    request_id = fields.Many2one(
        "autenti.request", required=True, readonly=True, ondelete="cascade"
    )
    signed_names = fields.Char(compute="_compute_signed_names")
    reason = fields.Text(
        required=True,
        help="Kept with the request and shown to colleagues. Autenti doesn't pass it "
        "on to the signers.",
    )

    @api.depends("request_id.signer_ids.status")
    def _compute_signed_names(self):
        for withdraw in self:
            signed = withdraw.request_id.signer_ids.filtered(
                lambda s: s.status in ("signed", "approved")
            )
            withdraw.signed_names = ", ".join(signed.mapped("name"))

    def action_withdraw(self):
        self.ensure_one()
        self.request_id.action_withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
