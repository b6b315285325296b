# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields

from ..client import const
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

_logger = logging.getLogger(__name__)

WAIT = timedelta(days=14)
# Looks that a contract may cost in that time
MOST_WITH_CALLBACKS = 5
MOST_WITHOUT = 40
# The pauses are random
TIMES = 5


class TestPace(AutentiCommon):
    """How often Odoo looks at a contract that waits for two weeks."""

    def call_back(self, request, kind):
        self.env["autenti.callback"].create(
            {
                "event_id": f"{request.id}-{kind}-{fields.Datetime.now()}",
                "event_type": kind,
                "process_id": request.process_id,
                "jwks_url": const.ENVIRONMENTS["test"].jwks_url,
            }
        )

    def live_through(self, has_callbacks):
        """Let the client sign on the 7th day and the company on the 14th.

        :return: number of looks at the process
        """
        moment = start = datetime(2040, 3, 1, 9, 30)
        with freeze_time(moment):
            agreement = self._create_agreement(self.seller)
            request = self.send(agreement)
            if has_callbacks:
                self.call_back(request, const.EVENT_SENT)
                self.run_cron()
        reads = self.autenti.count("read")
        deeds = [
            (start + WAIT / 2, CLIENT_EMAIL),
            (start + WAIT, SELLER_EMAIL),
        ]
        while request.state == "sent":
            due = request.next_check_at
            if deeds and deeds[0][0] <= due:
                moment, email = deeds.pop(0)
                self.autenti.sign(request.process_id, email, with_file=False)
                if not has_callbacks:
                    continue
                with freeze_time(moment):
                    self.call_back(
                        request, "SIGNED" if deeds else const.EVENT_COMPLETED
                    )
            else:
                moment = max(moment, due)
                if not deeds and request.remote_status == const.PROCESS_COMPLETED:
                    # The file is late
                    self.autenti.add_signed_file(request.process_id)
            with freeze_time(moment + timedelta(seconds=1)):
                self.run_cron()
        self.assertEqual(request.state, "signed")
        return self.autenti.count("read") - reads

    def test_with_callbacks_a_contract_costs_few_looks(self):
        self.connection.is_called = True
        looks = [self.live_through(has_callbacks=True) for _time in range(TIMES)]
        _logger.info("Looks in 14 days with callbacks: %s", looks)
        self.assertLessEqual(max(looks), MOST_WITH_CALLBACKS)

    def test_without_callbacks_odoo_looks_by_itself_and_not_too_often(self):
        looks = [self.live_through(has_callbacks=False) for _time in range(TIMES)]
        _logger.info("Looks in 14 days without callbacks: %s", looks)
        self.assertLessEqual(max(looks), MOST_WITHOUT)
        self.assertGreater(min(looks), MOST_WITH_CALLBACKS)

    def test_odoo_learns_whether_it_is_called(self):
        request = self.send()
        self.assertFalse(self.connection.is_called)
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.call_back(request, "SIGNED")
        self.run_cron()
        self.assertTrue(self.connection.is_called)
        self.assertGreater(
            request.next_check_at, fields.Datetime.now() + timedelta(days=3)
        )
        # Something happens and nobody calls
        other = self.send(self._create_agreement(self.seller))
        self.sign(other, CLIENT_EMAIL)
        self.assertFalse(self.connection.is_called)
        self.assertLess(
            other.next_check_at, fields.Datetime.now() + timedelta(minutes=5)
        )

    def test_the_call_of_what_odoo_did_itself_costs_no_look(self):
        request = self.send()
        self.call_back(request, const.EVENT_SENT)
        reads = self.autenti.count("read")
        self.run_cron()
        self.assertEqual(request.callback_ids.state, "done")
        self.assertEqual(self.autenti.count("read"), reads)
        self.assertEqual(self.autenti.operations, ["create", "upload", "send"])

    def test_a_mere_look_waits_while_something_is_sent(self):
        now = fields.Datetime.now()
        out = self.send()
        out.next_check_at = now - timedelta(minutes=1)
        waiting = self.submit(self._create_agreement(self.seller))
        self.assertDue(waiting)
        waiting.next_check_at = now + timedelta(seconds=30)
        self.assertDue(waiting.browse())  # a run is at it
        out.remote_status = const.PROCESS_COMPLETED
        self.assertDue(out)  # people wait for the file
        out.remote_status = const.PROCESS_PROCESSING
        self.assertDue(out.browse())
        waiting.attempt_count = 1
        self.assertDue(out)  # what can't be sent keeps nobody waiting
        waiting.attempt_count = 0
        out.next_check_at = now - timedelta(hours=1)
        self.assertDue(out)  # nor does what is sent all day

    def assertDue(self, requests):
        found = self.env["autenti.request"]._find_due(8, [])
        self.assertEqual([found_id for found_id, _connection in found], requests.ids)

    def test_what_failed_is_tried_again_soon_however_long_it_waited(self):
        request = self.send()
        for _look in range(8):
            self.poll(request)
        self.autenti.fail("read", 503)
        self.poll(request)
        self.assertEqual(request.attempt_count, 1)
        self.assertLess(
            request.next_check_at, fields.Datetime.now() + timedelta(minutes=1)
        )
        self.poll(request)
        self.assertEqual(request.attempt_count, 0)
