# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command

LINES = 500


class AutentiRetention(models.TransientModel):
    """Shows what the retention job would delete now."""

    _name = "autenti.retention"
    _description = "Autenti Retention"
    _inherit = ["autenti.dialog"]

    line_ids = fields.One2many("autenti.retention.line", "retention_id", readonly=True)
    left_count = fields.Integer(string="Not shown", readonly=True)

    @api.model
    def action_preview(self):
        """Open a dry run: what is due of the user's requests. Nothing is deleted."""
        self.check_access("create")
        due = self.env["autenti.request"]._find_due_to_forget()
        preview = self.create(
            {
                "left_count": max(0, len(due) - LINES),
                "line_ids": [
                    Command.create(
                        {
                            "request_id": request.id,
                            "what": what,
                            "description": request.sudo()._describe_forgettable(what),
                        }
                    )
                    for what, request in due[:LINES]
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Would Be Deleted"),
            "res_model": self._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_forget(self):
        """Delete what is due now, without waiting for the nightly job."""
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._("Only an administrator may delete evidence before its job.")
            )
        self.check_access("read")
        shown = {(line.what, line.request_id.id) for line in self.line_ids}
        for what, request in self.env["autenti.request"]._find_due_to_forget():
            if (what, request.id) in shown and (locked := request.sudo()._lock()):
                locked._forget(what)


class AutentiRetentionLine(models.TransientModel):
    _name = "autenti.retention.line"
    _description = "Autenti Retention Line"
    _inherit = ["autenti.dialog"]

    retention_id = fields.Many2one(
        "autenti.retention", required=True, readonly=True, ondelete="cascade"
    )
    request_id = fields.Many2one("autenti.request", readonly=True, ondelete="cascade")
    agreement_type_id = fields.Many2one(
        related="request_id.agreement_type_id", related_sudo=False
    )
    ended_date = fields.Datetime(related="request_id.ended_date", related_sudo=False)
    what = fields.Selection(
        [
            ("files", "Files"),
            ("callbacks", "Callbacks' bodies"),
            ("contacts", "Signers' contact data"),
        ],
        readonly=True,
    )
    description = fields.Char(string="Would be deleted", readonly=True)
