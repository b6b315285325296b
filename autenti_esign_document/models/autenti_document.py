# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from odoo.addons.autenti_esign.client import const, enclosures, file_names, pdf
from odoo.addons.autenti_esign.emails import get_email_forms
from odoo.addons.autenti_esign.exceptions import enclosure_message
from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES
from odoo.addons.autenti_esign.models.autenti_sign_checks import BLOCKING, WARNING, line

FILE_FIELDS = ("attachment_id", "enclosure_ids")
TURN = "autenti_esign.mail_activity_type_sign"
# Of those who have one e-mail, as many are named
MAX_NAMED = 3
# What was never sent isn't kept longer
DRAFT_DAYS = 7
# One that can still be signed, or sent
CURRENT = Domain("autenti_state", "in", OPEN_STATES) | Domain(
    "active", "=", True
) & Domain("autenti_state", "!=", "signed")


class AutentiDocument(models.Model):
    """A file of its own, which is signed without a contract around it.

    Or what is to be signed of a record of a model that knows nothing of Autenti: its
    source. What is signed, by whom and in whose name is then read from that by its
    `autenti.sign.rule`, and it hears what becomes of it. Who may read the record may
    read the document; who may change it may send the document.
    """

    _name = "autenti.document"
    _description = "Document for Autenti"
    _inherit = ["mail.thread", "mail.activity.mixin", "autenti.sign.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Title",
        required=True,
        tracking=True,
        help="What the signers see in Autenti's mail.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        index="btree_not_null",
        tracking=True,
        check_company=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        copy=False,
        index="btree_not_null",
        tracking=True,
        default=lambda self: self.env.user,
        check_company=True,
        domain="[('share', '=', False), ('company_ids', '=', company_id)]",
    )
    tag_ids = fields.Many2many("autenti.document.tag", string="Tags")
    # Its own attachments: who may read it may read them
    attachment_id = fields.Many2one(
        "ir.attachment",
        string="File",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The PDF that is signed.",
    )
    enclosure_ids = fields.Many2many(
        "ir.attachment",
        "autenti_document_enclosure_rel",
        string="Enclosures",
        copy=False,
        help="Files that go along with it.",
    )
    state = fields.Selection(
        [
            ("draft", "To send"),
            ("out", "Out for signature"),
            ("signed", "Signed"),
            ("ended", "Not signed"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
        group_expand=True,
        copy=False,
    )
    files_locked = fields.Boolean(compute="_compute_files_locked")
    shown_attachment_id = fields.Many2one(
        "ir.attachment",
        compute="_compute_shown_attachment_id",
    )
    # Empty for a document of its own
    source_model = fields.Char(
        readonly=True, index="btree_not_null", copy=False, string="Model of the record"
    )
    source_id = fields.Many2oneReference(
        string="Record",
        model_field="source_model",
        readonly=True,
        index="btree_not_null",
        copy=False,
    )

    source_name = fields.Char(
        string="Made from",
        compute="_compute_source_name",
    )
    # What the rules of access look at
    is_source_readable = fields.Boolean(
        compute="_compute_is_source_readable",
        search="_search_is_source_readable",
    )

    _source_uniq = models.UniqueIndex(
        "(source_model, source_id) WHERE (source_model IS NOT NULL AND "
        "(autenti_state IN ('to_send', 'sent') OR "
        "(active AND autenti_state IS DISTINCT FROM 'signed')))",
        "Somebody else is about to send this record. Try again in a moment.",
    )

    @api.depends("autenti_state")
    def _compute_state(self):
        states = {False: "draft", "signed": "signed"} | dict.fromkeys(
            OPEN_STATES, "out"
        )
        for document in self:
            document.state = states.get(document.autenti_state, "ended")

    @api.depends("autenti_state", "autenti_is_rehearsed")
    def _compute_files_locked(self):
        for document in self:
            is_signed = document.autenti_state == "signed"
            document.files_locked = document.autenti_state in OPEN_STATES or (
                is_signed and not document.autenti_is_rehearsed
            )

    @api.depends("attachment_id", "autenti_signed_attachment_id", "files_locked")
    def _compute_shown_attachment_id(self):
        for document in self:
            # What was signed for a test only gives way to what is sent next
            is_signed = document.state == "signed" and document.files_locked
            signed = document.autenti_signed_attachment_id if is_signed else False
            document.shown_attachment_id = signed or document.attachment_id

    @api.depends("source_model", "source_id")
    def _compute_source_name(self):
        for document in self:
            record = document._get_source_record()
            document.source_name = record.display_name if record else False

    @api.depends("source_model", "source_id")
    def _compute_autenti_disabled(self):
        result = super()._compute_autenti_disabled()
        for document in self.filtered("source_model"):
            document.autenti_disabled = not document._get_rule()
        return result

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        documents._own_files()
        return documents

    def write(self, vals):
        if vals.keys().isdisjoint(FILE_FIELDS):
            return super().write(vals)
        self._check_files_unlocked()
        former = self._get_files()
        result = super().write(vals)
        self._own_files()
        (former - self._get_files()).filtered(self._is_own_file).unlink()
        return result

    def copy(self, default=None):
        """Override: a copy has files of its own, and nothing of what was sent."""
        copies = super().copy(default)
        for document, copy in zip(self, copies, strict=True):
            copy.write(
                {
                    "attachment_id": document.attachment_id.id,
                    "enclosure_ids": document.enclosure_ids.ids,
                }
            )
        return copies

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for document, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", document.name)
        return vals_list

    @api.model
    def _autenti_is_ours(self, name):
        return super()._autenti_is_ours(name) or name in FILE_FIELDS

    @api.model
    def _autenti_get_kept_fields(self):
        ours = {"source_id", "source_model", "state"}
        return super()._autenti_get_kept_fields() | ours

    # === FILES === #

    def _get_files(self):
        return self.attachment_id | self.enclosure_ids

    def _own_files(self):
        """Make the files attachments of these documents, by copies where need be."""
        for document in self:
            owned = {
                name: document[name].browse(map(document._own_file, document[name]))
                for name in FILE_FIELDS
            }
            values = {
                name: files.ids if name == "enclosure_ids" else files.id
                for name, files in owned.items()
                if files != document[name]
            }
            if values:
                document.write(values)

    def _own_file(self, attachment):
        """Return the id of an attachment of this document with the same content."""
        if attachment.res_model == self._name and not attachment.res_id:
            # Uploaded in a form that wasn't saved yet
            attachment.res_id = self.id
        if self._is_own_file(attachment):
            return attachment.id
        own = {"res_model": self._name, "res_id": self.id, "res_field": False}
        # Who has the link to the other one gets at no copy
        own |= {"public": False, "access_token": False}
        return attachment.copy({"name": attachment.name, **own}).id

    def _is_own_file(self, attachment):
        return attachment.res_model == self._name and attachment.res_id in self.ids

    def _check_files_unlocked(self):
        """Raise when these documents' files are out for signature, or signed."""
        locked = self.filtered("files_locked")[:1]
        if locked.autenti_state == "signed":
            raise UserError(
                self.env._(
                    "%s is signed, so its files stay as they are. Make a copy of it to "
                    "send other ones.",
                    locked.display_name,
                )
            )
        if locked:
            raise UserError(
                self.env._(
                    "%s is out for signature, so its files stay as they are. Withdraw "
                    "it first.",
                    locked.display_name,
                )
            )

    @api.model
    def _create_from_file(self, name, content):
        """Make a document of a file that a user has uploaded.

        :param str name: of the file, as it came
        :param bytes content: of the file; more than can be sent needn't be all of it
        :return: the new document
        :raise UserError: why it can't be signed
        """
        self.check_access("create")
        name, content = self._make_signable(name, content)
        document = self.create({"name": file_names.get_stem(name)})
        document.attachment_id = document._attach(name, content)
        return document

    def _replace_file(self, name, content):
        """Have another file signed, one that a user has uploaded.

        Parameters and errors as of the method above.

        :raise MissingError: the document was deleted meanwhile
        """
        self.check_access("write")
        self._check_files_unlocked()
        self.attachment_id = self._attach(*self._make_signable(name, content))
        return self

    def _enclose_file(self, name, content):
        """Have a file go along that a user has uploaded; else as the methods above."""
        self.check_access("write")
        self._check_files_unlocked()
        name = file_names.clean(name)
        self._make_sendable(name, content)
        self.enclosure_ids += self._attach(name, content)
        return self

    def _attach(self, name, content):
        return self.env["ir.attachment"].create(
            {"name": name, "raw": content, "res_model": self._name, "res_id": self.id}
        )

    @api.model
    def _make_signable(self, name, content):
        """Return the name and the content of a PDF, made of a picture if it is one.

        :raise UserError: it is something else, or Autenti refuses it
        """
        name = file_names.clean(name)
        is_pdf = content.startswith(b"%PDF-") or enclosures.is_picture(content)
        if content and not is_pdf:
            raise UserError(
                self.env._(
                    "%s: only a PDF can be signed, or a picture, of which Odoo makes a "
                    "PDF. Save the file as PDF first.",
                    name,
                )
            )
        content = self._make_sendable(name, content)
        return file_names.with_extension(name, ".pdf"), content

    @api.model
    def _make_sendable(self, name, content):
        """Return the content that Autenti takes: a PDF of a picture, else as it is.

        :raise UserError: Autenti refuses it
        """
        if not content:
            raise UserError(self.env._("%s: the file is empty.", name))
        try:
            return enclosures.make_sendable(content)[0]
        except pdf.UnsendablePdf as error:
            raise UserError(enclosure_message(self.env, name, error)) from error

    # === SIGNING === #

    def _autenti_get_enclosures(self):
        return [
            (name, base64.b64encode(enclosure.raw or b""))
            for name, enclosure in self._name_enclosures().items()
        ]

    def _name_enclosures(self):
        """Return the enclosures by name, numbered where some have the same.

        :rtype: dict[str, ir.attachment]
        """
        named = {}
        for enclosure in self.enclosure_ids:
            name = plain = file_names.clean(enclosure.name)
            stem, dot, extension = plain.rpartition(".")
            number = 1
            while name in named:
                number += 1
                name = f"{stem or plain} ({number}){dot}{extension if stem else ''}"
            named[name] = enclosure
        return named

    def action_autenti_send_again(self):
        """Override: what goes along is what the document has now."""
        action = super().action_autenti_send_again()
        if not self.source_model:
            send = self.env[action["res_model"]].browse(action["res_id"])
            send.enclosure_digests = dict.fromkeys(send.file_ids.mapped("name"), "")
            send._take_over_enclosures()
        return action

    def _autenti_get_subtype(self, news):
        return self.env.ref(
            f"autenti_esign_document.mail_message_subtype_{news}",
            raise_if_not_found=False,
        ) or super()._autenti_get_subtype(news)

    def _autenti_check_record(self):
        yield from super()._autenti_check_record()
        if self.source_model:
            yield from self._autenti_check_source()
        if self._autenti_get_source() == "attachment" and not self.attachment_id:
            message = self.env._("Add the PDF that is to be signed.")
            yield line(BLOCKING, message, self._autenti_lead_to(self))

    def _autenti_submitted(self, request):
        """Override: whom it goes to is known at the latest now."""
        if not self.partner_id:
            clients = request.signer_ids.filtered(lambda s: s.side == "client")
            self.partner_id = clients.partner_id[:1]
        return super()._autenti_submitted(request)

    # === WHO MAY READ AND SEND IT === #

    # Rules are evaluated in sudo, but they are about the user
    @api.depends("source_model", "source_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_source_readable(self):
        self.is_source_readable = False
        with_source_sudo = self.sudo().filtered("source_model")
        for name, documents in with_source_sudo.grouped("source_model").items():
            model = self.env.get(name)
            installed = model is not None and not model._abstract
            ids = documents.mapped("source_id")
            existing = (
                model.sudo(False).browse(ids).exists() if installed else self.browse()
            )
            readable = existing._filtered_access("read").ids
            orphans = documents.filtered_domain(self._get_orphan_domain())
            for document in documents.with_env(self.env):
                document.is_source_readable = document.source_id in readable or (
                    document.source_id not in existing.ids and document in orphans
                )

    def _search_is_source_readable(self, operator, _value):
        if operator != "in":
            return NotImplemented
        records = self.sudo(False).with_context(active_test=False)
        domain = Domain.FALSE
        for name in self.env["autenti.sign.rule"]._get_models():
            model, of_model = records.env.get(name), Domain("source_model", "=", name)
            if model is None or model._abstract:
                domain |= of_model & records._get_orphan_domain()
                continue
            gone = Domain("source_id", "not in", model.sudo()._search([]))
            domain |= of_model & gone & records._get_orphan_domain()
            # Not only by what is found: some models show others in their place
            if model.has_access("read"):
                domain |= of_model & Domain("source_id", "in", model._search([]))
        return domain

    def _get_orphan_domain(self):
        """Return who still reads what was sent of a record that is gone.

        Who sent it, and administrators, who may read whatever they like.
        """
        if self.env.user.has_group("base.group_system"):
            return Domain.TRUE
        return Domain("user_id", "=", self.env.uid)

    def _check_access(self, operation):
        """Override: who changes or sends it must be allowed to change the record."""
        result = super()._check_access(operation)
        allowed = self - result[0] if result else self
        if operation == "read" or self.env.su or not allowed:
            return result
        forbidden = allowed.filtered(
            lambda document: (
                document.sudo().source_model
                and not document._get_source_record().has_access("write")
            )
        )
        if not forbidden:
            return result
        forbidden |= self - allowed
        return forbidden, lambda: AccessError(
            self.env._("You may not change the record that is to be signed.")
        )

    # === THE SOURCE === #

    @api.model
    def _find_source_models(self):
        """Return the names of the models of all sources, installed or not.

        :rtype: set[str]
        """
        groups = self.with_context(active_test=False)._read_group(
            [("source_model", "!=", False)], ["source_model"]
        )
        return {name for [name] in groups}

    @api.model
    def _forget_sources(self, names):
        """Let documents stand for nothing when the models of their sources go.

        When an app comes back its records are numbered anew: another one would be
        taken for that which was signed, and be told what becomes of it.
        """
        documents_sudo = self.sudo().with_context(active_test=False)
        for document in documents_sudo.search([("source_model", "in", names)]):
            # No record has it, and no other document
            document.source_id = -document.id

    def _get_source_record(self):
        """Return the record that it stands for; an empty one of its own if none.

        :return: record of any model, in the environment of the document
        """
        name = self.sudo().source_model
        model = self.env.get(name) if name else None
        if model is None or model._abstract:
            return self.browse()
        return model.browse(self.sudo().source_id).exists()

    def _get_rule(self):
        """Return the active rule of the record in sudo, maybe empty."""
        return self.env["autenti.sign.rule"]._find_for_model(self.sudo().source_model)

    @api.model
    def _find_for(self, records):
        """Return the documents that stand for records, newest first.

        :return: in the rights of the user, or in sudo
        """
        return self.with_context(active_test=False).search(
            [("source_model", "=", records._name), ("source_id", "in", records.ids)]
        )

    @api.model
    def _make_for(self, records):
        """Return a document to send for each record, in the order of the records.

        Where one is out, it's that one; where one was never signed, that one again.
        """
        current_sudo = self.sudo()._find_for(records).filtered_domain(CURRENT)
        by_record = current_sudo.grouped("source_id")
        current_sudo.with_env(self.env)._take_over_source()
        for record in records:
            if record.id not in by_record:
                by_record[record.id] = self._create_for(record)
        return self.concat(
            *(by_record[record.id].with_env(self.env) for record in records)
        )

    def _create_for(self, record):
        """Make the document of a record.

        :raise UserError: somebody else does so in this very moment
        """
        try:
            values = self._prepare_from_source(record)
        except UserError:
            values = {}  # the check of the record says why
        documents_sudo = self.sudo()
        try:
            with self.env.cr.savepoint():
                return documents_sudo.create(
                    {
                        "name": record.display_name,
                        **values,
                        "source_model": record._name,
                        "source_id": record.id,
                    }
                )
        except UniqueViolation as error:
            # The server action behind the click would hide what Odoo makes of it
            message = documents_sudo._sql_error_to_message(error)
            raise UserError(message) from error

    def _take_over_source(self):
        """Fill in anew what the rules say of the records, unless it is out.

        Not for who may only read a record: it stays somebody else's.
        """
        for document in self:
            record, document_sudo = document._get_source_record(), document.sudo()
            if not record or document_sudo.autenti_state in OPEN_STATES:
                continue
            if not record.has_access("write"):
                continue
            try:
                values = document._prepare_from_source(record)
            except UserError:
                continue  # as above
            if changed := document_sudo._find_changed(values):
                document_sudo.write(changed)

    def _find_changed(self, values):
        """Return those of some values that it doesn't have yet."""
        return {
            name: value
            for name, value in values.items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }

    def _prepare_from_source(self, record):
        """Return what the rule says of a record, as values of its document.

        :raise AccessError: the user may not read what it looks at
        """
        rule = self.env["autenti.sign.rule"]._find_for_model(record._name)
        if not rule or rule.problem:
            return {}
        partner = rule._find_partners(record)[:1]
        company = "company_id" in record._fields and record.company_id
        values = {
            "name": rule._make_title(record, partner),
            "company_id": (company or self.env.company).id,
            "partner_id": partner.id,
            "user_id": self.env.uid,
        }
        attachment = rule._find_attachment(record)
        if attachment.checksum != self.sudo().attachment_id.checksum:
            values["attachment_id"] = attachment.id
        return values

    def action_open_source(self):
        """Show the record that it stands for.

        :raise UserError: it is gone; what was sent and signed is still here
        """
        self.ensure_one()
        record = self._get_source_record()
        if not record:
            raise UserError(
                self.env._(
                    "The record was deleted, or the app that it belongs to was "
                    "uninstalled. What was sent and signed is kept here."
                )
            )
        return record.get_formview_action()

    @api.autovacuum
    def _gc_source_drafts(self):
        """Delete what was prepared of a record and never sent."""
        limit = fields.Datetime.now() - timedelta(days=DRAFT_DAYS)
        self.with_context(active_test=False).search(
            [
                ("source_model", "!=", False),
                ("autenti_state", "=", False),
                ("write_date", "<", limit),
            ]
        ).unlink()

    # === SIGNING A SOURCE === #

    def _autenti_get_switch(self):
        if not self.source_model:
            return super()._autenti_get_switch()
        rules = self.env["autenti.sign.rule"].with_context(active_test=False)
        return rules.search([("source_model", "=", self.source_model)])

    def _autenti_get_signature_type(self):
        return self._get_rule().signature_type or super()._autenti_get_signature_type()

    def _autenti_get_report(self):
        if not self.source_model:
            return super()._autenti_get_report()
        return self._get_rule()._get_report().with_env(self.env)

    def _autenti_get_printed(self):
        return self._get_source_record() or super()._autenti_get_printed()

    def _autenti_render_pdf(self):
        """Override: it is written in the language of who reads it."""
        record = self._get_source_record()
        if not record:
            return super()._autenti_render_pdf()
        record.check_access("read")
        reader = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return super(AutentiDocument, reader)._autenti_render_pdf()

    def _autenti_find_changes(self):
        if self.source_model and not self._get_source_record():
            return []
        return super()._autenti_find_changes()

    def _autenti_prepare_people(self):
        record, rule = self._get_source_record(), self._get_rule()
        if not record or not rule:
            return super()._autenti_prepare_people()
        return rule._prepare_people(record)

    def _find_source_problem(self):
        """Tell why the record can't be sent, or return False."""
        record, rule = self._get_source_record(), self._get_rule()
        if not record:
            return self.env._("The record was deleted, or its app was uninstalled.")
        if "active" in record._fields and not record.active:
            return self.env._(
                "%s is archived. Unarchive it first.", record.display_name
            )
        if not rule:
            return False  # is told by the check of the type
        if rule.problem:
            return rule.problem
        try:
            rule._prepare_people(record)
        except AccessError as error:
            return str(error)
        return False

    def _autenti_check_type(self):
        """Override: it is a rule that is switched off, and managers can change it."""
        if not self.source_model or not self.autenti_disabled:
            return super()._autenti_check_type()
        switch = self._autenti_get_switch()
        return line(
            BLOCKING,
            switch._explain_missing(self.source_model),
            switch and switch.has_access("write") and self._autenti_lead_to(switch),
        )

    def _autenti_check_people(self, signers, sms_code):
        """Override to look at what the rule finds as well."""
        if self._get_rule() and not self._find_source_problem():
            yield from self._autenti_check_clients(signers)
        yield from super()._autenti_check_people(signers, sms_code)

    def _autenti_check_clients(self, signers):
        """Check whom the rule leads to; as `_autenti_check_people`."""
        clients = [
            signer
            for signer in signers
            if signer["side"] == "client" and signer["role"] == const.ROLE_SIGNER
        ]
        with_email = [signer for signer in clients if signer["email"]]
        record = self._get_source_record()
        problem = not with_email and self._get_rule()._find_client_problem(record)
        if problem:
            yield line(BLOCKING, problem, self._autenti_lead_to(record))
        yield from filter(None, map(self._autenti_check_sharing, with_email))

    def _autenti_check_sharing(self, signer):
        """Tell that others have a signer's e-mail, too, who could sign instead."""
        contact = self.env["res.partner"].browse(signer["partner_id"] or ())
        who = self._autenti_call(signer)
        forms = get_email_forms(signer["email"])
        found = contact.search([("email_normalized", "in", forms)])
        same = contact | found.filtered(lambda each: each.name == who)
        if not (others := found - same - same.commercial_partner_id):
            return None
        message = self.env._(
            "%(email)s of %(who)s is also the e-mail of %(others)s. Whoever reads what "
            "comes there can sign: check that it is %(who)s alone.",
            email=signer["email"],
            who=who,
            others=", ".join(others[:MAX_NAMED].mapped("display_name")),
        )
        return line(WARNING, message, self._autenti_lead_to_person(contact))

    def _autenti_check_source(self):
        """Check the record that it stands for; as `_autenti_check_record`."""
        if problem := self._find_source_problem():
            yield line(BLOCKING, problem)
        if signed := self._find_signed():
            message = self.env._(
                "%(record)s was signed before, on %(day)s. This is sent besides.",
                record=self.source_name,
                day=fields.Date.to_string(signed.autenti_signed_date),
            )
            yield line(WARNING, message)

    def _find_signed(self):
        """Return what else was signed of the record before, maybe nothing."""
        others = self.sudo()._find_for(self._get_source_record()) - self.sudo()
        return others.filtered(
            lambda document: (
                document.autenti_state == "signed" and not document.autenti_is_rehearsed
            )
        )[:1]

    def _autenti_find_problem(self, signature_type):
        """Override: of many at once, nobody weighs what was signed before."""
        problem = super()._autenti_find_problem(signature_type)
        if problem or not self.source_model or not self._find_signed():
            return problem
        return self.env._(
            "%s was signed before. To have something of it signed again, send it "
            "alone.",
            self.source_name,
        )

    # === WHAT THE SOURCE HEARS === #

    def _autenti_schedule_activity(self, xmlid, user, note):
        """Override: the record says whose turn it is, to whoever may open it."""
        record = self._get_turn_record(xmlid)
        companies = user.company_ids.ids
        reader = record.with_user(user).with_context(allowed_company_ids=companies)
        if not record or not reader.has_access("read"):
            return super()._autenti_schedule_activity(xmlid, user, note)
        record.activity_unlink([xmlid], user_id=user.id)
        return record.activity_schedule(
            xmlid, user_id=user.id, note=plaintext2html(note)
        )

    def _autenti_close_activity(self, xmlid, user):
        if record := self._get_turn_record(xmlid):
            record.activity_unlink([xmlid], user_id=user.id)
        return super()._autenti_close_activity(xmlid, user)

    def _get_turn_record(self, xmlid):
        """Return the record if it shows activities of a type, maybe empty, in sudo."""
        record_sudo = self.sudo()._get_source_record()
        has_activities = "activity_ids" in record_sudo._fields
        return record_sudo if xmlid == TURN and has_activities else self.browse()

    def _notify_source(self, message, attachments):
        """Write into the record's chatter what has happened.

        :param attachments: ir.attachment in sudo; the record gets copies of its own
        """
        record_sudo = self.sudo()._get_source_record()
        if not record_sudo or record_sudo == self:
            return
        kept = {"res_model": record_sudo._name, "res_id": record_sudo.id}
        copies = [
            each.copy({**kept, "name": each.name, "autenti_request_id": request.id})
            for each in attachments
            if (request := each.autenti_request_id)
        ]
        record_sudo._message_log(
            body=message, attachment_ids=[each.id for each in copies]
        )
