# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is sent besides the contract itself."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from . import autenti_guard  # noqa: F401 - has what is inherited


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
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    sequence = fields.Integer(string="Order", required=True, readonly=True)
    attachment_id = fields.Many2one(
        "ir.attachment",
        string="File",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
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
