# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.autenti_esign.models.autenti_request_sync import (
    FILE_PAUSE,
    JITTER,
    RETRIES,
)
from odoo.addons.autenti_esign.tests.common import (
    CLIENT_EMAIL,
    SELLER_EMAIL,
    AutentiCommon,
)
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job
from odoo.addons.queue_job.tests.common import trap_jobs


@tagged("post_install", "-at_install")
class TestJobs(AutentiCommon):
    """The cron job makes jobs, and these do what it did."""

    def setUp(self):
        super().setUp()
        self.request = self.submit()

    def jobs(self):
        return self.env["queue.job"].search(
            [("identity_key", "=", f"autenti.request,{self.request.id}")]
        )

    def perform(self, job):
        """Perform a job as the runner does."""
        with self.enter_registry_test_mode():
            Job.load(self.env, job.uuid).perform()
        self.env.invalidate_all()

    def work(self):
        with self.enter_registry_test_mode():
            result = self.request._work_as_job()
        self.env.invalidate_all()
        return result

    def postpone(self):
        """Work, and return how the job asks to be repeated.

        Not by `assertRaises`, which would undo what the job has done.
        """
        with self.enter_registry_test_mode():
            try:
                self.request._work_as_job()
            except RetryableJobError as error:
                self.env.invalidate_all()
                return error
        raise AssertionError("The job doesn't ask to be repeated.")

    def test_cron_only_enqueues(self):
        with trap_jobs() as trap:
            self.run_cron()
            trap.assert_jobs_count(1)
            trap.assert_enqueued_job(
                self.request._work_as_job,
                args=(),
                kwargs={},
                properties={
                    "identity_key": f"autenti.request,{self.request.id}",
                    "priority": 5,
                    "max_retries": 0,
                    "description": f"Signature request {self.request.id}",
                },
            )
        self.assertEqual(self.autenti.calls, [])
        self.assertEqual(self.request.state, "to_send")

    def test_channel_and_retries(self):
        self.run_cron()
        job = self.jobs()
        self.assertEqual(job.channel, "root.autenti")
        pattern = job.job_function_id._parse_retry_pattern()
        for number, seconds in pattern.items():
            pause = RETRIES.first * 2 ** (number - 1)
            expected = min(pause, RETRIES.longest)
            self.assertEqual(timedelta(seconds=seconds), expected)

    def test_one_job_for_a_request(self):
        self.run_cron()
        self.run_cron()
        self.assertEqual(len(self.jobs()), 1)

    def test_job_sends(self):
        self.run_cron()
        self.perform(self.jobs())
        self.assertEqual(self.request.state, "sent")
        self.assertEqual(self.autenti.operations, ["create", "upload", "send"])

    def test_signed_by_jobs(self):
        self.assertEqual(self.work(), "sent")
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(self.request.process_id, email)
        self.request.next_check_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self.work(), "signed")

    def complete(self, with_file):
        """Have all sign, and the time of the next look come."""
        self.work()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(self.request.process_id, email, with_file=with_file)
        self.request.next_check_at = fields.Datetime.now() - timedelta(seconds=1)

    def test_file_that_lags_behind(self):
        self.complete(with_file=False)
        error = self.postpone()
        self.assertTrue(error.ignore_retry)
        self.assertLessEqual(error.seconds, FILE_PAUSE.total_seconds())
        self.autenti.add_signed_file(self.request.process_id)
        self.request.next_check_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self.work(), "signed")

    def test_file_that_a_user_misses_has_a_job_for_its_moment(self):
        self.complete(with_file=False)
        self.request.with_user(self.seller).action_check()
        self.run_cron()
        self.assertEqual(self.jobs().eta, self.request.next_check_at)

    def test_failure_that_passes(self):
        self.autenti.fail("upload", 503)
        error = self.postpone()
        first = RETRIES.first.total_seconds()
        self.assertAlmostEqual(error.seconds, first, delta=first * JITTER + 2)
        self.assertIn("technical problem", str(error))
        self.request.next_check_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self.work(), "sent")
        self.assertEqual(self.autenti.operations.count("create"), 1)

    def test_autenti_says_when(self):
        self.autenti.fail("create", 429, headers={"Retry-After": "900"})
        error = self.postpone()
        self.assertGreaterEqual(error.seconds, 895)

    def test_what_a_person_has_to_mend(self):
        self.autenti.fail("create", 402)
        self.assertIn("package is used up", self.work())
        self.assertEqual(self.request.state, "to_send")
        self.assertTrue(self.activities(self.agreement, "attention", self.seller))

    def test_what_is_refused_for_good(self):
        self.autenti.fail("create", 400)
        self.assertEqual(self.work(), "failed")

    def test_try_again_brings_a_postponed_job_forward(self):
        self.run_cron()
        job = self.jobs()
        job.eta = fields.Datetime.now() + timedelta(hours=2)
        self.request.with_user(self.seller).action_try_again()
        self.run_cron()
        self.assertEqual(self.jobs(), job)
        self.assertFalse(job.eta)

    def test_nothing_due(self):
        self.work()
        with trap_jobs() as trap:
            self.run_cron()
            trap.assert_jobs_count(0)

    def test_in_work_elsewhere(self):
        self.patch(
            self.registry["autenti.request"], "_lock", lambda request: request[:0]
        )
        error = self.postpone()
        self.assertTrue(error.ignore_retry)
        self.assertEqual(self.autenti.calls, [])

    # === THE RUNNER === #

    def let_wait(self, **values):
        self.run_cron()
        self.assertFalse(self.connection.service_problem)
        jobs = self.jobs()
        job = jobs.with_context(_job_edit_sentinel=jobs.EDIT_SENTINEL)
        job.date_created = fields.Datetime.now() - timedelta(minutes=20)
        job.write(values)
        self.env.invalidate_all()
        return job

    def test_a_missing_runner_is_told_everywhere(self):
        self.let_wait()
        connection = self.connection.with_user(self.manager)
        connection.action_check()
        line = connection.check_ids.filtered(lambda c: c.name == "jobs")
        self.assertEqual(line.level, "red")
        for text in (f"{line.message} {line.hint}", self.request.service_problem):
            self.assertIn("Nobody does the jobs", text)
            self.assertIn("--load=base,web,queue_job", text)

    def test_a_busy_runner_or_a_job_for_later_is_no_trouble(self):
        job = self.let_wait(eta=fields.Datetime.now() + timedelta(hours=1))
        self.assertFalse(self.request.service_problem)
        job.eta = False
        self.env.invalidate_all()
        self.assertTrue(self.request.service_problem)
        other = self.submit(self._create_agreement(self.seller))
        self.run_cron()
        key = f"autenti.request,{other.id}"
        done = job.search([("identity_key", "=", key)])
        done.write({"state": "done", "date_started": fields.Datetime.now()})
        self.env.invalidate_all()
        self.assertFalse(self.request.service_problem)
