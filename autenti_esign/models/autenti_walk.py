# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The way of a request through Autenti, one remote call after the other."""

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, config

from odoo.addons.base.models.ir_cron import MIN_TIME_PER_JOB

from ..client import const, errors, file_names
from ..exceptions import (
    ACCOUNT_REFUSALS,
    BUG,
    NEVER,
    RETRY,
    RETRY_AND_ASK,
    SETUP,
    STAND_IN_REFUSALS,
    TOLD_AFTER,
    describe,
    get_code,
    get_remedy,
    is_account_refused,
    told_to_user,
)
from ..parallel import drive
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
# What Odoo did itself, or what changes nothing: no reason to look
NO_NEWS = {const.EVENT_SENT, const.EVENT_REMINDER_SENT}
# After an interruption, a refusal can mean that Autenti has done it already and doesn't
# show it yet. So often it is looked at again before the refusal is believed.
REFUSALS_DOUBTED = 3
# By which Autenti refuses what it has done already
REFUSALS = (400, 403, 404, 409, 422)
# Times that a request is begun anew because somebody else changed something it needs
MAX_TRIES = 3
# Requests that one run works on at the same time, unless the system parameter tells
PARALLEL_PARAMETER = "autenti_esign.parallel_requests"
PARALLEL_REQUESTS = 8
# Of the time that the server gives a cron job: when a run takes on no more, and when it
# waits for no answer any more, which is as if the server had died in this moment
TAKING_SHARE = 0.4
WAITING_SHARE = 0.8
# Seconds; the server's default, where it has no limit
TIME_LIMIT = 120
# Seconds for which a run keeps what it has found due
FRESH_TIME = 1
# Seconds in which a run takes no request twice
PAUSE = 5
# Seconds after which a run waits no more for what is due in a moment, so that other
# jobs get their turn; the next run goes on with waiting
WAIT = 10
# Colleagues who are tried at most where Autenti doesn't let the sender in
MAX_STAND_INS = 3


class Step(NamedTuple):
    """One remote call and what to do with its answer.

    `call` holds plain data only, so that it can run without a cursor; `apply` takes
    its result, writes, and returns the remote process as known now.
    """

    call: Callable
    apply: Callable
    # What fails, for counting: each kind of step has its own pauses
    kind: str
    # Autenti would refuse the same data again
    is_final_when_refused: bool = True
    # What comes next, only a later look at Autenti can tell
    is_last: bool = False
    # Not safe to repeat: that it was begun is committed before the call
    at_most_once: bool = False


def fetch_signed_files(session, process):
    """Fetch the files that all have signed.

    :param client.session.AutentiSession session:
    :param client.payload.DocumentProcess process: as it was read
    :return: pairs of client.payload.ProcessFile and PDF bytes, empty while there is no
        such file
    :raise client.errors.AutentiError:
    """
    files = process.files or session.list_files(process.process_id)
    signed = [file for file in files if file.purpose == const.FILE_SIGNED]
    if len(signed) > 1 and not any(file.related_ids for file in signed):
        signed = _find_relations(session, process, signed)
    return [
        (file, session.download_file(process.process_id, file.file_id))
        for file in signed
    ]


def _find_relations(session, process, signed):
    """Ask for what only the listing of files may tell: what each was made from."""
    try:
        listed = {f.file_id: f for f in session.list_files(process.process_id)}
    except errors.AutentiError as error:
        _logger.info("No files of %s listed: %s", process.process_id, error.code)
        return signed
    return [listed.get(file.file_id, file) for file in signed]


def get_time_limit():
    """Return how many seconds the server gives a cron job."""
    limit = config["limit_time_real_cron"]
    if limit < 0:
        limit = config["limit_time_real"]
    return limit or TIME_LIMIT


