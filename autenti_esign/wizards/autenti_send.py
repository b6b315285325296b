# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import hashlib
import json
from collections import Counter
from datetime import datetime, time, timedelta, timezone

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from ..client import assumptions, const, enclosures, file_names, payload, pdf, phone
from ..client.file_names import is_blank
from ..emails import clean_email
from ..exceptions import pdf_message
from ..models.autenti_connection import ENVIRONMENTS, MODES
from ..models.autenti_request import LANGUAGES, TEST_MARK
from ..models.autenti_sign_checks import BLOCKING, WARNING, line
from ..models.autenti_signer import ROLES
from ..signature_types import SIGNATURE_TYPES

# Autenti has one language where Odoo has two
WRITTEN_NORWEGIAN = {"nb": "no", "nn": "no"}


def _clean_name(name):
    return "" if is_blank(name) else name.strip()


class AutentiSend(models.TransientModel):
    """Preview of what is sent for signature: the document, the people, the message."""

    _name = "autenti.send"
    _description = "Send for Signature with Autenti"
    _inherit = ["autenti.dialog"]

    res_model = fields.Char(required=True, readonly=True)
    # Not a reference: the client couldn't use it in the domain of the attachments
    res_id = fields.Integer(required=True, readonly=True)
    connection_id = fields.Many2one(
        "autenti.connection", required=True, readonly=True, ondelete="cascade"
    )
    # As they were when the dialog was opened: what it said must be true when it sends
    mode = fields.Selection(MODES, readonly=True)
    environment = fields.Selection(ENVIRONMENTS, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", related_sudo=False
    )
    name = fields.Char(
        string="Title", required=True, help="What the signers see in Autenti's mail."
    )
    message = fields.Text(help="What the signers read in Autenti's mail.")
    language = fields.Selection(
        LANGUAGES,
        required=True,
        help="Language in which Autenti writes to the signers.",
    )
    signature_type = fields.Selection(
        SIGNATURE_TYPES,
        string="Signature",
        required=True,
        default="BASIC",
        help="Basic: Autenti's electronic signature, confirmed by e-mail.\n"
        "Advanced: with a check of the signer's identity and a code by SMS.\n"
        "Qualified: equal to a handwritten signature; each signer needs a qualified "
        "certificate.",
    )
    sms_code = fields.Boolean(
        string="Code by SMS",
        compute="_compute_sms_code",
        store=True,
        readonly=False,
        help="Who signs for the client confirms it with a code that Autenti sends to "
        "their phone. Part of the advanced signature anyway.",
    )
    signer_ids = fields.One2many("autenti.send.signer", "send_id", string="People")
    company_signer_name = fields.Char(string="Signs for our company", readonly=True)
    company_signer_email = fields.Char(string="E-mail of our signer", readonly=True)
    company_signer_phone = fields.Char(
        string="Phone of our signer",
        help="Gets the code by SMS. That of a representative is entered in the "
        "connection to Autenti.",
    )
    has_representatives = fields.Boolean(
        compute="_compute_has_representatives", export_string_translation=False
    )
    is_representation_joint = fields.Boolean(
        related="connection_id.is_representation_joint", related_sudo=False
    )
    second_representative_id = fields.Many2one(
        "autenti.representative",
        string="Signs jointly",
        ondelete="set null",
        domain="[('connection_id', '=', connection_id)]",
        help="Signs for our company as well, after the first one.",
    )
    second_representative_phone = fields.Char(
        string="Phone of the second one",
        compute="_compute_second_representative_phone",
        help="Gets the code by SMS. It is entered in the connection to Autenti.",
    )
    service_problem = fields.Text(
        related="connection_id.service_problem",
        related_sudo=True,
        export_string_translation=False,
    )
    checklist = fields.Json(compute="_compute_checklist", compute_sudo=False)
    is_blocked = fields.Boolean(compute="_compute_checklist", compute_sudo=False)

    # The document
    source = fields.Selection(
        [
            ("report", "Made by Odoo"),
            ("attachment", "Attached PDF"),
            ("upload", "PDF from this computer"),
            # When a request is corrected
            ("sent", "The file that was sent"),
        ],
        string="Document",
        required=True,
        default="report",
    )
    attachment_id = fields.Many2one(
        "ir.attachment",
        string="Attached PDF",
        domain="[('id', 'in', pdf_attachment_ids)]",
    )
    # Not by what they claim to be: another program may call them what it likes
    pdf_attachment_ids = fields.Many2many(
        "ir.attachment",
        compute="_compute_pdf_attachment_ids",
        compute_sudo=False,
        export_string_translation=False,
    )
    upload = fields.Binary(string="File", attachment=False)
    upload_name = fields.Char()
    # Not in sudo: the file is what this user may read
    pdf = fields.Binary(
        string="What is signed",
        compute="_compute_pdf",
        compute_sudo=False,
        store=True,
        readonly=True,
    )
    # In a form, empty as long as the file is older than what the form holds
    pdf_sha256 = fields.Char(compute="_compute_pdf", compute_sudo=False, store=True)
    pdf_problem = fields.Char(compute="_compute_pdf", compute_sudo=False, store=True)
    pdf_key = fields.Char(
        compute="_compute_pdf",
        compute_sudo=False,
        store=True,
        export_string_translation=False,
        help="What the file was made of, as `_get_document_key` returns it.",
    )

    # What goes along
    file_ids = fields.One2many("autenti.send.file", "send_id", string="Enclosures")

    # How long the signers have, and how often they are reminded
    remind_days = fields.Integer(
        string="Remind every (days)",
        compute="_compute_waiting",
        store=True,
        readonly=False,
        help="Days between two reminders that Autenti sends by itself to those whose "
        "turn it is; 0 for none.",
    )
    expiry_date = fields.Date(
        string="Sign by",
        compute="_compute_waiting",
        store=True,
        readonly=False,
        help="The last day to sign. What isn't signed by then is withdrawn at Autenti. "
        "Leave it empty to set no end.",
    )

    # What is sent again, corrected
    replaces_id = fields.Many2one(
        "autenti.request", string="Sent in place of", readonly=True
    )
    lost_names = fields.Char(
        compute="_compute_lost_names", export_string_translation=False
    )

    @api.onchange("language")
    def _onchange_language(self):
        """Propose the message in another language; what somebody wrote stays."""
        proposed = self._propose_messages()
        if (self.message or "") in proposed.values():
            self.message = proposed.get(self.language, self.message)

    @api.depends("signature_type")
    def _compute_sms_code(self):
        for send in self:
            # The advanced one brings its own code, the qualified one takes none
            is_possible = send.signature_type == const.SIGNATURE_BASIC
            send.sms_code = is_possible and send.sms_code

    @api.depends("res_model", "res_id")
    def _compute_pdf_attachment_ids(self):
        for send in self:
            send.pdf_attachment_ids = self.env["ir.attachment"]._autenti_find_pdfs(
                send.res_model, send.res_id
            )

    @api.depends("connection_id", "mode")
    def _compute_has_representatives(self):
        for send in self:
            people = send.connection_id.representative_ids
            send.has_representatives = send.mode == "representative" and people

    @api.depends("second_representative_id")
    def _compute_second_representative_phone(self):
        for send in self:
            second_sudo = send._find_second_representative()
            send.second_representative_phone = (
                second_sudo and second_sudo._get_identity()["phone"]
            )

    @api.depends(
        "company_signer_phone",
        "expiry_date",
        "file_ids.file",
        "file_ids.name",
        "message",
        "name",
        "pdf_problem",
        "pdf_sha256",
        "second_representative_id",
        "second_representative_phone",
        "signature_type",
        "signer_ids.email",
        "signer_ids.first_name",
        "signer_ids.last_name",
        "signer_ids.partner_id",
        "signer_ids.phone",
        "signer_ids.role",
        "sms_code",
        "source",
    )
    def _compute_checklist(self):
        for send in self:
            send.checklist = send._get_checklist(send.pdf_problem)
            send.is_blocked = any(each["level"] == BLOCKING for each in send.checklist)

    @api.depends("connection_id")
    def _compute_waiting(self):
        today = self.env["res.users"]._autenti_get_today()
        for send in self:
            rules = send._get_record()._autenti_get_waiting_rules(send.connection_id)
            send.remind_days = rules.remind_days
            send.expiry_date = rules.expiry_days and (
                today + timedelta(days=rules.expiry_days)
            )

    @api.depends("replaces_id")
    def _compute_lost_names(self):
        for send in self:
            signed = send.replaces_id.signer_ids.filtered(
                lambda s: s.status in ("signed", "approved")
            )
            send.lost_names = ", ".join(signed.mapped("actor_name"))

    @api.depends(
        "attachment_id",
        "connection_id",
        "file_ids.name",
        "file_ids.sequence",
        "res_id",
        "res_model",
        "second_representative_id",
        "signer_ids.first_name",
        "signer_ids.last_name",
        "signer_ids.partner_id",
        "signer_ids.role",
        "signer_ids.sequence",
        "source",
        "upload",
    )
    def _compute_pdf(self):
        for send in self:
            if not send.id:
                send._compute_pdf_of_form()
            elif send.pdf_key != send._get_document_key():
                send._make_pdf()

    def _compute_pdf_of_form(self):
        """Tell whether the file is still the one of a form that isn't saved.

        Making one takes long: the browser asks for it, see `action_preview`.
        """
        # The browser shows the size of a file, and asks for it by itself
        made = self._origin.with_context(bin_size=True)
        is_same = bool(made.pdf_key) and made.pdf_key == self._get_document_key()
        self.pdf = made.pdf
        self.pdf_key = made.pdf_key
        self.pdf_sha256 = is_same and made.pdf_sha256
        self.pdf_problem = is_same and made.pdf_problem

    def _make_pdf(self):
        content, problem = b"", False
        try:
            content = self._get_content()
        except AccessError:
            raise
        except UserError as error:
            problem = str(error)
        self.pdf = base64.b64encode(content)
        self.pdf_sha256 = hashlib.sha256(content).hexdigest()
        self.pdf_problem = problem or self._find_problem(content)
        # Not before: making it can fill in the record's text
        self.pdf_key = self._get_document_key()

    def _get_content(self):
        # The browser asks for the sizes of files, not for the files
        send = self.with_context(bin_size=False)
        if self.source == "attachment":
            return send.attachment_id.raw or b""
        if self.source == "upload":
            return base64.b64decode(send.upload or b"")
        if self.source == "sent":
            self.replaces_id.check_access("read")
            return self.replaces_id.sudo().source_attachment_id.raw or b""
        return self._get_record_to_render()._autenti_render_pdf()

    def _get_document_key(self):
        """Return a digest of all that the document is made of.

        While it is the same, so is the document: one that was shown needn't be made
        again to be sent, and what was shown under another one is not what is sent.
        """
        send = self.with_context(bin_size=False)
        made_of = [self.res_model, self.res_id, self.source]
        if self.source == "attachment":
            attachment = self.attachment_id._origin
            made_of += [attachment.id, attachment.checksum]
        elif self.source == "upload":
            made_of.append(hashlib.sha256(send.upload or b"").hexdigest())
        elif self.source == "sent":
            made_of.append(self.replaces_id._origin.id)
        else:
            made_of += [
                self._prepare_document_context(),
                self._get_record()._autenti_get_shown_values(),
                self._get_our_names(),
                [self.partner_id.lang, self.env.user.lang],
                str(self.env["res.users"]._autenti_get_today()),
            ]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

    def _get_our_names(self):
        identities = self.connection_id.sudo()._get_company_identities(
            self.env.user, self._find_second_representative()
        )
        return [
            [each[key] or "" for key in ("first_name", "last_name", "note")]
            for each in identities
        ]

    def _get_record_to_render(self):
        """Return the record with what the dialog holds that its document may show."""
        return self._get_record().with_context(**self._prepare_document_context())

    def _prepare_document_context(self):
        """Prepare what the document gets of the dialog: all, and as JSON has it."""
        second = self.second_representative_id._origin
        return {
            "autenti_second_representative_id": second.id,
            "autenti_client_people": [
                [person._join_names(), person.partner_id.function or ""]
                for person in self.signer_ids.sorted()
                if person.role == const.ROLE_SIGNER and person._join_names()
            ],
            "autenti_enclosure_names": [
                file.name for file in self.file_ids.sorted() if not is_blank(file.name)
            ],
        }

    def _find_problem(self, content):
        try:
            pdf.check_sendable(content)
        except pdf.UnsendablePdf as error:
            return pdf_message(self.env, error)
        return False

    # === CRUD === #

    def write(self, vals):
        """Override to make the document once, of all that is written together."""
        document = self._get_document_fields()
        with self.env.protecting(document, self):
            result = super().write(vals)
        if {field.name for field in document}.isdisjoint(vals):
            self._recompute_pdf()
        return result

    def _get_document_fields(self):
        return self.pool.field_computed[self._fields["pdf"]]

    # === ACTION METHODS === #

    @api.model
    def _open_for(self, record):
        """Open the dialog for a record.

        :param record: record of a model with `autenti.sign.mixin`, checked already
        :return: action
        :raise UserError: the company or the user isn't ready to sign
        :raise RedirectWarning: the same, with the way to get ready
        """
        return self._make_for(record)._get_action()

    @api.model
    def _open_correction(self, request):
        """Open the dialog with the people and the file of a request.

        :param request: autenti.request of the current user
        :return: action
        """
        action = self._open_for(request._get_record())
        send = self.browse(action["res_id"])
        send.write(send._prepare_correction(request))
        return {**action, "name": self.env._("Correct and Send Again")}

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign with Autenti"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.model
    def _make_for(self, record):
        """Fill the dialog in for a record, as it's proposed to the current user.

        :return: the autenti.send; `_get_checklist` tells whether it can be sent
        :raise UserError: the company has no connection
        :raise RedirectWarning: the same, with the way to make one
        """
        company = record._autenti_get_company()
        connection = self.env["autenti.connection"]._get_for_company(company)
        identity = connection._get_company_identity(self.env.user)
        # Better told now than after the click on Send
        connection._renew_login(identity)
        partner = record._autenti_get_partner()
        someone = [self.env["autenti.send.signer"]._prepare_contact(partner)]
        send = self.create(
            {
                "res_model": record._name,
                "res_id": record.id,
                "connection_id": connection.id,
                "mode": connection.mode,
                "environment": connection.environment,
                "partner_id": partner.id,
                "name": record._autenti_get_title(),
                "language": self._get_language(partner),
                "signature_type": record._autenti_get_signature_type(),
                "message": record._autenti_get_message(),
                "source": record._autenti_get_source(),
                "signer_ids": list(
                    map(Command.create, record._autenti_prepare_people() or someone)
                ),
                "company_signer_name": self._join_names(identity),
                "company_signer_email": identity["email"],
                "company_signer_phone": identity["phone"],
                "second_representative_id": connection._get_second_representative().id,
            }
        )
        send.file_ids = [
            Command.create({"sequence": sequence, "name": name, "file": content})
            for sequence, (name, content) in enumerate(
                record._autenti_get_enclosures(), start=1
            )
        ]
        if send.source == "attachment":
            send.attachment_id = send.pdf_attachment_ids.sorted("id")[-1:]
        return send

    def action_preview(self, changes):
        """Make the document of a form that isn't saved, and keep it for sending.

        :param dict changes: what `write` would get from the form
        :return: what the form shows of it: ``{"pdf", "pdf_sha256", "pdf_problem"}``,
            of the file its size alone, as forms have it
        """
        self.ensure_one()
        self.check_access("write")
        paths = self.pool.field_depends[self._fields["pdf"]]
        shown = {path.split(".")[0] for path in paths}
        names = [field.name for field in self._get_document_fields()]
        with self.env.cr.savepoint() as savepoint:
            # What else the form holds may be unfinished yet
            self.write({name: changes[name] for name in shown.intersection(changes)})
            made = {name: self.with_context(bin_size=False)[name] for name in names}
            savepoint.rollback()
        self.sudo().write(made)
        [shown] = self.with_context(bin_size=True).read(
            ["pdf", "pdf_sha256", "pdf_problem"], load=None
        )
        del shown["id"]
        return shown

    def action_send(self):
        """Make the request; the cron job sends it within a second.

        From the form, what it shows is sent or nothing: the browser tells the SHA-256
        of what it has drawn in the context, under `autenti_shown_sha256`.
        """
        self.ensure_one()
        if self.source == "report":
            self._get_record()._autenti_refresh_text()
        if self.pdf_key != self._get_document_key():
            # What it shows has changed meanwhile
            self._remake_pdf()
        shown_sha256 = self.env.context.get("autenti_shown_sha256", self.pdf_sha256)
        if shown_sha256 != self.pdf_sha256:
            return self._show_again()
        self._submit()
        return {"type": "ir.actions.client", "tag": "autenti_sent"}

    def _show_again(self):
        """Open the dialog with the document as it is now, instead of sending it."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Nothing was sent"),
                "message": self.env._(
                    "The document was changed after its preview was made. Look at the "
                    "new preview, then send it."
                ),
                "next": self._get_action(),
            },
        }

    def _submit(self):
        if self.replaces_id:
            self._submit_correction()
        else:
            self._submit_new()

    def _submit_new(self):
        record = self._get_record()
        record._autenti_check_signable()
        content = base64.b64decode(self.with_context(bin_size=False).pdf or b"")
        values = self._prepare_request(record)
        self._check_complete(content)
        signers = [Command.create(signer) for signer in values.pop("signers")]
        request_sudo = (
            self.env["autenti.request"].sudo().create({**values, "signer_ids": signers})
        )
        request_sudo._store_source(self._get_file_name(record), content)
        request_sudo._store_enclosures(self._get_enclosures())
        request_sudo._schedule_now()
        self.connection_id._note_use()

    def _submit_correction(self):
        """Make the request in place of another one, which is withdrawn.

        Autenti is asked last, when nothing else can go wrong any more; a refusal
        undoes everything here.
        """
        self.replaces_id._check_may_correct()
        if self.replaces_id != self._get_record()._autenti_get_request():
            raise UserError(self.env._("This isn't a correction of that document."))
        replaced_sudo = self.replaces_id.sudo()
        is_out = replaced_sudo._end_for_correction()
        self._submit_new()
        self._get_record()._autenti_get_request().replaces_id = replaced_sudo
        if is_out and not replaced_sudo._ask(replaced_sudo._try_to_withdraw):
            raise UserError(
                self.env._(
                    "Autenti didn't tell whether it has withdrawn the first document, "
                    "so nothing new was sent. Try again in a minute: Odoo finds out."
                )
            )

    def action_take_over(self, partner_id):
        """Take over what was mended elsewhere, and make the document anew.

        Where nobody was named, a contact of the client's may have been entered.

        :param int partner_id: id of the res.partner that was corrected, if it was one
        """
        self.ensure_one()
        self._remake_pdf()
        people = self._get_record()._autenti_prepare_people()
        if people and not any(each._join_names() for each in self.signer_ids):
            self.signer_ids = [Command.clear(), *map(Command.create, people)]
        for person in self.signer_ids:
            # A company has no name of a person's, which may have been entered here
            is_entered = person.partner_id.is_company and person._join_names()
            if person.partner_id.id == partner_id and not is_entered:
                person.write(person._prepare_contact(person.partner_id))

    # === BUSINESS METHODS === #

    def _autenti_check_named(self, vals):
        """Override: the record of the dialog is named in a way of its own."""
        for send in self or [self]:
            model = vals.get("res_model", send.res_model)
            record_id = vals.get("res_id", send.res_id)
            if model and record_id:
                record = send._browse_signable(model, record_id)
                send._check_second_representative(vals, record)
        return super()._autenti_check_named(vals)

    def _remake_pdf(self):
        # In sudo: nobody else writes what only Odoo makes
        self.sudo().pdf_key = False
        self._recompute_pdf()

    def _recompute_pdf(self):
        for field in self._get_document_fields():
            self.env.add_to_compute(field, self)

    def _get_record(self):
        """Return what is to be signed, which is checked before any of it is read.

        :raise AccessError: the user may not read it
        """
        record = self._browse_signable(self.res_model, self.res_id)
        # It may be out through what is replaced
        return record.with_context(autenti_replaces_id=self.replaces_id.id)

    @api.model
    def _browse_signable(self, model, record_id):
        signable = self.env.registry["autenti.sign.mixin"]
        if not isinstance(self.env.get(model), signable):
            raise UserError(self.env._("This can't be signed with Autenti."))
        record = self.env[model].browse(record_id)
        # Some fields are computed in sudo
        record.sudo(False).check_access("read")
        return record

    @api.model
    def _get_representatives(self, record):
        """Return who may sign jointly for the company of a record, in sudo."""
        connections = self.env["autenti.connection"]
        company = record._autenti_get_company()
        return connections._find_for_company(company).representative_ids

    def _find_second_representative(self):
        """Return who signs jointly, in sudo, maybe nobody: of the record's company."""
        chosen_sudo = self.second_representative_id._origin.sudo()
        return chosen_sudo and chosen_sudo & self._get_representatives(
            self._get_record()
        )

    def _check_second_representative(self, vals, record):
        second_id = vals.get("second_representative_id")
        if second_id and second_id not in self._get_representatives(record).ids:
            raise ValidationError(
                self.env._("Who signs jointly must represent the same company.")
            )

    def _get_file_name(self, record):
        name = record._autenti_get_file_name() or self.name
        name = "" if is_blank(name) else name
        name = file_names.clean(name, fallback=str(record.id))
        return file_names.clean(self._mark(f"{name}.pdf"))

    def _mark(self, title):
        """Mark what is sent in a test, for everybody who gets or finds it."""
        return title if self.environment == "production" else f"{TEST_MARK} {title}"

    @api.model
    def _unmark(self, title):
        return title.removeprefix(f"{TEST_MARK} ")

    @api.model
    def _get_language(self, partner):
        locale = partner.lang or partner.commercial_partner_id.lang
        return self._read_locale(locale or self.env.user.lang or "pl") or "en"

    @api.model
    def _read_locale(self, locale):
        """Return Autenti's code of one of Odoo's languages, None where it has none."""
        code = locale.split("_")[0]
        language = WRITTEN_NORWEGIAN.get(code, code)
        return language if language in dict(LANGUAGES) else None

    def _propose_messages(self):
        """Return the record's message in each language that Odoo has: code -> text."""
        locales = [code for code, _name in self.env["res.lang"].get_installed()]
        # Of two for one country's language, the client's
        locales.sort(key=lambda locale: locale == self.partner_id.lang)
        record = self._get_record()
        return {
            self._read_locale(locale): record._autenti_get_message(locale) or ""
            for locale in locales
        }

    @api.model
    def _join_names(self, identity):
        names = (identity["first_name"], identity["last_name"])
        return " ".join(filter(None, names))

    def _get_checklist(self, pdf_problem):
        """Check all that the dialog would send.

        :param str pdf_problem: what is wrong with the file, maybe empty
        :return: lines, see `models.autenti_sign_checks.line`
        """
        self.ensure_one()
        lines = self._get_record()._autenti_check(
            self._prepare_signers(),
            second=self._find_second_representative(),
            sms_code=self.sms_code,
            file_problems=self._find_file_problems(pdf_problem),
        )
        if self.source == "report":
            lines += self._get_record_to_render()._autenti_check_document()
        if self.sms_code or self.signature_type == const.SIGNATURE_ADVANCED:
            lines += filter(
                None, (each._find_phone_doubt() for each in self.signer_ids)
            )
        lines += self._check_texts()
        if self.expiry_date and self._get_expiry_moment() <= fields.Datetime.now():
            text = self.env._("“Sign by” has passed. Choose a later day, or none.")
            lines.append(line(BLOCKING, text))
        lines += self._check_contacts_again()
        return lines

    def _check_texts(self):
        if is_blank(self.name):
            yield line(BLOCKING, self.env._("Enter a title."))
        elif len(self._mark(self.name)) > payload.MAX_TITLE:
            message = self.env._("The title is too long for Autenti. Shorten it.")
            yield line(BLOCKING, message)
        if len(self.message or "") > payload.MAX_MESSAGE:
            message = self.env._(
                "The message is too long for Autenti. Shorten it to %s characters.",
                payload.MAX_MESSAGE,
            )
            yield line(BLOCKING, message)

    def _check_complete(self, content):
        """Raise unless everything can be sent, naming all that is missing.

        :param bytes content: the PDF
        """
        problems = [
            each["text"]
            for each in self._get_checklist(
                self.pdf_problem or self._find_problem(content)
            )
            if each["level"] == BLOCKING
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _prepare_request(self, record):
        """Prepare the request and, under `signers`, its signers.

        The company's side comes from the set-up, whatever the dialog holds. What the
        document shows of the record is remembered.

        :raise UserError: the set-up has changed since the dialog was opened
        """
        company = record._autenti_get_company()
        connection_sudo = self.env["autenti.connection"]._get_for_company(company)
        if (connection_sudo, connection_sudo.mode, connection_sudo.environment) != (
            self.connection_id.sudo(),
            self.mode,
            self.environment,
        ):
            raise UserError(
                self.env._(
                    "The connection to Autenti was changed meanwhile. Close the dialog "
                    "and open it again."
                )
            )
        identity = connection_sudo._get_company_identity(self.env.user)
        values = {
            "name": self._mark(self.name),
            "res_model": record._name,
            "res_id": record.id,
            "partner_id": record._autenti_get_partner().id,
            "company_id": company.id,
            "connection_id": connection_sudo.id,
            "user_id": self.env.uid,
            "mode": self.mode,
            "environment": self.environment,
            "message": self.message,
            "language": self.language,
            "sender_email": identity["email"],
            "sender_subject": identity["subject"],
            "signers": self._prepare_signers(),
            "remind_days": max(0, self.remind_days),
            "expires_at": self.expiry_date and self._get_expiry_moment(),
        }
        if self.source == "report":
            values["shown_values"] = record._autenti_get_shown_values()
        elif self.pdf_sha256 == self.replaces_id.sudo().source_sha256:
            values["shown_values"] = self.replaces_id.sudo().shown_values
        return values

    def _get_expiry_moment(self):
        """Return the end of the last day, where the user is: a naive UTC datetime."""
        end = datetime.combine(self.expiry_date, time.max.replace(microsecond=0))
        time_zone = self.env.context.get("tz")
        time_zone = pytz.timezone(time_zone or self.env.user._autenti_get_time_zone())
        moment = time_zone.localize(end).astimezone(timezone.utc)
        return moment.replace(tzinfo=None)

    def _prepare_signers(self):
        """Prepare all people: the client's in their order, then ours, then readers.

        :return: list of values of autenti.signer
        """
        company = self._get_record()._autenti_get_company()
        connection_sudo = self.env["autenti.connection"]._get_for_company(company)
        people = [
            person._prepare_signer(self.signature_type, self.sms_code)
            for person in self.signer_ids.sorted()
        ]
        signers = [
            *(person for person in people if person["role"] in const.ORDERED_ROLES),
            *self._prepare_company_signers(connection_sudo),
            *(person for person in people if person["role"] == const.ROLE_VIEWER),
        ]
        for order, signer in enumerate(signers, start=1):
            signer["sequence"] = order
        return signers

    def _prepare_company_signers(self, connection):
        first, *others = connection._get_company_identities(
            self.env.user, self._find_second_representative()
        )
        if connection.mode == "individual":
            # Who sends it signs it, and knows their phone
            first["phone"] = self.company_signer_phone
        return connection._prepare_company_signers(
            [first, *others], self.signature_type
        )

    # === ENCLOSURES === #

    def _get_enclosures(self):
        """Return what goes along, in order.

        :return: triples of file name, MIME type and bytes
        """
        files = []
        for file in self.file_ids.sorted("sequence"):
            content, mimetype = enclosures.make_sendable(file._get_content())
            name = self._mark(file.name)
            sent_name = enclosures.name_sendable(name, mimetype)
            if sent_name in (other for other, _mimetype, _content in files):
                # A picture beside a PDF of the same name
                sent_name = f"{name}{enclosures.get_extension(mimetype)}"
            files.append((file_names.clean(sent_name), mimetype, content))
        return files

    def _find_file_problems(self, pdf_problem):
        """Return what is wrong with the files, None while there is no PDF yet."""
        problems = [*filter(None, [pdf_problem]), *self._find_enclosure_problems()]
        return problems if problems or self.pdf_sha256 else None

    def _find_enclosure_problems(self):
        found = (file._find_problem() for file in self.file_ids)
        problems = list(dict.fromkeys(filter(None, found)))
        named = filter(None, self.file_ids.mapped("name"))
        names = Counter(map(file_names.clean, named))
        problems += [
            self.env._("%s stands there more than once.", name)
            for name, count in names.items()
            if count > 1
        ]
        document = self._origin.with_context(bin_size=False).pdf or b""
        total = len(document) * 3 // 4 + sum(
            len(file._get_content()) for file in self.file_ids
        )
        if total > assumptions.MAX_PROCESS_BYTES:
            problems.append(
                self.env._(
                    "All files together are larger than the %s MB that Autenti takes. "
                    "Make them smaller, or send fewer.",
                    assumptions.MAX_PROCESS_BYTES // 10**6,
                )
            )
        return problems

    # === SENDING AGAIN === #

    def _prepare_correction(self, request):
        # Our own signers are those of today
        people = request.signer_ids.filtered(
            lambda s: (
                s.deviation != "added"
                and (s.side == "client" or s.role != const.ROLE_SIGNER)
            )
        )
        signing = people.filtered(lambda s: s.role == const.ROLE_SIGNER)
        files = [
            Command.create(
                {
                    "sequence": file.sequence,
                    "name": self._unmark(file.name),
                    "file": base64.b64encode(file.attachment_id.raw or b""),
                }
            )
            for file in request.sudo().file_ids
        ]
        return {
            "replaces_id": request.id,
            "name": self._unmark(request.name),
            "message": request.message,
            "language": request.language,
            "signature_type": signing[:1].signature_type,
            "sms_code": any(signing.mapped("phone")),
            "remind_days": request.remind_days,
            "signer_ids": [
                Command.clear(),
                *(Command.create(self._prepare_again(signer)) for signer in people),
            ],
            "source": "sent",
            "file_ids": [Command.clear(), *files],
        }

    @api.model
    def _prepare_again(self, signer):
        contact = signer.partner_id
        values = {
            "sequence": signer.sequence,
            "role": signer.role,
            "partner_id": contact.id,
            "first_name": signer.first_name,
            "last_name": signer.last_name,
            "email": signer.email,
            "phone": signer.phone or contact.phone,
        }
        # What was entered in the dialog alone counts until the contact is changed
        if contact and contact.write_date >= signer.request_id.create_date:
            values |= self._find_news_of_contact(signer)
        return values

    @api.model
    def _find_news_of_contact(self, signer):
        """Return what a signer's contact has now, where it isn't what was sent.

        :return: name of the field -> value
        """
        contact = signer.partner_id
        if not contact.active:  # gone, or forgotten
            return {}
        now = self.env["autenti.send.signer"]._prepare_contact(contact)
        clean = {
            "first_name": now["first_name"],
            "last_name": now["last_name"],
            "email": clean_email(now["email"]),
            "phone": contact._autenti_read_phone(now["phone"], self.env.company),
        }
        return {
            name: now[name]
            for name, value in clean.items()
            if value and signer[name] and value != signer[name]
        }

    def _check_contacts_again(self):
        """Tell of each contact that has something else than what was sent before."""
        for signer in self.replaces_id.signer_ids:
            if signer.side == "company" and signer.role == const.ROLE_SIGNER:
                continue
            if deviation := signer._describe_deviation():
                yield line(WARNING, deviation)
            if news := self._find_news_of_contact(signer):
                yield line(
                    WARNING,
                    self.env._(
                        "%(who)s: it was sent to %(before)s; the contact now has "
                        "%(now)s. Check which is right.",
                        who=signer.name,
                        before=", ".join(signer[name] for name in news),
                        now=", ".join(news.values()),
                    ),
                )


