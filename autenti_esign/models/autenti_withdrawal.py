# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a request ends before all have signed: by a person, or by its date.

Which field of Autenti's API holds a date for that isn't published, so that Odoo
withdraws what has expired.
"""

from functools import partial

from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import format_datetime

from ..client import const, errors
from ..exceptions import IN_DOUBT, is_account_refused
from .autenti_request import OPEN_STATES
from .autenti_walk import Step

# No reason to look at what has ended
ENDING_NEWS = {const.EVENT_SENT, const.EVENT_REMINDER_SENT, const.EVENT_WITHDRAWAL}


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    expires_at = fields.Datetime(
        string="Expires on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What isn't signed by then is withdrawn at Autenti.",
    )
    # Set before Autenti is asked: its answer may be lost
    ending = fields.Selection(
        [("withdrawn", "Withdrawal"), ("expired", "Expiry")],
        string="On its way",
        readonly=True,
        copy=False,
    )

    # === ACTION METHODS === #

    def action_withdraw(self, reason=None, only_here=False):
        """Withdraw the document at Autenti, then here.

        When Autenti doesn't tell whether it did, the cron job finds out and goes on.
        When it lets in nobody who could withdraw it, a manager ends it here.

        :param str reason: for the colleagues; Autenti takes none
        :param bool only_here: end it here whatever Autenti says; for managers
        :return: action that tells what stays at Autenti, None when nothing does
        :raise UserError: Autenti refuses; nothing has changed
        """
        self.ensure_one()
        self._check_may_act()
        return self.sudo()._withdraw(reason, only_here)

    # === BUSINESS METHODS === #

    def _withdraw(self, reason=None, only_here=False):
        """Withdraw for a user who waits for it; see `action_withdraw`."""
        self._lock_for_user()
        if self.state not in OPEN_STATES:
            raise UserError(self.env._("It has ended already: nothing to withdraw."))
        try:
            self._withdraw_there(reason)
        except (RedirectWarning, UserError) as error:
            if not only_here or not self._is_managed():
                self._check_may_end_here(error)
            return self._end_here(reason)
        if self.state == "sent" and self.remote_status == const.PROCESS_COMPLETED:
            return self._end_completed(reason, only_here)
        return None

    def _end_completed(self, reason, only_here):
        """End what all have signed where its file will never come, or say why not.

        :return: action that says what is so
        """
        if only_here and self._is_managed() and not self.signed_attachment_id:
            return self._end_here(reason)
        return self._tell_sticky(
            self.env._("All have signed meanwhile: there is nothing to withdraw.")
        )

    def _check_may_end_here(self, error):
        """Raise an error of Autenti's, unless a manager may go on without Autenti.

        :param error: UserError or RedirectWarning, as `_ask` raises it
        """
        if not is_account_refused(error):
            raise error
        if not self._is_managed():
            hint = self.env._("A manager of Autenti e-Signature can end it in Odoo.")
            message = f"{error}\n{hint}"
            raise UserError(message) from error

    def _end_here(self, reason):
        """Be withdrawn without Autenti, and say what stays there.

        :return: action that says it
        """
        is_known_there = bool(self.process_id)
        message = self.env._(
            "It was ended in Odoo only, not at Autenti. What has gone out can still be "
            "signed there. Have it withdrawn in Autenti's panel: %s.",
            self.process_id,
        )
        if self.remote_status == const.PROCESS_COMPLETED:
            message = self.env._(
                "It was ended in Odoo only. At Autenti all have signed it, and the "
                "signed document stays there: %s.",
                self.process_id,
            )
        if is_known_there:
            reason = "\n".join(filter(None, (reason, message)))
        self.write({"ending": "withdrawn", "reason": reason})
        self._set_state("withdrawn", reason=reason)
        return self._tell_sticky(message) if is_known_there else None

    def _tell_sticky(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Withdraw from Signature"),
                "message": message,
                "type": "warning",
                "sticky": True,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _tell_of_late_news(self, kinds):
        """Tell that something happens at Autenti to what was ended here only.

        :param set kinds: of the events that Autenti has posted
        """
        is_out_there = self.remote_status == const.PROCESS_PROCESSING
        news = sorted(kinds - ENDING_NEWS)
        if (
            self.state == "withdrawn"
            and is_out_there
            and news
            and self._note_told(",".join(news))
        ):
            self._tell_salesperson(
                self.env._(
                    "It was ended in Odoo only, and now Autenti has news of it: "
                    "somebody may have signed. Look at it in Autenti's panel: %s.",
                    self.process_id,
                )
            )

    def _withdraw_there(self, reason):
        self._read_before_ending()
        if self.state not in OPEN_STATES or self.remote_status in const.PROCESS_ENDS:
            # It has ended, even if the signed file isn't here yet
            return
        self.write({"ending": "withdrawn", "reason": reason})
        if self.state == "to_send" or self._ask(self._try_to_withdraw):
            self._apply_withdrawn(None, None)
            return
        self._keep_error(
            self.env._(
                "Autenti didn't tell whether it has withdrawn the document. Odoo finds "
                "out and goes on by itself."
            ),
            code=IN_DOUBT,
            tell=False,
        )
        self._schedule_now()

    def _read_before_ending(self):
        """Read what a user is about to end, locked by the caller.

        It may be out without our knowing, or have ended meanwhile.
        """
        if self.process_id and not self.signed_attachment_id:
            self._ask(self._look_before_ending)

    def _look_before_ending(self, session):
        try:
            self._look(session)
        except errors.AutentiError as error:
            # A draft can be deleted at Autenti, what was sent can't. Missed once, it
            # may only not be shown yet
            was_missed = self.last_error and self.last_error_code == errors.NOT_FOUND
            if (
                not was_missed
                or self.state != "to_send"
                or error.code != errors.NOT_FOUND
            ):
                raise
            self._log(
                self.env._(
                    "Autenti doesn't find the draft any more: there was nothing to "
                    "withdraw there."
                )
            )

    def _lock_for_user(self):
        if not self._lock():
            raise UserError(
                self.env._("Autenti is being asked about it. Try again in a moment.")
            )

    def _try_to_withdraw(self, session):
        """Withdraw, and tell whether it is known to have happened."""
        try:
            session.withdraw(self.process_id)
        except errors.AutentiError as error:
            if error.code not in errors.UNKNOWN_OUTCOME:
                raise
            return False
        return True

    def _get_ending(self):
        """Tell the state that the request is on its way to, or False."""
        if self.ending or not self.expires_at:
            return self.ending
        return self.expires_at <= fields.Datetime.now() and "expired"

    def _get_expiry_reason(self):
        moment = format_datetime(
            self.env,
            self.expires_at,
            tz=self.env.context.get("tz"),
            dt_format="medium",
        )
        return self.env._("It was to be signed by %s.", moment)

    def _next_step(self, session, known):
        """Override to withdraw what is to end."""
        if (
            self.state not in OPEN_STATES
            or not self._get_ending()
            or (self.process_id and known is None)
            or (known and known.status in const.PROCESS_ENDS)
        ):
            return super()._next_step(session, known)
        is_out = known is not None and known.status != const.PROCESS_DRAFT
        return Step(
            # Nobody sees a draft
            partial(session.withdraw, self.process_id) if is_out else lambda: None,
            partial(self._apply_withdrawn, known),
            kind="withdraw",
            is_final_when_refused=False,
        )

    def _apply_withdrawn(self, known, _result):
        if self.state == "sent":
            self.remote_status = const.PROCESS_WITHDRAWN
        self._set_state("withdrawn", reason=self.reason)
        return known

    def _set_state(self, target, reason=None):
        """Override to tell an expiry, and why we withdrew, from a withdrawal there."""
        ending = target == "withdrawn" and self._get_ending()
        if ending == "expired":
            target, reason = ending, self._get_expiry_reason()
        elif ending:
            reason = reason or self.reason
        return super()._set_state(target, reason=reason)

    def _schedule_next(self, changed, at_least=None):
        """Override to look again at the latest when the request expires."""
        result = super()._schedule_next(changed, at_least=at_least)
        self._look_by(self.expires_at)
        return result

    def _look_by(self, moment):
        """Look again by a moment to come, if there is one."""
        if (
            self.state in OPEN_STATES
            and moment
            and moment > fields.Datetime.now()
            and (not self.next_check_at or moment < self.next_check_at)
        ):
            self.next_check_at = moment


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def action_autenti_withdraw(self):
        """Ask why, then withdraw the document that is out for signature.

        :raise UserError: there is none
        """
        self.ensure_one()
        self.check_access("read")
        request = self.sudo().autenti_request_id.with_env(self.env)
        if request.sudo().state not in OPEN_STATES:
            raise UserError(self.env._("It isn't out for signature."))
        request._check_may_act()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_withdraw_action"
        )
        return {**action, "context": {"default_request_id": request.id}}
