# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The way of a request through Autenti, one remote call after the other."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..client import const, errors
from ..exceptions import REPEATABLE, error_message, told_to_user
from .autenti_request import OPEN_STATES

_logger = logging.getLogger(__name__)

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
    _inherit = "autenti.request"

    # === REMOTE WORK === #

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
        if self.process_id and not self.signed_attachment_id:
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
        elif signed_pdf and not self.signed_attachment_id:
            self._store_signed(signed_pdf)
            self._accept_signed()
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

    def _accept_signed(self):
        """Be signed, now that the signed file is stored.

        Whoever wants to check the file first overrides this, and calls it when that is
        done. Until then the request is sent, and nobody asks Autenti about it again.
        """
        self._set_state("signed")

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

    # === CRON === #

    @api.model
    def _get_open_domain(self):
        return Domain("state", "in", OPEN_STATES)

    @api.model
    def _get_due_domain(self):
        return (
            self._get_open_domain()
            & Domain("signed_attachment_id", "=", False)
            & Domain("next_check_at", "<=", fields.Datetime.now())
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
