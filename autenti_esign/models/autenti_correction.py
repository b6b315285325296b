# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a request is replaced by a corrected one."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .autenti_checklist import WARNING, line


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
