# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

import requests

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..client import const
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon


class TestSending(AutentiCommon):
    """The walk from a click to a sent process, whatever interrupts it."""

    def assertSentOnce(self, request):
        (process,) = self.autenti.sent
        self.assertEqual(process["id"], request.process_id)
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.last_error)
        self.assertEqual(len(process["files"]), 1)

    def test_without_trouble_each_call_is_made_once(self):
        request = self.send()
        self.assertSentOnce(request)
        self.assertEqual(
            [name for name in self.autenti.operations if name != "read"],
            ["create", "upload", "send"],
        )

    def test_whatever_fails_before_its_work_the_next_run_sends_once(self):
        for operation in ("token", "create", "upload", "send"):
            for outcome in (
                503,
                429,
                requests.ConnectionError(),
                requests.Timeout(),
            ):
                with self.subTest(operation=operation, outcome=outcome):
                    self._send_through(operation, outcome, after=False)

    def test_whatever_fails_after_its_work_the_next_run_sends_once(self):
        for operation in ("create", "upload", "send"):
            for outcome in (503, requests.ConnectionError(), requests.Timeout()):
                with self.subTest(operation=operation, outcome=outcome):
                    self._send_through(operation, outcome, after=True)

    def _send_through(self, operation, outcome, after):
        self.meet_autenti()
        request = self.submit(self._create_agreement(self.seller))
        self.autenti.fail(operation, outcome, after=after)
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        self.assertIn("Odoo tries again by itself.", request.last_error)
        self.assertGreater(request.next_check_at, fields.Datetime.now())
        self.poll(request)
        self.assertSentOnce(request)
        # A call that did nothing is repeated, one whose answer was lost isn't
        repeated = operation == "send" and not after
        self.assertEqual(self.autenti.count("send"), 2 if repeated else 1)

    def test_a_lost_answer_to_create_leaves_a_draft_that_nobody_sees(self):
        request = self.submit()
        self.autenti.fail("create", requests.Timeout(), after=True)
        self.run_cron()
        self.assertFalse(request.process_id)
        self.poll(request)
        self.assertEqual(len(self.autenti.processes), 2)
        self.assertSentOnce(request)

    def test_a_lost_answer_to_upload_uploads_nothing_twice(self):
        request = self.submit()
        self.autenti.fail("upload", requests.Timeout(), after=True)
        self.run_cron()
        self.poll(request)
        self.assertEqual(self.autenti.count("upload"), 1)
        self.assertSentOnce(request)

    def test_a_lost_answer_to_send_is_made_good_by_reading(self):
        request = self.submit()
        self.autenti.fail("send", requests.Timeout(), after=True)
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        self.poll(request)
        self.assertEqual(self.autenti.count("send"), 1)
        self.assertSentOnce(request)
        self.assertEqual(request.remote_status, const.PROCESS_PROCESSING)
        self.assertEqual(request.signer_ids.mapped("status"), ["turn", "waiting"])

    def test_a_process_that_was_signed_before_odoo_knew_it_sent_is_taken_over(self):
        request = self.submit()
        self.autenti.fail("send", requests.Timeout(), after=True)
        self.run_cron()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.autenti.sign(request.process_id, SELLER_EMAIL)
        self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertTrue(request.sent_date)
        self.assertEqual(self.autenti.count("send"), 1)

    def test_each_run_reads_before_it_goes_on(self):
        request = self.submit()
        self.autenti.fail("send")
        self.run_cron()
        calls_before = len(self.autenti.operations)
        self.poll(request)
        self.assertEqual(self.autenti.operations[calls_before:], ["read", "send"])

    def test_the_process_id_outlives_a_crash_during_the_upload(self):
        request = self.submit()
        self.autenti.fail("upload", MemoryError())
        with self.assertLogs("odoo.addons.autenti_esign", "ERROR") as logs:
            self.run_cron()
        self.assertIn("can't be worked on", logs.output[0])
        (process_id,) = self.autenti.processes
        self.assertEqual(request.process_id, process_id)
        self.assertEqual(request.state, "to_send")
        self.poll(request)
        self.assertEqual(self.autenti.count("create"), 1)
        self.assertSentOnce(request)

    @mute_logger("odoo.addons.autenti_esign.models.autenti_request_sync")
    def test_a_broken_request_does_not_keep_others_from_being_sent(self):
        broken = self.submit()
        self.autenti.fail("create", MemoryError())
        other = self.submit(self._create_agreement(self.colleague), self.colleague)
        self.run_cron()
        self.assertEqual(broken.state, "to_send")
        self.assertGreater(broken.next_check_at, fields.Datetime.now())
        self.assertEqual(other.state, "sent")

    def test_a_request_that_another_worker_holds_is_left_alone(self):
        request = self.submit()
        nothing = self.env["autenti.request"]
        with patch.object(
            self.registry["autenti.request"],
            "_lock",
            lambda request: nothing,
        ):
            self.run_cron()
        self.assertEqual(self.autenti.calls, [])
        self.run_cron()
        self.assertSentOnce(request)

    def test_a_request_that_was_withdrawn_meanwhile_is_not_sent(self):
        request = self.submit()
        request.with_user(self.seller).action_withdraw()
        self.run_cron()
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(self.autenti.calls, [])

    def test_what_is_out_is_never_created_again_whatever_became_of_its_id(self):
        request = self.send()
        self.env.cr.execute(
            "UPDATE autenti_request SET process_id = NULL WHERE id = %s", [request.id]
        )
        request.invalidate_recordset()
        with self.assertLogs("odoo.addons.autenti_esign", "ERROR"):
            self.poll(request)
        self.assertEqual(self.autenti.count("create"), 1)
        self.assertEqual(request.state, "sent")

    def test_an_unknown_status_leaves_the_state_alone(self):
        request = self.send()
        self.autenti.processes[request.process_id]["status"] = "ON_THE_MOON"
        with self.assertLogs("odoo.addons.autenti_esign", "WARNING") as logs:
            self.poll(request)
        self.assertIn("ON_THE_MOON", logs.output[0])
        self.assertEqual(request.state, "sent")
        self.assertEqual(request.remote_status, "ON_THE_MOON")
        self.assertTrue(request.next_check_at)

    def test_an_unknown_status_is_logged_once(self):
        request = self.send()
        self.autenti.processes[request.process_id]["status"] = "ON_THE_MOON"
        with self.assertLogs("odoo.addons.autenti_esign", "WARNING") as logs:
            self.poll(request)
            self.poll(request)
        self.assertEqual(len(logs.output), 1)

    def test_an_unknown_status_of_a_draft_sends_nothing(self):
        request = self.submit()
        self.autenti.fail("send")
        self.run_cron()
        self.autenti.processes[request.process_id]["status"] = "ON_THE_MOON"
        with self.assertLogs("odoo.addons.autenti_esign", "WARNING"):
            self.poll(request)
        self.assertEqual(self.autenti.count("send"), 1)
        self.assertEqual(request.state, "to_send")

    def test_autenti_is_given_the_time_it_asks_for(self):
        request = self.submit()
        self.autenti.fail("send", 429, headers={"Retry-After": "7200"})
        self.run_cron()
        self.assertGreaterEqual(
            request.next_check_at, fields.Datetime.now() + timedelta(seconds=7190)
        )
        self.run_cron()
        self.assertEqual(self.autenti.count("send"), 1)

    def test_what_only_a_person_can_mend_waits_for_them(self):
        for operation, status, data, told in (
            ("token", 401, {"error": "invalid_client"}, "client secret"),
            (
                "token",
                400,
                {"error": "invalid_grant", "error_description": "unknown kid"},
                "public key",
            ),
            (
                "token",
                400,
                {"error": "invalid_grant", "error_description": "no such user"},
                "doesn't know this e-mail",
            ),
            ("create", 402, {}, "package"),
            ("send", 403, {}, "permissions"),
        ):
            with self.subTest(operation=operation, status=status):
                self.meet_autenti()
                agreement = self._create_agreement(self.seller)
                request = self.submit(agreement)
                self.autenti.fail(operation, status, data=data)
                self.run_cron()
                self.assertEqual(request.state, "to_send")
                self.assertFalse(request.next_check_at)
                self.assertIn(told, request.last_error)
                self.assertEqual(agreement.autenti_problem, request.last_error)
                activity = self.activities(agreement, "attention", self.seller)
                self.assertIn(told, activity.note)
                calls = len(self.autenti.calls)
                self.run_cron()
                self.assertEqual(len(self.autenti.calls), calls)
                request.with_user(self.seller).action_try_again()
                self.run_cron()
                self.assertSentOnce(request)

    def test_a_set_up_that_fell_apart_waits_for_a_person(self):
        request = self.submit()
        self.connection.key_ids.unlink()
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        self.assertFalse(request.next_check_at)
        self.assertIn("isn't finished", request.last_error)
        self.assertTrue(self.activities(self.agreement, "attention", self.seller))

    def test_what_autenti_does_not_accept_fails(self):
        request = self.submit()
        self.autenti.fail("create", 400, data={"message": "title is too long"})
        self.run_cron()
        self.assertEqual(request.state, "failed")
        self.assertIn("title is too long", request.reason)
        self.assertFalse(request.next_check_at)
        activity = self.activities(self.agreement, "attention", self.seller)
        self.assertIn("title is too long", activity.note)
        self.assertEqual(self.agreement.autenti_state, "failed")

    def test_a_contract_whose_sending_failed_can_be_sent_again(self):
        request = self.submit()
        self.autenti.fail("create", 400)
        self.run_cron()
        again = self.send()
        self.assertNotEqual(again, request)
        self.assertEqual(request.state, "failed")
        self.assertSentOnce(again)

    def test_a_process_that_a_read_does_not_find_may_still_be_out(self):
        request = self.submit()
        self.autenti.fail("send", after=True)
        self.run_cron()
        processes = dict(self.autenti.processes)
        self.autenti.processes.clear()
        self.poll(request)
        self.assertEqual(request.state, "to_send")
        self.assertTrue(request.next_check_at)
        self.assertIn("doesn't find the document", request.last_error)
        self.assertTrue(self.activities(self.agreement, "attention", self.seller))
        self.autenti.processes.update(processes)
        self.poll(request)
        self.assertEqual(request.state, "sent")
        self.assertFalse(self.activities(self.agreement, "attention", self.seller))
        self.assertSentOnce(request)

    def test_try_again_is_for_the_sender_and_managers(self):
        request = self.submit()
        with self.assertRaises(UserError):
            request.with_user(self.colleague).action_try_again()
        request.with_user(self.manager).action_try_again()
