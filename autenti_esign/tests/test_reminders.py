# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta

import requests
from freezegun import freeze_time

from odoo.exceptions import UserError

from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon


class TestReminders(AutentiCommon):
    """Those whose turn it is are reminded, by Autenti and not too often."""

    def remind(self, records, user=None):
        """Choose "Remind" in the list, and let the cron job do it.

        :return: what the user is told
        """
        records = records.with_user(user or self.seller)
        name = (
            "autenti_request_action_remind"
            if records._name == "autenti.request"
            else "agreement_action_remind"
        )
        action = self.env.ref(f"autenti_esign.{name}").with_user(records.env.user)
        told = action.with_context(
            active_model=records._name, active_ids=records.ids, active_id=records[:1].id
        ).run()
        self.run_cron()
        return told["params"]["message"]

    def pass_days(self, request, days):
        """Let the cron job run once a day.

        :return: number of reminders that were sent on these days
        """
        before = self.autenti.count("remind")
        for day in range(1, days + 1):
            with freeze_time(datetime.now() + timedelta(days=day, minutes=day)):
                self.run_cron()
        return self.autenti.count("remind") - before

    def notes(self, record):
        return " ".join(record.message_ids.mapped("body"))

    # === By a person ===

    def test_all_whose_turn_it_is_are_reminded_from_both_lists(self):
        agreements = self.agreement + self._create_agreement(self.seller)
        sent = self.send(agreements[0]) + self.send(agreements[1])
        for number, records in enumerate((sent, agreements), start=1):
            with self.subTest(model=records._name):
                self.assertIn("way: 2.", self.remind(records))
                self.assertEqual(self.autenti.count("remind"), 2 * number)
                for request in sent:
                    self.assertEqual(request.reminder_count, number)
                    self.assertTrue(request.last_reminder_at)
        for request in sent:
            self.assertIn("reminded Jan Kowalski. Reminder 2.", self.notes(request))
        # The contract's chatter is for what changes
        for agreement in agreements:
            self.assertNotIn("reminded", self.notes(agreement))

    def test_what_is_not_out_and_what_others_sent_is_left_out(self):
        agreements = (
            self.agreement
            + self._create_agreement(self.seller)
            + self._create_agreement(self.colleague)
        )
        self.send(agreements[0])
        self.send(agreements[2], self.colleague)
        told = self.remind(agreements)
        self.assertIn("way: 1.", told)
        self.assertIn("Left out: 2.", told)
        self.assertEqual(self.autenti.count("remind"), 1)

    def test_the_representative_reminds_nobody(self):
        request = self.send_by_board()
        told = self.remind(request, self.board_member)
        self.assertIn("Left out: 1.", told)
        self.assertEqual(self.autenti.count("remind"), 0)

    def test_a_manager_reminds_for_the_salespeople(self):
        request = self.send()
        self.assertIn("way: 1.", self.remind(request, self.manager))
        self.assertEqual(self.autenti.count("remind"), 1)

    def test_a_lost_answer_is_told_and_the_reminder_not_repeated(self):
        request = self.send()
        self.autenti.fail("remind", requests.Timeout(), after=True)
        told = request.with_user(self.seller).action_remind()
        self.assertEqual(told["params"]["type"], "warning")
        self.assertIn("didn't tell", self.notes(request))
        self.assertEqual(request.reminder_count, 0)
        self.poll(request)
        self.assertEqual(self.autenti.count("remind"), 1)

    def test_a_refusal_is_told_to_who_reminds(self):
        request = self.send()
        self.autenti.fail("remind", 403)
        with self.assertRaisesRegex(UserError, "doesn't permit"):
            request.with_user(self.seller).action_remind()
        self.assertFalse(request.reminder_count)

    def test_who_signed_meanwhile_is_not_reminded_from_the_list(self):
        request = self.send()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email)
        self.remind(request)
        self.assertEqual(request.state, "signed")
        self.assertEqual(self.autenti.count("remind"), 0)

    # === By itself ===

    def test_nobody_is_reminded_by_itself_unless_it_is_set_up(self):
        request = self.send()
        self.assertEqual(self.pass_days(request, 10), 0)

    def test_a_reminder_every_three_days_and_no_more(self):
        request = self.send(remind_days=3)
        self.assertEqual(self.pass_days(request, 10), 3)
        self.assertEqual(request.reminder_count, 3)
        self.assertIn("Reminder 3.", self.notes(request))
        self.assertNotIn("Reminder 4.", self.notes(request))

    def test_the_time_begins_anew_for_the_next_signer(self):
        request = self.send(remind_days=3)
        with freeze_time(datetime.now() + timedelta(days=2)):
            self.sign(request, CLIENT_EMAIL)
            self.assertEqual(
                request.next_reminder_at,
                datetime.now().replace(microsecond=0) + timedelta(days=3),
            )
        with freeze_time(datetime.now() + timedelta(days=4)):
            self.poll(request)
        self.assertEqual(self.autenti.count("remind"), 0)
        with freeze_time(datetime.now() + timedelta(days=6)):
            self.poll(request)
        self.assertEqual(self.autenti.count("remind"), 1)
        self.assertIn("reminded Anna Nowak. Reminder 1.", self.notes(request))

    def test_after_a_reminder_by_hand_the_time_begins_anew(self):
        request = self.send(remind_days=3)
        with freeze_time(datetime.now() + timedelta(days=2)):
            request.with_user(self.seller).action_remind()
        with freeze_time(datetime.now() + timedelta(days=4)):
            self.poll(request)
        self.assertEqual(self.autenti.count("remind"), 1)

    def test_reminders_stop_at_the_end(self):
        for end in ("signed", "declined", "withdrawn"):
            with self.subTest(end=end):
                request = self.send(self._create_agreement(self.seller), remind_days=1)
                if end == "signed":
                    self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
                elif end == "declined":
                    self.autenti.reject(request.process_id, CLIENT_EMAIL, "Nie")
                    self.poll(request)
                else:
                    request.with_user(self.seller).action_withdraw()
                self.assertEqual(request.state, end)
                self.assertEqual(self.pass_days(request, 5), 0)

    def test_a_reminder_that_fails_waits_for_its_next_time(self):
        for outcome in (requests.Timeout(), 503, 403):
            with self.subTest(outcome=outcome):
                self.meet_autenti()
                request = self.send(self._create_agreement(self.seller), remind_days=3)
                with freeze_time(datetime.now() + timedelta(days=3, minutes=1)):
                    self.autenti.fail("remind", outcome)
                    self.run_cron()
                    self.poll(request)
                    self.assertEqual(self.autenti.count("remind"), 1)
                    self.assertEqual(request.state, "sent")
                with freeze_time(datetime.now() + timedelta(days=7)):
                    self.run_cron()
                self.assertEqual(self.autenti.count("remind"), 2)
                self.assertEqual(request.reminder_count, 1)
