# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Open requests that go to another salesperson, one by one by a cron job."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

JOB = "autenti_esign_takeover.ir_cron_autenti_takeover"
# What somebody else works on in this moment
PAUSE = timedelta(minutes=1)


class AutentiTakeover(models.Model):
    """Requests that a manager gives to a salesperson together.

    Each is a transaction of its own: whatever is killed or refused, a request is wholly
    the one's or the other's. Odoo alone writes it.
    """

    _name = "autenti.takeover"
    _description = "Takeover of Signature Requests"
    _inherit = ["autenti.guard", "mail.thread"]
    _order = "id desc"

    name = fields.Char(string="Title", required=True, readonly=True)
    # Only Odoo itself writes who made it: nobody can act in another's name
    user_id = fields.Many2one(related="create_uid", string="Ordered by")
    taker_id = fields.Many2one(
        "res.users", string="Who takes over", required=True, readonly=True
    )
    line_ids = fields.One2many("autenti.takeover.line", "takeover_id", readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        required=True,
        readonly=True,
        default="running",
    )
    only_here = fields.Boolean(
        string="In Odoo only",
        readonly=True,
        help="What Autenti refuses to who takes over is read there as before.",
    )
    waiting_count = fields.Integer(string="To do", compute="_compute_counts")
    done_count = fields.Integer(string="Taken over", compute="_compute_counts")
    failed_count = fields.Integer(string="Not taken over", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    outcome = fields.Char(string="Status", compute="_compute_outcome")
    is_mine = fields.Boolean(compute="_compute_is_mine")
    service_problem = fields.Text(compute="_compute_service_problem")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for takeover in self:
            by_state = takeover.line_ids.grouped("state")
            for state in ("waiting", "done", "failed"):
                takeover[f"{state}_count"] = len(by_state.get(state, ()))
            total = len(takeover.line_ids)
            finished = total - takeover.waiting_count
            takeover.progress = total and 100 * finished / total

    @api.depends("failed_count", "state")
    @api.depends_context("lang")
    def _compute_outcome(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        for takeover in self:
            outcome = states.get(takeover.state)
            if takeover.state == "done" and takeover.failed_count:
                outcome = self.env._("Done, %s failed", takeover.failed_count)
            takeover.outcome = outcome

    @api.depends_context("uid")
    def _compute_is_mine(self):
        for takeover in self:
            takeover.is_mine = takeover.create_uid == self.env.user

    @api.depends("state")
    def _compute_service_problem(self):
        job = self.env.ref(JOB, raise_if_not_found=False)
        problem = job and job.sudo()._autenti_find_problem()
        for takeover in self:
            is_running = takeover.state == "running"
            takeover.service_problem = is_running and problem and " ".join(problem)

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self._may_order())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override: only who may order a takeover is offered to."""
        arch, view = super()._get_view(view_id, view_type, **options)
        header = arch.find("header") if view_type == "list" else None
        if header is not None and not self._may_order():
            arch.remove(header)
        return arch, view

    @api.model
    def _may_order(self):
        user = self.env.user
        return bool(
            self.env["autenti.request"]._is_managed() or user._autenti_get_led_users()
        )

    # === ACTION METHODS === #

    def action_try_again(self):
        """Try again what wasn't taken over."""
        self._try_again(only_here=False)

    def action_take_over_here(self):
        """Try again, and where Autenti refuses, let Odoo read there as before."""
        self._try_again(only_here=True)

    def _try_again(self, only_here):
        self.ensure_one()
        self.check_access("read")
        if not self.is_mine:
            raise AccessError(
                self.env._(
                    "Only %s, who has ordered it, may do this.", self.user_id.name
                )
            )
        takeover_sudo = self.sudo()
        failed = takeover_sudo.line_ids.filtered(lambda line: line.state == "failed")
        failed.write({"state": "waiting", "problem": False})
        takeover_sudo.write({"state": "running", "only_here": only_here})
        takeover_sudo._trigger_job()

    def action_open_requests(self):
        self.ensure_one()
        done = self.line_ids.filtered(lambda line: line.state == "done")
        domain = [("id", "in", done.request_id.ids)]
        return self.env["autenti.request"]._get_list_action(domain)

    # === BUSINESS METHODS === #

    @api.model
    def _begin(self, requests, taker):
        """Order that requests go to a salesperson.

        :param requests: autenti.request records that the current user may give
        :param taker: res.users
        :return: the autenti.takeover in sudo
        """
        formers = ", ".join(requests.user_id.mapped("name"))
        takeover = self.sudo().create(
            {
                "name": f"{formers} → {taker.name}",
                "taker_id": taker.id,
                "line_ids": [
                    fields.Command.create(
                        {
                            "request_id": request.id,
                            "former_id": request.user_id.id,
                        }
                    )
                    for request in requests
                ],
            }
        )
        takeover._trigger_job()
        return takeover

    @api.model
    def _trigger_job(self, pause=None):
        moment = pause and fields.Datetime.now() + pause
        self.env.ref(JOB).sudo()._trigger(moment)

    @api.model
    def _cron_process(self):
        """Take over what waits, one request a transaction."""
        waiting = [("state", "=", "waiting")]
        lines = self.env["autenti.takeover.line"].search(waiting)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(lines))
        for line in lines:
            line._process_one(waiting)
            line.takeover_id._note_progress()
            if not cron._commit_progress(1):
                break

    def _note_progress(self):
        self.invalidate_recordset()
        if self.state == "running" and not self.waiting_count:
            self.state = "done"
            self._notify_result()
        self._autenti_notify_forms(self)

    def _notify_result(self):
        """Tell who has ordered it how it went, and the taker what is theirs now."""
        reader = self.with_context(lang=self.user_id.lang)
        self.user_id._bus_send(
            "simple_notification",
            {
                "type": "warning" if self.failed_count else "success",
                "title": self.name,
                "message": reader.env._(
                    "Taken over: %(done)s. Not taken over: %(failed)s.",
                    done=self.done_count,
                    failed=self.failed_count,
                ),
            },
        )
        if self.done_count and self.taker_id != self.user_id:
            reader = self.with_context(lang=self.taker_id.lang)
            self.message_notify(
                author_id=self.user_id.partner_id.id,
                partner_ids=self.taker_id.partner_id.ids,
                subject=self.name,
                body=reader.env._(
                    "Signature requests that are yours from now on: %s.",
                    self.done_count,
                ),
                email_layout_xmlid="mail.mail_notification_light",
            )
