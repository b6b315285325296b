# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import PurePath
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..client import const, errors
from ..client.payload import DocumentProcess
from ..exceptions import REPEATABLE, error_message, told_to_user
from .autenti_connection import ENVIRONMENTS, MODES

_logger = logging.getLogger(__name__)

OPEN_STATES = ("to_send", "sent")
# Begins the title and the file name of what binds nobody; the same in all languages
TEST_MARK = "TEST"
LANGUAGES = [("pl", "Polish"), ("en", "English"), ("de", "German")]
# Target state -> states it is reached from. What isn't here doesn't happen.
TRANSITIONS = {
    "sent": ("to_send",),
    "signed": ("sent",),
    "declined": ("sent",),
    "expired": ("sent",),
    "withdrawn": OPEN_STATES,
    "failed": OPEN_STATES,
}
# Ends other than COMPLETED, which waits for the signed file
STATE_BY_REMOTE_END = {
    const.PROCESS_REJECTED: "declined",
    const.PROCESS_WITHDRAWN: "withdrawn",
    const.PROCESS_EXPIRED: "expired",
    const.PROCESS_ERROR: "failed",
}
SENT_REMOTE_STATUSES = {const.PROCESS_PROCESSING, *const.PROCESS_ENDS}
# A read that doesn't find the process may be behind, or lack a permission for a while
WORTH_REPEATING = REPEATABLE | {errors.NOT_FOUND}
# Without an answer from Autenti, the next call would have to wait as long
NO_ANSWER = {errors.UNREACHABLE, errors.TIMEOUT}
# How long a state may last until a person is asked
MAXIMUM_AGE = {"to_send": timedelta(days=7), "sent": timedelta(days=180)}
# The file can lag behind COMPLETED by seconds
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(days=1)
# Requests that one cron run takes
BATCH = 100


class Step(NamedTuple):
    """One remote call and what to do with its answer.

    `call` holds plain data only, so that it can run without a cursor; `apply` takes
    its result, writes, and returns the remote process as known now.
    """

    call: Callable
    apply: Callable
    # Autenti would refuse the same data again
    is_final_when_refused: bool = True


def read_process(session, process_id):
    """Read a process and, once all have signed, its signed file.

    :param client.session.AutentiSession session:
    :param str process_id:
    :return: (DocumentProcess, PDF bytes or None while there is no signed file)
    :raise client.errors.AutentiError:
    """
    process = session.get_process(process_id)
    if process.status != const.PROCESS_COMPLETED:
        return process, None
    for file in process.files or session.list_files(process_id):
        if file.purpose == const.FILE_SIGNED:
            return process, session.download_file(process_id, file.file_id)
    return process, None


