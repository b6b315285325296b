# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is sent besides the contract itself."""

import hashlib
from datetime import datetime, timedelta
from pathlib import PurePath

from odoo import api, fields, models
from odoo.exceptions import UserError

# So long after the last signature the document comes without all that went along: what
# comes back for several files isn't published, it may be one for all
PATIENCE = timedelta(minutes=10)


class AutentiRequestFile(models.Model):
    """A file that goes along with the document, in the same process."""

    _name = "autenti.request.file"
    _description = "File Sent Along"
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

    def write(self, vals):
        """Override to keep what was sent; the signed file comes once, later."""
        is_signing = vals.keys() == {"signed_attachment_id"} and not any(
            self.mapped("signed_attachment_id")
        )
        if not is_signing:
            raise UserError(self._get_refusal())
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.request_id._get_refusal()

    def action_open(self):
        """Show the file, signed when it is."""
        attachment = self.signed_attachment_id or self.attachment_id
        return attachment._autenti_get_open_action()


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    file_ids = fields.One2many(
        "autenti.request.file", "request_id", string="Sent along", readonly=True
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

    def _apply_signed_files(self, known, files):
        """Override to give what went along the time to come back as well."""
        return super()._apply_signed_files(known, self._take_signed_files(files))

    def _take_signed_files(self, files):
        """Return the signed files, the document first, or none while some may follow.

        What bears the name of a file that went along is never taken for the document.

        :param files: as `fetch_signed_files` returns them
        """
        stems = {PurePath(name).stem for name in self.file_ids.mapped("name")}
        stems.discard(PurePath(self.source_attachment_id.name).stem)

        def went_along(file):
            return PurePath(file[0]).stem in stems

        files = sorted(files, key=went_along)
        if all(map(went_along, files)):
            return []
        signing_time = self._get_signing_time() or datetime.min
        is_late = fields.Datetime.now() - signing_time >= PATIENCE
        return files if is_late or len(files) >= len(self._get_sources()) else []

    def _store_signed_enclosure(self, name, content):
        """Keep the signed form of a file that went along.

        :param str name: as Autenti has it
        :param bytes content: PDF
        """
        signed_name = self.env._("%s - signed.pdf", PurePath(name).stem)
        values = self._prepare_attachment(signed_name, content)
        attachment = self.env["ir.attachment"].create(values)
        for file in self.file_ids:
            if PurePath(file.name).stem == PurePath(name).stem:
                file.signed_attachment_id = attachment
        self._append_files(
            self.env._("A signed file that was sent along is kept."), attachment
        )

    def _get_sources(self):
        """Override to send along what goes along."""
        return super()._get_sources() + self.file_ids.attachment_id

    def _get_signed_files(self):
        """Override to hand out what came back with the document."""
        return super()._get_signed_files() + self.file_ids.signed_attachment_id
