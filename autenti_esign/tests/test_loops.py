# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import Counter
from datetime import datetime, timedelta
from itertools import cycle, product
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..client import auth, const
from ..models.autenti_request_sync import CALL_TIME, CALLS_AHEAD
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon
from .fake_autenti import FakeAutenti, answer

CHALLENGE = {const.CHALLENGE_HEADER: "eyJjbGFzc2lmaWVycyI6IFsiWDpWSURFTyJdfQ=="}
FAILURES = {
    "payment required": [402],
    "forbidden": [403],
    "not found": [404],
    "server error": [503],
    "no answer": [requests.Timeout()],
    "nonsense": [200],
    "challenge": [answer(403, headers=CHALLENGE)],
    "ever another": [403, 503, 402, 404, 400],
}
# What a person must hear of at once, and only once
TOLD = ("payment required", "forbidden", "challenge")
SENDING = ("create", "upload", "send")
RECEIVING = ("read", "list", "download", "remind", "withdraw")
# Minutes between two looks at the clock, and how often
CLOCK = [(0.5, 20), (2, 25), (30, 6)]


class BrokenAutenti(FakeAutenti):
    """Some calls about some documents never work."""

    def __init__(self):
        super().__init__()
        self.broken = {}  # (operation, failures) by a process or its title
        self.calls_by_key = Counter()

    def answer(self, request):
        operation, ids = self._route(request)
        key = ids.get("process_id")
        if operation == "create":
            key = next((k for k in self.broken if k.encode() in request.body), None)
        self.calls_by_key[key] += 1
        broken, failures = self.broken.get(key, (None, None))
        if operation != broken:
            return super().answer(request)
        failure = next(failures)
        if isinstance(failure, Exception):
            raise failure
        return answer(failure, b"none") if isinstance(failure, int) else failure


class LoopsCommon(AutentiCommon):
    def meet_autenti(self):
        result = super().meet_autenti()
        type(self).autenti = BrokenAutenti()
        return result

    def setUp(self):
        super().setUp()
        # Not another year: what waits for too long is told as well
        self.start = datetime.now().replace(microsecond=0)
        self.clock = self.enterContext(freeze_time(self.start))
        self.told = Counter()
        tell = self.registry["autenti.request"]._notify_salesperson

        def note_and_tell(request, message):
            self.told[request.id] += 1
            return tell(request, message)

        self.patch(
            self.registry["autenti.request"], "_notify_salesperson", note_and_tell
        )

    def prepare(self, operation, failures, name):
        """Make a contract of which one operation will never work."""
        agreement = self._create_agreement(self.seller, name=name, code=name)
        if operation in SENDING:
            request = self.submit(agreement)
            self.autenti.broken[name] = (operation, cycle(failures))
            if operation != "create":
                # Known by its process once there is one
                self.autenti.fail("upload", requests.Timeout())
                self.run_cron()
                self.autenti.broken[request.process_id] = (operation, cycle(failures))
            return request
        request = self.send(agreement)
        process = self.autenti.processes[request.process_id]
        if operation in ("list", "download"):
            for email in (CLIENT_EMAIL, SELLER_EMAIL):
                self.autenti.sign(request.process_id, email)
        if operation == "list":
            process["files"] = []
        if operation == "remind":
            request.write({"remind_days": 1, "next_reminder_at": self.start})
        if operation == "withdraw":
            request.expires_at = self.start
        self.autenti.broken[request.process_id] = (operation, cycle(failures))
        return request

    def play(self, before_run=lambda: None):
        """Let hours pass.

        :return: calls about each document in the first ten minutes, the first hour,
            and at all
        """
        counts = []
        self.autenti.calls_by_key.clear()
        moment = self.start
        for minutes, times in CLOCK:
            for _time in range(times):
                moment += timedelta(minutes=minutes)
                self.clock.move_to(moment)
                before_run()
                self.run_cron()
            counts.append(self.autenti.calls_by_key.copy())
        return counts

    def count_notifications(self, request):
        """Count the activities by which the salesperson was told of trouble."""
        return self.told[request.id]

    def assertNoLoop(self, request, counts, key=None):
        soon, hour, all_day = (count[key or request.process_id] for count in counts)
        self.assertLessEqual(soon, 20, "pauses don't grow")
        self.assertLessEqual(hour, 60)
        self.assertLessEqual(all_day, 90)
        self.assertLessEqual(self.count_notifications(request), 3)