class AutentiRequest(models.Model):
    """One attempt to have one record signed: one document process at Autenti."""

    _name = "autenti.request"
    _description = "Autenti Signature Request"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(string="Title", required=True, readonly=True)
    res_model = fields.Char(
        required=True, readonly=True, export_string_translation=False
    )
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        readonly=True,
        export_string_translation=False,
    )
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    connection_id = fields.Many2one(
        "autenti.connection", required=True, readonly=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", required=True, readonly=True, index=True
    )
    signer_ids = fields.One2many("autenti.signer", "request_id", readonly=True)
    next_signer_id = fields.Many2one(
        "autenti.signer", string="Next to act", compute="_compute_next_signer_id"
    )
    is_my_turn = fields.Boolean(
        compute="_compute_is_my_turn", export_string_translation=False
    )
    mode = fields.Selection(
        MODES, string="Who signs for the company", required=True, readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    message = fields.Text(
        readonly=True, help="What the signers read in Autenti's mail."
    )
    language = fields.Selection(
        LANGUAGES,
        required=True,
        readonly=True,
        default="pl",
        help="Language in which Autenti writes to the signers.",
    )

    # State
    state = fields.Selection(
        [
            ("to_send", "To send"),
            ("sent", "Sent"),
            ("signed", "Signed"),
            ("declined", "Declined"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="to_send",
    )
    reason = fields.Text(
        readonly=True, copy=False, help="Why it was declined, withdrawn or failed."
    )
    sent_date = fields.Datetime(string="Sent on", readonly=True, copy=False)
    ended_date = fields.Datetime(string="Ended on", readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)
    last_error_code = fields.Char(
        readonly=True, copy=False, export_string_translation=False
    )

    # Autenti's side
    process_id = fields.Char(
        string="Autenti process", readonly=True, copy=False, index="btree_not_null"
    )
    remote_status = fields.Char(string="Autenti status", readonly=True, copy=False)
    sender_email = fields.Char(
        string="Autenti account",
        required=True,
        readonly=True,
        help="The Autenti user as whom Odoo sends and reads this document.",
    )
    sender_subject = fields.Char(
        required=True, readonly=True, export_string_translation=False
    )

    # Files
    source_attachment_id = fields.Many2one(
        "ir.attachment", string="Sent file", readonly=True, copy=False
    )
    source_sha256 = fields.Char(string="SHA-256 of the sent file", readonly=True)
    signed_attachment_id = fields.Many2one(
        "ir.attachment", string="Signed file", readonly=True, copy=False
    )
    signed_sha256 = fields.Char(
        string="SHA-256 of the signed file", readonly=True, copy=False
    )

    # Pace
    attempt_count = fields.Integer(
        readonly=True,
        copy=False,
        help="Looks at Autenti since something last changed.",
    )
    next_check_at = fields.Datetime(
        string="Next try", readonly=True, copy=False, index="btree_not_null"
    )

    _open_uniq = models.UniqueIndex(
        "(res_model, res_id) WHERE (state IN ('to_send', 'sent'))",
        "This document is already out for signature.",
    )
    _process_uniq = models.UniqueIndex(
        "(connection_id, environment, process_id) WHERE (process_id IS NOT NULL)",
        "One process at Autenti belongs to one request.",
    )

    @api.depends("signer_ids.status", "state")
    def _compute_next_signer_id(self):
        for request in self:
            waiting = request.signer_ids.filtered(
                lambda s: s.status in ("waiting", "turn")
            )
            request.next_signer_id = (
                waiting[:1] if request.state in OPEN_STATES else False
            )

    @api.depends("signer_ids.status", "signer_ids.user_id", "state")
    @api.depends_context("uid")
    def _compute_is_my_turn(self):
        for request in self:
            signer = request.next_signer_id
            request.is_my_turn = (
                signer.status == "turn" and signer.user_id.id == self.env.uid
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Signature requests are evidence and can't be deleted.")
        )

    # === ACTION METHODS === #

    def action_check(self):
        """Fetch the current status from Autenti now.

        :raise UserError: Autenti can't tell it; nothing has changed
        """
        self.ensure_one()
        self.check_access("read")
        self.sudo()._refresh()

    def action_try_again(self):
        """Send a request that waits for somebody's help, or for its time."""
        self.ensure_one()
        self._check_may_act()
        self.sudo()._schedule_now()

    def action_remind(self):
        """Have Autenti remind those whose turn it is."""
        self.ensure_one()
        self._check_may_act()
        request_sudo = self.sudo()
        if request_sudo.state != "sent":
            raise UserError(self.env._("Only a sent document has someone to remind."))
        request_sudo._ask(lambda session: session.remind(request_sudo.process_id))
        request_sudo._log(
            self.env._("Autenti has reminded %s.", request_sudo.next_signer_id.name)
        )

    def action_withdraw(self):
        """Withdraw the document at Autenti, then here.

        :raise UserError: Autenti didn't withdraw it; nothing has changed
        """
        self.ensure_one()
        self._check_may_act()
        request_sudo = self.sudo()
        if not request_sudo._lock():
            raise UserError(
                self.env._("Autenti is being asked about it. Try again in a moment.")
            )
        if request_sudo.state not in OPEN_STATES:
            raise UserError(self.env._("It has ended already: nothing to withdraw."))
        if request_sudo.process_id:
            # It may be out without our knowing, or have ended meanwhile
            request_sudo._refresh()
        if (
            request_sudo.state not in OPEN_STATES
            or request_sudo.remote_status in const.PROCESS_ENDS
        ):
            # It has ended, even if the signed file isn't here yet
            return
        if request_sudo.state == "sent":
            request_sudo._ask(lambda session: session.withdraw(request_sudo.process_id))
            request_sudo.remote_status = const.PROCESS_WITHDRAWN
        request_sudo._set_state("withdrawn")

    def action_sign_now(self):
        """Open the personal signing link of the user whose turn it is."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_my_turn:
            raise UserError(self.env._("It isn't your turn to sign."))
        request_sudo = self.sudo()
        email = request_sudo.next_signer_id.email
        url = request_sudo._ask(
            lambda session: session.action_link(request_sudo.process_id, email)
        )
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def action_open_record(self):
        self.ensure_one()
        return self._get_record().get_formview_action()

    def action_open_source(self):
        return self.source_attachment_id._autenti_get_open_action()

    def action_open_signed(self):
        return self.signed_attachment_id._autenti_get_open_action()

    def _check_may_act(self):
        self.check_access("read")
        if self.user_id != self.env.user and not (
            self.env.user.has_group("autenti_esign.autenti_esign_group_manager")
            or self.env.user.has_group("base.group_system")
        ):
            raise AccessError(
                self.env._(
                    "Only %s, who sent it, or a manager of Autenti e-Signature "
                    "may do this.",
                    self.user_id.name,
                )
            )

    # === REMOTE WORK === #

    def _get_client(self):
        return self.connection_id._get_client(self.sender_email, self.sender_subject)

    def _ask(self, call):
        """Do one remote call for a user who waits for it.

        :param call: takes the client.session.AutentiSession
        :raise UserError: with what to do next
        :raise RedirectWarning: with the way to Autenti's login page
        """
        is_mine = self.user_id == self.env.user
        login = self.connection_id._get_connect_action() if is_mine else None
        with told_to_user(self.env, login):
            return call(self._get_client())

    def _refresh(self):
        """Read the process for a user who waits for it; unsent ones go out soon.

        Where somebody else is at it in this moment, their news is as good as ours.
        """
        if not self._lock() or self.state not in OPEN_STATES:
            return
        if self.process_id:
            self._apply_reading(
                self._ask(lambda session: read_process(session, self.process_id))
            )
        if self.state == "to_send":
            self._schedule_now()

    def _work(self):
        """Go on with the request until Autenti has to be waited for.

        Each answer is committed before the next call. After an interruption the
        process is read before anything is repeated.

        Note: self.ensure_one(), locked by the caller

        :return: the client.errors.AutentiError or UserError that stopped it, or None
        """
        session = known = None
        while True:
            step = None
            try:
                session = session or self._get_client()
                step = self._next_step(session, known)
                if not step:
                    return None
                result = step.call()
            except (errors.AutentiError, UserError) as error:
                self._record_error(error, step)
                return error
            known = step.apply(result)
            self.env["ir.cron"]._commit_progress()
            if not self._lock():
                return None

    def _next_step(self, session, known):
        """Tell the next step of a run.

        :param client.session.AutentiSession session:
        :param known: the DocumentProcess as this run knows it, None at its beginning
        :rtype: Step | None
        """
        if self.state not in OPEN_STATES:
            return None
        if self.state == "to_send" and not self.process_id:
            return Step(
                partial(session.create_process, self._to_process()), self._apply_created
            )
        if known is None:
            return Step(
                partial(read_process, session, self.process_id),
                self._apply_reading,
                is_final_when_refused=False,
            )
        if self.state == "sent" or known.status != const.PROCESS_DRAFT:
            return None
        if not any(file.purpose == const.FILE_SOURCE for file in known.files):
            file = self.source_attachment_id
            return Step(
                partial(session.upload_file, self.process_id, file.name, file.raw),
                partial(self._apply_uploaded, known),
            )
        return Step(
            partial(session.send, self.process_id), partial(self._apply_sent, known)
        )

    def _apply_created(self, process):
        self.write({"process_id": process.process_id, "remote_status": process.status})
        return process

    def _apply_uploaded(self, known, file):
        return replace(known, files=(*known.files, file))

    def _apply_sent(self, known, _result):
        self._set_state("sent")
        self.signer_ids._get_first()._set_status("turn")
        self._schedule_next(changed=True)
        return known

    def _to_process(self):
        """Describe the request as Autenti's document process.

        :rtype: client.payload.DocumentProcess
        """
        return DocumentProcess(
            title=self.name,
            description=self.message or "",
            language=self.language,
            parties=tuple(signer._to_party() for signer in self.signer_ids),
        )

    def _apply_reading(self, reading):
        """Take over what Autenti says of the process. The truth is what it says now.

        :param reading: as returned by `read_process`
        :return: the DocumentProcess
        """
        process, signed_pdf = reading
        before = self._get_picture()
        self._take_remote_status(process.status)
        if self.state == "to_send" and process.status in SENT_REMOTE_STATUSES:
            self._set_state("sent")
        self.signer_ids._apply_parties(process.parties)
        if target := STATE_BY_REMOTE_END.get(process.status):
            self._set_state(target, reason=self._get_remote_reason())
        elif signed_pdf:
            self._store_signed(signed_pdf)
            self._set_state("signed")
        changed = self._get_picture() != before
        self._schedule_next(changed=changed)
        if changed:
            self._bus_notify()
        return process

    def _get_picture(self):
        return self.state, self.remote_status, self.signer_ids.mapped("status")

    def _take_remote_status(self, status):
        if status not in (
            *SENT_REMOTE_STATUSES,
            const.PROCESS_DRAFT,
            self.remote_status,
        ):
            _logger.warning("Request %s: Autenti says %r, unknown", self.id, status)
        self.remote_status = status
        self._forget_error()

    def _get_remote_reason(self):
        return "\n".join(
            f"{signer.name}: {signer.comment}"
            for signer in self.signer_ids.filtered("comment")
        )

    def _store_source(self, name, content):
        """Freeze what is sent."""
        attachment = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "autenti_request_id": self.id,
            }
        )
        self.write(
            {
                "source_attachment_id": attachment.id,
                "source_sha256": hashlib.sha256(content).hexdigest(),
            }
        )

    def _store_signed(self, content):
        name = self.env._(
            "%s - signed.pdf", PurePath(self.source_attachment_id.name).stem
        )
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "mimetype": "application/pdf",
                    "res_model": model,
                    "res_id": res_id,
                    "autenti_request_id": self.id,
                }
                for model, res_id in (
                    (self._name, self.id),
                    (self.res_model, self.res_id),
                )
            ]
        )
        self.write(
            {
                "signed_attachment_id": attachments[0].id,
                "signed_sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        self._log(self.env._("The signed contract is here."), attachments[1])

    def _record_error(self, error, step):
        """Keep what went wrong and decide when to try again.

        :param error: client.errors.AutentiError, or UserError when the set-up lacks
            something
        :param step: the Step that failed, None before there was one
        """
        is_remote = isinstance(error, errors.AutentiError)
        code = error.code if is_remote else "setup"
        message = (
            error_message(self.env, error, in_background=True)
            if is_remote
            else str(error)
        )
        _logger.info("Request %s: %s", self.id, code)
        self.last_error_code = code
        if code == errors.BAD_REQUEST and step and step.is_final_when_refused:
            self._set_state("failed", reason=message)
            return
        self._keep_error(message, tell=code not in REPEATABLE)
        if code in WORTH_REPEATING or (
            self.state == "sent" and code != errors.LOGIN_REQUIRED
        ):
            self._schedule_next(
                changed=False, at_least=error.retry_after if is_remote else None
            )
        else:
            # Only a person can mend it; "Try Again", or their login, goes on
            self.next_check_at = False

    def _keep_error(self, message, tell):
        """Show on the forms what is wrong; tell the salesperson, but once."""
        if tell and message != self.last_error:
            self._tell_salesperson(message)
        self.last_error = message
        self._bus_notify()

    def _forget_error(self):
        if self.last_error:
            self.last_error = False
            self._close_attention()

    @api.model
    def _resume(self, connection, user):
        """Go on with what waits for a user's login at Autenti."""
        waiting = self.search(
            [
                ("connection_id", "=", connection.id),
                ("user_id", "=", user.id),
                ("mode", "=", "individual"),
                ("state", "in", OPEN_STATES),
                ("next_check_at", "=", False),
            ]
        )
        for request in waiting:
            request._forget_error()
            request._schedule_now()

    # === PACE === #

    def _schedule_now(self):
        self.write({"next_check_at": fields.Datetime.now(), "attempt_count": 0})
        self.env.ref("autenti_esign.ir_cron_autenti_request")._trigger()

    def _schedule_next(self, changed, at_least=None):
        """Plan the next look: soon after a change, then ever more seldom.

        :param bool changed: the last look brought news
        :param float at_least: seconds that Autenti asks to wait
        """
        if self.state not in OPEN_STATES:
            self.next_check_at = False
            return
        now = fields.Datetime.now()
        if now - (self.sent_date or self.create_date) > MAXIMUM_AGE[self.state]:
            self.next_check_at = False
            message = self.env._(
                "Odoo no longer asks Autenti by itself: this has waited too long. "
                "Look for the document in Autenti's panel, then fetch the status or "
                "withdraw it here."
            )
            self._keep_error(message, tell=True)
            return
        self.attempt_count = 0 if changed else self.attempt_count + 1
        pause = min(FIRST_PAUSE * 2 ** min(self.attempt_count, 20), LONGEST_PAUSE)
        # Requests sent together shouldn't come back together
        pause *= random.uniform(0.8, 1.2)
        if at_least:
            pause = max(pause, timedelta(seconds=at_least))
        self.next_check_at = now + pause

    @api.model
    def _get_open_domain(self):
        return Domain("state", "in", OPEN_STATES)

    @api.model
    def _get_due_domain(self):
        return self._get_open_domain() & Domain(
            "next_check_at", "<=", fields.Datetime.now()
        )

    @api.model
    def _cron_process(self):
        """Send what waits to be sent, then look at what is due."""
        domain = self._get_due_domain()
        due = self.search(domain, order="state desc, next_check_at", limit=BATCH)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        silent = self.env["autenti.connection"]
        for request in due:
            if request.connection_id not in silent:
                error = request._process_one(domain)
                if getattr(error, "code", None) in NO_ANSWER:
                    silent |= request.connection_id
            if not cron._commit_progress(1):
                break

    def _process_one(self, domain):
        """Work on one request; what goes wrong with it stays with it.

        :param domain: that the request must still be in when it is locked
        :return: as `_work`
        """
        try:
            due = self._lock().filtered_domain(domain)
            error = due._in_context()._work() if due else None
            self.env.flush_all()
            return error
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody changed it in this very moment; the next run sees how
            self.env.cr.rollback()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Request %s can't be worked on", self.id)
            self._in_context()._record_bug()
        return None

    def _record_bug(self):
        self._keep_error(
            self.env._(
                "Something went wrong in Odoo itself. Tell your administrator: the "
                "server's log says more."
            ),
            tell=True,
        )
        self._schedule_next(changed=False)

    def _lock(self):
        """Lock the request and read it anew.

        As `try_lock_for_update`, but when somebody else has changed it since this
        transaction began, that isn't logged as an error: whoever calls is repeated.

        :return: self, or empty when somebody else is working on it
        :raise psycopg2.errors.SerializationFailure: it was changed meanwhile
        """
        self.ensure_one()
        query = SQL(
            "SELECT id FROM autenti_request WHERE id = %s FOR UPDATE SKIP LOCKED",
            self.id,
        )
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset()
        return self if self.env.cr.rowcount else self.browse()

    def _in_context(self):
        """Work in the company, language and time zone of the one who sent it."""
        self.ensure_one()
        return self.with_company(self.company_id).with_context(
            lang=self.user_id.lang, tz=self.user_id.tz
        )

    # === STATE === #

    def _set_state(self, target, reason=None):
        """Move to a state; the only writer of it.

        Does nothing when the request is there already. What isn't allowed is refused
        with a warning in the log, for a late or repeated answer must not raise.

        :param str target: a state other than `to_send`
        :param str reason: why, for the person who sent it
        """
        self.ensure_one()
        if self.state == target:
            return
        if self.state not in TRANSITIONS[target]:
            _logger.warning(
                "Request %s: %s isn't reached from %s", self.id, target, self.state
            )
            return
        _logger.info("Request %s: %s -> %s", self.id, self.state, target)
        now = fields.Datetime.now()
        values = {"state": target, "last_error": False}
        if target == "sent":
            values["sent_date"] = now
        else:
            values.update(ended_date=now, next_check_at=False, reason=reason)
        self.write(values)
        self._log(self._get_state_message())
        self._after_state()
        self._bus_notify()

    def _get_state_message(self):
        labels = {
            "sent": self.env._("Sent to Autenti for signature."),
            "signed": self.env._("Signed with Autenti by all."),
            "declined": self.env._("The signature was declined."),
            "expired": self.env._("The time to sign has run out."),
            "withdrawn": self.env._("Withdrawn from signature."),
            "failed": self.env._("Sending for signature has failed."),
        }
        message = labels[self.state]
        if self.environment != "production":
            message = f"{TEST_MARK}: {message}"
        return f"{message}\n{self.reason}" if self.reason else message

    def _after_state(self):
        self._close_attention()
        if self.state == "sent":
            return
        record = self._get_record()
        if self.state == "signed":
            record._autenti_signed(self)
        else:
            record._autenti_ended(self)
        self.signer_ids._close_activities()
        knows = self.state == "withdrawn" and self.env.user == self.user_id
        if self.state != "signed" and not knows:
            self._tell_salesperson(self._get_state_message())

    def _get_signing_time(self):
        """Return when the last signer signed: a naive UTC datetime, or False."""
        return max(filter(None, self.signer_ids.mapped("signed_date")), default=False)

    # === TELLING PEOPLE === #

    def _get_record(self):
        """Return the record that is signed, maybe empty.

        :rtype: recordset of a model with `autenti.sign.mixin`
        """
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    def _log(self, message, attachments=None):
        """Put a note on the record and on the request; it mails nobody."""
        for thread in (self, self._get_record()):
            if thread:
                thread._message_log(
                    body=message,
                    attachment_ids=(
                        attachments.ids if attachments and thread != self else []
                    ),
                )

    def _tell_salesperson(self, message):
        self._get_record()._autenti_schedule_activity(
            "autenti_esign.mail_activity_type_attention", self.user_id, message
        )

    def _close_attention(self):
        self._get_record()._autenti_close_activity(
            "autenti_esign.mail_activity_type_attention", self.user_id
        )

    def _bus_notify(self):
        """Have open forms and lists of the record load again."""
        for record in (self, self._get_record()):
            if record:
                self.env["bus.bus"]._sendone(
                    record,
                    "autenti_esign/changed",
                    {"model": record._name, "id": record.id},
                )
