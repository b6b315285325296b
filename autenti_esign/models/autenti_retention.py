# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How long evidence is kept. The only way in which any of it is deleted."""

import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..frozen import as_keeper
from . import autenti_signer  # noqa: F401 - has what is inherited
from .autenti_request import OPEN_STATES

_logger = logging.getLogger(__name__)

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
# Stands where an e-mail was
FORGOTTEN = "-"
BATCH = 100


class AgreementType(models.Model):
    _inherit = "agreement.type"

    autenti_keep_files = fields.Integer(
        string="Keep files (months)",
        help="After the signing has ended, for so many months the sent and the signed "
        "file are kept. 0: for ever. Their SHA-256 stay in the timeline.",
    )
    autenti_keep_callbacks = fields.Integer(
        string="Keep callbacks' bodies (months)",
        help="After the signing has ended, for so many months what Autenti posted is "
        "kept to the byte. 0: for ever. Its SHA-256 stays in the timeline.",
    )
    autenti_keep_contacts = fields.Integer(
        string="Keep signers' contact data (months)",
        help="After the signing has ended, for so many months the signers' e-mails and "
        "phone numbers are kept. 0: for ever. Their names stay.",
    )

    _autenti_keep_not_negative = models.Constraint(
        "CHECK (autenti_keep_files >= 0 AND autenti_keep_callbacks >= 0 "
        "AND autenti_keep_contacts >= 0)",
        "A period can't be negative. 0 keeps for ever.",
    )


class AutentiSigner(models.Model):
    _inherit = "autenti.signer"

    has_contact_data = fields.Boolean(
        compute="_compute_has_contact_data",
        search="_search_has_contact_data",
        export_string_translation=False,
    )

    @api.depends("actual_email", "email", "phone")
    def _compute_has_contact_data(self):
        for signer in self:
            signer.has_contact_data = (
                signer.email != FORGOTTEN or signer.phone or signer.actual_email
            )

    def _search_has_contact_data(self, operator, value):
        if operator != "in":
            return NotImplemented
        return (
            Domain("email", "!=", FORGOTTEN)
            | Domain("phone", "!=", False)
            | Domain("actual_email", "!=", False)
        )


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    @api.model
    def _find_due_to_forget(self):
        """Find what has been kept for as long as its type of contract says.

        :return: list of (what, autenti.request) with a key of `KEPT`
        """
        due = []
        with_period = Domain.OR([(f"autenti_keep_{what}", ">", 0)] for what in KEPT)
        for agreement_type in self.env["agreement.type"].sudo().search(with_period):
            for what, has_it in KEPT.items():
                if months := agreement_type[f"autenti_keep_{what}"]:
                    limit = fields.Datetime.now() - relativedelta(months=months)
                    # Managers see neither callbacks of strangers nor shared bodies
                    requests_sudo = self.sudo().search(
                        Domain("agreement_type_id", "=", agreement_type.id)
                        & Domain("state", "not in", OPEN_STATES)
                        & Domain("ended_date", "<", limit)
                        & has_it,
                        order="ended_date, id",
                    )
                    requests = requests_sudo.with_env(self.env)
                    due += [
                        (what, request) for request in requests._filtered_access("read")
                    ]
        return due

    @api.model
    def _cron_forget(self):
        cron = self.env["ir.cron"]
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