class TestLoops(LoopsCommon):
    """Whatever fails for ever: Autenti is asked ever more seldom, people hear once."""

    @mute_logger("odoo.addons.autenti_esign.models.autenti_request_sync")
    def test_whatever_fails_for_ever_is_asked_ever_more_seldom_and_told_once(self):
        cases = {
            (operation, failure): self.prepare(
                operation, FAILURES[failure], f"{operation} {failure}"
            )
            for operation, failure in product((*SENDING, *RECEIVING), FAILURES)
        }
        counts = self.play()
        for (operation, failure), request in cases.items():
            with self.subTest(operation=operation, failure=failure):
                key = f"{operation} {failure}" if operation == "create" else None
                self.assertNoLoop(request, counts, key)
                # What is refused for good ends
                if request.last_error and failure in TOLD:
                    self.assertEqual(self.count_notifications(request), 1)

    def test_a_file_that_is_refused_is_told_once_until_it_comes(self):
        request = self.prepare("download", [403], "X")
        self.play()
        self.assertEqual(request.state, "sent")
        self.assertIn("doesn't permit", self.agreement_of(request).autenti_problem)
        self.assertEqual(self.count_notifications(request), 1)
        self.assertGreater(request.attempt_count, 5)
        self.autenti.broken.clear()
        self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertFalse(self.agreement_of(request).activity_ids)

    def agreement_of(self, request):
        return self.env["agreement"].browse(request.res_id)

    def test_one_harmless_404_tells_nobody(self):
        for operation in ("read", "download"):
            with self.subTest(operation=operation):
                request = self.prepare(operation, [404], operation)
                self.poll(request)
                self.assertTrue(request.last_error)
                self.autenti.broken.clear()
                self.poll(request)
                self.assertFalse(request.last_error)
                self.assertEqual(self.count_notifications(request), 0)

    def test_a_404_that_stays_is_told_once(self):
        for operation in ("read", "download"):
            with self.subTest(operation=operation):
                request = self.prepare(operation, [404], operation)
                for _time in range(6):
                    self.poll(request)
                self.assertEqual(self.count_notifications(request), 1)

    def test_an_outage_that_lasts_is_told_in_the_end(self):
        request = self.prepare("download", [503], "X")
        for _time in range(15):
            self.poll(request)
        self.assertEqual(self.count_notifications(request), 1)

    def test_trouble_that_comes_and_goes_is_told_three_times_a_day(self):
        request = self.prepare("read", [403, 200], "X")
        process = self.autenti.processes[request.process_id]
        failures = cycle([403, answer(200, process)])
        self.autenti.broken[request.process_id] = ("read", failures)
        for _time in range(20):
            self.poll(request)
        self.assertEqual(self.count_notifications(request), 3)
        self.clock.move_to(self.start + timedelta(days=2))
        for _time in range(4):
            self.poll(request)
        self.assertEqual(self.count_notifications(request), 5)

    def test_words_of_autenti_that_differ_each_time_are_one_trouble(self):
        request = self.prepare("read", [403], "X")
        failures = (answer(403, {"message": f"Case {n}"}) for n in range(100))
        self.autenti.broken[request.process_id] = ("read", failures)
        for _time in range(5):
            self.poll(request)
        self.assertIn("Case 4", request.last_error)
        self.assertEqual(self.count_notifications(request), 1)

    def test_an_outage_that_is_over_makes_no_other_trouble_wait(self):
        request = self.prepare("read", [503], "X")
        for _time in range(8):
            self.poll(request)
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email)
        self.autenti.broken[request.process_id] = ("download", cycle([404]))
        self.poll(request)
        pause = request.next_check_at - datetime.now()
        self.assertLess(pause, timedelta(minutes=1))

    def test_no_token_is_asked_for_again_and_again(self):
        for number, failure in enumerate(
            (answer(401, {"error": "invalid_client"}), answer(400), answer(503))
        ):
            with self.subTest(failure=failure.status_code):
                self.meet_autenti()
                self.clock.move_to(self.start)
                request = self.prepare("read", [403], f"Token {number}")
                self.autenti.broken = {None: ("token", cycle([failure]))}
                counts = self.play(before_run=auth.token_cache.clear)
                self.assertNoLoop(request, counts)
                self.assertLessEqual(counts[0][None], 20)

    @mute_logger("odoo.addons.autenti_esign.models.autenti_request_sync")
    def test_a_bug_of_another_addon_is_no_loop(self):
        request = self.prepare("read", [404], "X")
        self.autenti.broken.clear()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email)
        with patch.object(
            self.registry["agreement"], "_autenti_signed", side_effect=UserError("No")
        ):
            counts = self.play()
        self.assertEqual(request.state, "sent")
        self.assertNoLoop(request, counts)
        self.assertEqual(self.count_notifications(request), 1)
        self.poll(request)
        self.assertEqual(request.state, "signed")

    def test_autenti_that_calls_all_the_time_is_not_asked_all_the_time(self):
        request = self.send(self._create_agreement(self.seller))
        self.autenti.calls_by_key.clear()
        for number in range(90):
            self.clock.move_to(self.start + timedelta(seconds=30 * number))
            self.env["autenti.callback"].create(
                {
                    "event_id": f"e{number}",
                    "event_type": "NEWS",
                    "process_id": request.process_id,
                    "jwks_url": const.ENVIRONMENTS["test"].jwks_url,
                }
            )
            self.run_cron()
        most = CALLS_AHEAD / CALL_TIME + timedelta(minutes=45) / CALL_TIME
        self.assertLessEqual(self.autenti.calls_by_key[request.process_id], most + 1)
        self.assertGreater(self.autenti.calls_by_key[request.process_id], 20)
        # In the end it is looked at all the same
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.clock.move_to(self.start + timedelta(hours=3))
        self.run_cron()
        self.assertEqual(request.signer_ids[0].status, "signed")
