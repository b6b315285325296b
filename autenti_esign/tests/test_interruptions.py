# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

import requests
from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.tools import mute_logger

from ..client import const
from ..models.autenti_request_sync import REFUSALS_DOUBTED
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon


class TestInterruptions(AutentiCommon):
    """Wherever a run is interrupted, the next one goes on by itself."""

    def interrupt(self, method, error, times=1):
        """Have what follows a remote call fail before it is committed."""
        original = getattr(self.registry["autenti.request"], method)
        left = [times]

        def interrupted(request, *args):
            result = original(request, *args)
            if left[0]:
                left[0] -= 1
                raise error
            return result

        return patch.object(self.registry["autenti.request"], method, interrupted)

    def assertSentOnce(self, request):
        (process,) = self.autenti.sent
        self.assertEqual(process["id"], request.process_id)
        self.assertEqual(len(process["files"]), 1)
        self.assertEqual(self.autenti.count("send"), 1)
        self.assertEqual(request.state, "sent")

    def test_what_a_rollback_takes_back_of_sending_is_found_out(self):
        for method in ("_apply_created", "_apply_uploaded", "_apply_sent"):
            with self.subTest(method=method):
                self.meet_autenti()
                request = self.submit(self._create_agreement(self.seller))
                with (
                    self.interrupt(method, MemoryError()),
                    self.assertLogs("odoo.addons.autenti_esign", "ERROR"),
                ):
                    self.run_cron()
                self.assertEqual(request.state, "to_send")
                self.assertTrue(request.next_check_at)
                self.poll(request)
                self.assertSentOnce(request)
                self.assertEqual(self.autenti.count("upload"), 1)

    def test_what_somebody_else_changed_meanwhile_is_gone_over_again(self):
        for method in ("_apply_created", "_apply_uploaded", "_apply_sent"):
            with self.subTest(method=method):
                self.meet_autenti()
                request = self.submit(self._create_agreement(self.seller))
                with self.interrupt(method, SerializationFailure()):
                    self.run_cron()
                if request.state == "to_send":
                    # Autenti has a moment to show what it did
                    self.assertGreater(request.next_check_at, fields.Datetime.now())
                    self.poll(request)
                self.assertSentOnce(request)
                self.assertFalse(request.last_error)

    def test_what_somebody_else_changed_during_a_look_is_looked_at_at_once(self):
        request = self.send()
        with self.interrupt("_apply_reading", SerializationFailure()):
            self.sign(request, CLIENT_EMAIL)
        self.assertEqual(request.signer_ids[0].status, "signed")

    def test_what_a_rollback_takes_back_of_receiving_is_received_again(self):
        for method in ("_apply_reading", "_apply_signed_files"):
            with self.subTest(method=method):
                self.meet_autenti()
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                with (
                    self.interrupt(method, MemoryError()),
                    self.assertLogs("odoo.addons.autenti_esign", "ERROR"),
                ):
                    self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
                self.assertEqual(request.state, "sent")
                self.assertFalse(request.signed_attachment_id)
                self.poll(request)
                self.assertEqual(request.state, "signed")
                self.assertTrue(agreement.autenti_signed_attachment_id)

    def test_what_was_read_stays_when_the_file_does_not_come(self):
        request = self.send()
        self.autenti.fail("download", requests.Timeout())
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(set(request.signer_ids.mapped("status")), {"signed"})
        self.assertEqual(request.state, "sent")
        self.poll(request)
        self.assertEqual(request.state, "signed")

    def test_what_a_call_told_of_is_looked_at_whatever_fails(self):
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        callback = self.env["autenti.callback"].create(
            {
                "event_id": "e1",
                "process_id": request.process_id,
                "jwks_url": const.ENVIRONMENTS["test"].jwks_url,
            }
        )
        self.autenti.fail("read", 503)
        self.run_cron()
        self.assertEqual(callback.state, "done")
        self.assertTrue(request.last_error)
        with (
            self.interrupt("_apply_reading", MemoryError()),
            self.assertLogs("odoo.addons.autenti_esign", "ERROR"),
        ):
            self.poll(request)
        self.poll(request)
        self.assertEqual(request.signer_ids[0].status, "signed")

    def test_after_each_step_the_next_run_is_planned(self):
        """A server that dies leaves nothing behind that nobody looks at."""
        request = self.submit()
        planned = []
        commit = self.registry["autenti.request"]._commit

        def note(request):
            planned.append((request.state, bool(request.next_check_at)))
            return commit(request)

        with patch.object(self.registry["autenti.request"], "_commit", note):
            self.run_cron()
        self.assertEqual(
            planned, [("to_send", True), ("to_send", True), ("sent", True)]
        )
        self.assertGreater(request.next_check_at, fields.Datetime.now())

    def test_a_send_that_autenti_did_and_does_not_show_yet_does_not_fail(self):
        for status in (400, 403, 409):
            with self.subTest(status=status):
                self.meet_autenti()
                request = self.submit(self._create_agreement(self.seller))
                self.autenti.fail("send", requests.Timeout(), after=True)
                self.run_cron()
                process = self.autenti.processes[request.process_id]
                process["status"] = const.PROCESS_DRAFT
                self.autenti.fail("send", status)
                self.poll(request)
                self.assertEqual(request.state, "to_send")
                self.assertTrue(request.next_check_at)
                process["status"] = const.PROCESS_PROCESSING
                self.poll(request)
                self.assertEqual(request.state, "sent")

    def test_a_send_that_is_refused_again_and_again_fails(self):
        request = self.submit()
        self.autenti.fail("send", 503)
        self.run_cron()
        for _time in range(REFUSALS_DOUBTED):
            self.assertEqual(request.state, "to_send")
            self.autenti.fail("send", 400)
            self.poll(request)
        self.assertEqual(request.state, "failed")
        self.assertTrue(request.reason)
        self.assertFalse(request.next_check_at)

    def test_a_wrong_number_of_parallel_requests_does_not_stop_the_work(self):
        for value in ("0", "-3", "many", ""):
            with self.subTest(value=value):
                self.env["ir.config_parameter"].set_param(
                    "autenti_esign.parallel_requests", value or False
                )
                # What isn't a number falls back to threads, which a test has none of
                with patch("odoo.addons.autenti_esign.parallel.PARALLEL_REQUESTS", 1):
                    request = self._send_quietly()
                self.assertEqual(request.state, "sent")

    @mute_logger("odoo.addons.autenti_esign.parallel")
    def _send_quietly(self):
        return self.send(self._create_agreement(self.seller))
