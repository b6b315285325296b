# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from ..models.autenti_batch import JOB
from .common import BatchCommon


class TestScheduledAction(BatchCommon):
    """Where nobody sends what batches have, it is said to whom waits for that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.job = cls.env.ref(JOB)
        cls.as_manager = cls.connection.with_user(cls.manager)

    def check(self):
        """Return what the health check says of the scheduled actions."""
        self.as_manager.action_check()
        return self.as_manager.check_ids.filtered(lambda c: c.name == "jobs")

    def test_who_sends_many_at_once_is_told_before_starting(self):
        batch = self.open_batch(self._create_agreement(self.seller))
        self.assertFalse(batch.service_problem)
        for job in (self.job, self.env.ref("autenti_esign.ir_cron_autenti_request")):
            with self.subTest(name=job.name):
                job.active = False
                self.env.invalidate_all()
                self.assertIn("switched off", batch.service_problem)
                job.active = True

    def test_a_copy_of_the_database_starts_nothing(self):
        batch = self.open_batch(self._create_agreement(self.seller))
        self.assertTrue(batch.ready_count)
        former = batch.state
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "An administrator opens the connection"):
            batch.action_start()
        self.assertEqual(batch.state, former)

    def test_it_is_in_the_health_check(self):
        self.job.nextcall = fields.Datetime.now() - timedelta(days=9)
        [line] = self.check()
        self.assertEqual(line.level, "red")
        self.assertIn(self.job.name, line.message)
        self.assertFalse(self.as_manager.service_problem)
        self.job.nextcall = fields.Datetime.now()
        self.job.active = False
        [line] = self.check()
        self.assertEqual(line.level, "red")

    def test_it_runs(self):
        self.job.nextcall = fields.Datetime.now() - timedelta(minutes=5)
        self.assertEqual(self.check().mapped("level"), ["green"])

    def test_a_server_has_just_begun_again(self):
        self.job.nextcall = fields.Datetime.now() - timedelta(days=3)
        self.run_cron("check")
        lines = self.connection.check_ids.filtered(lambda c: c.name == "jobs")
        self.assertEqual(lines.mapped("level"), ["green"])
