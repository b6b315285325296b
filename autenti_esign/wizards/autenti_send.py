# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import hashlib
import re
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import email_normalize

from ..client import assumptions, const, pdf
from ..exceptions import pdf_message
from ..models.autenti_connection import ENVIRONMENTS, MODES
from ..models.autenti_request import LANGUAGES, TEST_MARK
from ..models.autenti_signer import SIGNATURE_TYPES


class AutentiSend(models.TransientModel):
    """Preview of what is sent for signature: the document, the people, the message."""

    _name = "autenti.send"
    _description = "Send for Signature with Autenti"

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
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id")
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
    signer_ids = fields.One2many("autenti.send.signer", "send_id", string="Signers")
    company_signer_name = fields.Char(string="Signs for our company", readonly=True)
    company_signer_email = fields.Char(string="E-mail of our signer", readonly=True)
    company_signer_phone = fields.Char(
        string="Phone of our signer", help="Gets the code by SMS."
    )

    # The document
    source = fields.Selection(
        [
            ("report", "Made by Odoo"),
            ("attachment", "Attached PDF"),
            ("upload", "PDF from this computer"),
        ],
        string="Document",
        required=True,
        default="report",
    )
    attachment_id = fields.Many2one(
        "ir.attachment",
        string="Attached PDF",
        domain="[('res_model', '=', res_model), ('res_id', '=', res_id),"
        " ('mimetype', '=', 'application/pdf'), ('autenti_request_id', '=', False)]",
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
    pdf_sha256 = fields.Char(compute="_compute_pdf", compute_sudo=False, store=True)
    pdf_problem = fields.Char(compute="_compute_pdf", compute_sudo=False, store=True)

    @api.depends("source", "attachment_id", "upload")
    def _compute_pdf(self):
        for send in self:
            content = send._get_content()
            send.pdf = base64.b64encode(content)
            send.pdf_sha256 = hashlib.sha256(content).hexdigest()
            send.pdf_problem = send._find_problem(content)

    def _get_content(self):
        # The browser asks for the sizes of files, not for the files
        send = self.with_context(bin_size=False)
        if self.source == "attachment":
            return send.attachment_id.raw or b""
        if self.source == "upload":
            return base64.b64decode(send.upload or b"")
        return self._get_record()._autenti_render_pdf()

    def _find_problem(self, content):
        try:
            pdf.check_sendable(content)
        except pdf.UnsendablePdf as error:
            return pdf_message(self.env, error)
        return False

    # === ACTION METHODS === #

    @api.model
    def _open_for(self, record):
        """Open the dialog for a record.

        :param record: record of a model with `autenti.sign.mixin`, checked already
        :return: action
        :raise UserError: the company or the user isn't ready to sign
        :raise RedirectWarning: the same, with the way to get ready
        """
        company = record._autenti_get_company()
        connection = self.env["autenti.connection"]._get_for_company(company)
        identity = connection._get_company_identity(self.env.user)
        connection._check_company_identity(identity)
        # Better told now than after the click on Send
        connection._check_login(identity)
        partner = record._autenti_get_partner()
        names = (identity["first_name"], identity["last_name"])
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
                "source": "report" if record._autenti_get_report() else "attachment",
                "signer_ids": [Command.create(self._prepare_client(partner))],
                "company_signer_name": " ".join(names),
                "company_signer_email": identity["email"],
                "company_signer_phone": identity["user"].phone,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign with Autenti"),
            "res_model": self._name,
            "res_id": send.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_send(self):
        """Make the request; the cron job sends it within a second."""
        self.ensure_one()
        record = self._get_record()
        record._autenti_check_signable()
        content = base64.b64decode(self.with_context(bin_size=False).pdf or b"")
        values = self._prepare_request(record)
        self._check_complete(content, values["signers"])
        signers = [Command.create(signer) for signer in values.pop("signers")]
        request_sudo = (
            self.env["autenti.request"].sudo().create({**values, "signer_ids": signers})
        )
        filename = self._mark(f"{self._get_file_stem()}.pdf")
        request_sudo._store_source(filename, content)
        request_sudo._schedule_now()
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    def _get_record(self):
        model = self.env[self.res_model]
        if "autenti_state" not in model._fields:
            raise UserError(self.env._("This can't be signed with Autenti."))
        return model.browse(self.res_id)

    def _get_file_stem(self):
        return re.sub(r'[\\/:*?"<>|\s]+', " ", self.name).strip()

    def _mark(self, title):
        """Mark what is sent in a test, for everybody who gets or finds it."""
        return title if self.environment == "production" else f"{TEST_MARK} {title}"

    @api.model
    def _get_language(self, partner):
        language = (partner.lang or self.env.user.lang or "pl")[:2]
        return language if language in dict(LANGUAGES) else "en"

    @api.model
    def _prepare_client(self, partner):
        """Propose who signs for the client: the contact itself, or their first one."""
        contact = partner
        if partner.is_company:
            people = partner.child_ids.filtered(lambda p: not p.is_company)
            contact = people.filtered("email")[:1] or people[:1] or partner
        return {
            "partner_id": contact.id,
            **self.env["autenti.send.signer"]._prepare_contact(contact),
        }

    def _check_complete(self, content, signers):
        """Raise unless everything can be sent, naming all that is missing.

        :param bytes content: the PDF
        :param list signers: values of the future autenti.signer records
        """
        problems = []
        if not self._get_file_stem():
            problems.append(self.env._("Enter a title."))
        if len(signers) < 2:
            problems.append(self.env._("Add the person who signs for the client."))
        for signer in signers:
            problems += self._find_signer_problems(signer)
        emails = Counter(signer["email"] for signer in signers if signer["email"])
        problems += [
            self.env._(
                "%s stands there more than once. Each signer needs an e-mail of their "
                "own.",
                email,
            )
            for email, count in emails.items()
            if count > 1
        ]
        if pdf_problem := self._find_problem(content):
            problems.append(pdf_problem)
        if problems:
            raise UserError("\n".join(problems))

    def _find_signer_problems(self, signer):
        names = (signer["first_name"], signer["last_name"])
        who = " ".join(filter(None, names)) or self.env._("A signer")
        problems = []
        if not all(names):
            problems.append(self.env._("%s: enter first name and last name.", who))
        if not signer["email"]:
            problems.append(self.env._("%s: enter a valid e-mail.", who))
        if self.signature_type == const.SIGNATURE_ADVANCED and not re.fullmatch(
            assumptions.PHONE_PATTERN, signer["phone"]
        ):
            problems.append(
                self.env._(
                    "%s: the advanced signature needs a mobile phone number, such as "
                    "+48 600 000 000.",
                    who,
                )
            )
        return problems

    def _prepare_request(self, record):
        """Prepare the request and, under `signers`, its signers.

        The company's side comes from the set-up, whatever the dialog holds.

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
        connection_sudo._check_company_identity(identity)
        signers = [signer._prepare_signer() for signer in self.signer_ids.sorted()]
        signers.append(self._prepare_company_signer(identity))
        for order, signer in enumerate(signers, start=1):
            signer["sequence"] = order
        return {
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
            "signers": signers,
        }

    def _prepare_company_signer(self, identity):
        return {
            "side": "company",
            "user_id": identity["user"].id,
            "partner_id": identity["user"].partner_id.id,
            "first_name": identity["first_name"],
            "last_name": identity["last_name"],
            "email": identity["email"],
            "note": identity["note"],
            "signature_type": self.signature_type,
            "phone": self._get_phone(self.company_signer_phone),
        }

    def _get_phone(self, phone):
        """Return a phone number in E.164 where the signature needs one, else False.

        Nine digits are a Polish number.
        """
        if self.signature_type != const.SIGNATURE_ADVANCED:
            return False
        phone = re.sub(r"[\s().-]", "", phone or "")
        phone = re.sub(r"^00", "+", phone)
        return f"+48{phone}" if re.fullmatch(r"\d{9}", phone) else phone


class AutentiSendSigner(models.TransientModel):
    """One person who signs for the client, in the send dialog."""

    _name = "autenti.send.signer"
    _description = "Signer in the Send Dialog"
    _order = "sequence, id"

    send_id = fields.Many2one("autenti.send", required=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    partner_id = fields.Many2one("res.partner", string="Contact")
    first_name = fields.Char()
    last_name = fields.Char()
    email = fields.Char(string="E-mail")
    phone = fields.Char(help="With the country code. Polish numbers can go without.")

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if self.partner_id:
            self.update(self._prepare_contact(self.partner_id))

    @api.model
    def _prepare_contact(self, contact):
        first, last = ("", "") if contact.is_company else contact._autenti_split_name()
        return {
            "first_name": first,
            "last_name": last,
            "email": contact.email,
            "phone": contact.phone,
        }

    def _prepare_signer(self):
        return {
            "side": "client",
            "partner_id": self.partner_id.id,
            "first_name": (self.first_name or "").strip(),
            "last_name": (self.last_name or "").strip(),
            "email": email_normalize(self.email),
            "signature_type": self.send_id.signature_type,
            "phone": self.send_id._get_phone(self.phone),
        }
