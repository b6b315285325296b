# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from odoo.addons.autenti_esign.exceptions import PASSING, get_remedy
from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES
from odoo.addons.autenti_esign.parallel import drive
from odoo.addons.queue_job.exception import RetryableJobError

# Requests of each connection for which one run of the cron job makes jobs
BATCH = 500
# Of the jobs: what people wait for comes before looks at Autenti
PRIORITIES = {"to_send": 5}
# Jobs that nobody has begun with for so long tell that no runner is there
PATIENCE = timedelta(minutes=15)
# Seconds until a job looks again at a request that somebody else is working on, and
# that a job which waits for its time may go on waiting
PAUSE = 5


class AutentiRequest(models.Model):
    """Each request that is due is worked on by a job of its own.

    The core still decides what is due and when it is tried again; the queue decides
    where and how many at once.
    """

    _inherit = "autenti.request"

    @api.model
    def _cron_process(self):
        """Override of `autenti_esign` to have jobs do the work."""
        self.env["autenti.callback"]._match_pending()
        found = self._find_due(BATCH, self._get_queued_ids())
        self.browse([request_id for request_id, _connection in found])._enqueue()
        if len(found) >= BATCH:
            self.env.ref("autenti_esign.ir_cron_autenti_request")._trigger()
        for request in self.search(self._get_awaited_domain()):
            request._make_job(eta=request.next_check_at)
        self.env["ir.cron"]._commit_progress(len(found), remaining=0)

    @api.model
    def _get_queued_ids(self):
        """Return the ids of requests with a job that begins as soon as it can."""
        jobs = self.env["queue.job"].search(
            [
                ("identity_key", "=like", f"{self._name},%"),
                ("state", "in", ("pending", "enqueued")),
                ("eta", "=", False),
            ]
        )
        return [int(key.partition(",")[2]) for key in jobs.mapped("identity_key")]

    def _enqueue(self):
        """Have a job work on each request; one that waits for its time begins now."""
        self._hasten_jobs()
        for request in self:
            request._make_job()

    def _make_job(self, eta=None):
        """Make a job that works on the request, unless there is one.

        :param datetime.datetime eta: when to begin, default as soon as it can
        """
        self.with_delay(
            identity_key=self._get_identity_key(),
            priority=PRIORITIES.get(self.state),
            description=self.env._("Signature request %s", self.id),
            # The core tells when it has been tried for long enough
            max_retries=0,
            eta=eta,
        )._work_as_job()

    def _hasten_jobs(self):
        """Have the jobs begin that wait for their time.

        In a transaction of their own, as short as can be: the runner may be about to
        begin with those whose time comes any moment.
        """
        self.env["ir.cron"]._commit_progress()
        soon = fields.Datetime.now() + timedelta(seconds=PAUSE)
        postponed = self.env["queue.job"].search(
            [
                ("identity_key", "in", [r._get_identity_key() for r in self]),
                ("state", "=", "pending"),
                ("eta", ">", soon),
            ]
        )
        postponed.eta = False
        self.env["ir.cron"]._commit_progress()

    def _get_identity_key(self):
        return f"{self._name},{self.id}"

    def _work_as_job(self):
        """Go on with the request until Autenti has to be waited for.

        :return: what came of it, for the list of jobs
        :raise RetryableJobError: it is to be tried again, and when
        """
        self.ensure_one()
        walks = [self._walk(self.id)]
        # The walk commits each answer, with a cursor of its own
        drive(lambda count: [walks.pop()] if walks else [], limit=1)
        with self.env.registry.cursor() as cr:
            return self.with_env(self.env(cr=cr))._get_job_result()

    def _get_job_result(self):
        if self.filtered_domain(self._get_due_domain() | self._get_called_domain()):
            raise RetryableJobError("In work elsewhere", PAUSE, ignore_retry=True)
        pause = (self.next_check_at or fields.Datetime.now()) - fields.Datetime.now()
        seconds = max(1, int(pause.total_seconds()))
        if self.filtered_domain(self._get_awaited_domain()):
            raise RetryableJobError("It isn't time yet", seconds, ignore_retry=True)
        remedy = get_remedy(self.last_error_code) if self.last_error else None
        if self.state in OPEN_STATES and self.next_check_at and remedy in PASSING:
            raise RetryableJobError(self.last_error, seconds)
        return self.last_error or self.state


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    @api.model
    def _find_sending_problem(self):
        """Override of `autenti_esign` to see as well that a runner does the jobs."""
        return super()._find_sending_problem() or self._find_runner_problem()

    @api.model
    def _find_runner_problem(self):
        limit = fields.Datetime.now() - PATIENCE
        jobs_sudo = self.env["queue.job"].sudo()
        waiting = jobs_sudo.search(
            Domain("identity_key", "=like", "autenti.request,%")
            & Domain("state", "=", "pending")
            & Domain("date_created", "<", limit)
            & (Domain("eta", "=", False) | Domain("eta", "<", limit)),
            order="date_created",
        )
        # A busy runner does some, if not all
        if not waiting or jobs_sudo.search_count(
            [("date_started", ">", limit)], limit=1
        ):
            return None
        return (
            self.env._(
                "Nobody does the jobs that send contracts. Waiting: %(count)s, since "
                "%(date)s.",
                count=len(waiting),
                date=format_datetime(
                    self.env, waiting[0].date_created, dt_format="short"
                ),
            ),
            self.env._(
                "Start the job runner: --load=base,web,queue_job and more than one "
                "worker. The log of the server names it when it starts."
            ),
        )
