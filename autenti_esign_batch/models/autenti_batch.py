# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many documents sent at once: first looked through, then one by one by a cron job."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from odoo.addons.autenti_esign.models.autenti_request import USER_GROUP
from odoo.addons.autenti_esign.signature_types import SIGNATURE_TYPES

JOB = "autenti_esign_batch.ir_cron_autenti_batch"
ACTIVITY = "autenti_esign_batch.mail_activity_type_batch"
# What all documents share, so that each is to be looked at again
SHARED = {"message", "signature_type"}
# Some documents were handed over, or none
ENDED = ("done", "failed")


class AutentiBatch(models.Model):
    """Documents that one user sends together, in that user's name and rights."""

    _name = "autenti.batch"
    _description = "Bulk Sending with Autenti"
    _inherit = ["autenti.guard", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    # A manager, who is told what wasn't sent, answers to that
    _mail_post_access = "read"

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
        SIGNATURE_TYPES,
        string="Signature",
        help="Of all documents. Empty: each has the one of its type.",
    )
    message = fields.Text(
        help="What the signers read in Autenti's mail. Empty: each document has the "
        "message of its type."
    )
    state = fields.Selection(
        [
            ("draft", "To check"),
            ("running", "Sending"),
            ("paused", "Interrupted"),
            ("done", "Done"),
            ("failed", "Failed"),
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
    service_problem = fields.Text(compute="_compute_service_problem")

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
            batch.service_problem = batch.state not in ENDED and (
                connection_sudo.service_problem
                or (job_problem and " ".join(job_problem))
            )

    @api.onchange("message", "signature_type")
    def _onchange_shared(self):
        """Tell what can't be sent like that before anything is."""
        ready = self.line_ids.filtered(lambda line: line.state == "ready")
        problems = ready.grouped(lambda line: line._find_problem())
        problems.pop(False, None)
        if not problems:
            return None
        parts = (
            "\n".join([problem, *(f"- {line.name}" for line in lines)])
            for problem, lines in problems.items()
        )
        title = self.env._("Can't be sent like that")
        return {"warning": {"title": title, "message": "\n\n".join(parts)}}

    # === CRUD METHODS === #

    def write(self, vals):
        """Override to look again which documents can be sent with what all share."""
        result = super().write(vals)
        if SHARED.intersection(vals):
            self._find_lines("ready", "blocked")._check()
        return result

    @api.model
    def _autenti_get_kept_fields(self):
        """Override: it starts and is interrupted by the buttons alone."""
        return super()._autenti_get_kept_fields() | {"state"}

    # === ACTION METHODS === #

    def action_check(self):
        """Look again which documents can be sent."""
        self._check_own()
        self._find_lines("ready", "blocked", "failed")._check()

    def action_start(self):
        """Send what can be sent, by the cron job; also goes on after a pause.

        :raise UserError: nothing can be, or this may be a copy of the database
        """
        self._check_own()
        connections = self.env["autenti.connection"]
        connections._find_for_company(self.company_id)._check_place()
        if not self.ready_count:
            raise UserError(
                self.env._("Nothing can be sent. See why, mend it, and check again.")
            )
        self.sudo().state = "running"
        self.env.ref(JOB).sudo()._trigger()

    def action_pause(self):
        """Send nothing more until it is resumed."""
        self._check_own()
        if self.state == "running":
            self.sudo().state = "paused"

    def action_open_requests(self):
        self.ensure_one()
        domain = [("id", "in", self.line_ids.request_id.ids)]
        return self.env["autenti.request"]._get_list_action(domain)

    def _check_own(self):
        self.ensure_one()
        self.check_access("write")

    def _find_lines(self, *states):
        """Return the lines in some states, in sudo."""
        domain = [("batch_id", "in", self.ids), ("state", "in", states)]
        return self.env["autenti.batch.line"].sudo().search(domain)

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
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
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
        lines_sudo._propose()
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
            line.batch_id._note_progress()
            if not cron._commit_progress(1):
                break

    def _note_progress(self):
        self.invalidate_recordset()
        if self.state == "running" and not self.ready_count:
            self.state = "done" if self.done_count else "failed"
            self._notify_result()
        self._autenti_notify_forms(self)

    def _notify_result(self):
        if self._still_works(self.user_id):
            self._show_result()
        elif self.failed_count:
            users = self.env["res.users"]
            if overseer := users._autenti_find_overseer(self.company_id):
                self._notify_failures(overseer)

    def _still_works(self, user):
        """Tell whether a user can still see to what they send."""
        return (
            user.active
            and self.company_id in user.company_ids
            and user.has_group(USER_GROUP)
        )

    def _show_result(self):
        """Tell the one who sends in a notification that goes away."""
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

    def _notify_failures(self, user):
        """Put in front of a user what wasn't sent, and why."""
        reader = self.with_context(lang=user.lang)
        parts = [
            reader.env._(
                "These documents weren't sent. Whoever may send them can do so from "
                "their list."
            )
        ]
        failed = self.line_ids.filtered(lambda line: line.state == "failed")
        for problem, lines in failed.grouped("problem").items():
            # Who may not read a record doesn't learn its title here
            names = lines.with_user(user)._filtered_access("read").mapped("name")
            parts.append("\n".join([problem, *(f"- {name}" for name in names)]))
        self.activity_unlink([ACTIVITY])
        self.activity_schedule(
            ACTIVITY, user_id=user.id, note=plaintext2html("\n\n".join(parts))
        )
