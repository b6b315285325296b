# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many documents sent at once: first looked through, then one by one by a cron job."""

import logging

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from . import ir_websocket  # noqa: F401 - has what is inherited
from .autenti_sign_checks import BLOCKING
from .autenti_signer import SIGNATURE_TYPES

_logger = logging.getLogger(__name__)
JOB = "autenti_esign.ir_cron_autenti_batch"


class AutentiBatch(models.Model):
    """Documents that one user sends together, in that user's name and rights."""

    _name = "autenti.batch"
    _description = "Bulk Sending with Autenti"
    _inherit = ["autenti.guard"]
    _order = "id desc"

    name = fields.Char(
        string="Title", required=True, default=lambda self: self._get_default_name()
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    # Only Odoo itself writes who made it: nobody can send in another's name
    user_id = fields.Many2one(related="create_uid", string="Salesperson")
    signature_type = fields.Selection(
        SIGNATURE_TYPES, string="Signature", required=True, default="BASIC"
    )
    message = fields.Text(help="What the signers read in Autenti's mail.")
    state = fields.Selection(
        [
            ("draft", "To check"),
            ("running", "Sending"),
            ("paused", "Interrupted"),
            ("done", "Done"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    line_ids = fields.One2many(
        "autenti.batch.line", "batch_id", domain=[("state", "!=", "blocked")]
    )
    blocked_line_ids = fields.One2many(
        "autenti.batch.line",
        "batch_id",
        string="Blocked documents",
        domain=[("state", "=", "blocked")],
    )
    ready_count = fields.Integer(string="To send", compute="_compute_counts")
    done_count = fields.Integer(string="Handed over", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    blocked_count = fields.Integer(string="Blocked", compute="_compute_counts")
    out_count = fields.Integer(
        string="Sent",
        compute="_compute_counts",
        help="Documents that Autenti has sent to the signers.",
    )
    progress = fields.Float(compute="_compute_counts")
    service_problem = fields.Text(
        compute="_compute_service_problem", export_string_translation=False
    )

    @api.model
    def _get_default_name(self):
        time_zone = self.env.user._autenti_get_time_zone()
        now = fields.Datetime.context_timestamp(
            self.with_context(tz=time_zone), fields.Datetime.now()
        )
        return self.env._("Sending of %s", now.strftime("%Y-%m-%d %H:%M"))

    @api.depends("line_ids.state", "blocked_line_ids", "line_ids.request_state")
    def _compute_counts(self):
        counts = {
            (batch.id, state): count
            for batch, state, count in self.env["autenti.batch.line"]._read_group(
                [("batch_id", "in", self.ids)], ["batch_id", "state"], ["__count"]
            )
        }
        out = dict(
            self.env["autenti.batch.line"]._read_group(
                [("batch_id", "in", self.ids), ("request_id.sent_date", "!=", False)],
                ["batch_id"],
                ["__count"],
            )
        )
        for batch in self:
            for state in ("ready", "done", "failed", "blocked"):
                batch[f"{state}_count"] = counts.get((batch.id, state), 0)
            batch.out_count = out.get(batch, 0)
            finished = batch.done_count + batch.failed_count
            total = finished + batch.ready_count
            batch.progress = total and 100 * finished / total

    @api.depends("company_id", "state")
    def _compute_service_problem(self):
        job = self.env.ref(JOB, raise_if_not_found=False)
        job_problem = job and job.sudo()._autenti_find_problem()
        for batch in self:
            connection_sudo = self.env["autenti.connection"]._find_for_company(
                batch.company_id
            )
            batch.service_problem = batch.state != "done" and (
                connection_sudo.service_problem
                or (job_problem and " ".join(job_problem))
            )

    # === ACTION METHODS === #

    def action_check(self):
        """Look again which documents can be sent."""
        self._check_own()
        lines_sudo = self.env["autenti.batch.line"].sudo()
        lines = lines_sudo.search(
            [
                ("batch_id", "=", self.id),
                ("state", "in", ("ready", "blocked", "failed")),
            ]
        )
        lines._check()

    def action_start(self):
        """Send what can be sent, by the cron job; also goes on after a pause."""
        self._check_own()
        if not self.ready_count:
            raise UserError(
                self.env._("Nothing can be sent. See why, mend it, and check again.")
            )
        self.state = "running"
        self.env.ref(JOB).sudo()._trigger()

    def action_pause(self):
        """Send nothing more until it is resumed."""
        self._check_own()
        if self.state == "running":
            self.state = "paused"

    def action_open_requests(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_request_action"
        )
        domain = [("id", "in", self.line_ids.request_id.ids)]
        return {**action, "domain": domain, "context": {}}

    def _check_own(self):
        self.ensure_one()
        self.check_access("write")

    # === BUSINESS METHODS === #

    @api.model
    def _open_for(self, records):
        """Look through records that are to be sent together.

        There is a batch for each company: its managers see what is in it.

        :param records: records of a model with `autenti.sign.mixin`
        :return: action that shows what goes and what is blocked
        """
        batches = self.browse()
        by_company = records.grouped(lambda record: record._autenti_get_company())
        for company, of_company in by_company.items():
            batch = self.create({"company_id": company.id})
            batch._add(of_company)
            batches += batch
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Send with Autenti"),
            "res_model": self._name,
        }
        if len(batches) == 1:
            return {**action, "res_id": batches.id, "views": [(False, "form")]}
        return {
            **action,
            "domain": [("id", "in", batches.ids)],
            "views": [(False, "list"), (False, "form")],
        }

    def _add(self, records):
        lines_sudo = (
            self.env["autenti.batch.line"]
            .sudo()
            .create(
                [
                    {
                        "batch_id": self.id,
                        "res_model": record._name,
                        "res_id": record.id,
                        "name": record.display_name,
                        "partner_id": record._autenti_get_partner().id,
                    }
                    for record in records
                ]
            )
        )
        lines_sudo._check()

    @api.model
    def _cron_process(self):
        """Send what running batches have, one document a transaction."""
        domain = [("batch_id.state", "=", "running"), ("state", "=", "ready")]
        lines = self.env["autenti.batch.line"].search(domain)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(lines))
        for line in lines:
            line._process_one(domain)
            if not cron._commit_progress(1):
                break

    def _note_progress(self):
        self.invalidate_recordset()
        if self.state == "running" and not self.ready_count:
            self.state = "done"
            reader = self.with_context(lang=self.user_id.lang)
            self.user_id._bus_send(
                "simple_notification",
                {
                    "type": "warning" if self.failed_count else "success",
                    "title": reader.name,
                    "message": reader.env._(
                        "On their way to Autenti: %(done)s. Failed: %(failed)s.",
                        done=self.done_count,
                        failed=self.failed_count,
                    ),
                },
            )
        self._bus_notify()

    def _bus_notify(self):
        """Have open forms load again."""
        for batch in self:
            self.env["bus.bus"]._sendone(
                batch, "autenti_esign/changed", {"model": self._name, "id": batch.id}
            )


class AutentiBatchLine(models.Model):
    """One document of a batch."""

    _name = "autenti.batch.line"
    _description = "Document of a Bulk Sending"
    _inherit = ["autenti.guard"]
    _order = "batch_id, id"

    batch_id = fields.Many2one(
        "autenti.batch", required=True, readonly=True, index=True, ondelete="cascade"
    )
    res_model = fields.Char(
        required=True, readonly=True, export_string_translation=False
    )
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        readonly=True,
        export_string_translation=False,
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
    request_state = fields.Selection(related="request_id.state", string="Signing")

    def action_open_record(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    def _get_record(self):
        """Return the record as the one who sends it sees it."""
        user = self.batch_id.user_id
        record = self.env[self.res_model].with_user(user).browse(self.res_id)
        company = record.sudo()._autenti_get_company()
        return record.with_context(
            lang=user.lang,
            tz=user._autenti_get_time_zone(),
            allowed_company_ids=company.ids,
        )

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

    def _process_one(self, domain):
        """Send one document; what goes wrong with it stays with it.

        :param domain: that the line must still be in when it is locked
        """
        try:
            # It may have been interrupted while the last document was made
            self.env.invalidate_all()
            if self.try_lock_for_update().filtered_domain(domain):
                self._send()
                self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody changed it in this very moment; the next run sees how
            self.env.cr.rollback()
        except Exception as error:
            self.env.cr.rollback()
            if isinstance(error, UserError | RedirectWarning):
                problem = error.args[0]
            else:
                _logger.exception("%s of a batch can't be sent", self.name)
                problem = self.env._(
                    "Something went wrong in Odoo itself. Tell your administrator: the "
                    "server's log says more."
                )
            self.write({"state": "failed", "problem": problem})
        self.batch_id._note_progress()

    def _send(self):
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


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    batch_line_ids = fields.One2many(
        "autenti.batch.line", "request_id", string="Bulk sending"
    )

    def _bus_notify(self):
        """Override to show the progress of the batch."""
        result = super()._bus_notify()
        self.batch_line_ids.batch_id._bus_notify()
        return result


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def action_autenti_send_batch(self):
        """Show which of the records can be sent for signature, to send them at once."""
        self.check_access("read")
        return self.env["autenti.batch"]._open_for(self)

    def _autenti_find_problem(self, signature_type):
        """Return what keeps the record from being sent as it is, or False.

        :raise UserError: the same
        """
        self.ensure_one()
        self._autenti_check_signable()
        problems = [
            each["text"]
            for each in self._autenti_check_proposal(signature_type)
            if each["level"] == BLOCKING
        ]
        return "\n".join(problems) or False


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _autenti_has_news(self, model):
        return model._name == "autenti.batch" or super()._autenti_has_news(model)
