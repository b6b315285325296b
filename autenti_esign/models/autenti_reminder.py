# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How those whose turn it is are reminded: by a person, or every so many days."""

from datetime import timedelta
from functools import partial

from odoo import fields, models
from odoo.exceptions import UserError

from ..client import const, errors
from .autenti_walk import Step


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    remind_days = fields.Integer(
        string="Remind every (days)",
        readonly=True,
        help="Days between two reminders that Autenti sends by itself to those whose "
        "turn it is; 0 for none.",
    )
    next_reminder_at = fields.Datetime(
        string="Next reminder", readonly=True, copy=False
    )
    reminder_count = fields.Integer(string="Reminders", readonly=True, copy=False)
    last_reminder_at = fields.Datetime(
        string="Last reminder", readonly=True, copy=False
    )

    # === ACTION METHODS === #

    def action_remind(self):
        """Have Autenti remind those whose turn it is.

        :raise UserError: Autenti refuses; nothing has changed
        """
        self.ensure_one()
        self._check_may_act()
        request_sudo = self.sudo()
        request_sudo._lock_for_user()
        if request_sudo.state != "sent":
            raise UserError(self.env._("Only a sent document has someone to remind."))
        is_known = request_sudo._ask(request_sudo._try_to_remind)
        request_sudo._plan_reminder()
        if is_known:
            request_sudo._apply_reminded(None, None)
            return None
        doubt = self.env._(
            "Autenti was asked to send a reminder and didn't tell whether it did."
        )
        request_sudo._log(doubt)
        return self._tell(doubt, "warning")

    def action_remind_all(self):
        """Have those reminded whose turn it is in many documents, by the cron job.

        What isn't out for signature, or was sent by somebody else, is left out.

        :return: action that tells how many
        """
        self.check_access("read")
        return self._remind_all(len(self))

    def _remind_all(self, count):
        """Have those reminded whom this user may remind.

        :param int count: of the documents that the user has chosen
        :return: action that tells how many
        """
        waiting_sudo = (
            self._filtered_access("read")
            .filtered(lambda r: r.state == "sent" and r._may_act())
            .sudo()
        )
        waiting_sudo.next_reminder_at = fields.Datetime.now()
        waiting_sudo._schedule_now()
        lines = [self.env._("Reminders on their way: %s.", len(waiting_sudo))]
        if left := count - len(waiting_sudo):
            lines.append(
                self.env._(
                    "Left out: %s. They aren't out for signature, or somebody else "
                    "sent them.",
                    left,
                )
            )
        message = "\n".join(lines)
        return self._tell(message, "success" if waiting_sudo else "warning")

    def _tell(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Remind with Autenti"),
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS METHODS === #

    def _try_to_remind(self, session):
        """Remind, and tell whether it is known to have happened."""
        try:
            session.remind(self.process_id)
        except errors.AutentiError as error:
            if error.code not in errors.UNKNOWN_OUTCOME:
                raise
            return False
        return True

    def _plan_reminder(self):
        """Let the time to the next automatic reminder begin."""
        now = fields.Datetime.now()
        for request in self:
            request.next_reminder_at = request.remind_days and now + timedelta(
                days=request.remind_days
            )

    def _next_step(self, session, known):
        """Override to remind, when the process was read and nothing else is to do."""
        step = super()._next_step(session, known)
        if (
            step
            or self.state != "sent"
            or known is None
            or known.status != const.PROCESS_PROCESSING
            or not self.next_reminder_at
            or self.next_reminder_at > fields.Datetime.now()
        ):
            return step
        # Whatever comes of it, it isn't tried more often than that
        self._plan_reminder()
        return Step(
            partial(session.remind, self.process_id),
            partial(self._apply_reminded, known),
            kind="remind",
            is_final_when_refused=False,
            at_most_once=True,
        )

    def _apply_reminded(self, known, _result):
        self.write(
            {
                "reminder_count": self.reminder_count + 1,
                "last_reminder_at": fields.Datetime.now(),
            }
        )
        reminded = self.signer_ids.filtered(lambda s: s.status == "turn")
        names = reminded.mapped("actor_name")
        self._log(
            self.env._(
                "Autenti has reminded %(names)s. Reminder %(number)s.",
                names=", ".join(names) or self.env._("those whose turn it is"),
                number=self.reminder_count,
            )
        )
        self._look_by(self.next_reminder_at)
        return known

    def _schedule_next(self, changed, at_least=None):
        """Override to look again at the latest when a reminder is due."""
        result = super()._schedule_next(changed, at_least=at_least)
        self._look_by(self.next_reminder_at)
        return result


class AutentiSigner(models.Model):
    _inherit = "autenti.signer"

    def _set_status(self, status, signed_at=None):
        """Override to give everybody the whole time before they are reminded."""
        new = self.filtered(lambda s: status == "turn" and s.status == "waiting")
        result = super()._set_status(status, signed_at)
        new.request_id._plan_reminder()
        return result


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def action_autenti_remind(self):
        """Have those reminded whose turn it is to sign these records.

        :return: action that tells how many
        """
        self.check_access("read")
        requests_sudo = self.sudo().autenti_request_id
        return requests_sudo.with_env(self.env)._remind_all(len(self))
