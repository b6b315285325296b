# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import logging
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_datetime

from odoo.addons.autenti_esign.client import const
from odoo.addons.autenti_esign.client.persons import is_same_name
from odoo.addons.autenti_esign.frozen import as_keeper, is_keeper
from odoo.addons.autenti_esign.models.autenti_request import NOTE
from odoo.addons.autenti_esign.request_log import RequestLogger

from ..pades import isolation, versions
from ..pades import report as codes
from ..texts import describe_finding, describe_success

_logger = logging.getLogger(__name__)

LEVELS = {
    const.SIGNATURE_BASIC: codes.BASIC,
    const.SIGNATURE_ADVANCED: codes.ADVANCED,
    const.SIGNATURE_QUALIFIED: codes.QUALIFIED,
}
ACTIVITY = "autenti_esign_pades.mail_activity_type_invalid"
CRON = "autenti_esign_pades.ir_cron_autenti_validation"
# Trouble that people are told of once
STUCK = "validation"
# Files that one cron run validates
BATCH = 20
# Before it looks again at what somebody else was at
PAUSE = timedelta(seconds=2)
# Before a file that couldn't be checked is tried again: doubled each time, up to a week
RETRY = timedelta(minutes=10)
RETRY_LIMIT = timedelta(days=7)


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    validation_state = fields.Selection(
        [
            ("pending", "Being checked"),
            (codes.GREEN, "Proven"),
            ("unchecked", "Couldn't be checked"),
            (codes.AMBER, "In doubt"),
            (codes.RED, "Not valid"),
        ],
        string="Proof",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What the signatures in the signed file prove.",
    )
    validation_date = fields.Datetime(string="Checked on", readonly=True, copy=False)
    validation_attempts = fields.Integer(
        string="Failed checks",
        default=0,
        readonly=True,
        copy=False,
        help="How often in a row the file couldn't be checked.",
    )
    next_validation_at = fields.Datetime(
        string="Next check on", readonly=True, copy=False
    )
    validator_version = fields.Char(
        readonly=True,
        copy=False,
        help="Of the addon and its libraries that couldn't check the file: others may.",
    )
    validation_report = fields.Json(readonly=True, copy=False)
    validation_sentence = fields.Text(
        string="Result", compute="_compute_validation_sentence"
    )
    validation_details = fields.Html(
        compute="_compute_validation_details",
        sanitize=False,
    )

    @api.depends("validation_report")
    @api.depends_context("lang")
    def _compute_validation_sentence(self):
        for request in self:
            report = request.validation_report
            request.validation_sentence = report and request._get_sentences(report)[0]

    @api.depends("validation_report")
    @api.depends_context("lang", "tz")
    def _compute_validation_details(self):
        for request in self:
            report = request.validation_report
            request.validation_details = report and self.env["ir.qweb"]._render(
                "autenti_esign_pades.validation_details",
                {
                    "report": report,
                    "sentences": request._get_sentences(report),
                    "checked_on": format_datetime(self.env, request.validation_date),
                    "show_time": request._show_time,
                },
            )

    def write(self, vals):
        """Override: what a validation has found is evidence too."""
        is_found = "validation_report" in vals or "validation_date" in vals
        verdict = vals.get("validation_state", "pending")
        if (is_found or verdict != "pending") and not is_keeper(self.env):
            self.check_access("write")
            raise UserError(
                self.env._(
                    "What was found in a signed file is evidence and can't be changed. "
                    "Check the signed file again instead."
                )
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_validate(self):
        """Have the signed file validated again, in the background."""
        self.ensure_one()
        self.check_access("read")
        request_sudo = self.sudo()
        if not request_sudo.signed_attachment_id:
            raise UserError(self.env._("There is no signed file yet."))
        request_sudo._queue_validation()

    def action_reject_signed(self):
        """End a request whose signed file isn't valid; its record can be sent again."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("autenti_esign.autenti_esign_group_manager"):
            raise AccessError(
                self.env._("Only a manager of Autenti e-Signature may do this.")
            )
        request_sudo = self.sudo()
        if request_sudo.state != "sent" or request_sudo.validation_state != codes.RED:
            raise UserError(
                self.env._("Only a signed file that isn't valid can be rejected.")
            )
        request_sudo._set_state("failed", reason=request_sudo.validation_sentence)
        request_sudo._close_manager_activities()

    # === VALIDATION === #

    def _accept_signed(self):
        # What we can't check is nobody's fault: it is signed, as Autenti says
        if self.validation_state in (codes.GREEN, codes.AMBER, "unchecked"):
            return super()._accept_signed()
        return self._queue_validation()

    def _queue_validation(self):
        self.write({"validation_state": "pending", "validation_attempts": 0})
        self._bus_notify()
        self.env.ref(CRON)._trigger()

    @api.model
    def _get_validation_domain(self):
        """Find what is new, and what another validator may be able to check."""
        is_due = Domain("next_validation_at", "<=", fields.Datetime.now())
        is_other = Domain("validator_version", "!=", self._get_validator_version())
        return Domain("signed_attachment_id", "!=", False) & (
            Domain("validation_state", "=", "pending")
            | Domain("validation_state", "=", "unchecked") & (is_due | is_other)
        )

    @api.model
    def _get_validator_version(self):
        """Name the versions of the addon and of the libraries that it checks with."""
        addon = self.env.ref("base.module_autenti_esign_pades").sudo()
        found = {addon.name: addon.latest_version, **versions.get_versions()}
        return ", ".join(f"{name} {version}" for name, version in found.items())

    @api.model
    def _cron_validate(self):
        """Validate the signed files that wait for it."""
        domain = self._get_validation_domain()
        cron = self.env["ir.cron"]
        # What is new first
        waiting = self.search(domain, order="validation_attempts, id", limit=BATCH)
        cron._commit_progress(remaining=self.search_count(domain))
        for request in waiting:
            if request._validate_one():
                self.env.ref(CRON)._trigger(at=fields.Datetime.now() + PAUSE)
            if not cron._commit_progress(1):
                break

    def _validate_one(self):
        """Validate one file; what goes wrong with it stays with it.

        :return: whether it has to be done again, for somebody else was at it
        """
        try:
            report = self._check_signed_file()
            locked = self._lock()
            if locked.validation_state in ("pending", "unchecked"):
                locked._in_context()._apply_validation(report)
            self.env.flush_all()
            return not locked
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
            return True
        except Exception:
            self.env.cr.rollback()
            RequestLogger(_logger, self).exception("can't take over its check")
            self._tell_stuck()
            return False

    def _tell_stuck(self):
        """Tell who is in charge, once, that a file is here whose check goes wrong."""
        try:
            request = self._in_context()
            if self.validation_state != "pending" or not self._note_told(STUCK):
                return
            message = self.env._(
                "All have signed and the signed file is here, but it can't be checked. "
                "Odoo goes on trying. Open it by the signature request."
            )
            request._log(message, news=NOTE)
            request._notify_salesperson(message)
            self.env.flush_all()
        except Exception:
            self.env.cr.rollback()
            RequestLogger(_logger, self).exception("can't tell it")

    def _check_signed_file(self):
        """Return what the validation finds; whatever stops it, it has found nothing.

        :rtype: dict
        """
        try:
            document, *enclosures = self._get_validation_arguments()
            # No transaction stays open while a file is looked at
            self.env["ir.cron"]._commit_progress()
            return codes.add_enclosures(
                isolation.validate(**document[1]),
                [
                    (name, isolation.validate(**arguments) if arguments else None)
                    for name, arguments in enclosures
                ],
            )
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.cr.rollback()
            RequestLogger(_logger, self).exception("its file can't be checked")
            return self._make_unchecked_report(error)

    def _make_unchecked_report(self, error):
        report = codes.Report(
            moment=self.signed_attachment_id.create_date.astimezone(
                timezone.utc
            ).isoformat(),
            sha256=self.signed_sha256 or "",
            sent_sha256=self.source_sha256 or "",
            size=self.signed_attachment_id.file_size,
        )
        report.find(codes.NOT_CHECKED, detail=type(error).__name__)
        return report.to_dict()

    def _get_validation_arguments(self):
        """Return what there is to validate, as plain data, the document first.

        :return: list of pairs: a file's name, and what `pades.isolation.validate`
            takes, or None where the file didn't come back
        """
        files = {kind: [] for kind in ("authority", "list")}
        for trust in self.connection_id.trust_ids:
            files[trust.kind].append(trust._get_content())
        arrival = self.signed_attachment_id.create_date
        common = {
            "moment": arrival.replace(tzinfo=timezone.utc),
            "authorities": files["authority"],
            "trusted_lists": files["list"],
            "levels": [
                LEVELS[signer.signature_type]
                for signer in self.signer_ids
                if signer.role == const.ROLE_SIGNER
            ],
        }
        parts = self.file_ids.filtered(lambda file: file.signed_as == "part")
        document = {
            "signed": _read(self.signed_attachment_id, self.signed_sha256),
            "sent": _read(self.source_attachment_id, self.source_sha256),
            "along": [_read(part.attachment_id, part.sha256) for part in parts],
            **common,
        }
        return [
            (self.name, document),
            *(
                (
                    file.name,
                    file.signed_attachment_id
                    and {
                        "signed": _read(file.signed_attachment_id),
                        "sent": _read(file.attachment_id, file.sha256),
                        "along": [],
                        **common,
                    },
                )
                for file in self.file_ids - parts
            ),
        ]

    def _apply_validation(self, report):
        """Take over what the validation has found.

        :param dict report: of `pades.report.Report.to_dict`
        """
        report = self._compare_names(report)
        was_unchecked = self.validation_state == "unchecked"
        was_signed = self.state == "signed"
        before = self.validation_sentence
        as_keeper(self).write(
            {
                "validation_state": report["verdict"],
                "validation_date": fields.Datetime.now(),
                "validation_report": report,
                **self._prepare_next_validation(report),
            }
        )
        if was_unchecked and self.validation_state == "unchecked":
            return
        sentence = self.validation_sentence
        is_red = report["verdict"] == codes.RED
        # What is signed by it is told in one note, with the verdict
        is_news = is_red or (was_signed and sentence != before)
        self._log(
            self.env._("The signed file was checked. %s", sentence),
            news=NOTE if is_news else None,
        )
        for finding in report["findings"]:
            other = describe_finding(self.env, finding)
            if finding["code"] == codes.OTHER_PERSON:
                self._log(other, news=NOTE if other != sentence else None)
        self._close_manager_activities()
        if is_red:
            self._notify_managers(sentence)
        elif self.state == "sent":
            self._accept_signed()
        self._bus_notify()

    def _get_verdict(self):
        return self.validation_sentence or ""

    def _prepare_next_validation(self, report):
        """Prepare to check again by itself what couldn't be checked."""
        is_unchecked = report["verdict"] != codes.RED and any(
            finding["code"] == codes.NOT_CHECKED for finding in report["findings"]
        )
        if not is_unchecked:
            return {
                "validation_attempts": 0,
                "next_validation_at": False,
                "validator_version": False,
            }
        pause = RETRY * 2 ** min(self.validation_attempts, 20)
        return {
            "validation_state": "unchecked",
            "validation_attempts": self.validation_attempts + 1,
            "next_validation_at": fields.Datetime.now() + min(pause, RETRY_LIMIT),
            "validator_version": self._get_validator_version(),
        }

    def _compare_names(self, report):
        """Tell who has signed in place of the one who was asked.

        Certificates that don't say that they are a person's tell nothing of it.

        :return: the report, with a finding for each
        """
        signers = self.signer_ids.filtered(lambda s: s.role == const.ROLE_SIGNER)
        asked = signers.mapped("name")
        named = dict.fromkeys(
            signature["person"]
            for each in (report, *report.get("enclosures", ()))
            for signature in each["signatures"]
            if signature.get("person")
        )
        missing = [
            name for name in asked if not any(is_same_name(name, one) for one in named)
        ]
        for person in named:
            if not any(is_same_name(person, name) for name in asked):
                report = codes.add_finding(
                    report,
                    codes.OTHER_PERSON,
                    signer=person,
                    asked=", ".join(missing or asked),
                )
        return report

    def _get_validation_report(self):
        """Return all that the last validation found, JSON-able, or None.

        :rtype: dict | None
        """
        return self.validation_report or None

    # === TELLING PEOPLE === #

    def _get_managers(self):
        return self.env["res.users"].search(
            [
                (
                    "all_group_ids",
                    "in",
                    self.env.ref("autenti_esign.autenti_esign_group_manager").ids,
                ),
                ("company_ids", "in", self.company_id.ids),
                ("id", "!=", self.env.ref("base.user_root").id),
            ]
        )

    def _notify_managers(self, sentence):
        advice = self.env._(
            "Don't rely on the contract. Open the signature request and read the "
            "details; ask Autenti's support or the client if you can't explain them. "
            "When the authority or the trusted list was missing, add it to the "
            "connection and check the file again. Otherwise reject the file and send "
            "the contract again."
        )
        record = self._get_record()
        for manager in self._get_managers():
            record._autenti_schedule_activity(
                ACTIVITY, manager, f"{self.name}: {sentence}\n\n{advice}"
            )

    def _close_manager_activities(self):
        record = self._get_record()
        for manager in self._get_managers():
            record._autenti_close_activity(ACTIVITY, manager)

    def _get_sentences(self, report):
        """Say what a report says: one sentence a finding, the worst first.

        :param dict report: of `pades.report.Report.to_dict`
        :rtype: list[str]
        """
        findings = report["findings"]
        return [describe_finding(self.env, finding) for finding in findings] or [
            describe_success(self.env, report)
        ]

    def _show_time(self, text):
        """Show a time of a report in the user's time zone."""
        moment = datetime.fromisoformat(text).astimezone(timezone.utc)
        return format_datetime(self.env, moment.replace(tzinfo=None))


def _read(attachment, sha256=None):
    """Return the bytes of a stored file.

    :raise ValueError: it isn't what was stored; that would say nothing about the file
    """
    content = attachment.raw
    if not content or (sha256 and hashlib.sha256(content).hexdigest() != sha256):
        raise ValueError(f"The file of attachment {attachment.id} isn't what was kept.")
    return content
