# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The way of a request through Autenti: steps, answers, schedule, cron.

A step is one remote call. Which comes next, `_next_step` tells.
"""

import hashlib
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..client import const, errors, file_names, matching
from ..client.payload import DocumentProcess
from ..exceptions import (
    ACCOUNT_REFUSALS,
    BUG,
    IN_DOUBT,
    NEVER,
    PASSING,
    RETRY,
    SETUP,
    STAND_IN_REFUSALS,
    TOLD_AFTER,
    TOO_OLD,
    UNCLEAR_FILES,
    describe,
    get_code,
    get_remedy,
    is_account_refused,
    told_to_user,
)
from ..parallel import Run, drive
from ..rate_limiter import RateLimiter
from ..request_log import RequestLogger
from .autenti_request import NOTE, OPEN_STATES
from .autenti_signer import UNKNOWN

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
# Colleagues who are tried at most where Autenti doesn't let the sender in
MAX_STAND_INS = 3
# No reason to look at what has ended
ENDING_NEWS = {const.EVENT_SENT, const.EVENT_REMINDER_SENT, const.EVENT_WITHDRAWAL}
# So long after the last signature what may still come back is waited for
FURTHER_PATIENCE = timedelta(minutes=10)
# How long a state may last until a person is asked
MAXIMUM_AGE = {"to_send": timedelta(days=7), "sent": timedelta(days=180)}
# Requests sent together shouldn't come back together
JITTER = 0.2


class Backoff(NamedTuple):
    """Pauses that double from the first to the longest."""

    first: timedelta
    longest: timedelta

    def pause(self, number):
        """Return the pause of a number, from 0.

        :rtype: datetime.timedelta
        """
        # Doubled more often, it would be too long for a timedelta
        pause = min(self.first * 2 ** min(number, 20), self.longest)
        return pause * random.uniform(1 - JITTER, 1 + JITTER)


# What failed or was interrupted
RETRIES = Backoff(timedelta(seconds=30), timedelta(days=1))
# Where Autenti doesn't call when something happens: at most 40 looks in 14 days
POLLS = Backoff(timedelta(minutes=2), timedelta(days=1))
# Where it does: at most 5, those that the calls cause included
POLLS_BESIDE_CALLBACKS = Backoff(timedelta(days=4), timedelta(days=8))
# The signed file lags behind the last signature: pauses while it is due any moment, how
# long it is, and on how many earlier ones we base when that begins
FILE_PAUSE = timedelta(seconds=6)
FILE_LAG = timedelta(minutes=2)
FILES_BEFORE = 5
# A little before: else a look that comes late would make all later ones late
FILE_SHARE = 0.95
# How far ahead a run knows what it waits for
AWAITED_AHEAD = timedelta(minutes=1)
# What is being sent right now is due again within that time, see `RETRIES`
SENDING_AHEAD = timedelta(minutes=1)
# So long a mere look waits for what is sent
LOOK_PATIENCE = timedelta(minutes=15)
# For a later run that an ordinary one of each minute may miss
NEXT_AHEAD = timedelta(minutes=2)
# The last guard against loops: one call pays for so much time, and only so much time
# can be paid for ahead. So an hour has 30 calls, and once in a while 60
CALL_TIME = timedelta(minutes=2)
CALLS_AHEAD = timedelta(hours=1)
# Each of these comes once, whatever there is to send
CALLS_OF_SENDING = ("create", "upload", "send")


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
        _logger.info("Process %s: no files listed: %s", process.process_id, error.code)
        return signed
    return [listed.get(file.file_id, file) for file in signed]


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    # === STEPS === #

    def _next_step(self, session, known):
        """Tell the next step of a run. The order of these lines is the rule.

        :param client.session.AutentiSession session:
        :param known: the DocumentProcess as this run knows it, None at its beginning
        :rtype: Step | None
        """
        if self.state not in OPEN_STATES:
            return None
        if self.process_id and known is None:
            return self._step_read(session)
        has_ended = known is not None and known.status in const.PROCESS_ENDS
        if self._get_ending() and not has_ended:
            return self._step_withdraw(session, known)
        if self.state == "to_send" and not self.process_id:
            return self._step_create(session)
        if known is None:
            # What is out is never created again, whatever has become of its id
            return self._step_read(session)
        if self._lacks_signed_file(known):
            return self._step_card(session, known) or self._step_file(session, known)
        if self.state == "sent":
            return self._step_remind(session, known)
        if known.status != const.PROCESS_DRAFT:
            return None
        return self._step_upload(session, known) or self._step_send(session, known)

    def _step_read(self, session):
        return Step(
            partial(session.get_process, self.process_id),
            self._apply_reading,
            kind="read",
            is_final_when_refused=False,
        )

    def _step_withdraw(self, session, known):
        is_out = known is not None and known.status != const.PROCESS_DRAFT
        return Step(
            # Nobody sees a draft
            partial(session.withdraw, self.process_id) if is_out else lambda: None,
            partial(self._apply_withdrawn, known),
            kind="withdraw",
            is_final_when_refused=False,
        )

    def _step_create(self, session):
        return Step(
            partial(session.create_process, self._to_process()),
            self._apply_created,
            kind="create",
        )

    def _step_card(self, _session, _known):
        """Hook for the signature card, which is fetched before the signed file.

        :return: Step, or None where there is no card to fetch
        """
        return None

    def _step_file(self, session, known):
        return Step(
            partial(fetch_signed_files, session, known),
            partial(self._apply_signed_files, known),
            kind="file",
            is_final_when_refused=False,
            is_last=True,
        )

    def _step_remind(self, session, known):
        """Remind, when it is time and the process goes on at Autenti."""
        if (
            known.status != const.PROCESS_PROCESSING
            or not self.next_reminder_at
            or self.next_reminder_at > fields.Datetime.now()
        ):
            return None
        # Whatever comes of it, it isn't tried more often than that
        self._plan_reminder()
        return Step(
            partial(session.remind, self.process_id),
            partial(self._apply_reminded, known),
            kind="remind",
            is_final_when_refused=False,
            at_most_once=True,
        )

    def _step_upload(self, session, known):
        """Upload the next file, with what is sent along; None when all are there."""
        file = self._get_missing_source(known)
        if not file:
            return None
        upload = (self.process_id, file.name, file.raw, file.mimetype)
        return Step(
            partial(session.upload_file, *upload),
            partial(self._apply_uploaded, known),
            kind="upload",
        )

    def _step_send(self, session, known):
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

    def _get_missing_source(self, known):
        """Return the next file that isn't at Autenti; they go there in their order."""
        there = [file for file in known.files if file.purpose == const.FILE_SOURCE]
        if not there:
            return self.source_attachment_id
        return self._get_sources()[len(there) : len(there) + 1]

    # === ANSWERS === #

    def _apply_created(self, process):
        self.write({"process_id": process.process_id, "remote_status": process.status})
        self._schedule_next(changed=True)
        self._record(
            "remote",
            self.env._("Autenti has made a document process."),
            process=self.process_id,
        )
        return process

    def _apply_uploaded(self, known, file):
        self._record(
            "remote",
            self.env._("Autenti has taken the file %s.", file.filename),
            file=file.file_id,
        )
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

    def _get_news(self):
        """Return what a callback tells of."""
        return self.remote_status, self.signer_ids.mapped("status")

    def _take_remote_status(self, status):
        if status != self.remote_status:
            self._record(
                "remote", self.env._("Autenti says: %s.", status), status=status
            )
        if status not in (
            *SENT_REMOTE_STATUSES,
            const.PROCESS_DRAFT,
            self.remote_status,
        ):
            RequestLogger(_logger, self).warning("Autenti says %r, unknown", status)
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

    def _add_signer(self, party):
        """Keep somebody whom Odoo didn't ask, but who acts at Autenti.

        :param client.payload.Party party:
        """
        is_signer = party.role == const.ROLE_SIGNER
        last = max(self.signer_ids.mapped("sequence"))
        signer = self.env["autenti.signer"].create(
            {
                "request_id": self.id,
                "sequence": party.priority or last + 1,
                "role": party.role,
                "side": "client",
                "first_name": party.first_name or UNKNOWN,
                "last_name": party.last_name or UNKNOWN,
                "email": file_names.one_line(party.email) or UNKNOWN,
                "signature_type": is_signer and const.SIGNATURE_BASIC,
                "deviation": "added",
            }
        )
        self._notify_deviation(signer)
        signer._apply_party(party)

    def _notify_deviation(self, signer):
        sentence = signer._describe_deviation()
        self._log(sentence, news=NOTE, kind="remote")
        # Autenti may name now one and now another
        if self._note_told(f"{signer.deviation} {signer.id}"):
            self._notify_salesperson(sentence)

    def _apply_withdrawn(self, known, _result):
        if self.state == "sent":
            self.remote_status = const.PROCESS_WITHDRAWN
        self._set_state("withdrawn", reason=self.reason)
        return known

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
        self._poll_by(self.next_reminder_at)
        return known

    def _note_source_ids(self, files):
        """Remember which file at Autenti is which of ours: they go there in order.

        :param files: iterable of client.payload.ProcessFile
        """
        ids = [file.file_id for file in files if file.purpose == const.FILE_SOURCE]
        if set(ids) <= {self.source_remote_id}:
            return
        known = {self.source_remote_id, *self.file_ids.mapped("remote_id")}
        new = [file_id for file_id in ids if file_id not in known]
        if new and not self.source_remote_id:
            self.source_remote_id = new.pop(0)
        unknown = self.file_ids.filtered(lambda file: not file.remote_id)
        for file, file_id in zip(unknown, new, strict=False):
            file.remote_id = file_id

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

    def _take_signed_files(self, files):
        """Keep the signed files, each in its place, once all that may come is there.

        Where it isn't certain which of them is the document, none is taken for it.

        :param files: as `fetch_signed_files` returns them, at least one
        """
        matches = matching.match(self._get_sources_to_match(), files)
        signing_time = self._get_signing_time() or datetime.min
        is_late = fields.Datetime.now() - signing_time >= FURTHER_PATIENCE
        if matches.may_grow and not is_late:
            return
        if matches.document is None:
            self._ask_for_document(files)
            return
        self._store_signed(files[matches.document][1])
        for source, place in matches.enclosures.items():
            self._store_signed_enclosure(self.file_ids[source - 1], files[place][1])
        in_place = {matches.document, *matches.enclosures.values()}
        self._store_further(
            [file for place, file in enumerate(files) if place not in in_place]
        )
        self._accept_signed()

    def _get_sources_to_match(self):
        """Return what was sent, as `matching.match` takes it."""
        names = [self.source_attachment_id.name, *self.file_ids.mapped("name")]
        ids = [self.source_remote_id, *self.file_ids.mapped("remote_id")]
        files = [self.source_attachment_id, *(f.attachment_id for f in self.file_ids)]
        return [
            matching.Source(file_id or None, name, file.raw or b"")
            for file_id, name, file in zip(ids, names, files, strict=True)
        ]

    def _ask_for_document(self, files):
        """Keep signed files of which nobody but a person can tell the document."""
        self._store_further(files)
        self._keep_error(
            self.env._(
                "All have signed, but it isn't certain which of the files that came "
                "back from Autenti is the contract. Open the signature request, look "
                "at its files, and choose the contract."
            ),
            UNCLEAR_FILES,
            tell=True,
        )

    def _store_further(self, files):
        """Keep signed files that have no place of their own, but none of them twice."""
        kept = {file._autenti_get_sha256() for file in self.further_attachment_ids}
        new = self.env["ir.attachment"]
        for file, content in files:
            if hashlib.sha256(content).hexdigest() not in kept:
                new += self._keep_signed(file.filename, content)
        if new:
            self.further_attachment_ids += new
            names = ", ".join(new.mapped("name"))
            message = self.env._("Further signed files are kept: %s.", names)
            self._record("file", message, new)
            self._message_log(body=message)

    def _store_signed_enclosure(self, enclosure, content):
        """Keep the signed form of a file that went along.

        :param enclosure: autenti.request.file
        :param bytes content: PDF
        """
        enclosure.signed_attachment_id = self._keep_signed(enclosure.name, content)
        self._record(
            "file",
            self.env._("A signed file that was sent along is kept."),
            enclosure.signed_attachment_id,
        )

    def _keep_signed(self, name, content):
        signed_name = self.env._("%s - signed.pdf", file_names.get_stem(name))
        values = self._prepare_attachment(signed_name, content)
        return self.env["ir.attachment"].create(values)

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
        self._record("file", self.env._("The signed file is kept."), attachments)

    def _accept_signed(self):
        """Be signed, now that the signed file is stored.

        Whoever wants to check the file first overrides this, and calls it when that is
        done. Until then the request is sent, and nobody asks Autenti about it again.
        """
        self._set_state("signed")

    def _get_validation_report(self):
        """Hook: return all that a check of the signed file has found, JSON-able.

        :rtype: dict | None
        """
        return None

    # === FOR A USER WHO WAITS === #

    def _get_client(self):
        return self.connection_id._get_client(self.sender_email, self.sender_subject)

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
            self._ask(self._poll)
        if self.state == "to_send":
            self._schedule_for_user()
        elif self.filtered_domain(self._get_awaited_domain()):
            # A run that is at work then looks again when it is time
            self._trigger_cron()

    def _poll(self, session):
        known = self._apply_reading(session.get_process(self.process_id))
        while self._lacks_signed_file(known):
            step = self._next_step(session, known)
            known = step.apply(step.call())
            if step.is_last:
                break
        if self.state == "sent" and not self.is_unclear:
            self._forget_error()

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
        return self._notify_sticky(
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
        return self._notify_sticky(message) if is_known_there else None

    def _notify_sticky(self, message):
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
            self._ask(self._poll_before_ending)

    def _poll_before_ending(self, session):
        try:
            self._poll(session)
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
                ),
                news=NOTE,
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

    def _end_for_correction(self):
        """End the request here, if it is open.

        :return: whether Autenti is still to be asked to withdraw it
        :raise UserError: all have signed
        """
        self._lock_for_user()
        reason = self._say_who_when(self.env._("Corrected and sent again."))
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

    def _try_to_remind(self, session):
        """Remind, and tell whether it is known to have happened."""
        try:
            session.remind(self.process_id)
        except errors.AutentiError as error:
            if error.code not in errors.UNKNOWN_OUTCOME:
                raise
            return False
        return True

    # === WORKING ON A REQUEST === #

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
        request = self._in_context().with_context(autenti_has_turn=self.has_turn)
        is_called = request._hear_callbacks()
        if request.filtered_domain(self._get_due_domain()):
            yield from request._work(is_called)
        else:
            request._commit()

    def _hear_callbacks(self):
        """Take what Autenti has posted as a hint: there may be something to look at.

        Note: self.ensure_one(), locked by the caller

        :return: whether it is a reason to look; then it is due now
        """
        callbacks = self._get_pending_callbacks()
        callbacks._finish("done")
        self._note_callbacks(callbacks)
        kinds = set(callbacks.mapped("event_type"))
        self._notify_of_late_news(kinds)
        known = NO_NEWS if self.state == "sent" else set()
        if not kinds - known or self.state not in OPEN_STATES or self.is_unclear:
            return False
        self.next_check_at = fields.Datetime.now()
        return True

    def _work(self, is_called):
        """Go on with the request until Autenti has to be waited for.

        A generator as `drive` takes it. Each answer is committed before the next call.
        After an interruption the process is read before anything is repeated.

        Note: self.ensure_one(), locked by the caller, with a cursor of its own

        :param bool is_called: Autenti has posted something since it was looked at
        """
        if not self._may_call():
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
                if get_code(error) == errors.PAUSED:
                    self._wait_for_turn(step)
                    return
                self._log_failure(error, session)
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
                self._commit()
                return
            is_poll = is_resumed and known is None
            # After a failure or a wait nobody knows whether a call or a look came first
            is_clear = is_called or not (self.failures or self.has_turn)
            before = is_poll and is_clear and self.state == "sent" and self._get_news()
            self._count_calls(session, step)
            known = self._apply_step(step, answer)
            if before:
                self._note_news(before, is_called)
            if step.is_last:
                break
            if not self._commit_step():
                return
        self._forget_failures()
        self._commit()

    def _note_news(self, before, is_called):
        """Note how a change became known, and poll at the pace that follows from it.

        :param before: what `_get_news` gave before the poll
        :param bool is_called: Autenti had posted something
        """
        is_changed = before != self._get_news()
        if is_changed and self.connection_id._note_news(by_callback=is_called):
            self._schedule_next(changed=True)

    def _wait_for_turn(self, step):
        """Go on later: of the calls that Autenti allows in a minute, none is free.

        :param step: the Step that wasn't done, None before there was one
        """
        calls = len(CALLS_OF_SENDING) if self.state == "to_send" else 1
        seconds = RateLimiter(self.connection_id).take_turn(calls)
        moment = fields.Datetime.now() + timedelta(seconds=seconds)
        self.write({"has_turn": True, "next_check_at": moment})
        if step and step.at_most_once:
            # Nobody was asked, so nobody is asked twice
            self.next_reminder_at = moment
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

    def _log_failure(self, error, session):
        """Log what failed, with the id of the call, which the client has logged too.

        :param session: client.session.AutentiSession, None before there was one
        """
        is_remote = session and isinstance(error, errors.AutentiError)
        call = session.correlation_id if is_remote else "no call"
        RequestLogger(_logger, self).info("%s [%s]", get_code(error), call)

    def _record_error(self, error, step=None, is_resumed=False):
        """Keep what went wrong and decide when to try again.

        :param error: client.errors.AutentiError, or UserError when the set-up lacks
            something
        :param step: the Step that failed, None before there was one
        :param bool is_resumed: an earlier run may have done the same step
        """
        code = get_code(error)
        remedy = get_remedy(code)
        message = describe(self.env, error)
        # Who can log in again will; for who has left, nobody does
        waits_for_login = code == errors.LOGIN_REQUIRED
        if is_account_refused(error) and not self._still_works(self.user_id):
            waits_for_login = False
            message = f"{message}\n{self._get_gone_message()}"
        self._count_failure(step.kind if step else SETUP)
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
            remedy in PASSING
            or is_doubted
            or (self.state == "sent" and not waits_for_login)
        ):
            self._schedule_next(
                changed=False, at_least=getattr(error, "retry_after", None)
            )
        else:
            # Only a person can mend it; "Try Again", or their login, goes on
            self.next_check_at = False
            self._poll_by(self.expires_at)

    def _get_gone_message(self):
        return self.env._(
            "%s, who sent it, doesn't work with Autenti e-Signature in Odoo any more. "
            "Withdraw the document and send it again; where Autenti refuses that, a "
            "manager can end it in Odoo.",
            self.user_id.name,
        )

    def _record_bug(self):
        if not self._lock():
            return
        request = self._in_context()
        message = request._autenti_describe_bug()
        request._count_failure(BUG)
        # Else they would call at every run, whatever the pace of the request
        request._get_pending_callbacks()._finish("done")
        request._schedule_next(changed=False)
        # To tell somebody may be the very thing that can't be done
        if request._commit_step():
            request._keep_error(message, BUG, tell=True)

    def _count_failure(self, kind):
        """Count a failure of a kind of step: the pause before the next try grows."""
        failures = self.failures or {}
        count = failures.get(kind, 0) + 1
        self.write({"failures": {**failures, kind: count}, "attempt_count": count})

    def _notify_of_late_news(self, kinds):
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
            self._notify_salesperson(
                self.env._(
                    "It was ended in Odoo only, and now Autenti has news of it: "
                    "somebody may have signed. Look at it in Autenti's panel: %s.",
                    self.process_id,
                )
            )

    def _get_pending_callbacks(self):
        return self.env["autenti.callback"].search_fetch(
            [("request_id", "=", self.id), ("state", "=", "pending")],
            ["body", "event_id", "event_type", "jwks_url", "key_id", "post_id"],
        )

    def _note_callbacks(self, callbacks):
        """Write down that callbacks were worked on.

        Note: self.ensure_one(), locked by the caller
        """
        for callback in callbacks:
            body = callback.body or callback.post_id.body or ""
            self._record(
                "callback",
                callback.event_name or callback.event_id,
                event=callback.event_id,
                type=callback.event_type or "",
                key_id=callback.key_id or "",
                key_set=callback.jwks_url,
                body_sha256=hashlib.sha256(body.encode()).hexdigest(),
            )

    # === SCHEDULE === #

    def _schedule_now(self):
        self.write(
            {
                "next_check_at": fields.Datetime.now(),
                "attempt_count": 0,
                "failures": False,
                "calls_paid_until": False,
            }
        )
        self._trigger_cron()

    def _schedule_for_user(self):
        """Have the job do what a user has asked for.

        :raise UserError: it never would, for this may be a copy of the database
        """
        for connection in self.connection_id:
            connection._check_place()
        self._schedule_now()

    @api.model
    def _trigger_cron(self, moment=None):
        self.env.ref("autenti_esign.ir_cron_autenti_request")._trigger(moment)

    def _schedule_next(self, changed, at_least=None):
        """Plan the next look: soon after a change, then ever more seldom.

        At the latest when the request expires, or a reminder is due.

        :param bool changed: the last look brought news
        :param float at_least: seconds that Autenti asks to wait
        """
        self._schedule_poll(changed, at_least)
        self._poll_by(self.expires_at)
        self._poll_by(self.next_reminder_at)

    def _schedule_poll(self, changed, at_least):
        if self.state not in OPEN_STATES or self.signed_attachment_id:
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
            self._keep_error(message, TOO_OLD, tell=True)
            return
        look_count = self.look_count
        if changed:
            look_count = 0
        elif not self.attempt_count:
            look_count += 1
        pause = self._get_pause(look_count)
        if at_least:
            pause = max(pause, timedelta(seconds=at_least))
        # In one, for each write looks at what it may change
        self.write({"look_count": look_count, "next_check_at": now + pause})

    def _poll_by(self, moment):
        """Look again by a moment to come, if there is one."""
        if (
            self.state in OPEN_STATES
            and moment
            and moment > fields.Datetime.now()
            and (not self.next_check_at or moment < self.next_check_at)
        ):
            self.next_check_at = moment

    def _get_ending(self):
        """Tell the state that the request is on its way to, or False."""
        if self.ending or not self.expires_at:
            return self.ending
        return self.expires_at <= fields.Datetime.now() and "expired"

    def _plan_reminder(self):
        """Let the time to the next automatic reminder begin."""
        now = fields.Datetime.now()
        for request in self:
            request.next_reminder_at = request.remind_days and now + timedelta(
                days=request.remind_days
            )

    def _get_pause(self, look_count):
        if self.attempt_count:
            return RETRIES.pause(self.attempt_count - 1)
        if self.remote_status == const.PROCESS_COMPLETED:
            return self._get_file_pause()
        if self.state == "to_send":
            return RETRIES.pause(look_count)
        if self.connection_id.is_called:
            return POLLS_BESIDE_CALLBACKS.pause(look_count)
        return POLLS.pause(look_count)

    def _get_file_pause(self):
        """Tell when to look again for the signed file.

        First when it can be expected, then soon, in the end ever more seldom.
        """
        waited = fields.Datetime.now() - (self.completed_date or fields.Datetime.now())
        pause = max(
            self._get_usual_file_lag() * FILE_SHARE - waited,
            FILE_PAUSE,
            waited - FILE_LAG,
        )
        return min(pause, RETRIES.longest)

    def _get_usual_file_lag(self):
        """Tell by how much the last signed files lagged behind, at least."""
        before = self.search_fetch(
            [
                ("connection_id", "=", self.connection_id.id),
                ("completed_date", "!=", False),
                ("signed_attachment_id", "!=", False),
            ],
            ["file_lag"],
            order="id desc",
            limit=FILES_BEFORE,
        )
        return timedelta(seconds=min(before.mapped("file_lag"), default=0))

    def _note_file_lag(self):
        lag = fields.Datetime.now() - (self.completed_date or fields.Datetime.now())
        self.file_lag = lag.total_seconds()

    def _may_call(self):
        """Tell whether Autenti may be asked now; else plan when."""
        now = fields.Datetime.now()
        moment = (self.calls_paid_until or now) - CALLS_AHEAD
        if moment <= now:
            return True
        RequestLogger(_logger, self).info("Autenti was asked often: it pauses")
        self.next_check_at = moment
        return False

    def _count_calls(self, session, step=None):
        """Count the calls that a session has done since they were last counted.

        :param step: the Step that they were good for, None when it failed
        """
        count = session.take_call_count() if session else 0
        if count and self.has_turn:
            self.has_turn = False
        if count and not (step and step.kind in CALLS_OF_SENDING):
            now = fields.Datetime.now()
            start = max(self.calls_paid_until or now, now)
            self.calls_paid_until = start + count * CALL_TIME

    @api.model
    def _resume(self, connection, user):
        """Go on with what waits for a user's login at Autenti."""
        waiting = self.search(
            [
                ("connection_id", "=", connection.id),
                ("user_id", "=", user.id),
                ("mode", "=", "individual"),
                ("state", "in", OPEN_STATES),
                # Looked at again when the time to sign is over, at the earliest
                "|",
                ("next_check_at", "=", False),
                ("last_error_code", "=", errors.LOGIN_REQUIRED),
            ]
        )
        for request in waiting:
            request._forget_error()
            request._schedule_now()

    # === CRON === #

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
        run.commit()

    @api.model
    def _find_due(self, count, excluded):
        """Find requests to work on, what is to be sent first, of each connection.

        :param int count: at most so many of each connection
        :param excluded: ids of requests to leave out
        :return: list of (id, connection id)
        """
        found = {}
        due = self._get_due_domain() & ~self._get_postponed_domain()
        for domain in (due, self._get_called_domain()):
            query = self._search(domain & Domain("id", "not in", list(excluded)))
            found.update(
                self.env.execute_query(
                    SQL(
                        """
                        SELECT id, connection_id FROM (%s) AS due
                        WHERE place <= %s ORDER BY place, state DESC, next_check_at, id
                        """,
                        query.select(
                            *map(
                                SQL.identifier,
                                ("id", "connection_id", "state", "next_check_at"),
                            ),
                            SQL(
                                "row_number() OVER (PARTITION BY connection_id "
                                "ORDER BY state DESC, next_check_at, id) AS place"
                            ),
                        ),
                        count,
                    )
                )
            )
        return list(found.items())

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

    @api.model
    def _get_postponed_domain(self):
        """Find mere looks, which wait for a while as long as something is sent.

        Nobody waits for them, and who sends much at once waits for the rest.
        """
        now = fields.Datetime.now()
        sending = self._read_group(
            Domain("state", "=", "to_send")
            & Domain("attempt_count", "=", 0)
            & Domain("next_check_at", "<=", now + SENDING_AHEAD),
            ["connection_id"],
        )
        return (
            Domain("state", "=", "sent")
            & Domain("connection_id", "in", [connection.id for [connection] in sending])
            & Domain("attempt_count", "=", 0)
            & Domain("ending", "=", False)
            & Domain("remote_status", "=", const.PROCESS_PROCESSING)
            & Domain("next_check_at", ">", now - LOOK_PATIENCE)
        )

    @api.model
    def _get_called_domain(self):
        """Find the requests with callbacks that nobody has heard yet."""
        return self._get_reachable_domain() & Domain(
            "callback_ids", "any", [("state", "=", "pending")]
        )

    @api.model
    def _get_awaited_domain(self):
        """Find what is waited for: a file of what all have signed, or a free call."""
        return (
            self._get_open_domain()
            & self._get_reachable_domain()
            & Domain("signed_attachment_id", "=", False)
            & (
                Domain("remote_status", "=", const.PROCESS_COMPLETED)
                | Domain("has_turn", "=", True)
            )
            & Domain("next_check_at", "<=", fields.Datetime.now() + AWAITED_AHEAD)
        )

    @api.model
    def _get_awaited_moment(self):
        """Return when the next look for a signed file is due, False if not soon."""
        domain = self._get_awaited_domain()
        return self.search(domain, order="next_check_at", limit=1).next_check_at

    @api.model
    def _get_next_moment(self):
        """Return when the next look of all is due, False if not soon."""
        now = fields.Datetime.now()
        domain = (
            self._get_open_domain()
            & self._get_reachable_domain()
            & Domain("signed_attachment_id", "=", False)
            & Domain("next_check_at", ">", now)
            & Domain("next_check_at", "<=", now + NEXT_AHEAD)
        )
        return self.search(domain, order="next_check_at", limit=1).next_check_at
