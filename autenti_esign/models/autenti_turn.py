# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .autenti_signer import SIDES


class AutentiRequest(models.Model):
    """Who acts next and since when: stored, so that lists find it without asking."""

    _inherit = "autenti.request"

    next_signer_id = fields.Many2one(store=True, index="btree_not_null")
    turn = fields.Selection(
        SIDES,
        string="Waiting for",
        compute="_compute_turn",
        store=True,
        index="btree_not_null",
    )
    turn_date = fields.Datetime(
        string="Waiting since",
        compute="_compute_turn",
        store=True,
        help="When it was sent, or the one before has signed.",
    )
    signed_date = fields.Datetime(
        string="Signed on",
        compute="_compute_signed_date",
        store=True,
        help="When the last one has signed.",
    )

    @api.depends("state", "sent_date", "next_signer_id", "signer_ids.signed_date")
    def _compute_turn(self):
        for request in self:
            is_waiting = request.state == "sent" and request.next_signer_id
            request.turn = is_waiting and request.next_signer_id.side
            request.turn_date = is_waiting and (
                request._get_signing_time() or request.sent_date
            )

    @api.depends("state", "signer_ids.signed_date")
    def _compute_signed_date(self):
        for request in self:
            request.signed_date = (
                request.state == "signed" and request._get_signing_time()
            )
