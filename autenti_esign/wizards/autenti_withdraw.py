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
    request_state = fields.Selection(related="request_id.state", related_sudo=False)
    may_end_here = fields.Boolean(
        compute="_compute_may_end_here", export_string_translation=False
    )
    only_here = fields.Boolean(
        string="End it here even if Autenti refuses",
        help="For documents that nobody can withdraw at Autenti any more. There they "
        "stay out, and can still be signed.",
    )
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
            withdraw.signed_names = ", ".join(signed.mapped("actor_name"))

    @api.depends("request_id")
    @api.depends_context("uid")
    def _compute_may_end_here(self):
        for withdraw in self:
            withdraw.may_end_here = withdraw.request_id._is_managed()

    def action_withdraw(self):
        self.ensure_one()
        action = self.request_id.action_withdraw(self.reason, self.only_here)
        return action or {"type": "ir.actions.act_window_close"}
