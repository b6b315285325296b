# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES

SHOWN_TITLES = 10


class AutentiTakeOver(models.TransientModel):
    """Asks who takes over: all open requests of a person, or chosen ones."""

    _name = "autenti.take.over"
    _description = "Take Over Signature Requests"
    _inherit = ["autenti.dialog"]

    person_id = fields.Many2one("res.users", string="All open requests of")
    # Who has left is archived
    person_ids = fields.Many2many(
        "res.users",
        compute="_compute_person_ids",
        context={"active_test": False},
        export_string_translation=False,
    )
    request_ids = fields.Many2many("autenti.request", string="Signature requests")
    taker_id = fields.Many2one("res.users", string="Who takes over", required=True)
    candidate_ids = fields.Many2many(
        "res.users", compute="_compute_requests", export_string_translation=False
    )
    count = fields.Integer(string="Open requests", compute="_compute_requests")
    titles = fields.Text(string="Documents", compute="_compute_requests")
    note = fields.Text(compute="_compute_note", export_string_translation=False)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_person_ids(self):
        takeable = self.env["autenti.request"]._find_takeable(Domain.TRUE)
        self.person_ids = takeable.user_id.sudo(False)

    @api.depends("person_id", "request_ids")
    def _compute_requests(self):
        users = self.env["res.users"]
        for dialog in self:
            requests = dialog._get_requests()
            titles = requests[:SHOWN_TITLES].mapped("name")
            more = ["…"] if len(requests) > SHOWN_TITLES else []
            dialog.count = len(requests)
            dialog.titles = "\n".join([*titles, *more])
            candidates = users._autenti_find_salespeople(requests.company_id)
            if not requests._is_managed():
                candidates &= self.env.user._autenti_get_team()
            dialog.candidate_ids = (candidates - dialog.person_id).sudo(False)

    @api.depends("person_id", "request_ids", "taker_id")
    @api.depends_context("lang")
    def _compute_note(self):
        for dialog in self:
            dialog.note = "\n".join(dialog._get_notes())

    def _get_notes(self):
        """Say what isn't taken over, and what is left to do, as sentences."""
        requests = self._get_requests()
        if left := len(self.request_ids._origin - requests.sudo(False)):
            yield self.env._(
                "Left out: %s. They have ended, or aren't yours to give away.", left
            )
        if hidden := self._count_hidden():
            yield self.env._(
                "Requests of companies that you don't work in now stay: %s.", hidden
            )
        signers = requests.signer_ids.filtered(
            lambda signer: (
                signer.request_id.mode == "individual"
                and signer.side == "company"
                and signer.status in ("waiting", "turn")
                and signer.user_id == signer.request_id.user_id
            )
        )
        if signers:
            yield self.env._(
                "%(names)s is still to sign at Autenti: %(count)s. Whoever takes over "
                "withdraws these and sends them again, with one click in each, to sign "
                "them instead.",
                names=", ".join(signers.user_id.mapped("name")),
                count=len(signers),
            )

    def _count_hidden(self):
        """Count the person's open requests in companies that aren't chosen now.

        Who may give nothing of theirs away learns nothing of them.
        """
        requests_sudo = self.env["autenti.request"].sudo()
        person = self.person_id
        led = self.env.user._autenti_get_led_users()
        if not person or not (requests_sudo._is_managed() or person in led):
            return 0
        return requests_sudo.search_count(
            Domain("user_id", "=", person._origin.id)
            & Domain("state", "in", OPEN_STATES)
            & Domain("company_id", "not in", self.env.companies.ids)
        )

    @api.model
    def _get_action(self, **context):
        """Return the action that opens the dialog.

        :param context: defaults of its fields
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign_takeover.autenti_take_over_action"
        )
        return {**action, "context": context}

    def action_take_over(self):
        """Order the takeover, and show how it goes.

        :raise UserError: nobody can take them, or there are none; nothing moves
        """
        self.ensure_one()
        requests = self._get_requests()
        if not requests:
            raise UserError(
                self.env._("There are no open signature requests to take over.")
            )
        requests = requests.filtered(lambda request: request.user_id != self.taker_id)
        if not requests:
            raise UserError(self.env._("They are %s's already.", self.taker_id.name))
        for request in requests:
            request._check_taker(self.taker_id)
        takeover = self.env["autenti.takeover"]._begin(requests, self.taker_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "autenti.takeover",
            "res_id": takeover.id,
            "views": [(False, "form")],
        }

    def _get_requests(self):
        """Return what would be taken over, in sudo."""
        requests = self.env["autenti.request"]
        if self.request_ids:
            domain = Domain("id", "in", self.request_ids._origin.ids)
        elif self.person_id:
            domain = Domain("user_id", "=", self.person_id._origin.id)
        else:
            return requests.sudo()
        return requests._find_takeable(domain)
