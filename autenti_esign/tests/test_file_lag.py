# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import statistics
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields

from .. import parallel
from ..models.autenti_request_sync import FILE_PAUSE
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

_logger = logging.getLogger(__name__)

START = datetime(2040, 3, 1, 9, 30)


class TestFileLag(AutentiCommon):
    """The signed file lags behind the last signature; Odoo has it soon."""

    def receive(self, lag):
        """Have all sign, and the file appear some seconds later.

        :return: seconds from when it is ready until Odoo has it, and looks it took
        """
        with freeze_time(START) as clock:
            request = self.send(self._create_agreement(self.seller))
            for email in (CLIENT_EMAIL, SELLER_EMAIL):
                self.autenti.sign(request.process_id, email, with_file=False)
            reads = self.autenti.count("read")
            ready = START + timedelta(seconds=lag)
            self.poll(request)
            while request.state != "signed":
                moment = max(request.next_check_at, fields.Datetime.now())
                if moment >= ready:
                    self.add_file_once(request)
                clock.move_to(moment)
                self.run_cron()
            delay = (fields.Datetime.now() - ready).total_seconds()
        return delay, self.autenti.count("read") - reads

    def add_file_once(self, request):
        files = self.autenti.processes[request.process_id]["files"]
        if len(files) == 1:
            self.autenti.add_signed_file(request.process_id)

    def test_a_file_that_lags_up_to_two_minutes_is_here_in_five_seconds(self):
        results = [self.receive(lag) for lag in range(4, 121, 19)]
        delays, looks = zip(*results, strict=True)
        _logger.info("Signed after it is ready: %s s; looks: %s", delays, looks)
        self.assertLessEqual(statistics.median(delays), 5)
        self.assertLessEqual(max(delays), FILE_PAUSE.total_seconds() + 1)

    def test_a_lag_that_is_known_costs_no_more_than_two_looks_more(self):
        for lag in (20, 110):
            with self.subTest(lag=lag):
                self.env["autenti.request"].search([]).completed_date = False
                results = [self.receive(lag) for _time in range(5)]
                delays, looks = zip(*results[1:], strict=True)
                _logger.info("Lag of %s s: %s s, looks %s", lag, delays, looks)
                self.assertLessEqual(statistics.median(delays), 5)
                # The one that sees the last signature, and the one that finds the file
                self.assertLessEqual(statistics.mean(looks), 3.5)

    def test_the_lag_is_known_also_where_somebody_fetches_the_status(self):
        with freeze_time(START) as clock:
            request = self.send()
            for email in (CLIENT_EMAIL, SELLER_EMAIL):
                self.autenti.sign(request.process_id, email, with_file=False)
            self.poll(request)
            clock.move_to(START + timedelta(seconds=90))
            self.autenti.add_signed_file(request.process_id)
            request.with_user(self.seller).action_check()
            self.assertEqual(request.state, "signed")
            self.assertEqual(request.file_lag, 90)

    def test_a_file_that_never_comes_is_asked_for_ever_more_seldom(self):
        with freeze_time(START) as clock:
            request = self.send()
            for email in (CLIENT_EMAIL, SELLER_EMAIL):
                self.autenti.sign(request.process_id, email, with_file=False)
            self.poll(request)
            reads = self.autenti.count("read")
            while fields.Datetime.now() < START + timedelta(hours=1):
                clock.move_to(request.next_check_at)
                self.run_cron()
            self.assertLessEqual(self.autenti.count("read") - reads, 40)
            self.assertGreater(
                request.next_check_at, fields.Datetime.now() + timedelta(minutes=20)
            )

    def test_a_run_waits_for_what_is_due_in_a_moment(self):
        request = self.send()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email, with_file=False)
        self.poll(request)
        # The cursor of a test can't be committed
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 0)
        run = parallel.Run(request.browse())
        self.assertEqual(run.take(1), [], "with one place it would hold up others")
        self.assertFalse(run.has_more())
        run.limit = 8
        (wait,) = run.take(8)
        self.assertEqual(run.take(8), [], "one wait is enough")
        seconds = next(wait).args[0]
        self.assertLessEqual(seconds, parallel.WAIT)
        self.assertGreater(seconds, 0)
        self.assertTrue(run.has_more(), "the next run goes on with waiting")

    def test_a_look_that_is_due_between_two_runs_is_not_missed(self):
        cron = self.env.ref("autenti_esign.ir_cron_autenti_request")
        request = self.send()
        self.env["ir.cron.trigger"].search([]).unlink()
        request.next_check_at = fields.Datetime.now() + timedelta(seconds=40)
        self.run_cron()
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(request.next_check_at, triggers.mapped("call_at"))

    def test_who_fetches_the_status_has_the_file_soon_as_well(self):
        request = self.send()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email, with_file=False)
        self.env["ir.cron.trigger"].search([]).unlink()
        request.with_user(self.seller).action_check()
        self.assertTrue(self.env["ir.cron.trigger"].search([]))
