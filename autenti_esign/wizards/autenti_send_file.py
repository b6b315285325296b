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
            send.attachment_id = send._find_newest_pdf()
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

    def _find_newest_pdf(self):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", self.res_model),
                ("res_id", "=", self.res_id),
                ("mimetype", "=", "application/pdf"),
                ("autenti_request_id", "=", False),
            ],
            order="id desc",
            limit=1,
        )

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
            content = file._get_content()
            mimetype = enclosures.check_sendable(content)
            name = file_names.clean(self._mark(file.name))
            files.append((name, mimetype, content))
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

    def _get_content(self):
        return base64.b64decode(self.with_context(bin_size=False).file or b"")

    def _find_problem(self):
        if is_blank(self.name):
            return self.env._("Enter a file name for each enclosure.")
        name = self.name
        try:
            enclosures.check_sendable(self._get_content())
        except pdf.UnsendablePdf as error:
            return enclosure_message(self.env, name, error)
        return None
