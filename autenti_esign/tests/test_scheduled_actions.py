# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from .common import AutentiCommon

NAMES = ("request", "check", "waiting")


class TestScheduledActions(AutentiCommon):
    """Where nobody works on contracts, it is said to whom waits for that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.as_manager = cls.connection.with_user(cls.manager)

    def job(self, name="request"):
        return self.env.ref(f"autenti_esign.ir_cron_autenti_{name}")

    def let_wait(self, name="request", **delay):
        """Have an action be overdue."""
        job = self.job(name)
        job.nextcall = fields.Datetime.now() - timedelta(**delay)
        return job

    def lines(self):
        self.as_manager.action_check()
        return self.as_manager.check_ids.filtered(lambda c: c.name == "jobs")

    def assertToldEverywhere(self, *words):
        """Check the health check, the send dialog, the request and the connection."""
        [line] = self.lines()
        self.assertEqual(line.level, "red")
        self.assertTrue(line.hint)
        request = self.request_of(self.agreement) or self.submit()
        dialog = self.open_dialog(self._create_agreement(self.seller))
        for text in (
            f"{line.message} {line.hint}",
            dialog.service_problem,
            request.with_user(self.seller).service_problem,
            self.as_manager.service_problem,
        ):
            for word in words:
                self.assertIn(word, text)

    def assertSilent(self):
        self.assertEqual(self.lines().mapped("level"), ["green"])
        request = self.request_of(self.agreement) or self.submit()
        self.assertFalse(request.service_problem)
        dialog = self.open_dialog(self._create_agreement(self.seller))
        self.assertFalse(dialog.service_problem)

    # === What is told ===

    def test_it_is_switched_off(self):
        self.job().active = False
        self.assertToldEverywhere("switched off", "Technical / Scheduled Actions")

    def test_it_was_deleted(self):
        self.env["autenti.callback"]._get_cron_id()
        self.job().unlink()
        self.assertIn("deleted", self.as_manager.service_problem)
        self.assertEqual(self.lines().mapped("level"), ["red"])

    def test_it_is_late(self):
        for delay in ({"minutes": 20}, {"days": 3}):
            self.let_wait(**delay)
            self.assertToldEverywhere("hasn't run since", "max_cron_threads")

    def test_it_was_woken_and_does_not_come(self):
        job = self.let_wait(minutes=-1)
        self.env["ir.cron.trigger"].create(
            {
                "cron_id": job.id,
                "call_at": fields.Datetime.now() - timedelta(hours=2),
            }
        )
        self.assertToldEverywhere("hasn't run since")

    def test_it_fails_again_and_again(self):
        for count, since in ((3, {"minutes": 3}), (1, {"hours": 2})):
            self.job().write(
                {
                    "failure_count": count,
                    "first_failure_date": fields.Datetime.now() - timedelta(**since),
                }
            )
            self.assertToldEverywhere("has been failing since", "log")

    def test_the_others_are_in_the_health_check(self):
        for name in NAMES[1:]:
            with self.subTest(name):
                job = self.let_wait(name, days=9)
                [line] = self.lines()
                self.assertEqual(line.level, "red")
                self.assertIn(job.name, line.message)
                self.assertFalse(self.as_manager.service_problem)
                job.nextcall = fields.Datetime.now()
                job.active = False
                [line] = self.lines()
                # A weekly mail may be unwanted
                level = "amber" if name == "waiting" else "red"
                self.assertEqual(line.level, level)
                job.active = True

    # === What is no reason to tell ===

    def test_all_run(self):
        for name in NAMES:
            self.let_wait(name, minutes=5)
        self.assertSilent()

    def test_a_server_has_just_begun_again(self):
        for name in NAMES[1:]:
            self.let_wait(name, days=3)
        self.run_cron("check")
        lines = self.connection.check_ids.filtered(lambda c: c.name == "jobs")
        self.assertEqual(lines.mapped("level"), ["green"])
        self.let_wait(days=3)
        self.run_cron("check")
        lines = self.connection.check_ids.filtered(lambda c: c.name == "jobs")
        self.assertEqual(lines.mapped("level"), ["red"])

    def test_it_has_failed_once(self):
        self.job().write(
            {"failure_count": 1, "first_failure_date": fields.Datetime.now()}
        )
        self.assertSilent()

    def test_what_has_ended_waits_for_nothing(self):
        request = self.send()
        request._set_state("expired")
        self.job().active = False
        self.assertFalse(request.service_problem)


@tagged("post_install", "-at_install")
class TestRunningAction(TransactionCase):
    """An action is no reason to tell for as long as a server works on it."""

    def test_it_runs_in_this_moment(self):
        job = self.env.ref("autenti_esign.ir_cron_autenti_request")
        self.assertFalse(job._autenti_is_running())
        with db_connect(self.env.cr.dbname).cursor() as server:
            # As Odoo does before it runs one
            server.execute(
                SQL("SELECT FROM ir_cron WHERE id = %s FOR NO KEY UPDATE", job.id)
            )
            self.assertTrue(job._autenti_is_running())
        self.assertFalse(job._autenti_is_running())

    def test_it_has_run_since_we_looked(self):
        job = self.env.ref("autenti_esign.ir_cron_autenti_check")
        self.assertFalse(job._autenti_is_running())
        with db_connect(self.env.cr.dbname).cursor() as server:
            server.execute(
                SQL("UPDATE ir_cron SET active = active WHERE id = %s", job.id)
            )
        self.assertTrue(job._autenti_is_running())