class AutentiSendSigner(models.TransientModel):
    """One person who signs for the client, approves or gets a copy."""

    _name = "autenti.send.signer"
    _description = "Person in the Send Dialog"
    _inherit = ["autenti.dialog"]
    _order = "sequence, id"

    send_id = fields.Many2one("autenti.send", required=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    role = fields.Selection(ROLES, required=True, default=const.ROLE_SIGNER)
    partner_id = fields.Many2one("res.partner", string="Contact")
    first_name = fields.Char()
    last_name = fields.Char()
    email = fields.Char(string="E-mail")
    phone = fields.Char(
        help="With the country code. It can be left out where the contact has a "
        "country."
    )

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if self.partner_id:
            self.update(self._prepare_contact(self.partner_id))

    @api.model
    def _prepare_contact(self, contact):
        first, last = contact._autenti_get_names() if contact else ("", "")
        users_sudo = contact.sudo().user_ids.filtered(lambda user: not user.share)
        if user_sudo := users_sudo[:1]:
            identity = user_sudo._autenti_get_identity()
            return {
                "partner_id": contact.id,
                "first_name": identity["first_name"],
                "last_name": identity["last_name"],
                "email": identity["email"],
                "phone": contact.phone,
            }
        return {
            "partner_id": contact.id,
            "first_name": first,
            "last_name": last,
            "email": contact.email,
            "phone": contact.phone,
        }

    def _signs(self):
        return self.role == const.ROLE_SIGNER

    def _join_names(self):
        names = map(_clean_name, (self.first_name, self.last_name))
        return " ".join(filter(None, names))

    def _prepare_signer(self, signature_type, sms_code=False):
        """Prepare the values of an autenti.signer, but for `sequence`.

        :param str signature_type: of those who sign
        :param bool sms_code: they sign with a code by SMS
        """
        signs = self._signs()
        gets_code = sms_code or signature_type == const.SIGNATURE_ADVANCED
        return {
            "side": "client" if signs else self._get_side(),
            "role": self.role,
            "partner_id": not self._is_other_than_contact() and self.partner_id.id,
            "user_id": not signs and self._get_user().id,
            "first_name": _clean_name(self.first_name),
            "last_name": _clean_name(self.last_name),
            "email": clean_email(self.email),
            "signature_type": signs and signature_type,
            "phone": signs and gets_code and self._read_phone(),
        }

    def _get_phone_owner(self):
        # Somebody who was typed in belongs to the client
        return self.partner_id or self.send_id.partner_id

    def _read_phone(self):
        owner = self._get_phone_owner()
        return owner._autenti_read_phone(self.phone, self.env.company)

    def _find_phone_doubt(self):
        """Ask about a number that may be of another country.

        :return: line of the checklist, None when there is no doubt
        """
        number = self._read_phone()
        country = self._get_phone_owner()._autenti_get_phone_country()
        is_clear = country or not phone.is_national(self.phone)
        if self.role != const.ROLE_SIGNER or not number or is_clear:
            return None
        text = self.env._(
            "%(who)s: is %(number)s right? The country of the contact isn't known. "
            "Enter it, or the number with its country code.",
            who=self._join_names() or self.email,
            number=number,
        )
        record = self.send_id._get_record()
        return line(WARNING, text, record._autenti_lead_to_person(self.partner_id))

    def _is_other_than_contact(self):
        """Tell if who has a login was picked, and somebody else entered in their place.

        A colleague would sign in another's name, a client on the portal another's part.
        """
        users_sudo = self.partner_id.sudo().with_context(active_test=False).user_ids
        email = clean_email(self.email)
        return bool(email and users_sudo) and not any(
            email in user._autenti_get_emails()
            or user._autenti_is_called(self.first_name, self.last_name)
            for user in users_sudo
        )

    def _get_user(self):
        """Return the res.users of a colleague of ours, maybe empty.

        It's who has the e-mail: whoever else was picked, they can't act as that one.
        """
        email = clean_email(self.email)
        users_sudo = self.env["res.users"]._autenti_find_by_email(email)
        group = "autenti_esign.autenti_esign_group_user"
        return users_sudo.filtered(lambda user: user.has_group(group))[:1]

    def _get_side(self):
        company = self.send_id._get_record()._autenti_get_company()
        ours = self.partner_id.commercial_partner_id == company.partner_id
        return "company" if ours or self._get_user() else "client"
