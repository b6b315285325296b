# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What has happened to a request, as a chain that shows if anybody changes it."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.autenti_esign.frozen import is_keeper

KINDS = [
    ("created", "Prepared"),
    ("remote", "Autenti"),
    ("file", "File"),
    ("callback", "Callback"),
    ("state", "Status"),
    ("signature", "Signature"),
    ("link", "Signing link"),
    ("note", "Note"),
    ("error", "Error"),
    ("retention", "Retention"),
]


class AutentiEvent(models.Model):
    """One entry of a request's audit trail. Entries are added, and nothing else.

    E-mails and phone numbers have no place in it: they may have to be forgotten.
    """

    _name = "autenti.event"
    _description = "Autenti Audit Trail Entry"
    _inherit = ["autenti.guard"]
    _order = "request_id, number"
    _rec_name = "text"

    request_id = fields.Many2one(
        "autenti.request", required=True, readonly=True, ondelete="restrict"
    )
    number = fields.Integer(required=True, readonly=True, help="Counts from 1.")
    moment = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    author = fields.Char(
        string="By", readonly=True, help="The name of the Odoo user at that time."
    )
    text = fields.Text(string="What happened", readonly=True)
    data = fields.Json(readonly=True)
    previous = fields.Char(
        string="SHA-256 of the entry before",
        required=True,
        readonly=True,
    )
    sha256 = fields.Char(
        string="SHA-256",
        required=True,
        readonly=True,
        help="Of the entry with the SHA-256 of the one before it in it.",
    )

    # What the rules of access look at
    is_request_readable = fields.Boolean(
        compute="_compute_is_request_readable",
        search="_search_is_request_readable",
    )

    _number_uniq = models.UniqueIndex("(request_id, number)")

    # Rules are evaluated in sudo, but they are about the user
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_request_readable(self):
        requests = self.sudo().request_id.sudo(False)._filtered_access("read")
        for event in self:
            event.is_request_readable = event.request_id in requests

    def _search_is_request_readable(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return [
            ("request_id", "in", self.env["autenti.request"].sudo(False)._search([]))
        ]

    @api.model_create_multi
    def create(self, vals_list):
        """Override: only `autenti.request._append_entry` knows the end of the chain."""
        if not is_keeper(self.env):
            raise UserError(self._get_refusal())
        return super().create(vals_list)

    def write(self, vals):
        if not is_keeper(self.env):
            self.check_access("write")
            raise UserError(self._get_refusal())
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.env._(
            "The audit trail of a signature request is evidence. Odoo alone adds to "
            "it, and nobody can change or delete it."
        )

    def _to_entry(self):
        """Return the entry as plain data, as `check_audit_trail.hash_entry` takes it.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "request": self.request_id.id,
            "number": self.number,
            "moment": f"{self.moment.isoformat(timespec='seconds')}Z",
            "kind": self.kind,
            "author": self.author or "",
            "text": self.text or "",
            "data": self.data or {},
            "previous": self.previous,
            "sha256": self.sha256,
        }