class Run:
    """What one run of the cron job takes on, and when.

    :param requests: the empty recordset of the cron job
    """

    def __init__(self, requests):
        self._requests = requests
        self._cron = requests.env["ir.cron"]
        self.limit = self._get_limit()
        end = requests.env.context.get("cron_end_time")
        begun = end - MIN_TIME_PER_JOB if end else time.monotonic()
        time_limit = get_time_limit()
        self._closing_time = begun + TAKING_SHARE * time_limit
        self.deadline = begun + WAITING_SHARE * time_limit
        self._waiting_end = begun + WAIT
        self._is_waiting = False
        self._found, self._found_at = [], 0
        self._taken_at = {}
        self._under_way = Counter()  # by connection

    def _get_limit(self):
        parameters = self._requests.env["ir.config_parameter"].sudo()
        value = parameters.get_param(PARALLEL_PARAMETER)
        try:
            return max(1, int(value or PARALLEL_REQUESTS))
        except ValueError:
            _logger.warning("%s isn't a number: %r", PARALLEL_PARAMETER, value)
            return PARALLEL_REQUESTS

    def take(self, count):
        """Begin with requests that are due; see `drive`.

        The next is always one of the connection with the fewest under way, so that a
        company whose Autenti doesn't answer keeps no other one waiting.
        """
        now = time.monotonic()
        if now > self._closing_time:
            return []
        if not self._found or now > self._found_at + FRESH_TIME:
            self._find(now)
        walks = []
        while self._found and len(walks) < count:
            request_id, connection_id = found = min(
                self._found, key=lambda found: self._under_way[found[1]]
            )
            self._found.remove(found)
            self._taken_at[request_id] = now
            self._under_way[connection_id] += 1
            walks.append(self._walk(request_id, connection_id))
        if not walks and (wait := self._wait_for_next(now)):
            walks.append(wait)
        return walks

    def has_more(self):
        """Tell whether the next run is to follow at once."""
        now = time.monotonic()
        return (now > self._closing_time and self._find(now)) or self._is_awaited()

    def _is_awaited(self):
        """Tell whether something is due in a moment that a run can wait for.

        Nobody else would be there in time: a server looks for cron jobs that are due
        once a minute. With one place, who waits would keep others waiting.
        """
        return self.limit > 1 and self._requests._get_awaited_moment()

    def _wait_for_next(self, now):
        """Return a walk that only waits, if there is something to wait for.

        While it is under way, `drive` asks for more to do each second, so that what
        comes in meanwhile has to wait for nothing.
        """
        if self._is_waiting or now > self._waiting_end:
            return None
        moment = self._is_awaited()
        # Ends the transaction
        self._cron._commit_progress()
        if not moment:
            return None
        self._is_waiting = True
        until_due = (moment - fields.Datetime.now()).total_seconds()
        return self._sleep(max(1, min(until_due, self._waiting_end - now)))

    def _sleep(self, seconds):
        yield partial(time.sleep, seconds)
        self._is_waiting = False

    def _find(self, now):
        self._requests.env["autenti.callback"]._match_pending()
        taken = [i for i, at in self._taken_at.items() if now < at + PAUSE]
        self._found = self._requests._find_due(self.limit, taken)
        self._found_at = now
        # Ends the transaction, so that the next search sees what is new
        self._cron._commit_progress()
        return self._found

    def _walk(self, request_id, connection_id):
        yield from self._requests._walk(request_id)
        self._under_way[connection_id] -= 1
        self._cron._commit_progress(1, remaining=0)


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
            return self._ask_as_somebody(call, is_mine)

    def _ask_as_somebody(self, call, is_mine):
        """Do one remote call as the sender or, if refused, as somebody who may do it.

        :param bool is_mine: the sender waits for it, and can log in again
        :raise client.errors.AutentiError: the refusal of the sender, or another error
        """
        try:
            return call(self._get_client())
        except errors.AutentiError as error:
            needs_login = is_mine and error.code == errors.LOGIN_REQUIRED
            if error.code not in ACCOUNT_REFUSALS or needs_login:
                raise
            refusal = error
        for client in self._iterate_stand_ins():
            try:
                return call(client)
            except errors.AutentiError as error:
                if error.code not in STAND_IN_REFUSALS:
                    raise
        raise refusal

    def _iterate_stand_ins(self):
        """Yield sessions of others whom Autenti may let read and end the document.

        In a company that one represents, that is who does so today.

        :return: iterator of client.session.AutentiSession
        """
        connection = self.connection_id
        users = (self.env.user | self.user_id | self._get_in_charge()).filtered(
            self._still_works
        )
        users |= self._find_managers() | connection._get_users()
        tried = {(self.sender_email, self.sender_subject)}
        for user in users:
            identity = connection._get_company_identity(user)
            account = identity["email"], identity["subject"]
            if account in tried or not identity["email"]:
                continue
            if len(tried) > MAX_STAND_INS:
                return
            if connection._needs_login(identity):
                continue
            tried.add(account)
            yield connection._get_client(*account)

    def _refresh(self):
        """Read the process for a user who waits for it; unsent ones go out soon.

        Where somebody else is at it in this moment, their news is as good as ours.
        """
        if not self._lock() or self.state not in OPEN_STATES:
            return
        if self.process_id and not self.signed_attachment_id:
            self._ask(self._look)
        if self.state == "to_send":
            self._schedule_now()
        elif self.filtered_domain(self._get_awaited_domain()):
            # A run that is at work then looks again when it is time
            self._trigger_cron()

    def _look(self, session):
        known = self._apply_reading(session.get_process(self.process_id))
        while self._lacks_signed_file(known):
            step = self._next_step(session, known)
            known = step.apply(step.call())
            if step.is_last:
                break
        if self.state == "sent" and not self.is_unclear:
            self._forget_error()

    def _work(self):
        """Go on with the request until Autenti has to be waited for.

        A generator as `drive` takes it. Each answer is committed before the next call.
        After an interruption the process is read before anything is repeated.

        Note: self.ensure_one(), locked by the caller, with a cursor of its own
        """
        callbacks = self._get_pending_callbacks()
        if not self._may_call():
            # Else they would call at every run; a dead letter is none of them
            callbacks.filtered(lambda c: not c.failure_count)._note_failure(
                self.env._(
                    "Odoo has asked Autenti often about this document, and goes on "
                    "later."
                )
            )
            self._commit()
            return
        is_resumed = bool(self.process_id)
        session = known = refusal = None
        stand_ins = self._iterate_stand_ins() if self._needs_stand_in() else iter(())
        while True:
            step = None
            try:
                session = session or self._get_client()
                step = self._next_step(session, known)
                if not step:
                    break
                if step.at_most_once and not self._commit_step():
                    return
                answer = yield step.call
            except (errors.AutentiError, UserError) as error:
                self._count_calls(session)
                is_refused = get_code(error) in (
                    STAND_IN_REFUSALS if refusal else ACCOUNT_REFUSALS
                )
                if is_refused:
                    refusal = refusal or error
                    if other := next(stand_ins, None):
                        session, known = other, None
                        continue
                    error = refusal
                self._record_error(error, step, is_resumed)
                callbacks._note_failure(self.last_error or self.reason)
                self._commit()
                return
            is_look = is_resumed and known is None
            before = is_look and self.state == "sent" and self._get_news()
            self._count_calls(session, step)
            known = self._apply_step(step, answer)
            if is_look:
                callbacks._note_done()
                self._note_callbacks(callbacks)
            if before and before != self._get_news():
                self.connection_id._note_news(by_callback=bool(callbacks))
                # At the pace that follows from it
                self._schedule_next(changed=True)
            if step.is_last:
                break
            if not self._commit_step():
                return
        self._forget_failures()
        self._commit()

    def _apply_step(self, step, answer):
        """Take over what came of a step, and note that it works.

        :return: the remote process as known now
        """
        known = step.apply(answer)
        if step.kind in (self.failures or {}):
            self._forget_error(step.kind)
        return known

    def _forget_failures(self):
        """Forget what failed in an earlier run and wasn't met in one that went well.

        It isn't wanted any more, or wasn't Autenti's doing.
        """
        if self.failures:
            self._forget_error()
            if not self.is_unclear:
                self._schedule_next(changed=False)

    def _needs_stand_in(self):
        """Tell if others may act for the sender: who has left, or what is to end.

        Nobody else sends in a salesperson's name.
        """
        return bool(self.process_id) and (
            bool(self._get_ending()) or not self._still_works(self.user_id)
        )

    def _commit_step(self):
        """Commit, and tell whether the request is still this run's to work on."""
        self._commit()
        return self._lock()

    def _commit(self):
        # The cursor is the walk's own, made by `_walk`
        self.env.cr.commit()  # pylint: disable=invalid-commit

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
                partial(session.create_process, self._to_process()),
                self._apply_created,
                kind="create",
            )
        if known is None:
            return Step(
                partial(session.get_process, self.process_id),
                self._apply_reading,
                kind="read",
                is_final_when_refused=False,
            )
        if self._lacks_signed_file(known):
            return Step(
                partial(fetch_signed_files, session, known),
                partial(self._apply_signed_files, known),
                kind="file",
                is_final_when_refused=False,
                is_last=True,
            )
        if self.state == "sent" or known.status != const.PROCESS_DRAFT:
            return None
        if file := self._get_missing_source(known):
            upload = (self.process_id, file.name, file.raw, file.mimetype)
            return Step(
                partial(session.upload_file, *upload),
                partial(self._apply_uploaded, known),
                kind="upload",
            )
        return Step(
            partial(session.send, self.process_id),
            partial(self._apply_sent, known),
            kind="send",
            is_last=True,
        )

    def _lacks_signed_file(self, known):
        return (
            self.state == "sent"
            and known.status == const.PROCESS_COMPLETED
            and not self.signed_attachment_id
        )

    def _get_sources(self):
        """Return the files to be signed, in their order."""
        return self.source_attachment_id

    def _get_missing_source(self, known):
        """Return the next file that isn't at Autenti; they go there in their order."""
        there = [file for file in known.files if file.purpose == const.FILE_SOURCE]
        return self._get_sources()[len(there) : len(there) + 1]

    def _apply_created(self, process):
        self.write({"process_id": process.process_id, "remote_status": process.status})
        self._schedule_next(changed=True)
        return process

    def _apply_uploaded(self, known, file):
        self._note_source_ids([file])
        self._schedule_next(changed=True)
        return replace(known, files=(*known.files, file))

    def _apply_sent(self, known, _answer):
        # What a draft becomes by it; else the first look would take it for news
        self.remote_status = const.PROCESS_PROCESSING
        self._set_state("sent")
        self.signer_ids._get_first()._set_status("turn")
        self._schedule_next(changed=True)
        return known

    def _apply_reading(self, process):
        """Take over what Autenti says of the process. The truth is what it says now.

        :param client.payload.DocumentProcess process:
        :return: the process
        """
        before = self.state, *self._get_news()
        self._note_source_ids(process.files)
        self._take_remote_status(process.status)
        if self.state == "to_send" and process.status in SENT_REMOTE_STATUSES:
            self._set_state("sent")
        self.signer_ids._apply_parties(process.parties)
        if target := STATE_BY_REMOTE_END.get(process.status):
            self._set_state(target, reason=self._get_remote_reason())
        changed = (self.state, *self._get_news()) != before
        self._schedule_next(changed=changed)
        if changed:
            self._bus_notify()
        return process

    def _apply_signed_files(self, known, files):
        """Store the signed files, once they are there.

        :param files: as `fetch_signed_files` returns them
        """
        if files and not self.signed_attachment_id:
            self._note_file_lag()
            self._take_signed_files(files)
            self._bus_notify()
        if self.is_unclear:
            # Only a person can go on
            self.next_check_at = False
        else:
            self._schedule_next(changed=False)
        return known

    def _get_news(self):
        """Return what a callback tells of."""
        return self.remote_status, self.signer_ids.mapped("status")

    def _take_remote_status(self, status):
        if status not in (
            *SENT_REMOTE_STATUSES,
            const.PROCESS_DRAFT,
            self.remote_status,
        ):
            _logger.warning("Request %s: Autenti says %r, unknown", self.id, status)
        self.remote_status = status
        if status == const.PROCESS_COMPLETED and not self.completed_date:
            self.completed_date = fields.Datetime.now()
        # A draft is read only when something keeps it from being sent
        if status != const.PROCESS_DRAFT or "read" in (self.failures or {}):
            self._forget_error("read")

    def _get_remote_reason(self):
        """Say why it ended at Autenti, also that nobody has said why."""
        lines = [
            f"{signer.actor_name}: {signer.comment}"
            if signer.comment
            else self.env._("%s declined without giving a reason.", signer.actor_name)
            for signer in self.signer_ids
            if signer.comment or signer.status == "rejected"
        ]
        if self.remote_status != const.PROCESS_REJECTED:
            return "\n".join(lines)
        lines = lines or [
            self.env._("Autenti names nobody who declined, and gives no reason.")
        ]
        types = self.signer_ids.mapped("signature_type")
        if const.SIGNATURE_ADVANCED in types and not any(
            self.signer_ids.mapped("comment")
        ):
            lines.append(
                self.env._(
                    "With an advanced signature Autenti also declines by itself: when "
                    "a PESEL or document number isn't that of the person."
                )
            )
        return "\n".join(lines)

    def _store_signed(self, content):
        stem = file_names.get_stem(self.source_attachment_id.name)
        values = self._prepare_attachment(self.env._("%s - signed.pdf", stem), content)
        of_record = {"res_model": self.res_model, "res_id": self.res_id}
        attachments = self.env["ir.attachment"].create([values, values | of_record])
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

    def _record_error(self, error, step=None, is_resumed=False):
        """Keep what went wrong and decide when to try again.

        :param error: client.errors.AutentiError, or UserError when the set-up lacks
            something
        :param step: the Step that failed, None before there was one
        :param bool is_resumed: an earlier run may have done the same step
        """
        remedy = get_remedy(error)
        message = describe(self.env, error)
        code = get_code(error)
        # Who can log in again will; for who has left, nobody does
        waits_for_login = code == errors.LOGIN_REQUIRED
        if is_account_refused(error) and not self._still_works(self.user_id):
            waits_for_login = False
            message = f"{message}\n{self._get_gone_message()}"
        self._count_failure(step.kind if step else SETUP)
        _logger.info("Request %s: %s", self.id, code)
        is_doubted = (
            is_resumed
            and self.state == "to_send"
            and isinstance(error, errors.AutentiError)
            and error.status in REFUSALS
            and self.attempt_count <= REFUSALS_DOUBTED
        )
        if remedy == NEVER and step and step.is_final_when_refused and not is_doubted:
            self._set_state("failed", reason=message)
            return
        # A draft that isn't found is nobody's harmless read: it may be out, or gone
        patience = TOLD_AFTER[remedy] if self.state == "sent" or remedy == RETRY else 1
        self._keep_error(message, code, tell=self.attempt_count >= patience)
        if (
            remedy in (RETRY, RETRY_AND_ASK)
            or is_doubted
            or (self.state == "sent" and not waits_for_login)
        ):
            self._schedule_next(
                changed=False, at_least=getattr(error, "retry_after", None)
            )
        else:
            # Only a person can mend it; "Try Again", or their login, goes on
            self.next_check_at = False
            self._look_by(self.expires_at)

    def _get_gone_message(self):
        return self.env._(
            "%s, who sent it, doesn't work with Autenti e-Signature in Odoo any more. "
            "Withdraw the document and send it again; where Autenti refuses that, a "
            "manager can end it in Odoo.",
            self.user_id.name,
        )

    # === CRON === #

    @api.model
    def _get_open_domain(self):
        return Domain("state", "in", OPEN_STATES)

    @api.model
    def _get_reachable_domain(self):
        """Leave out what a copy of the database must not work on."""
        elsewhere = self.env["autenti.connection"]._find_elsewhere()
        return Domain("connection_id", "not in", elsewhere.ids)

    @api.model
    def _get_due_domain(self):
        return (
            self._get_open_domain()
            & self._get_reachable_domain()
            & Domain("signed_attachment_id", "=", False)
            & Domain("next_check_at", "<=", fields.Datetime.now())
        )

    def _get_pending_callbacks(self):
        return self.callback_ids.filtered(lambda c: c.state == "pending")

    @api.model
    def _cron_process(self):
        """Send what waits to be sent, look at what is due, on several at once."""
        run = Run(self)
        drive(run.take, run.limit, run.deadline)
        if run.has_more():
            self._trigger_cron()
        elif moment := self._get_next_moment():
            # Else a look that is due between two runs can miss the next one as well
            self._trigger_cron(moment)
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _find_due(self, count, excluded):
        """Find requests to work on, what is to be sent first, of each connection.

        :param int count: at most so many of each connection
        :param excluded: ids of requests to leave out
        :return: list of (id, connection id)
        """
        found = {}
        for domain in (self._get_due_domain(), self._get_called_domain()):
            query = self._search(domain & Domain("id", "not in", list(excluded)))
            found.update(
                self.env.execute_query(
                    SQL(
                        """
                        SELECT id, connection_id FROM (%s) AS due
                        WHERE place <= %s ORDER BY place, state DESC, next_check_at
                        """,
                        query.select(
                            *map(
                                SQL.identifier,
                                ("id", "connection_id", "state", "next_check_at"),
                            ),
                            SQL(
                                "row_number() OVER (PARTITION BY connection_id "
                                "ORDER BY state DESC, next_check_at) AS place"
                            ),
                        ),
                        count,
                    )
                )
            )
        return list(found.items())

    def _walk(self, request_id):
        """Work on one request; what goes wrong with it stays with it.

        A generator as `drive` takes it. Its cursor holds the lock on the request; when
        the server dies, it is free at once.
        """
        with self.env.registry.cursor() as cr:
            request = self.with_env(self.env(cr=cr)).browse(request_id)
            for _attempt in range(MAX_TRIES):
                try:
                    yield from request._work_when_due()
                    return
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                    # Somebody changed in this very moment what it needs
                    cr.rollback()
                except Exception:
                    cr.rollback()
                    _logger.exception("Request %s can't be worked on", request_id)
                    request._record_bug()
                    return

    def _work_when_due(self):
        if not self._lock():
            return
        request = self._in_context()
        if request.filtered_domain(self._get_due_domain()):
            yield from request._work()
            return
        if not request.filtered_domain(self._get_called_domain()):
            return
        callbacks = request._get_pending_callbacks()
        kinds = set(callbacks.mapped("event_type"))
        if (
            request.state not in OPEN_STATES
            or request.signed_attachment_id
            or request.is_unclear
            or (request.state == "sent" and kinds <= NO_NEWS)
        ):
            callbacks._note_done()
            request._note_callbacks(callbacks)
            request._tell_of_late_news(kinds)
            self._commit()
        else:
            yield from request._work()

    def _record_bug(self):
        if not self._lock():
            return
        request = self._in_context()
        message = request.env._(
            "Something went wrong in Odoo itself. Tell your administrator: the "
            "server's log says more."
        )
        request._count_failure(BUG)
        request._keep_error(message, BUG, tell=True)
        # Else they would call at every run, whatever the pace of the request
        request._get_pending_callbacks()._note_failure(message)
        request._schedule_next(changed=False)

    def _lock(self):
        """Lock the request and read it anew.

        As `try_lock_for_update`, but when somebody else has changed it since this
        transaction began, that isn't logged as an error: whoever calls is repeated.

        :return: self, or empty when somebody else is working on it
        :raise psycopg2.errors.SerializationFailure: it was changed meanwhile
        """
        self.ensure_one()
        # Rows that refer to a request, such as its callbacks, may still be written: the
        # run itself does, by another cursor, and would wait for itself for ever
        query = SQL(
            "SELECT id FROM autenti_request WHERE id = %s "
            "FOR NO KEY UPDATE SKIP LOCKED",
            self.id,
        )
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset()
        return self if self.env.cr.rowcount else self.browse()
