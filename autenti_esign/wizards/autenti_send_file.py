# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models

from ..client import enclosures, pdf
from ..client.file_names import is_blank
from ..exceptions import enclosure_message


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
