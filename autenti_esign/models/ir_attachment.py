# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import io
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.mail.tools.discuss import Store

from ..frozen import is_keeper

CHUNK = 256 * 1024  # bytes
# The newest ones of a record that are looked at for a PDF
MAX_ATTACHMENTS = 500
# What makes the file what it is and keeps it where it belongs
PROTECTED_FIELDS = {
    "autenti_request_id",
    "checksum",
    "company_id",
    "datas",
    "db_datas",
    "mimetype",
    "name",
    "public",
    "raw",
    "res_field",
    "res_id",
    "res_model",
    "store_fname",
    "type",
    "url",
}


def read(content):
    """Yield a content piece by piece.

    :param content: bytes, or a pathlib.Path to read it from
    :raise OSError: the path can't be read
    """
    with (
        io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as it
    ):
        while chunk := it.read(CHUNK):
            yield chunk


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    autenti_request_id = fields.Many2one(
        "autenti.request",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The signature request whose sent or signed file this is. Such a file "
        "can't be changed or deleted.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            # Where Odoo makes a file for a user, the user's defaults don't mark it
            vals_list = [{"autenti_request_id": False, **vals} for vals in vals_list]
        attachments = super().create(vals_list)
        if attachments.sudo().autenti_request_id:
            self._autenti_check_is_odoo()
        return attachments

    def write(self, vals):
        if "autenti_request_id" in vals:
            self._autenti_check_is_odoo()
        if not PROTECTED_FIELDS.isdisjoint(vals):
            # First the flag: comparing a file's content reads it from the disk
            self.filtered(
                lambda attachment: (
                    attachment.sudo().autenti_request_id
                    and attachment._autenti_is_changed_by(vals)
                )
            )._check_not_autenti_file()
        return super().write(vals)

    def _autenti_is_changed_by(self, vals):
        """Tell if a write makes another file of it; moving the storage doesn't."""
        return any(
            self._fields[name].convert_to_write(self[name], self) != vals[name]
            for name in PROTECTED_FIELDS & vals.keys()
        )

    @api.ondelete(at_uninstall=True)
    def _unlink_except_autenti_file(self):
        self._check_not_autenti_file()

    def _autenti_check_is_odoo(self):
        """Raise when a user marks a file: one of theirs could pass for the signed."""
        if not self.env.su:
            raise AccessError(
                self.env._("Only Odoo itself keeps a file as sent or as signed.")
            )

    def _check_not_autenti_file(self):
        if self.sudo().autenti_request_id and not is_keeper(self.env):
            raise UserError(
                self.env._(
                    "The file was sent for signature or came back signed. It is "
                    "evidence and can't be changed or deleted."
                )
            )

    def _autenti_get_file(self):
        """Return where the content is: a path in the file store, or else its bytes.

        :rtype: pathlib.Path | bytes
        """
        self.ensure_one()
        if self.store_fname:
            return Path(self._full_path(self.store_fname))
        return self.raw or b""

    @api.model
    def _autenti_find_pdfs(self, res_model, res_id):
        """Find the PDFs that are attached to a record; not those that were signed.

        :return: ir.attachment, as the user may read them, the newest first
        """
        attachments = self.search(
            [
                ("res_model", "=", res_model),
                ("res_id", "=", res_id),
                ("type", "=", "binary"),
                ("autenti_request_id", "=", False),
            ],
            order="id desc",
            limit=MAX_ATTACHMENTS,
        )
        return attachments.filtered(lambda attachment: attachment._autenti_is_pdf())

    def _autenti_is_pdf(self):
        """Tell if the content is a PDF, whatever it is called."""
        try:
            return next(read(self._autenti_get_file()), b"").startswith(b"%PDF-")
        except OSError:
            return False

    def _autenti_get_sha256(self):
        """Return the SHA-256 of the content as it is now; "" when the file is gone."""
        digest = hashlib.sha256()
        try:
            for chunk in read(self._autenti_get_file()):
                digest.update(chunk)
        except FileNotFoundError:
            return ""
        return digest.hexdigest()

    def _to_store_defaults(self, target):
        """Override of `mail`: the chatter offers no way to delete such a file."""
        return [
            *super()._to_store_defaults(target),
            Store.Attr(
                "autenti_is_evidence",
                lambda attachment: bool(attachment.sudo().autenti_request_id),
            ),
        ]

    def action_autenti_open(self):
        self.ensure_one()
        return self._autenti_get_open_action()

    def action_autenti_choose(self):
        """Say that this is the signed contract, where Odoo can't tell it.

        :raise UserError: Odoo can tell it, or it is no file of a request
        :raise AccessError: the user may not act for the one who sent it
        """
        self.ensure_one()
        self.check_access("read")
        request = self.sudo().autenti_request_id.with_env(self.env)
        if not request:
            raise UserError(self.env._("It didn't come back from Autenti."))
        request._check_may_act()
        request.sudo()._choose_document(self.sudo())

    def _autenti_get_open_action(self):
        """Show the file in a browser tab of its own.

        :raise UserError: there is none, any more
        """
        if not self:
            raise UserError(self._autenti_explain_missing())
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.id}",
            "target": "new",
        }

    def _autenti_explain_missing(self):
        """Hook: say why a file isn't there, to whoever wants to see it."""
        return self.env._("There is no such file.")
