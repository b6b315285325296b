# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from .. import rate_limiter
from ..client import errors
from ..rate_limiter import (
    CALLS_PLANNED,
    FURTHER_PATIENCE,
    PERSON_PATIENCE,
    Lane,
    RateLimiter,
)
from .common import MANAGER, AutentiCommon

LIMIT = 60
# Seconds that a test itself may take, while its clock stands still
SLACK = 5


class TestRateLimit(AutentiCommon):
    """A connection makes no more calls in a minute than it may, and loses none."""

    def setUp(self):
        super().setUp()
        self.connection.calls_per_minute = LIMIT
        # Where everything is in one transaction, as the limiter's own is of it
        context = self.enter_registry_test_mode()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.slept = 0
        self.patch(rate_limiter.time, "sleep", self.pass_time)

    def run_cron(self, name="request", addon="autenti_esign"):
        job = self.env.ref(f"{addon}.ir_cron_autenti_{name}")
        self.assertIs(job.method_direct_trigger(), True)
        self.env.invalidate_all()

    def pass_time(self, seconds):
        """Let time pass: what was planned comes nearer."""
        self.slept += seconds
        moments = SQL(", ").join(
            SQL("%s = %s - %s", name, name, seconds)
            for name in map(SQL.identifier, rate_limiter.MOMENTS)
        )
        self.env.cr.execute(SQL("UPDATE autenti_rate_limit SET %s", moments))

    def limiter(self, has_turn=None):
        """Return the limiter of a person, or of a job."""
        connection = self.connection.with_context(autenti_has_turn=has_turn)
        return RateLimiter(connection)

    def row(self):
        self.env.invalidate_all()
        domain = [("connection_id", "=", self.connection.id)]
        return self.env["autenti.rate.limit"].search(domain)

    def queue_up(self, seconds):
        """Have jobs wait for so long for the next place."""
        self.limiter().pause(0)
        self.row().next_call_at = time.time() + seconds
        self.env.flush_all()

    def assertPaused(self, limiter):
        """Check that no call may be made, and return after how many seconds one may."""
        try:
            limiter.acquire()
        except errors.AutentiError as error:
            self.assertEqual(error.code, errors.PAUSED)
            return error.retry_after
        raise AssertionError("A call was let go.")

    # === How many === #

    def test_no_minute_has_more_calls_than_the_limit(self):
        moments = []
        job = self.limiter(has_turn=True)
        for turn in range(3 * LIMIT):
            # People click now and then, all at once
            person = self.limiter()
            for _click in range(12 if turn in (0, 20, 45, 60) else 0):
                try:
                    person.acquire()
                except errors.AutentiError:
                    break
                moments.append(time.time() + self.slept)
            job.acquire()
            moments.append(time.time() + self.slept)
        for number, moment in enumerate(moments[LIMIT:]):
            self.assertGreaterEqual(moment - moments[number], 60, number)
        self.assertGreater(len(moments), 3 * LIMIT)
        # and not much less than it allows
        rate = 60 * len(moments) / (moments[-1] - moments[0])
        self.assertGreater(rate, 0.7 * LIMIT)

    def test_the_smallest_limit_lets_a_contract_through(self):
        self.connection.calls_per_minute = rate_limiter.CALLS_MIN
        self.env.flush_all()
        request = self.submit()
        self.run_cron()
        self.assertEqual(request.state, "sent")
        self.assertEqual(self.autenti.operations, ["create", "upload", "send"])
        self.assertGreater(self.slept, 3 * 60 / rate_limiter.CALLS_MIN)

    @mute_logger("odoo.sql_db")
    def test_what_is_no_limit_is_refused(self):
        for calls in (-1, 1, rate_limiter.CALLS_MIN - 1):
            with (
                self.subTest(calls=calls),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.connection.calls_per_minute = calls
                self.env.flush_all()

    def test_a_limit_that_is_changed_counts_at_once(self):
        self.queue_up(seconds=30)
        self.assertPaused(self.limiter(has_turn=False))
        self.connection.calls_per_minute = 0
        self.limiter(has_turn=False).acquire()
        self.assertEqual(self.slept, 0)
        self.connection.calls_per_minute = 10 * LIMIT
        self.pass_time(30)
        job = self.limiter(has_turn=False)
        for _call in range(10):
            job.acquire()
        self.assertLess(self.slept, 30 + 10 * 60 / LIMIT)

    def test_each_connection_has_its_own(self):
        self.queue_up(seconds=30)
        self.board_connection.calls_per_minute = LIMIT
        context = {"autenti_has_turn": False}
        RateLimiter(self.board_connection.with_context(**context)).acquire()
        self.assertEqual(self.slept, 0)

    # === Who waits === #

    def test_people_go_first(self):
        self.queue_up(seconds=FURTHER_PATIENCE)
        person = self.limiter()
        for _call in range(LIMIT // 10):
            person.acquire()
        self.assertEqual(self.slept, 0)

    def test_who_clicks_when_all_is_used_up_is_told_and_loses_nothing(self):
        request = self.send()
        self.queue_up(seconds=FURTHER_PATIENCE)
        for _call in range(LIMIT // 10):
            self.limiter().acquire()
        operations = list(self.autenti.operations)
        with self.assertRaisesRegex(UserError, "Try again in a minute"):
            request.with_user(self.seller).action_check()
        self.assertEqual(self.autenti.operations, operations)
        self.assertEqual(request.state, "sent")
        self.assertLess(self.slept, PERSON_PATIENCE + 60)
        self.pass_time(FURTHER_PATIENCE)
        request.with_user(self.seller).action_check()
        self.assertEqual(self.autenti.operations, [*operations, "read"])

    def test_a_request_without_a_free_call_gets_its_turn(self):
        first = self.submit()
        second = self.submit(self._create_agreement(self.seller))
        self.queue_up(seconds=40)
        self.run_cron()
        self.assertEqual(self.autenti.calls_of("create"), [])
        now = fields.Datetime.now()
        waiting = first + second
        self.assertEqual(waiting.mapped("state"), ["to_send"] * 2)
        self.assertEqual(waiting.mapped("has_turn"), [True, True])
        self.assertEqual(waiting.mapped("attempt_count"), [0, 0])
        self.assertFalse(any(waiting.mapped("last_error")))
        moments = sorted(waiting.mapped("next_check_at"))
        self.assertGreater((moments[0] - now).total_seconds(), 40 - SLACK)
        # One after the other
        self.assertGreater((moments[1] - moments[0]).total_seconds(), 2 * 60 / LIMIT)

    def test_whose_turn_it_is_goes_before_what_is_new(self):
        self.queue_up(seconds=10)
        self.assertPaused(self.limiter(has_turn=False))
        self.limiter(has_turn=True).acquire()
        self.assertGreater(self.slept, 10 - SLACK)

    def test_what_was_begun_waits_in_its_place(self):
        job = self.limiter(has_turn=False)
        job.acquire()
        self.queue_up(seconds=FURTHER_PATIENCE - SLACK)
        job.acquire()
        self.assertGreater(self.slept, FURTHER_PATIENCE - 2 * SLACK)

    def test_a_reminder_that_nobody_was_asked_for_is_sent_later(self):
        request = self.send(remind_days=3)
        request.next_reminder_at = fields.Datetime.now()
        acquire = RateLimiter.acquire

        def pause_before_the_reminder(limiter):
            if self.autenti.count("read"):
                limiter.pause(100)
            acquire(limiter)

        self.patch(RateLimiter, "acquire", pause_before_the_reminder)
        self.poll(request)
        self.assertEqual(self.autenti.count("remind"), 0)
        self.assertEqual(request.reminder_count, 0)
        self.assertEqual(request.next_reminder_at, request.next_check_at)
        self.patch(RateLimiter, "acquire", acquire)
        self.pass_time(100)
        request.next_reminder_at = fields.Datetime.now()
        self.poll(request)
        self.assertEqual(self.autenti.count("remind"), 1)
        self.assertFalse(request.has_turn)

    # === What Autenti says === #

    def test_a_pause_holds_for_all_of_the_connection(self):
        for calls in (0, LIMIT):
            with self.subTest(calls=calls):
                self.connection.calls_per_minute = calls
                self.meet_autenti()
                request = self.submit(self._create_agreement(self.seller))
                other = self.submit(self._create_agreement(self.seller))
                self.autenti.fail("create", 429, headers={"Retry-After": "300"})
                self.run_cron()
                self.assertEqual(self.autenti.count("create"), 1)
                self.assertEqual((request + other).mapped("state"), ["to_send"] * 2)
                now = fields.Datetime.now()
                for each in request + other:
                    wait = (each.next_check_at - now).total_seconds()
                    self.assertGreater(wait, 300 - SLACK)
                with self.assertRaisesRegex(UserError, "Try again in 5 minutes"):
                    self.connection.with_user(self.manager).action_test()
                self.assertEqual(self.autenti.count("create"), 1)
                self.pass_time(300)
                (request + other).next_check_at = fields.Datetime.now()
                self.env.flush_all()
                self.run_cron()
                self.assertEqual((request + other).mapped("state"), ["sent"] * 2)

    def test_a_pause_without_an_end_is_a_short_one(self):
        for header in (None, "soon", "-1"):
            with self.subTest(header=header):
                headers = {"Retry-After": header} if header else None
                self.autenti.fail("token", 429, headers=headers)
                # Not by `assertRaises`, which would undo the pause
                try:
                    self.connection.with_user(self.manager).action_test()
                except UserError as error:
                    self.assertIn("slow down", str(error))
                wait = self.assertPaused(self.limiter())
                self.assertTrue(20 < wait <= 30)
                self.pass_time(30)

    def test_a_pause_is_seen_by_who_waits_in_a_place(self):
        self.queue_up(seconds=4)
        person = self.limiter()

        def sleep(seconds):
            self.limiter().pause(seconds + 50)
            self.pass_time(seconds)

        for _call in range(LIMIT // 10):
            person.acquire()
        self.patch(rate_limiter.time, "sleep", sleep)
        self.assertGreater(self.assertPaused(person), 50 - SLACK)

    # === What goes wrong === #

    def test_without_the_database_nobody_calls(self):
        session = self.connection._get_client(self.seller.email, self.seller.login)
        broken = patch.object(
            RateLimiter, "_read", side_effect=psycopg2.OperationalError("gone")
        )
        for calls in (0, LIMIT):
            self.connection.calls_per_minute = calls
            session = self.connection._get_client(self.seller.email, self.seller.login)
            with (
                self.subTest(calls=calls),
                self.assertRaises(psycopg2.OperationalError),
                broken,
            ):
                session.check_token()
        self.assertEqual(self.autenti.calls, [])

    def test_a_clock_that_is_put_back_stops_nobody_for_long(self):
        self.limiter(has_turn=False).acquire()
        self.pass_time(-7200)
        wait = self.assertPaused(self.limiter(has_turn=False))
        self.assertLessEqual(wait, CALLS_PLANNED)
        # It isn't begun anew each time that somebody asks
        self.pass_time(CALLS_PLANNED / 2)
        wait = self.assertPaused(self.limiter(has_turn=False))
        self.assertLessEqual(wait, CALLS_PLANNED / 2)
        self.pass_time(CALLS_PLANNED / 2)
        self.limiter(has_turn=False).acquire()

    def test_a_clock_that_is_put_forward_gives_no_burst(self):
        job = self.limiter(has_turn=False)
        job.acquire()
        self.pass_time(7200)
        job.acquire()
        slept = self.slept
        job.acquire()
        self.assertGreater(self.slept, slept)

    def test_nobody_but_administrators_sees_the_state(self):
        self.limiter().acquire()
        manager = self._create_user("Marek Szef", "szef@firma.example.com", MANAGER)
        self.assertFalse(self.row().with_user(manager).has_access("read"))


@tagged("post_install", "-at_install")
class TestServers(TransactionCase):
    """Several servers take places at the same moment."""

    def cursor(self):
        return db_connect(self.env.cr.dbname).cursor()

    def test_two_transactions_never_get_the_same_place(self):
        with self.cursor() as cr:
            values = {"active": False, "calls_per_minute": 10_000}
            connection = self.env(cr=cr)["autenti.connection"].create(values)
        self.addCleanup(self.delete, connection.id)
        # Of another server: not the cursor of this test
        registry = SimpleNamespace(cursor=self.cursor)
        server = SimpleNamespace(
            id=connection.id,
            calls_per_minute=10_000,
            env=SimpleNamespace(registry=registry, context={"autenti_has_turn": True}),
        )
        limiters = [RateLimiter(server) for _thread in range(4)]
        lane = Lane("next_call_at", interval=0.5)
        for limiter in limiters:
            limiter._lanes, limiter._patience = [lane], FURTHER_PATIENCE
        with limiters[0]._lock() as (now, row):
            # Later than all that follows, so that only places move it on
            first = row["next_call_at"] = now + 2 * SLACK
        calls = 20
        with ThreadPoolExecutor(len(limiters)) as pool:
            works = [pool.submit(self.take, each, calls) for each in limiters]
            waits = [wait for work in works for wait in work.result()]
        self.assertGreater(min(waits), 0)
        with limiters[0]._lock() as (_now, row):
            moved = row["next_call_at"] - first
        self.assertAlmostEqual(moved, len(limiters) * calls * lane.interval, places=3)

    def take(self, limiter, calls):
        return [limiter._take_place() for _call in range(calls)]

    def delete(self, connection_id):
        with self.cursor() as cr:
            self.env(cr=cr)["autenti.connection"].browse(connection_id).unlink()
