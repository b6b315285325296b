# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError

from ..client import auth, const
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon


class TestTrouble(AutentiCommon):
    """What goes wrong is told once, and is over when it is over."""

    def notice(self, agreement=None):
        agreement = agreement or self.agreement
        return self.activities(agreement, "attention", self.seller)

    def refuse_token(self, request, status, **data):
        """Look at Autenti, which gives no token any more."""
        auth.token_cache.clear()
        self.autenti.fail("token", status, data=data)
        self.poll(request)

    def break_down(self, request):
        """Look at Autenti, and find a bug in Odoo."""
        self.autenti.fail("read", MemoryError())
        with self.assertLogs("odoo.addons.autenti_esign", "ERROR"):
            self.poll(request)

    # === Told once ===

    def test_trouble_with_a_sent_document_is_told_once_until_it_is_over(self):
        for answer, told in (
            ({"status": 401, "error": "invalid_client"}, "client secret"),
            (
                {
                    "status": 400,
                    "error": "invalid_grant",
                    "error_description": "no such user",
                },
                "doesn't know this e-mail",
            ),
        ):
            with self.subTest(told=told):
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.refuse_token(request, **answer)
                self.assertEqual(request.state, "sent")
                self.assertTrue(request.next_check_at, "somebody may mend it")
                self.assertIn(told, agreement.autenti_problem)
                notice = self.notice(agreement)
                self.assertIn(told, notice.note)
                self.refuse_token(request, **answer)
                self.assertEqual(self.notice(agreement), notice)
                notice.unlink()
                self.refuse_token(request, **answer)
                self.assertFalse(self.notice(agreement), "they know already")
                self.poll(request)
                self.assertFalse(agreement.autenti_problem)
                self.refuse_token(request, **answer)
                self.assertTrue(self.notice(agreement), "it has come back")
                self.poll(request)
                self.assertFalse(self.notice(agreement))

    def test_what_passes_by_itself_is_shown_and_not_told(self):
        request = self.send()
        self.autenti.fail("read", 503)
        self.poll(request)
        self.assertIn("technical problem", self.agreement.autenti_problem)
        self.assertFalse(self.notice())

    def test_a_bug_is_shown_and_told_once(self):
        request = self.send()
        self.break_down(request)
        self.assertEqual(request.state, "sent")
        self.assertIn("in its log", self.agreement.autenti_problem)
        self.assertIn("in its log", self.notice().note)
        self.notice().unlink()
        self.break_down(request)
        self.assertFalse(self.notice())
        self.poll(request)
        self.assertFalse(self.agreement.autenti_problem)

    def test_the_notice_goes_when_the_document_is_out_after_all(self):
        request = self.submit()
        self.autenti.fail("create", 402)
        self.run_cron()
        self.assertTrue(self.notice())
        request.with_user(self.seller).action_try_again()
        self.run_cron()
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.last_error)
        self.assertFalse(self.notice())

    # === All or nothing ===

    def test_half_an_answer_is_never_taken_over(self):
        for error in (ValidationError("No number"), UserError("Not in this period")):
            with self.subTest(error=error):
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.sign(request, CLIENT_EMAIL)
                with (
                    patch.object(
                        self.registry["agreement"], "_autenti_signed", side_effect=error
                    ),
                    self.assertLogs("odoo.addons.autenti_esign", "ERROR"),
                ):
                    self.sign(request, SELLER_EMAIL)
                self.assertEqual(request.state, "sent")
                # What was read before is kept, of the file nothing
                self.assertEqual(request.remote_status, const.PROCESS_COMPLETED)
                self.assertEqual(request.signer_ids[1].status, "signed")
                self.assertFalse(request.signed_attachment_id)
                self.assertFalse(agreement.autenti_signed_attachment_id)
                self.assertTrue(agreement.autenti_problem)
                self.assertTrue(self.notice(agreement))
                self.poll(request)
                self.assertEqual(request.state, "signed")
                self.assertTrue(agreement.signature_date)
                self.assertFalse(self.notice(agreement))

    # === Not for ever ===

    def test_what_waits_too_long_to_be_sent_is_left_to_a_person(self):
        request = self.submit()
        for days, is_asked in ((6, True), (8, False)):
            with freeze_time(datetime.now() + timedelta(days=days)):
                self.autenti.fail("create", 503)
                self.poll(request)
                self.assertEqual(bool(request.next_check_at), is_asked)
                self.assertEqual(bool(self.notice()), not is_asked)
        with freeze_time(datetime.now() + timedelta(days=9)):
            self._check_left_alone(request)
            request.with_user(self.seller).action_try_again()
            self.run_cron()
        self.assertEqual(request.state, "sent")
        self.assertFalse(self.notice())

    def test_what_is_out_too_long_is_left_to_a_person(self):
        request = self.send()
        for days, is_asked in ((179, True), (181, False)):
            with freeze_time(datetime.now() + timedelta(days=days)):
                self.poll(request)
                self.assertEqual(bool(request.next_check_at), is_asked)
                self.assertEqual(bool(self.notice()), not is_asked)
        with freeze_time(datetime.now() + timedelta(days=400)):
            self._check_left_alone(request)
            self.autenti.sign(request.process_id, CLIENT_EMAIL)
            request.with_user(self.seller).action_check()
            self.assertEqual(request.signer_ids[0].status, "signed")
            self.autenti.sign(request.process_id, SELLER_EMAIL)
            request.with_user(self.seller).action_check()
        self.assertEqual(request.state, "signed")
        self.assertFalse(self.notice())

    def _check_left_alone(self, request):
        self.assertIn("no longer asks", self.agreement.autenti_problem)
        self.assertNotIn("tries again", self.agreement.autenti_problem)
        self.assertIn("no longer asks", self.notice().note)
        calls = len(self.autenti.calls)
        self.run_cron()
        self.assertEqual(len(self.autenti.calls), calls)

    # === Who comes first ===

    def make_due(self, *requests):
        """Let the time of a look come, the first one's first."""
        due = fields.Datetime.now() - timedelta(hours=1)
        for minutes, request in enumerate(requests):
            request.next_check_at = due + timedelta(minutes=minutes)

    def test_what_waits_to_be_sent_goes_before_what_is_looked_at(self):
        out = self.send()
        waiting = self.submit(self._create_agreement(self.seller))
        self.make_due(out, waiting)
        before = len(self.autenti.operations)
        self.run_cron()
        self.assertEqual(waiting.state, "sent")
        self.assertEqual(
            self.autenti.operations[before:], ["create", "upload", "send", "read"]
        )

    def test_without_an_answer_to_one_document_the_others_are_looked_at(self):
        for outcome in (requests.Timeout(), requests.ConnectionError()):
            with self.subTest(outcome=outcome):
                self.meet_autenti()
                slow, other = (
                    self.send(self._create_agreement(self.seller)) for _time in range(2)
                )
                of_board = self.send(
                    self._create_agreement(self.board_seller), self.board_seller
                )
                self.make_due(slow, other, of_board)
                self.autenti.fail("read", outcome)
                reads = self.autenti.count("read")
                self.run_cron()
                # Companies take turns
                self.assertEqual(
                    [
                        call.ids["process_id"]
                        for call in self.autenti.calls_of("read")[reads:]
                    ],
                    [slow.process_id, of_board.process_id, other.process_id],
                )
                self.assertTrue(slow.last_error)
                self.assertFalse(other.last_error)

    def test_an_answer_to_one_document_says_nothing_of_the_others(self):
        first, second = (
            self.send(self._create_agreement(self.seller)) for _time in range(2)
        )
        self.make_due(first, second)
        self.autenti.fail("read", 503)
        reads = self.autenti.count("read")
        self.run_cron()
        self.assertEqual(self.autenti.count("read"), reads + 2)
