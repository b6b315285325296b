# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from collections import Counter

from odoo import api, fields, models
from odoo.fields import Command

from ..client import assumptions, enclosures, file_names, pdf
from ..client.file_names import is_blank
from ..exceptions import enclosure_message


class AutentiSend(models.TransientModel):
    """The files that go along with the document, in the same process."""

    _inherit = "autenti.send"

    file_ids = fields.One2many("autenti.send.file", "send_id", string="Enclosures")

    @api.depends("file_ids.name", "file_ids.file")
    def _compute_checklist(self):
        return super()._compute_checklist()

    @api.model
    def _make_for(self, record):
        """Override to propose the record's enclosures, and its newest PDF."""
        send = super()._make_for(record)
        send.file_ids = [
            Command.create({"sequence": sequence, "name": name, "file": content})
            for sequence, (name, content) in enumerate(
                record._autenti_get_enclosures(), start=1
            )
        ]
        if send.source == "attachment":
            send.attachment_id = send.pdf_attachment_ids.sorted("id")[-1:]
        return send

    def _prepare_correction(self, request):
        """Override to send along what went along."""
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
            **super()._prepare_correction(request),
            "file_ids": [Command.clear(), *files],
        }

    def _prepare_request(self, record):
        """Override to remember what the document shows of the record."""
        values = super()._prepare_request(record)
        if self.source == "report":
            values["shown_values"] = record._autenti_get_shown_values()
        elif self.pdf_sha256 == self.replaces_id.sudo().source_sha256:
            values["shown_values"] = self.replaces_id.sudo().shown_values
        return values

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


class AutentiSendFile(models.TransientModel):
    """One file that goes along."""

    _name = "autenti.send.file"
    _description = "Enclosure in the Send Dialog"
    _inherit = ["autenti.dialog"]
    _order = "sequence, id"

    send_id = fields.Many2one("autenti.send", required=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="File name")
    file = fields.Binary(string="Content", attachment=False)

    @api.model_create_multi
    def create(self, vals_list):
        """Override to show, check and send what becomes of a picture."""
        return super().create([self._draw_picture(vals) for vals in vals_list])

    def write(self, vals):
        """Override as `create`."""
        if not vals.get("file"):
            return super().write(vals)
        for file in self:
            super(AutentiSendFile, file).write(self._draw_picture(vals))
        return True

    @api.onchange("file")
    def _onchange_file(self):
        self.update(self._draw_picture({"file": self.file}))

    @api.model
    def _draw_picture(self, vals):
        """Return values with the PDF of a picture, if it can be made, in its place."""
        content = _decode(vals.get("file"))
        if not enclosures.is_picture(content):
            return vals
        try:
            content, _mimetype = enclosures.make_sendable(content)
        except pdf.UnsendablePdf:
            # Told with what else keeps the dialog from being sent
            return vals
        return {**vals, "file": base64.b64encode(content)}

    def action_open(self):
        """Show the file as it is sent, in a browser tab of its own."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file?filename_field=name",
            "target": "new",
        }

    def _get_content(self):
        return _decode(self.with_context(bin_size=False).file)

    def _find_problem(self):
        if is_blank(self.name):
            return self.env._("Enter a file name for each enclosure.")
        name = self.name
        try:
            enclosures.make_sendable(self._get_content())
        except pdf.UnsendablePdf as error:
            return enclosure_message(self.env, name, error)
        return None


def _decode(file):
    try:
        return base64.b64decode(file or b"")
    except ValueError:
        # Its size, in place of a file that the browser doesn't need
        return b""
