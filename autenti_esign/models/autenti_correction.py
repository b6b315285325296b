# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a request is replaced by a corrected one."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..client import const
from .autenti_checklist import WARNING, line
from .autenti_request import OPEN_STATES


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    replaces_id = fields.Many2one(
        "autenti.request",
        string="Sent in place of",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    replaced_by_id = fields.Many2one(
        "autenti.request", string="Replaced by", compute="_compute_replaced_by_id"
    )
    replacement_ids = fields.One2many("autenti.request", "replaces_id")
    may_correct = fields.Boolean(
        compute="_compute_may_correct", export_string_translation=False
    )

    @api.depends("replacement_ids")
    def _compute_replaced_by_id(self):
        for request in self:
            request.replaced_by_id = request.replacement_ids[:1]

    @api.depends("state", "replacement_ids")
    @api.depends_context("uid")
    def _compute_may_correct(self):
        for request in self:
            request.may_correct = request._is_correctable(request._get_record())

    def _is_correctable(self, record):
        """Tell if the user may correct and send it again.

        :param record: that is signed
        """
        return (
            self.state != "signed"
            and not self.replacement_ids
            and self == record.sudo().autenti_request_id
            and self._may_correct()
            and record.autenti_may_send
        )

    def action_correct(self):
        """Open the send dialog with the same people and file, to correct and send."""
        self.ensure_one()
        self._check_may_correct()
        return self.env["autenti.send"]._open_correction(self)

    def _may_correct(self):
        # Where each salesperson signs, nobody else can send it in their name. Who takes
        # the place of one who has left, or was given the record, signs it themselves
        return self._may_act() and (
            self.mode != "individual"
            or self.user_id == self.env.user
            or self.is_responsible
            or not self.sudo()._still_works(self.sudo().user_id)
        )

    def _check_may_correct(self):
        self._check_may_act()
        if not self._may_correct():
            raise UserError(
                self.env._(
                    "%s signs this document, so only they can send it again. You can "
                    "withdraw it.",
                    self.user_id.name,
                )
            )
        if self.state == "signed":
            raise UserError(self.env._("It is already signed with Autenti."))
        if self != self._get_record()._autenti_get_request():
            raise UserError(
                self.env._("It was replaced by a later one: correct that one.")
            )
        self._get_record()._autenti_check_access()

    def _end_for_correction(self):
        """End the request here, if it is open.

        :return: whether Autenti is still to be asked to withdraw it
        :raise UserError: all have signed
        """
        self._lock_for_user()
        reason = self.env._("Corrected and sent again.")
        if self.state in OPEN_STATES:
            try:
                self._read_before_ending()
            except UserError as error:
                self._check_may_end_here(error)
                self._end_here(reason)
        if self.state == "signed" or self.remote_status == const.PROCESS_COMPLETED:
            raise UserError(
                self.env._("All have signed meanwhile: there is nothing to correct.")
            )
        if self.state not in OPEN_STATES:
            return False
        is_out = self.state == "sent"
        self.write({"ending": "withdrawn", "reason": reason})
        self._apply_withdrawn(None, None)
        return is_out


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    autenti_may_send_again = fields.Boolean(
        compute="_compute_autenti_may_send_again",
        groups="autenti_esign.autenti_esign_group_user",
        export_string_translation=False,
    )

    @api.depends("autenti_state")
    @api.depends_context("uid")
    def _compute_autenti_may_send_again(self):
        for record in self:
            request_sudo = record.sudo().autenti_request_id
            request = request_sudo.with_env(self.env)
            record.autenti_may_send_again = (
                # Rights cost more to ask for than the state
                request_sudo.state != "signed"
                and request.has_access("read")
                and request._is_correctable(record)
            )

    def action_autenti_correct(self):
        """Correct and send again what was sent last.

        :raise UserError: nothing was sent yet, or it is signed
        """
        self.ensure_one()
        self.check_access("read")
        request = self.sudo().autenti_request_id.with_env(self.env)
        if not request:
            raise UserError(self.env._("It wasn't sent for signature yet."))
        return request.action_correct()

    def _autenti_check_requests(self):
        """Override to let the record be sent in place of its open request."""
        request = self._autenti_get_request()
        replaced_id = self.env.context.get("autenti_replaces_id")
        if request.id == replaced_id and request.state == "to_send":
            return line(
                WARNING,
                self.env._(
                    "It waits to be sent already: that document isn't sent when you "
                    "send this one."
                ),
            )
        if request.id == replaced_id and request.state == "sent":
            return line(
                WARNING,
                self.env._(
                    "It is out for signature: that document is withdrawn when you send "
                    "this one. Autenti doesn't give it back to the package: this one "
                    "counts once more."
                ),
            )
        return super()._autenti_check_requests()
