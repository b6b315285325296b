# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What proves a request: its audit trail and its signature card, and how long."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

from odoo.addons.autenti_esign.client import const, errors, file_names
from odoo.addons.autenti_esign.exceptions import PASSING, get_remedy
from odoo.addons.autenti_esign.frozen import as_keeper, is_changed
from odoo.addons.autenti_esign.models.autenti_request import NOTE, OPEN_STATES
from odoo.addons.autenti_esign.models.autenti_request_sync import Step

from ..check_audit_trail import ORIGIN, find_break, hash_entry
from ..package import EvidencePackage
from .autenti_signer import FORGOTTEN

_logger = logging.getLogger(__name__)

EVIDENCE_PATH = "/autenti/evidence"
# The end of the audit trail, and what retention has seen to
KEPT_BY_ODOO = {
    *("event_count", "event_head"),
    *("callbacks_forgotten", "contacts_forgotten"),
}
# The signed file is worth more: so long after the last signature it comes without card
PATIENCE = timedelta(hours=1)
# What is kept, each with a period of its own, and how to find requests that have it
KEPT = {
    "files": Domain("source_attachment_id", "!=", False)
    | Domain("signed_attachment_id", "!=", False),
    "callbacks": Domain("callback_ids.body", "!=", False)
    | Domain(
        "callback_ids.post_id",
        "any",
        [("request_id", "=", False), ("body", "!=", False)],
    ),
    "contacts": Domain("signer_ids.has_contact_data", "=", True),
}
# Of what other tables tell, each request is looked through once
LOOKED_THROUGH = {
    what: Domain(f"{what}_forgotten", "=", True) for what in ("callbacks", "contacts")
}


