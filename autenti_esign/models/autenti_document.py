# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is sent besides the contract itself."""

import hashlib
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..client import const, file_names, matching
from ..exceptions import UNCLEAR

# So long after the last signature what may still come back is waited for
PATIENCE = timedelta(minutes=10)


class AutentiRequestFile(models.Model):
    """A file that goes along with the document, in the same process."""

    _name = "autenti.request.file"
    _description = "File Sent Along"
    _inherit = ["autenti.guard"]
    _order = "request_id, sequence, id"
    _rec_name = "name"

    request_id = fields.Many2one(
        "autenti.request", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, export_string_translation=False
    )
    sequence = fields.Integer(string="Order", required=True, readonly=True)
    attachment_id = fields.Many2one(
        "ir.attachment",
        string="File",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Empty when it has been kept for as long as is set.",
    )
    name = fields.Char(string="File name", required=True, readonly=True)
    signed_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Signed file",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    remote_id = fields.Char(
        readonly=True,
        help="Autenti's id of the sent file.",
        export_string_translation=False,
    )
    signed_as = fields.Selection(
        [
            ("own", "Signed file of its own"),
            ("part", "Part of the signed document"),
            ("missing", "No signed file came back"),
        ],
        string="Signed as",
        compute="_compute_signed_as",
    )

    @api.depends(
        "signed_attachment_id",
        "request_id.file_ids.signed_attachment_id",
        "request_id.further_attachment_ids",
        "request_id.signed_attachment_id",
    )
    def _compute_signed_as(self):
        for file in self:
            request = file.request_id
            if file.signed_attachment_id:
                file.signed_as = "own"
            elif not request.signed_attachment_id:
                file.signed_as = False
            elif len(request._get_signed_files()) == 1:
                file.signed_as = "part"
            else:
                file.signed_as = "missing"

    def write(self, vals):
        """Override to keep what was sent; what Autenti tells comes once, later."""
        is_new = vals.keys() <= {"remote_id", "signed_attachment_id"} and not any(
            file[name] for file in self for name in vals
        )
        if not is_new:
            raise UserError(self._get_refusal())
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.request_id._get_refusal()

    def action_open(self):
        """Show the file, signed when it is."""
        part_of = self.signed_as == "part" and self.request_id.signed_attachment_id
        attachment = self.signed_attachment_id or part_of or self.attachment_id
        return attachment._autenti_get_open_action()


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    file_ids = fields.One2many(
        "autenti.request.file", "request_id", string="Sent along", readonly=True
    )
    further_attachment_ids = fields.Many2many(
        "ir.attachment",
        "autenti_request_further_attachment_rel",
        string="Further signed files",
        readonly=True,
        copy=False,
        help="What came back signed and has no place among the files that were sent.",
    )
    is_unclear = fields.Boolean(
        compute="_compute_is_unclear", export_string_translation=False
    )

    @api.depends("state", "signed_attachment_id", "further_attachment_ids")
    def _compute_is_unclear(self):
        for request in self:
            request.is_unclear = (
                request.state == "sent"
                and not request.signed_attachment_id
                and bool(request.further_attachment_ids)
            )

    def _store_enclosures(self, files):
        """Freeze what is sent along.

        :param files: triples of file name, MIME type and bytes, in order
        """
        before = self._get_sources()
        for sequence, (name, mimetype, content) in enumerate(files, start=1):
            values = self._prepare_attachment(name, content, mimetype)
            attachment = self.env["ir.attachment"].create(values)
            self.env["autenti.request.file"].create(
                {
                    "request_id": self.id,
                    "sequence": sequence,
                    "name": name,
                    "attachment_id": attachment.id,
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
        if enclosures := self._get_sources() - before:
            self._append_files(
                self.env._("The files to be sent along are kept."), enclosures
            )

    def _note_source_ids(self, files):
        """Remember which file at Autenti is which of ours: they go there in order.

        :param files: iterable of client.payload.ProcessFile
        """
        ids = [file.file_id for file in files if file.purpose == const.FILE_SOURCE]
        known = {self.source_remote_id, *self.file_ids.mapped("remote_id")}
        new = [file_id for file_id in ids if file_id not in known]
        if new and not self.source_remote_id:
            self.source_remote_id = new.pop(0)
        unknown = self.file_ids.filtered(lambda file: not file.remote_id)
        for file, file_id in zip(unknown, new, strict=False):
            file.remote_id = file_id

    def _take_signed_files(self, files):
        """Keep the signed files, each in its place, once all that may come is there.

        Where it isn't certain which of them is the document, none is taken for it.

        :param files: as `fetch_signed_files` returns them, at least one
        """
        matches = matching.match(self._get_sources_to_match(), files)
        signing_time = self._get_signing_time() or datetime.min
        is_late = fields.Datetime.now() - signing_time >= PATIENCE
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
            code=UNCLEAR,
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
            self._append_files(message, new)
            for record in (self, self._get_record()):
                record._message_log(body=message)

    def _store_signed_enclosure(self, enclosure, content):
        """Keep the signed form of a file that went along.

        :param enclosure: autenti.request.file
        :param bytes content: PDF
        """
        enclosure.signed_attachment_id = self._keep_signed(enclosure.name, content)
        self._append_files(
            self.env._("A signed file that was sent along is kept."),
            enclosure.signed_attachment_id,
        )

    def _keep_signed(self, name, content):
        signed_name = self.env._("%s - signed.pdf", file_names.get_stem(name))
        values = self._prepare_attachment(signed_name, content)
        return self.env["ir.attachment"].create(values)

    def _choose_document(self, attachment):
        """Take a file for the signed document, as a person says who has seen it.

        :param attachment: one of `further_attachment_ids`
        :raise UserError: there is nothing to choose, any more
        """
        self._lock_for_user()
        if not self.is_unclear or attachment not in self.further_attachment_ids:
            raise UserError(
                self.env._("There is nothing to choose: the contract is known.")
            )
        self._log(
            self.env._(
                "%(user)s has chosen %(file)s as the signed contract.",
                user=self.env.user.name,
                file=attachment.name,
            )
        )
        self._forget_error()
        self._store_signed(attachment.raw)
        self.further_attachment_ids -= attachment
        self._accept_signed()
        self._bus_notify()

    def _get_sources(self):
        """Override to send along what goes along."""
        return super()._get_sources() + self.file_ids.attachment_id

    def _get_signed_files(self):
        """Override to hand out what came back with the document."""
        return (
            super()._get_signed_files()
            + self.file_ids.signed_attachment_id
            + self.further_attachment_ids
        )
