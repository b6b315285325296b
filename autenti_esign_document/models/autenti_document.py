# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.autenti_esign.client import enclosures, file_names, pdf
from odoo.addons.autenti_esign.exceptions import enclosure_message
from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES
from odoo.addons.autenti_esign.models.autenti_sign_checks import BLOCKING, line

FILE_FIELDS = ("attachment_id", "enclosure_ids")


class AutentiDocument(models.Model):
    """A file of its own, which is signed without a contract around it.

    Or what is to be signed of a record of a model that knows nothing of Autenti: its
    source.
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
    files_locked = fields.Boolean(
        compute="_compute_files_locked", export_string_translation=False
    )
    shown_attachment_id = fields.Many2one(
        "ir.attachment",
        compute="_compute_shown_attachment_id",
        export_string_translation=False,
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
            (file_names.clean(enclosure.name), base64.b64encode(enclosure.raw or b""))
            for enclosure in self.enclosure_ids
        ]

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
