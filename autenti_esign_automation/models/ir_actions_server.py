# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES

from ..unattended import get_job

_logger = logging.getLogger(__name__)

STATES = [
    ("autenti_send", "Send with Autenti"),
    ("autenti_remind", "Remind with Autenti"),
    ("autenti_withdraw", "Withdraw at Autenti"),
]
# Rules may run again and again; nobody is to get a reminder each time
REMINDER_PAUSE = timedelta(days=1)


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[*STATES, ("code",)],
        ondelete={state: "cascade" for state, _label in STATES},
    )
    autenti_sender = fields.Selection(
        [
            ("responsible", "The record's responsible"),
            ("user", "Whoever sets it off"),
        ],
        string="Sent by",
        default="responsible",
        help="In whose name it is sent. Whoever sets the action off needs the right to "
        "send the record, whichever is chosen; only Odoo's own scheduled actions are "
        "free of that.",
    )
    autenti_reason = fields.Char(
        string="Reason of withdrawal", help="For the colleagues. Autenti takes none."
    )

    # === SET-UP === #

    def _autenti_is_ours(self):
        return self.state in dict(STATES)

    @api.depends("state")
    def _compute_available_model_ids(self):
        """Override: ours work on what can be signed."""
        result = super()._compute_available_model_ids()
        ours = self.filtered(lambda action: action._autenti_is_ours())
        for action in ours:
            action.available_model_ids = action.available_model_ids.filtered(
                lambda model: self._autenti_is_signable(model.model)
            )
        return result

    @api.model
    def _autenti_is_signable(self, model):
        signable = self.env.registry["autenti.sign.mixin"]
        found = self.env.get(model)
        return isinstance(found, signable) and not found._abstract

    def _get_warning_messages(self):
        warnings = super()._get_warning_messages()
        if self._autenti_is_ours() and not self._autenti_is_signable(self.model_name):
            warnings.append(
                self.env._(
                    "%s can't be signed with Autenti. Choose a model that can.",
                    self.model_id.name,
                )
            )
        return warnings

    # === WHAT IT DOES === #

    def _run_action_autenti_send_multi(self, eval_context=None):
        for record in self._autenti_get_records(eval_context):
            self._autenti_send(record)
        return False

    def _autenti_send(self, record):
        """Hand a record over to be sent; what is out or signed already isn't."""
        request = record._autenti_get_request()
        if request.state in (*OPEN_STATES, "signed"):
            _logger.info("%s isn't sent: it is %s", record, request.state)
            return
        self.env["autenti.sending"]._add(
            record,
            self._autenti_find_sender(record),
            self,
            # What is sent because it was declined would be declined and sent for ever
            is_loop=bool(request) and self._autenti_is_by_itself(),
        )

    def _autenti_is_by_itself(self):
        """Tell if no person has set it off: a job of ours, or of Odoo's own."""
        return bool(get_job(self.env.cr)) or self.env.uid == SUPERUSER_ID

    def _run_action_autenti_remind_multi(self, eval_context=None):
        limit = fields.Datetime.now() - REMINDER_PAUSE
        for record in self._autenti_get_records(eval_context):
            request = record._autenti_get_request()
            if request.state != "sent" or not request._is_silent_since(limit):
                _logger.info("Nobody is reminded of %s now", record)
            elif self._autenti_check_may_act(record, request):
                request._remind_soon()
        return False

    def _run_action_autenti_withdraw_multi(self, eval_context=None):
        for record in self._autenti_get_records(eval_context):
            request = record._autenti_get_request()
            if request.state not in OPEN_STATES or request.ending:
                _logger.info("%s isn't withdrawn: it isn't out", record)
            elif self._autenti_check_may_act(record, request):
                request._withdraw_soon(
                    self.autenti_reason
                    or self.env._("Withdrawn by an automation: %s", self.name)
                )
        return False

    def _autenti_get_records(self, eval_context):
        """Return what the action works on, without the rights that it runs with."""
        records = eval_context.get("records") or eval_context.get("record")
        return records.sudo(False) if records else self.env["agreement"]

    def _autenti_find_sender(self, record):
        """Return in whose name a record is sent, maybe empty.

        Where nobody is responsible, and no person sets it off, whoever created it.
        """
        record_sudo = record.sudo()
        people = [record_sudo._autenti_get_responsible()[:1], self.env.user]
        if self.autenti_sender == "user":
            people.reverse()
        for user in (*people, record_sudo.create_uid):
            if user and user.id != SUPERUSER_ID:
                return user
        return self.env["res.users"]

    def _autenti_check_may_act(self, record, request):
        """Tell if who has set it off may act on a request; tell a person if not."""
        user = self.env.user
        mine = request.with_user(user)
        if user.id == SUPERUSER_ID or (mine.has_access("read") and mine._may_act()):
            return True
        record._autenti_notify_overseer(
            lambda env: env._(
                "“%(action)s” wasn't done: %(user)s, who has set it off, may not act "
                "on what was sent for signature here.",
                action=self.name,
                user=user.name,
            ),
            request.user_id,
        )
        return False
