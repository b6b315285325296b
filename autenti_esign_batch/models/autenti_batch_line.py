# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError

from odoo.addons.autenti_esign.emails import clean_email

_logger = logging.getLogger(__name__)

EDITABLE_FIELDS = {"email", "expiry_date", "upload", "upload_name"}


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
    # What may be changed before it is sent
    email = fields.Char(
        string="E-mail of the first signer",
        help="The document is sent there. Who it is stays as proposed.",
    )
    expiry_date = fields.Date(
        string="Sign by",
        help="The last day to sign. What isn't signed by then is withdrawn at Autenti. "
        "Leave it empty to set no end.",
    )
    upload = fields.Binary(
        string="Another PDF",
        help="Is sent instead of the document that Odoo would make.",
    )
    upload_name = fields.Char()
    request_id = fields.Many2one(
        "autenti.request",
        string="Signature request",
        readonly=True,
        index="btree_not_null",
    )
    request_state = fields.Selection(
        related="request_id.state", string="Signing Status"
    )

    @api.constrains("email")
    def _check_email(self):
        for line in self:
            if line.email and not clean_email(line.email):
                raise ValidationError(
                    self.env._("%s: enter a valid e-mail.", line.email)
                )

    @api.constrains("expiry_date")
    def _check_expiry_date(self):
        today = self.env["res.users"]._autenti_get_today()
        if any(line.expiry_date and line.expiry_date < today for line in self):
            raise ValidationError(
                self.env._("“Sign by” has passed. Choose a later day, or none.")
            )

    @api.constrains("upload")
    def _check_upload(self):
        for line in self.filtered("upload"):
            if problem := line._make_dialog().pdf_problem:
                raise ValidationError(problem)

    @api.model
    def _autenti_get_kept_fields(self):
        """Override: the one who sends changes what they may, and nothing else."""
        return {
            name for name, field in self._fields.items() if field.store
        } - EDITABLE_FIELDS

    def write(self, vals):
        """Override: a file that is taken away takes its name along."""
        if "upload" in vals and not vals["upload"]:
            vals = {**vals, "upload_name": False}
        return super().write(vals)

    def _autenti_check_values(self, vals):
        """Override: Odoo would break at a file that isn't encoded as one."""
        try:
            base64.b64decode(vals.get("upload") or b"")
        except (TypeError, ValueError):
            message = self.env._("This is no file. Choose the PDF once more.")
            raise ValidationError(message) from None
        return super()._autenti_check_values(vals)

    def _autenti_check_changed(self, vals):
        """Override: managers see the lines of others, whose sendings they are."""
        self.batch_id.check_access("write")
        if not self.env.su:
            if any(line.state == "done" for line in self):
                raise UserError(self.env._("It is sent already."))
            if not vals.get("email", True):
                raise ValidationError(
                    self.env._("Enter the e-mail of the first signer.")
                )
        return super()._autenti_check_changed(vals)

    def action_open_pdf(self):
        """Show the document as it would be sent now, in a browser tab of its own."""
        self.ensure_one()
        self.batch_id.check_access("write")
        dialog = self._make_dialog()
        if dialog.pdf_problem:
            raise UserError(dialog.pdf_problem)
        return {
            "type": "ir.actions.act_url",
            "url": f"/autenti/preview/{dialog.id}/{dialog.pdf_sha256}",
            "target": "new",
        }

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
            problem = record._autenti_find_problem(self.batch_id.signature_type)
            return problem or self._find_text_problem(record)
        except (UserError, RedirectWarning) as error:
            return error.args[0]

    def _find_text_problem(self, record):
        """Return what is wrong with the title or the message, or False."""
        dialog = record.env["autenti.send"].new(
            {
                "name": record._autenti_get_title(),
                "message": self.batch_id.message or record._autenti_get_message(),
                "environment": record._autenti_find_connection().environment,
            }
        )
        return "\n".join(each["text"] for each in dialog._check_texts()) or False

    def _take_failure(self, error):
        if isinstance(error, UserError | RedirectWarning):
            problem = error.args[0]
        else:
            # Not its title, which may name people
            _logger.error("Batch line %s: it can't be done", self.id, exc_info=error)
            problem = self._autenti_describe_bug()
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
        self._make_dialog().action_send()
        request = record._autenti_get_request()
        self.write({"state": "done", "problem": False, "request_id": request.id})

    def _make_dialog(self):
        """Make the dialog as its sender would have filled it in.

        :return: the autenti.send, in the sender's name
        """
        record = self._get_record()
        dialog = record.env["autenti.send"]._make_for(record)
        for name in ("signature_type", "message"):
            if value := self.batch_id[name]:
                dialog[name] = value
        if self.upload:
            dialog.write(
                {
                    "source": "upload",
                    "upload": self.with_context(bin_size=False).upload,
                    "upload_name": self.upload_name,
                }
            )
        dialog.expiry_date = self.expiry_date
        if self.email and (signer := dialog.signer_ids.sorted()[:1]):
            signer.email = self.email
        return dialog

    def _propose(self):
        """Fill in what is proposed for each document, for the sender to change."""
        today = self.env["res.users"]._autenti_get_today()
        for line in self:
            record = line._get_record()
            connection_sudo = record._autenti_find_connection()
            rules = record._autenti_get_waiting_rules(connection_sudo)
            people = record._autenti_prepare_people()
            line.write(
                {
                    "email": clean_email(people[0]["email"]) if people else False,
                    "expiry_date": rules.expiry_days
                    and today + timedelta(days=rules.expiry_days),
                }
            )
