# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta

import requests
from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ..client import const
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon, draw_pdf

WHO_WHEN_WHY = r"^Anna Nowak, \d+/\d+/\d+, \d+:\d+\s[AP]M: Zmiana ceny$"
LOST_ANSWERS = (requests.Timeout(), requests.ConnectionError(), 503)


class TestWithdrawal(AutentiCommon):
    """A document ends at Autenti first and then here, whatever answer is lost."""

    def withdraw(self, request, user=None, reason="Zmiana ceny"):
        """Withdraw as a user does, by the dialog of the contract."""
        user = user or self.seller
        agreement = self.env["agreement"].browse(request.res_id).with_user(user)
        action = agreement.action_autenti_withdraw()
        dialog = self.env[action["res_model"]].with_user(user)
        with Form(dialog.with_context(**action["context"])) as form:
            form.reason = reason
        form.record.action_withdraw()
        return form.record

    def test_that_the_package_is_not_refunded_is_said_before_withdrawing(self):
        view = self.env.ref("autenti_esign.autenti_withdraw_view_form")
        (sentence,) = etree.fromstring(view.arch).xpath(
            "//p[contains(., 'give a withdrawn document back to the package')]"
        )
        self.assertEqual(sentence.get("invisible"), "request_state == 'to_send'")

    def test_a_new_one_can_follow_in_the_transaction_that_ends_the_first(self):
        for end in ("withdrawn", "expired", "failed", "declined", "signed"):
            with self.subTest(end=end):
                agreement = self._create_agreement(self.seller)
                first = self.send(agreement)
                values = first.copy_data()[0]
                self.env.flush_all()
                first._set_state(end)
                second = self.env["autenti.request"].sudo().create(values)
                self.env.flush_all()
                self.assertEqual(second.state, "to_send")
                self.assertEqual(first.state, end)

    def status(self, request):
        return self.autenti.processes[request.process_id]["status"]

    def notes(self, record):
        return " ".join(record.message_ids.mapped("body"))

    # === By a person ===

    def test_the_reason_is_kept_on_the_request_and_in_the_chatter(self):
        request = self.send()
        self.withdraw(request)
        self.assertEqual(self.status(request), const.PROCESS_WITHDRAWN)
        self.assertEqual(request.state, "withdrawn")
        self.assertRegex(request.reason, WHO_WHEN_WHY)
        for record in (request, self.agreement):
            self.assertIn("Zmiana ceny", self.notes(record))

    def test_the_dialog_tells_whose_signature_is_lost(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        self.assertEqual(self.withdraw(request).signed_names, "Jan Kowalski")

    def test_a_withdrawal_needs_a_reason(self):
        request = self.send()
        dialog = self.env["autenti.withdraw"].with_user(self.seller)
        form = Form(dialog.with_context(default_request_id=request.id))
        with self.assertRaisesRegex(AssertionError, "reason"):
            form.save()

    def test_a_colleague_withdraws_nothing(self):
        request = self.send()
        with self.assertRaises(AccessError):
            self.agreement.with_user(self.colleague).action_autenti_withdraw()
        dialog = self.env["autenti.withdraw"].with_user(self.colleague)
        dialog = dialog.sudo().create({"request_id": request.id, "reason": "x"})
        with self.assertRaises(AccessError):
            dialog.with_user(self.colleague).action_withdraw()
        self.assertEqual(self.autenti.count("withdraw"), 0)

    def test_what_is_not_out_is_not_withdrawn(self):
        with self.assertRaisesRegex(UserError, "isn't out for signature"):
            self.agreement.with_user(self.seller).action_autenti_withdraw()

    def test_what_autenti_refuses_changes_nothing(self):
        request = self.send()
        self.autenti.fail("withdraw", 403)
        with self.assertRaisesRegex(UserError, "doesn't permit"):
            self.withdraw(request)
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.ending)
        self.assertFalse(request.reason)

    def test_when_the_answer_is_lost_a_read_finds_out(self):
        for outcome in LOST_ANSWERS:
            with self.subTest(outcome=outcome):
                self.meet_autenti()
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.autenti.fail("withdraw", outcome, after=True)
                self.withdraw(request)
                self.assertEqual(request.state, "sent")
                self.assertIn("didn't tell", agreement.autenti_problem)
                self.run_cron()
                self.assertEqual(request.state, "withdrawn")
                self.assertRegex(request.reason, WHO_WHEN_WHY)
                self.assertFalse(request.last_error)
                self.assertEqual(self.autenti.count("withdraw"), 1)

    def test_what_did_not_happen_is_done_again(self):
        for outcome in LOST_ANSWERS:
            with self.subTest(outcome=outcome):
                self.meet_autenti()
                request = self.send(self._create_agreement(self.seller))
                self.autenti.fail("withdraw", outcome)
                self.withdraw(request)
                self.run_cron()
                self.assertEqual(request.state, "withdrawn")
                self.assertRegex(request.reason, WHO_WHEN_WHY)
                self.assertEqual(self.autenti.count("withdraw"), 2)

    def test_who_signs_last_is_faster_than_a_withdrawal_without_answer(self):
        request = self.send()
        self.autenti.fail("withdraw", requests.Timeout())
        self.withdraw(request)
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")
        self.assertFalse(request.reason)
        self.assertEqual(self.autenti.count("withdraw"), 1)

    def test_an_answer_that_stays_away_is_asked_for_until_it_comes(self):
        request = self.send()
        self.autenti.fail("withdraw", 503)
        self.withdraw(request)
        self.autenti.fail("read", 503)
        self.run_cron()
        self.assertEqual(request.state, "sent")
        self.assertIn("technical problem", self.agreement.autenti_problem)
        self.poll(request)
        self.assertEqual(request.state, "withdrawn")

    # === What is gone at Autenti ===

    def leave_a_draft(self):
        """Have a request stop between its draft and its sending."""
        request = self.submit()
        self.autenti.fail("upload", 503)
        self.run_cron()
        self.assertEqual((request.state, bool(request.process_id)), ("to_send", True))
        return request

    def test_a_draft_that_is_gone_at_autenti_can_be_withdrawn_here(self):
        request = self.leave_a_draft()
        del self.autenti.processes[request.process_id]
        self.poll(request)
        self.assertIn("can be withdrawn here", self.agreement.autenti_problem)
        self.withdraw(request)
        self.assertEqual(request.state, "withdrawn")
        self.assertRegex(request.reason, WHO_WHEN_WHY)
        self.assertIn("doesn't find the draft any more", self.notes(self.agreement))
        self.assertEqual(self.autenti.count("withdraw"), 0)
        self.assertEqual(self.send().state, "sent")

    def test_a_draft_that_is_gone_at_autenti_can_be_corrected(self):
        request = self.leave_a_draft()
        del self.autenti.processes[request.process_id]
        self.poll(request)
        action = request.with_user(self.seller).action_correct()
        dialog = self.env["autenti.send"].with_user(self.seller)
        dialog.browse(action["res_id"]).action_send()
        self.run_cron()
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(self.request_of(self.agreement).state, "sent")

    def test_a_draft_that_is_missed_for_the_first_time_is_not_given_up(self):
        request = self.leave_a_draft()
        self.autenti.fail("read", 404)
        with self.assertRaisesRegex(UserError, "doesn't find"):
            self.withdraw(request)
        self.assertEqual(request.state, "to_send")

    def test_what_was_sent_is_not_given_up_however_often_it_is_missed(self):
        request = self.send()
        process = self.autenti.processes.pop(request.process_id)
        for _look in range(2):
            self.poll(request)
        with self.assertRaisesRegex(UserError, "doesn't find"):
            self.withdraw(request)
        self.assertEqual(request.state, "sent")
        self.autenti.processes[request.process_id] = process
        self.withdraw(request)
        self.assertEqual(self.status(request), const.PROCESS_WITHDRAWN)

    # === By its date ===

    def send_until(self, days):
        """Send a contract that is to be signed within some days."""
        date = datetime.now().date() + timedelta(days=days)
        return self.send(expiry_date=date)

    def test_what_is_not_signed_by_its_date_is_withdrawn_at_autenti(self):
        self.seller.tz = "Europe/Warsaw"
        request = self.send_until(3)
        for days, state, status in (
            (2, "sent", const.PROCESS_PROCESSING),
            (4, "expired", const.PROCESS_WITHDRAWN),
        ):
            with freeze_time(datetime.now() + timedelta(days=days)):
                self.run_cron()
            self.assertEqual(request.state, state)
            self.assertEqual(self.status(request), status)
        self.assertIn("It was to be signed by", request.reason)
        # In the salesperson's time, not in that of the server
        self.assertIn("11:59:59", request.reason)
        self.assertIn("The time to sign has run out", self.notes(self.agreement))
        self.assertTrue(self.activities(self.agreement, "attention", self.seller))

    def test_it_is_looked_at_when_it_expires_however_seldom_otherwise(self):
        request = self.send_until(1)
        request.attempt_count = 15
        self.poll(request)
        self.assertLessEqual(request.next_check_at, request.expires_at)

    def test_what_was_signed_on_the_last_day_is_signed(self):
        request = self.send_until(3)
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email)
        with freeze_time(datetime.now() + timedelta(days=4)):
            self.run_cron()
        self.assertEqual(request.state, "signed")
        self.assertEqual(self.autenti.count("withdraw"), 0)

    def test_while_the_signed_file_is_awaited_nothing_expires(self):
        request = self.send_until(3)
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email, with_file=False)
        with freeze_time(datetime.now() + timedelta(days=4)):
            self.run_cron()
            self.assertEqual(request.state, "sent")
            self.autenti.add_signed_file(request.process_id)
            self.poll(request)
        self.assertEqual(request.state, "signed")

    def test_what_all_have_signed_is_not_withdrawn_but_a_manager_can_end_it(self):
        """Its file never comes, or nobody can tell which one it is."""
        for files in ((), ("a", "b")):
            with self.subTest(files=files):
                self.meet_autenti()
                request = self.send(self._create_agreement(self.seller))
                for email in (CLIENT_EMAIL, SELLER_EMAIL):
                    self.autenti.sign(request.process_id, email, with_file=False)
                for name in files:
                    content = draw_pdf(name)
                    self.autenti.give_back(request.process_id, f"{name}.pdf", content)
                self.poll(request)
                for user, only_here in (
                    (self.seller, False),
                    (self.seller, True),
                    (self.manager, False),
                ):
                    action = request.with_user(user).action_withdraw("x", only_here)
                    self.assertIn("nothing to withdraw", action["params"]["message"])
                self.assertEqual(request.state, "sent")
                action = request.with_user(self.manager).action_withdraw("x", True)
                self.assertEqual(request.state, "withdrawn")
                self.assertEqual(self.autenti.count("withdraw"), 0)
                for said in (action["params"]["message"], request.reason):
                    self.assertIn("At Autenti all have signed it", said)

    def test_nobody_ends_what_is_signed_and_only_being_checked(self):
        self.patch(self.registry["autenti.request"], "_accept_signed", lambda self: 0)
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertTrue(request.signed_attachment_id)
        action = request.with_user(self.manager).action_withdraw("x", only_here=True)
        self.assertIn("nothing to withdraw", action["params"]["message"])
        self.assertEqual(request.state, "sent")

    def test_an_expiry_survives_a_lost_answer(self):
        for after in (True, False):
            with self.subTest(after=after):
                self.meet_autenti()
                request = self.send(
                    self._create_agreement(self.seller),
                    expiry_date=datetime.now().date() + timedelta(days=3),
                )
                with freeze_time(datetime.now() + timedelta(days=4)):
                    self.autenti.fail("withdraw", requests.Timeout(), after=after)
                    self.run_cron()
                    self.assertEqual(request.state, "sent")
                    self.assertGreater(request.next_check_at, datetime.now())
                    self.poll(request)
                self.assertEqual(request.state, "expired")
                self.assertEqual(self.status(request), const.PROCESS_WITHDRAWN)

    def test_what_expires_before_it_went_out_never_goes_out(self):
        for operation, is_draft_left in (("create", False), ("upload", True)):
            with self.subTest(operation=operation):
                self.meet_autenti()
                request = self.submit(
                    self._create_agreement(self.seller),
                    expiry_date=datetime.now().date() + timedelta(days=3),
                )
                self.autenti.fail(operation, 503)
                self.run_cron()
                with freeze_time(datetime.now() + timedelta(days=4)):
                    self.run_cron()
                self.assertEqual(request.state, "expired")
                self.assertEqual(bool(self.autenti.processes), is_draft_left)
                self.assertFalse(self.autenti.sent)

    def test_what_went_out_unnoticed_expires_at_autenti_too(self):
        request = self.submit(expiry_date=datetime.now().date() + timedelta(days=3))
        self.autenti.fail("send", requests.Timeout(), after=True)
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        with freeze_time(datetime.now() + timedelta(days=4)):
            self.run_cron()
        self.assertEqual(request.state, "expired")
        self.assertEqual(self.status(request), const.PROCESS_WITHDRAWN)

    def test_a_withdrawal_at_autenti_is_no_expiry(self):
        request = self.send_until(3)
        self.autenti.processes[request.process_id]["status"] = const.PROCESS_WITHDRAWN
        self.poll(request)
        self.assertEqual(request.state, "withdrawn")

    # === The set-up ===

    def test_the_days_come_from_the_company_or_from_the_type(self):
        kind = self.env["agreement.type"].create(
            {
                "name": "Usługi",
                "autenti_has_waiting_rules": True,
                "autenti_expiry_days": 7,
            }
        )
        other = self.env["agreement.type"].create({"name": "Sprzedaż"})
        self.connection.write({"remind_days": 2, "expiry_days": 30})
        today = datetime.now().date()
        for agreement_type, remind_days, expiry_days in (
            (kind, 0, 7),
            (other, 2, 30),
            (self.env["agreement.type"], 2, 30),
        ):
            with self.subTest(type=agreement_type.name):
                agreement = self._create_agreement(
                    self.seller, agreement_type_id=agreement_type.id
                )
                dialog = self.open_dialog(agreement)
                self.assertEqual(dialog.remind_days, remind_days)
                self.assertEqual(
                    dialog.expiry_date, today + timedelta(days=expiry_days)
                )

    def test_without_a_rule_nothing_expires(self):
        self.assertFalse(self.open_dialog().expiry_date)
        self.assertFalse(self.submit().expires_at)

    def test_the_last_day_ends_where_the_user_is(self):
        self.seller.tz = "Europe/Warsaw"
        date = datetime(datetime.now().year + 1, 1, 15).date()
        request = self.submit(expiry_date=date)
        self.assertEqual(
            request.expires_at, datetime(date.year, 1, 15, 22, 59, 59), "winter time"
        )

    def test_a_day_that_has_passed_is_refused(self):
        dialog = self.open_dialog()
        dialog.expiry_date = datetime.now().date() - timedelta(days=2)
        with self.assertRaisesRegex(UserError, "has passed"):
            dialog.action_send()