def fetch_card(session, process_id, file_id, is_patient):
    """Fetch a signature card.

    :param client.session.AutentiSession session:
    :param bool is_patient: a later try may do
    :return: PDF bytes, None when it can't be had
    :raise client.errors.AutentiError: only when patient, and a later try may do; or
        Autenti wasn't asked
    """
    try:
        return session.download_file(process_id, file_id)
    except errors.AutentiError as error:
        # Like the signed file it can lag behind the list of files, or break off
        passes = is_patient and get_remedy(error.code) in PASSING
        if passes or error.code == errors.PAUSED:
            raise
        _logger.warning("Process %s: no signature card: %s", process_id, error.code)
        return None


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    event_ids = fields.One2many(
        "autenti.event", "request_id", string="Audit trail", readonly=True
    )
    # Where the chain ends. Being on the request, two who add at once collide there, and
    # entries that are missing at its end are missed
    event_count = fields.Integer(
        string="Audit trail entries", readonly=True, copy=False, aggregator=None
    )
    event_head = fields.Char(
        string="SHA-256 of the audit trail", readonly=True, copy=False
    )
    card_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Signature card",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What Autenti itself says about who has signed.",
    )
    # Retention found nothing more of it, however long ago
    callbacks_forgotten = fields.Boolean(
        readonly=True, copy=False, export_string_translation=False
    )
    contacts_forgotten = fields.Boolean(
        readonly=True, copy=False, export_string_translation=False
    )

    _kept_files_idx = models.Index(
        "(agreement_type_id, ended_date) WHERE (source_attachment_id IS NOT NULL "
        "OR signed_attachment_id IS NOT NULL)"
    )
    _kept_callbacks_idx = models.Index(
        "(agreement_type_id, ended_date) WHERE (callbacks_forgotten IS NOT TRUE)"
    )
    _kept_contacts_idx = models.Index(
        "(agreement_type_id, ended_date) WHERE (contacts_forgotten IS NOT TRUE)"
    )

    # === CRUD METHODS === #

    def _is_frozen(self, vals):
        """Override to keep the signature card and the audit trail's end."""
        is_card_changed = is_changed(self, vals, {"card_attachment_id"}, set(), False)
        return (
            not KEPT_BY_ODOO.isdisjoint(vals)
            or is_card_changed
            or super()._is_frozen(vals)
        )

    # === ACTION METHODS === #

    def action_download_evidence(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"{EVIDENCE_PATH}/{self.id}",
            "target": "download",
        }

    def _get_evidence_package(self):
        """Return the evidence package, with what the user may see.

        :rtype: EvidencePackage
        :raise AccessError: the user may not read the request
        """
        self.ensure_one()
        self.check_access("read")
        return EvidencePackage(
            self.sudo(), with_shared=self.env.user.has_group("base.group_system")
        )

    def action_check_audit_trail(self):
        """Tell whether audit trails and files are what they were.

        :return: action that tells it
        """
        self.check_access("read")
        problems = self.sudo()._find_changed_evidence()
        message = "\n".join(problems) or self.env._(
            "Checked: %s. Audit trails and files are what they were.", len(self)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Check Evidence"),
                "message": message,
                "type": "danger" if problems else "success",
                "sticky": bool(problems),
            },
        }

    def _find_changed_evidence(self):
        """Look for what was changed past Odoo, in the database or the file store.

        Empty in, empty out; to check all: ``search([])._find_changed_evidence()``.

        :return: sentences that name the request, empty when all is whole
        :rtype: list[str]
        """
        problems = []
        for request in self:
            entries = [event._to_entry() for event in request.event_ids]
            if broken := find_break(
                entries, request.event_count, request.event_head or ORIGIN
            ):
                problems.append(
                    self.env._(
                        "%(request)s (%(id)s): the audit trail was changed at its "
                        "entry %(number)s.",
                        request=request.name,
                        id=request.id,
                        number=broken,
                    )
                )
            problems += [
                self.env._(
                    "%(request)s (%(id)s): the file %(file)s is missing or not what "
                    "it was.",
                    request=request.name,
                    id=request.id,
                    file=name,
                )
                for name in request._find_changed_files(entries)
            ]
        return problems

    def _find_changed_files(self, entries):
        """Return the names of files that don't have the SHA-256 of the audit trail."""
        kept, names = {}, {}
        for entry in entries:
            for file in entry["data"].get("kept", ()):
                kept[file["id"]] = file["sha256"]
                names[file["id"]] = file["name"]
            if entry["data"].get("what") == "files":
                for file in entry["data"]["deleted"]:
                    kept.pop(file["id"], None)
        files = {
            file.id: file for file in self.env["ir.attachment"].browse(kept).exists()
        }
        return [
            names[file_id]
            for file_id, sha256 in kept.items()
            if file_id not in files or files[file_id]._autenti_get_sha256() != sha256
        ]

    # === AUDIT TRAIL === #

    def _record(self, kind, text, files=None, **data):
        """Override to write it into the audit trail."""
        kept = [
            {"id": file.id, "name": file.name, "sha256": file._autenti_get_sha256()}
            for file in files or ()
        ]
        self._append_entry(kind, text, {**data, "kept": kept} if kept else data)
        return super()._record(kind, text, files, **data)

    def _append_entry(self, kind, text, data):
        """Add an entry at the end of the chain.

        :param str kind: one of `KINDS`
        :param str text: for people; may be HTML as messages take it
        :param dict data: JSON-able, for programs
        """
        self.ensure_one()
        self._lock_audit_trail()
        moment = fields.Datetime.now()
        entry = {
            "request": self.id,
            "number": self.event_count + 1,
            "moment": f"{moment.isoformat(timespec='seconds')}Z",
            "kind": kind,
            "author": self.env.user.name,
            "text": html2plaintext(text) if hasattr(text, "__html__") else text,
            "data": data,
            "previous": self.event_head or ORIGIN,
        }
        sha256 = hash_entry(entry)
        keeper = as_keeper(self.sudo())
        del entry["request"]
        keeper.env["autenti.event"].create(
            {**entry, "request_id": self.id, "moment": moment, "sha256": sha256}
        )
        keeper.write({"event_count": entry["number"], "event_head": sha256})

    def _lock_audit_trail(self):
        """Wait for whoever adds to the audit trail right now.

        :raise psycopg2.errors.SerializationFailure: they have added something, so that
            what is read here is old; Odoo repeats what its user or job has begun
        """
        query = SQL(
            "SELECT FROM autenti_request WHERE id = %s FOR NO KEY UPDATE", self.id
        )
        self.env.cr.execute(query, log_exceptions=False)

    # === SIGNATURE CARD === #

    def _step_card(self, session, known):
        """Override to fetch the card, where there is one."""
        card = next((f for f in known.files if f.purpose == const.FILE_CARD), None)
        if not card or self.card_attachment_id:
            return None
        signing_time = self._get_signing_time() or datetime.min
        is_patient = fields.Datetime.now() - signing_time < PATIENCE
        return Step(
            partial(fetch_card, session, self.process_id, card.file_id, is_patient),
            partial(self._apply_card, known, card),
            kind="card",
            is_final_when_refused=False,
        )

    def _apply_card(self, known, card, content):
        if content:
            self._store_card(content)
        # Seen to, for this run
        return replace(known, files=tuple(file for file in known.files if file != card))

    def _store_card(self, content):
        stem = file_names.get_stem(self.source_attachment_id.name)
        name = self.env._("%s - signature card.pdf", stem)
        values = self._prepare_attachment(name, content)
        self.card_attachment_id = self.env["ir.attachment"].create(values)
        self._record(
            "file", self.env._("The signature card is kept."), self.card_attachment_id
        )

    def _get_files_to_tell(self):
        return super()._get_files_to_tell() + self.card_attachment_id

    # === RETENTION === #

    @api.model
    def _find_due_to_forget(self):
        """Find what has been kept for as long as its type of contract says.

        :return: list of (what, autenti.request) with a key of `KEPT`
        """
        due = []
        # Managers see neither callbacks of strangers nor shared bodies
        for what, is_old in self._get_periods():
            requests_sudo = self.sudo().search(
                is_old & KEPT[what], order="ended_date, id"
            )
            requests = requests_sudo.with_env(self.env)
            due += [(what, request) for request in requests._filtered_access("read")]
        return due

    @api.model
    def _get_periods(self):
        """Return what is kept for a time, and what has had its time.

        :return: pairs of a key of `KEPT` and a domain of requests
        """
        with_period = Domain.OR([(f"autenti_keep_{what}", ">", 0)] for what in KEPT)
        for agreement_type in self.env["agreement.type"].sudo().search(with_period):
            for what in KEPT:
                if months := agreement_type[f"autenti_keep_{what}"]:
                    limit = fields.Datetime.now() - relativedelta(months=months)
                    yield (
                        what,
                        Domain("agreement_type_id", "=", agreement_type.id)
                        & Domain("state", "not in", OPEN_STATES)
                        & Domain("ended_date", "<", limit)
                        & ~LOOKED_THROUGH.get(what, Domain.FALSE),
                    )

    @api.model
    def _note_forgotten(self):
        """Note of what nothing is left, so that it needn't be looked through again."""
        for what, is_old in self._get_periods():
            if what in LOOKED_THROUGH:
                self.env.cr.execute(
                    SQL(
                        "UPDATE autenti_request SET %s = TRUE WHERE id IN %s",
                        SQL.identifier(f"{what}_forgotten"),
                        self.sudo()._search(is_old & ~KEPT[what]).subselect(),
                    )
                )
        self.invalidate_model([f"{what}_forgotten" for what in LOOKED_THROUGH])

    @api.model
    def _cron_forget(self):
        cron = self.env["ir.cron"]
        self._note_forgotten()
        due = self._find_due_to_forget()
        cron._commit_progress(remaining=len(due))
        for what, request in due:
            if request._lock():
                request._in_context()._forget(what)
            if not cron._commit_progress(1):
                break

    def _describe_forgettable(self, what):
        """Say what would be deleted.

        :param str what: a key of `KEPT`
        :rtype: str
        """
        if what == "files":
            return ", ".join(dict.fromkeys(self._get_kept_files().mapped("name")))
        if what == "callbacks":
            return self.env._("%s bodies", len(self._get_kept_posts()))
        return ", ".join(self.signer_ids.filtered("has_contact_data").mapped("name"))

    def _forget(self, what):
        """Delete what has been kept long enough, and write that down.

        :param str what: a key of `KEPT`
        """
        self.ensure_one()
        description = self._describe_forgettable(what)
        messages = {
            "files": self.env._("The files were deleted: %s.", description),
            "callbacks": self.env._(
                "What Autenti posted was deleted: %s.", description
            ),
            "contacts": self.env._(
                "E-mails and phone numbers were deleted of: %s.", description
            ),
        }
        months = self.agreement_type_id[f"autenti_keep_{what}"]
        reason = self.env._(
            "Contracts of the type %(type)s keep them for %(months)s months.",
            type=self.agreement_type_id.name,
            months=months,
        )
        deleted = getattr(self, f"_forget_{what}")()
        _logger.info(
            "Retention: user %s deletes %s of request %s", self.env.uid, what, self.id
        )
        self._log(
            f"{messages[what]} {reason}",
            news=NOTE,
            kind="retention",
            what=what,
            months=months,
            deleted=deleted,
        )

    def _get_kept_files(self):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search([("autenti_request_id", "=", self.id)], order="id")
        )

    def _forget_files(self):
        files = self._get_kept_files()
        deleted = [
            {"id": file.id, "name": file.name, "sha256": file._autenti_get_sha256()}
            for file in files
        ]
        as_keeper(files).unlink()
        # It quotes them
        as_keeper(self).shown_values = False
        self.invalidate_recordset(
            ["card_attachment_id", "source_attachment_id", "signed_attachment_id"]
        )
        return deleted

    def _get_kept_posts(self):
        """Return the callbacks with the bodies that are kept for this request.

        A body that came with an event of strangers first is kept there.
        """
        of_strangers = self.callback_ids.post_id.filtered(lambda c: not c.request_id)
        return (self.callback_ids | of_strangers).filtered("body")

    def _forget_callbacks(self):
        callbacks = self._get_kept_posts()
        as_keeper(callbacks).body = False
        return [{"id": callback.event_id} for callback in callbacks]

    def _forget_contacts(self):
        signers = self.signer_ids.filtered("has_contact_data")
        as_keeper(signers).write(
            {"actual_email": False, "email": FORGOTTEN, "phone": False}
        )
        return [{"id": signer.id} for signer in signers]
