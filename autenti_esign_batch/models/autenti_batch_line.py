# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError

_logger = logging.getLogger(__name__)


class AutentiBatchLine(models.Model):
    """One document of a batch."""

    _name = "autenti.batch.line"
    _description = "Document of a Bulk Sending"
    _inherit = ["autenti.task"]
    _order = "batch_id, id"

    batch_id = fields.Many2one(
        "autenti.batch", required=True, readonly=True, index=True, ondelete="cascade"
    )
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        readonly=True,
    )
    name = fields.Char(string="Document", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    state = fields.Selection(
        [
            ("ready", "Ready"),
            ("blocked", "Blocked"),
            ("done", "Handed over"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="ready",
        index=True,
    )
    problem = fields.Text(string="Why", readonly=True)
    request_id = fields.Many2one(
        "autenti.request",
        string="Signature request",
        readonly=True,
        index="btree_not_null",
    )
    request_state = fields.Selection(
        related="request_id.state", string="Signing Status"
    )

    def action_open_record(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    def _get_record(self):
        """Return the record as the one who sends it sees it."""
        record = self.env[self.res_model].browse(self.res_id)
        return record._autenti_as(self.batch_id.user_id)

    def _check(self):
        """Find out which documents can be sent, without asking Autenti."""
        for line in self:
            problem = line._find_problem()
            line.write({"state": "blocked" if problem else "ready", "problem": problem})

    def _find_problem(self):
        """Return what keeps the document from being sent, or False."""
        record = self._get_record()
        if not record.exists():
            return self.env._("It was deleted.")
        try:
            return record._autenti_find_problem(self.batch_id.signature_type)
        except (UserError, RedirectWarning) as error:
            return error.args[0]

    def _take_failure(self, error):
        if isinstance(error, UserError | RedirectWarning):
            problem = error.args[0]
        else:
            _logger.error("%s of a batch can't be sent", self.name, exc_info=error)
            problem = self.env._(
                "Something went wrong in Odoo itself. Who runs the server finds "
                "the cause in its log."
            )
        self.write({"state": "failed", "problem": problem})

    def _process(self):
        if not self.batch_id.user_id.active:
            raise UserError(
                self.env._(
                    "%s, who sends these documents, has no login to Odoo any more.",
                    self.batch_id.user_id.name,
                )
            )
        record = self._get_record()
        record._autenti_check_signable()
        dialog = record.env["autenti.send"]._make_for(record)
        dialog.write(
            {
                "signature_type": self.batch_id.signature_type,
                "message": self.batch_id.message,
            }
        )
        dialog.action_send()
        request = record._autenti_get_request()
        self.write({"state": "done", "problem": False, "request_id": request.id})
