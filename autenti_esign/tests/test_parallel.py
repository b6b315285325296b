# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import threading
import time
from functools import partial
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..client import auth
from ..parallel import drive

# Seconds; nothing is as slow unless it hangs
LONG = 20


class Flight(auth.Future):
    """A flight that tells when somebody waits for it.

    :param threading.Semaphore waiting: is released then
    """

    def __init__(self, waiting):
        super().__init__()
        self.waiting = waiting

    def result(self, timeout=None):
        self.waiting.release()
        return super().result(timeout)


@tagged("post_install", "-at_install")
class TestParallel(BaseCase):
    """Several walks go on at once, and only their calls leave the thread."""

    def setUp(self):
        super().setUp()
        self.log = []
        self.calling_threads = set()

    def walk(self, name, *calls):
        for call in calls:
            try:
                answer = yield call
            except ValueError as error:
                answer = repr(error)
            self.calling_threads.add(threading.current_thread())
            self.log.append((name, answer))

    def run_all(self, walks, limit=8, **options):
        walks = list(walks)

        def take(count):
            taken, walks[:] = walks[:count], walks[count:]
            return taken

        drive(take, limit, **options)

    def test_calls_are_made_at_the_same_time(self):
        all_there = threading.Barrier(3, timeout=LONG)
        self.run_all(self.walk(n, all_there.wait) for n in range(3))
        self.assertEqual(len(self.log), 3)
        self.assertEqual(self.calling_threads, {threading.current_thread()})

    def test_no_more_than_the_limit_are_under_way(self):
        under_way, most = set(), []

        def call(number):
            under_way.add(number)
            most.append(len(under_way))
            time.sleep(0.01)
            under_way.remove(number)

        walks = [self.walk(n, lambda n=n: call(n)) for n in range(9)]
        self.run_all(walks, limit=3)
        self.assertEqual(len(self.log), 9)
        self.assertLessEqual(max(most), 3)

    def test_a_slow_one_keeps_no_other_waiting(self):
        others_done = threading.Event()
        slow = self.walk("slow", lambda: others_done.wait(LONG))
        fast = [self.walk("fast", lambda: 1, lambda: 2) for _n in range(5)]
        last = self.walk("last", others_done.set)
        self.run_all([slow, *fast, last], limit=2)
        self.assertEqual(self.log[-1], ("slow", True))
        self.assertEqual(len(self.log), 12)

    def test_a_new_one_begins_before_others_go_on(self):
        ended = threading.Event()
        order = []

        def first():
            yield lambda: None
            ended.set()
            time.sleep(0.1)  # in which the answer of the other one comes

        def other():
            yield lambda: ended.wait(LONG)
            order.append("goes on")

        def new():
            order.append("begins")
            yield lambda: None

        self.run_all([first(), other(), new()], limit=2)
        self.assertEqual(order, ["begins", "goes on"])

    def test_one_at_a_time_stays_in_the_thread(self):
        thread = threading.current_thread()
        self.run_all(
            (self.walk(n, lambda: threading.current_thread() is thread) for n in "ab"),
            limit=1,
        )
        self.assertEqual(self.log, [("a", True), ("b", True)])

    def test_an_error_goes_to_the_walk_whose_call_it_was(self):
        def fail():
            raise ValueError("no")

        self.run_all([self.walk("bad", fail, lambda: "on"), self.walk("good", int)])
        self.assertIn(("bad", "ValueError('no')"), self.log)
        self.assertIn(("bad", "on"), self.log)
        self.assertIn(("good", 0), self.log)

    @mute_logger("odoo.addons.autenti_esign.parallel")
    def test_a_walk_that_breaks_off_ends_alone(self):
        def fail():
            raise MemoryError

        self.run_all([self.walk("bad", fail), self.walk("good", int)], limit=1)
        self.assertEqual(self.log, [("good", 0)])

    def test_what_never_answers_is_closed_in_the_end(self):
        closed = []
        forever = threading.Event()

        def walk():
            try:
                yield lambda: forever.wait(LONG)
            finally:
                closed.append(True)

        with self.assertLogs("odoo.addons.autenti_esign.parallel", "WARNING"):
            self.run_all([walk()], deadline=time.monotonic())
        forever.set()
        self.assertTrue(closed)

    # pylint: disable=dangerous-default-value; bound here, in the loop, once for each
    def test_threads_share_one_token_and_one_failure(self):
        for outcome in ("token", OSError("down")):
            with self.subTest(outcome=outcome):
                flights, fetches, got = auth.SingleFlight(), [], []
                waiting = threading.Semaphore(0)

                def fetch(outcome=outcome, fetches=fetches, waiting=waiting):
                    fetches.append(1)
                    for _other in range(5):
                        waiting.acquire(timeout=LONG)
                    if isinstance(outcome, Exception):
                        raise outcome
                    return outcome

                def ask(flights=flights, got=got, fetch=fetch):
                    try:
                        got.append(flights.do("key", fetch))
                    except OSError as error:
                        got.append(error)

                threads = [threading.Thread(target=ask) for _n in range(6)]
                with patch.object(auth, "Future", partial(Flight, waiting)):
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join(LONG)
                self.assertEqual(got, [outcome] * 6)
                self.assertEqual(len(fetches), 1)
