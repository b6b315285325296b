# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, timedelta
from functools import partial
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError

from ..client import assumptions, const
from ..models.autenti_request_sync import POLLS
from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon

JITTER = 1.2


class TestReceiving(AutentiCommon):
    """What becomes of a sent request is what Autenti says when it is read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jwks_url = const.ENVIRONMENTS["test"].jwks_url

    def set_status(self, request, status):
        self.autenti.processes[request.process_id]["status"] = status

    def test_without_the_signed_file_it_is_not_signed_yet(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL, with_file=False)
        self.assertEqual(request.remote_status, const.PROCESS_COMPLETED)
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.signed_attachment_id)
        self.assertFalse(self.agreement.signature_date)
        content = self.autenti.add_signed_file(request.process_id)
        self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertEqual(request.signed_attachment_id.raw, content)

    def test_a_contract_is_signed_on_the_day_of_the_last_signature_at_the_senders(self):
        self.env.ref("base.user_root").tz = False
        for tz, at, day in (
            ("Europe/Warsaw", "2030-03-01T22:59:00Z", date(2030, 3, 1)),
            ("Europe/Warsaw", "2030-03-01T23:01:00Z", date(2030, 3, 2)),
            ("Europe/Warsaw", "2030-07-01T22:01:00Z", date(2030, 7, 2)),
            ("America/New_York", "2030-03-02T04:59:00Z", date(2030, 3, 1)),
        ):
            with self.subTest(tz=tz, at=at):
                self.seller.tz = tz
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.autenti.sign(request.process_id, CLIENT_EMAIL, at="2030-01-01")
                self.autenti.sign(request.process_id, SELLER_EMAIL, at=at)
                self.poll(request)
                self.assertEqual(agreement.signature_date, day)

    def test_where_autenti_names_no_time_it_is_when_odoo_saw_the_last_signature(self):
        self.env.ref("base.user_root").tz = False
        self.seller.tz = "Europe/Warsaw"
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        with freeze_time("2130-03-01 23:01:00"):
            self.sign(request, SELLER_EMAIL, with_file=False)
        self.autenti.add_signed_file(request.process_id)
        with freeze_time("2130-03-05 12:00:00"):
            self.poll(request)
        self.assertEqual(self.agreement.signature_date, date(2130, 3, 2))

    def test_the_time_of_the_signatures_is_not_edited(self):
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.autenti.sign(request.process_id, SELLER_EMAIL, at="2030-03-01T10:00:00Z")
        self.poll(request)
        agreement = self.agreement.with_user(self.seller)
        agreement.signature_date = date(2000, 1, 1)
        self.env.flush_all()
        self.env.invalidate_all()
        signed_date = datetime(2030, 3, 1, 10)
        self.assertEqual(agreement.autenti_signed_date, signed_date)
        agreement.signature_date = False
        self.assertEqual(agreement.autenti_signed_date, signed_date)

    def test_a_file_that_only_some_have_signed_is_not_the_signed_one(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL, with_file=False)
        self.autenti._add_file(
            request.process_id, "x.pdf", const.FILE_PARTIALLY_SIGNED, PDF
        )
        self.poll(request)
        self.assertEqual(request.state, "sent")

    def test_a_signed_file_that_is_no_pdf_is_not_taken(self):
        request = self.send()
        self.autenti.fail("download", 200, data=b"<html>Sorry</html>")
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "sent")
        self.assertIn("can't be understood", request.last_error)
        self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertFalse(request.last_error)

    def test_a_download_that_breaks_is_repeated(self):
        request = self.send()
        self.autenti.fail("download", requests.ConnectionError())
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "sent")
        self.poll(request)
        self.assertEqual(request.state, "signed")

    def test_the_salesperson_is_told_who_declined_and_why(self):
        request = self.send()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Zła kwota")
        self.poll(request)
        self.assertEqual(request.state, "declined")
        self.assertEqual(request.reason, "Jan Kowalski: Zła kwota")
        self.assertEqual(request.signer_ids.mapped("status"), ["rejected", "waiting"])
        self.assertTrue(request.ended_date)
        self.assertFalse(request.next_check_at)
        activity = self.activities(self.agreement, "attention", self.seller)
        self.assertIn("Zła kwota", activity.note)
        self.assertFalse(self.agreement.signature_date)
        self.assertFalse(self.agreement.autenti_signed_attachment_id)

    def test_who_declined_without_a_reason_is_told_as_such(self):
        for comment in ("", None, 7):
            with self.subTest(comment=comment):
                request = self.send(self._create_agreement(self.seller))
                self.autenti.reject(request.process_id, CLIENT_EMAIL, comment)
                self.poll(request)
                self.assertEqual(request.state, "declined")
                self.assertEqual(
                    request.reason, "Jan Kowalski declined without giving a reason."
                )

    def test_a_rejection_in_other_words_is_one_and_nobody_is_named_for_it(self):
        for word in ("REJECTED", "DECLINED"):
            with self.subTest(word=word):
                request = self.send(self._create_agreement(self.seller))
                self.autenti.processes[request.process_id]["status"] = word
                self.poll(request)
                self.assertEqual(request.state, "declined")
                self.assertEqual(
                    request.reason,
                    "Autenti names nobody who declined, and gives no reason.",
                )
                self.assertFalse(request.next_check_at)

    def test_a_party_that_declined_in_other_words_is_named(self):
        request = self.send()
        process = self.autenti.processes[request.process_id]
        process["status"] = "DECLINED"
        process["parties"][0]["participationStatus"] = "DECLINED"
        self.poll(request)
        self.assertEqual(request.signer_ids[0].status, "rejected")
        self.assertIn("Jan Kowalski declined without", request.reason)

    def test_an_advanced_signature_may_be_declined_by_autenti_itself(self):
        self.contact.phone = "+48 600 700 800"
        self.seller.phone = "+48 602 123 456"
        request = self.send(signature_type="ADVANCED")
        self.autenti.processes[request.process_id]["status"] = "REJECTED"
        self.poll(request)
        self.assertIn("PESEL", request.reason)

    def test_words_that_nobody_knows_are_kept_and_shown(self):
        request = self.send()
        process = self.autenti.processes[request.process_id]
        process["status"] = "ON_HOLD"
        process["flags"] = ["FLAG:VIEWED", {"x": 1}]
        party = process["parties"][0]
        party["participationStatus"] = "THINKING"
        party["constraints"].append({"classifiers": "X:Y", "attributes": 1})
        party["events"] = [{"eventType": "HANDED_OVER"}, {"classifiers": None}]
        process["parties"].append({"party": {"id": "x"}, "role": "NOTARY"})
        with self.assertLogs("odoo.addons.autenti_esign", "WARNING"):
            self.poll(request)
        self.assertEqual(request.state, "sent")
        self.assertEqual(request.remote_status, "ON_HOLD")
        self.assertEqual(request.signer_ids[0].remote_status, "THINKING")
        self.assertFalse(request.last_error)
        process["status"] = "PROCESSING"
        party["participationStatus"] = "PENDING"
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")

    def test_a_strangers_comment_brings_no_markup(self):
        request = self.send()
        comment = "<b onclick='x()'>Zła</b> kwota\nProszę o & poprawę"
        self.autenti.reject(request.process_id, CLIENT_EMAIL, comment)
        self.poll(request)
        note = self.activities(self.agreement, "attention", self.seller).note
        self.assertNotIn("<b", note.replace("<br", ""))
        self.assertIn("&lt;b onclick", note)
        self.assertRegex(note, r"kwota<br ?/?>\s*Proszę o &amp; poprawę")
        for record in (self.agreement, request):
            self.assertNotIn("<b ", record.message_ids[0].body)
            self.assertIn("&lt;b onclick", record.message_ids[0].body)

    def test_when_the_company_declines_its_own_activity_goes(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        self.autenti.reject(request.process_id, SELLER_EMAIL, "Pomyłka")
        self.poll(request)
        self.assertEqual(request.state, "declined")
        self.assertFalse(self.activities(self.agreement, "sign", self.seller))

    def test_each_other_end_is_a_state_of_its_own(self):
        for status, state in (
            (const.PROCESS_WITHDRAWN, "withdrawn"),
            (assumptions.PROCESS_EXPIRED, "expired"),
            (assumptions.PROCESS_ERROR, "failed"),
        ):
            with self.subTest(status=status):
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.sign(request, CLIENT_EMAIL)
                self.set_status(request, status)
                self.poll(request)
                self.assertEqual(request.state, state)
                self.assertEqual(agreement.autenti_state, state)
                self.assertFalse(request.next_check_at)
                self.assertFalse(self.activities(agreement, "sign", self.seller))
                self.assertTrue(self.activities(agreement, "attention", self.seller))

    def test_the_salesperson_is_told_of_a_withdrawal_by_somebody_else(self):
        for withdraw in (self._withdraw_at_autenti, self._withdraw_as_manager):
            with self.subTest(withdraw=withdraw.__name__):
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                withdraw(request)
                self.assertEqual(request.state, "withdrawn")
                activity = self.activities(agreement, "attention", self.seller)
                self.assertIn("Withdrawn", activity.note)

    def _withdraw_at_autenti(self, request):
        self.set_status(request, const.PROCESS_WITHDRAWN)
        self.poll(request)

    def _withdraw_as_manager(self, request):
        request.with_user(self.manager).action_withdraw()

    def test_nobody_is_told_of_what_they_did_themselves(self):
        self.send().with_user(self.seller).action_withdraw()
        self.assertFalse(self.agreement.activity_ids)

    def test_after_an_end_the_contract_can_be_sent_again_as_a_new_request(self):
        request = self.send()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Zła kwota")
        self.poll(request)
        again = self.send()
        self.assertNotEqual(again.process_id, request.process_id)
        self.assertEqual(request.state, "declined")
        self.assertEqual(request.reason, "Jan Kowalski: Zła kwota")

    def test_an_end_never_changes(self):
        request = self.send()
        for end in ("signed", "declined", "expired", "withdrawn", "failed"):
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE autenti_request SET state = %s WHERE id = %s", (end, request.id)
            )
            self.env.invalidate_all()
            others = {"sent", "signed", "declined", "expired", "withdrawn", "failed"}
            for target in others - {end}:
                with (
                    self.subTest(end=end, target=target),
                    self.assertLogs("odoo.addons.autenti_esign", "WARNING"),
                ):
                    request._set_state(target)
                    self.assertEqual(request.state, end)

    def test_reaching_a_state_twice_changes_and_tells_nothing(self):
        request = self.send()
        sent_date = request.sent_date
        notes = len(self.agreement.message_ids)
        request._set_state("sent")
        self.assertEqual(request.sent_date, sent_date)
        self.assertEqual(len(self.agreement.message_ids), notes)

    def test_a_late_old_answer_after_the_end_is_ignored(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.set_status(request, const.PROCESS_PROCESSING)
        calls = len(self.autenti.calls)
        self.poll(request)
        request.with_user(self.seller).action_check()
        self.assertEqual(len(self.autenti.calls), calls)
        self.assertEqual(request.state, "signed")

    def test_a_reading_that_arrives_after_the_end_moves_nothing_back(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        process = request._get_client().get_process(request.process_id)
        self.sign(request, SELLER_EMAIL)
        request._apply_reading(process)
        self.assertEqual(request.state, "signed")
        self.assertFalse(request.next_check_at)

    def test_a_reading_that_is_behind_moves_no_signer_back(self):
        request = self.send()
        reading = partial(request._get_client().get_process, request.process_id)
        before = reading()
        self.sign(request, CLIENT_EMAIL)
        client, company = request.signer_ids
        signed_date = client.signed_date
        activity = self.activities(self.agreement, "sign", self.seller)
        self.assertTrue(activity)
        with freeze_time(datetime.now() + timedelta(hours=1)):
            for answer in (before, reading()):
                request._apply_reading(answer)
                self.assertEqual(client.status, "signed")
                self.assertEqual(client.signed_date, signed_date)
                self.assertEqual(company.status, "turn")
        self.assertEqual(self.activities(self.agreement, "sign", self.seller), activity)
        notes = self.agreement.message_ids.filtered(
            lambda note: "Jan Kowalski has signed." in note.body
        )
        self.assertEqual(len(notes), 1)

    def test_two_events_of_a_process_lead_to_one_look(self):
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        reads = self.autenti.count("read")
        events = self._store_events(request, "e1", "e2")
        self.run_cron()
        self.assertEqual(self.autenti.count("read"), reads + 1)
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(events.request_id, request)
        self.assertEqual(request.signer_ids[0].status, "signed")

    def test_an_event_of_an_ended_request_is_worked_off_without_a_look(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        reads = self.autenti.count("read")
        events = self._store_events(request, "e1")
        self.run_cron()
        self.assertEqual(events.state, "done")
        self.assertEqual(self.autenti.count("read"), reads)

    def test_keys_are_taken_from_a_changed_address_at_once(self):
        connections = self.env["autenti.connection"]
        values = {
            "environment": "custom",
            "custom_api_url": "http://127.0.0.1:9/api/v2",
            "custom_jwks_url": "http://127.0.0.1:9/keys",
        }
        self.assertEqual(connections._get_jwks_urls(), [self.jwks_url])
        self.connection.write(values)
        self.assertIn("http://127.0.0.1:9/keys", connections._get_jwks_urls())
        self.connection.custom_jwks_url = "http://127.0.0.1:9/others"
        self.assertIn("http://127.0.0.1:9/others", connections._get_jwks_urls())
        self.assertNotIn("http://127.0.0.1:9/keys", connections._get_jwks_urls())

    def test_an_event_of_another_environment_concerns_no_request(self):
        request = self.send()
        events = self._store_events(request, "e1")
        events.jwks_url = const.ENVIRONMENTS["production"].jwks_url
        self.run_cron()
        self.assertEqual(events.state, "ignored")
        self.assertFalse(events.request_id)

    def test_an_event_waits_while_its_request_is_being_worked_on(self):
        request = self.send()
        events = self._store_events(request, "e1")
        reads = self.autenti.count("read")
        nothing = self.env["autenti.request"]
        with patch.object(
            self.registry["autenti.request"],
            "_lock",
            lambda request: nothing,
        ):
            self.run_cron()
        self.assertEqual(events.state, "pending")
        self.run_cron()
        self.assertEqual(events.state, "done")
        self.assertEqual(self.autenti.count("read"), reads + 1)

    def _store_events(self, request, *event_ids):
        return self.env["autenti.callback"].create(
            [
                {
                    "event_id": event_id,
                    "process_id": request.process_id,
                    "jwks_url": self.jwks_url,
                }
                for event_id in event_ids
            ]
        )

    def test_without_news_odoo_looks_ever_more_seldom(self):
        request = self.send()
        pauses = []
        for _look in range(16):
            self.poll(request)
            pauses.append(request.next_check_at - fields.Datetime.now())
        self.assertLess(pauses[0], POLLS.first * 2 * JITTER + timedelta(seconds=1))
        # They double until they are a day long, which the jitter can't hide
        self.assertEqual(pauses[:9], sorted(pauses[:9]))
        self.assertGreater(pauses[-1], POLLS.longest * 0.75)
        self.assertLess(pauses[-1], POLLS.longest * JITTER + timedelta(seconds=1))

    def test_news_make_odoo_look_soon_again(self):
        request = self.send()
        for _look in range(5):
            self.poll(request)
        self.assertGreater(request.look_count, 1)
        self.sign(request, CLIENT_EMAIL)
        self.assertEqual(request.look_count, 0)
        self.assertLess(
            request.next_check_at,
            fields.Datetime.now() + POLLS.first * JITTER + timedelta(seconds=1),
        )

    def test_requests_do_not_come_back_all_at_once(self):
        request = self.send()
        pauses = set()
        for _time in range(10):
            request.look_count = 5
            request._schedule_next(changed=False)
            pauses.add(request.next_check_at)
        self.assertGreater(len(pauses), 1)

    def test_trouble_at_autenti_leaves_a_sent_request_as_it_is(self):
        request = self.send()
        for outcome in (503, 403, 404, 429, requests.Timeout()):
            with self.subTest(outcome=outcome):
                self.autenti.fail("read", outcome)
                self.poll(request)
                self.assertEqual(request.state, "sent")
                self.assertTrue(request.last_error)
                self.assertGreater(request.next_check_at, fields.Datetime.now())
        self.poll(request)
        self.assertFalse(request.last_error)

    def test_fetching_the_status_tells_at_once_that_autenti_is_down(self):
        request = self.send()
        self.autenti.fail("read", requests.ConnectionError())
        with self.assertRaisesRegex(UserError, "can't be reached"):
            request.with_user(self.seller).action_check()
        self.assertEqual(request.state, "sent")

    def test_withdrawing_withdraws_at_autenti(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        request.with_user(self.seller).action_withdraw()
        self.assertEqual(
            self.autenti.processes[request.process_id]["status"],
            const.PROCESS_WITHDRAWN,
        )
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(request.remote_status, const.PROCESS_WITHDRAWN)
        self.assertFalse(self.activities(self.agreement, "sign", self.seller))

    def test_what_autenti_did_not_withdraw_is_not_withdrawn_here(self):
        request = self.send()
        self.autenti.fail("withdraw", 403)
        with self.assertRaisesRegex(UserError, "doesn't permit"):
            request.with_user(self.seller).action_withdraw()
        self.assertEqual(request.state, "sent")

    def test_what_all_have_signed_meanwhile_is_signed_and_not_withdrawn(self):
        for with_file, state in ((True, "signed"), (False, "sent")):
            with self.subTest(with_file=with_file):
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                for email in (CLIENT_EMAIL, SELLER_EMAIL):
                    self.autenti.sign(request.process_id, email, with_file=with_file)
                request.with_user(self.seller).action_withdraw()
                self.assertEqual(request.state, state)
                self.assertEqual(set(request.signer_ids.mapped("status")), {"signed"})
                self.assertEqual(self.autenti.count("withdraw"), 0)

    def test_an_ended_request_is_not_withdrawn(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        with self.assertRaisesRegex(UserError, "ended already"):
            request.with_user(self.seller).action_withdraw()
        self.assertEqual(self.autenti.count("withdraw"), 0)

    def test_a_document_that_went_out_unnoticed_is_withdrawn_at_autenti_too(self):
        request = self.submit()
        self.autenti.fail("send", requests.Timeout(), after=True)
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        request.with_user(self.seller).action_withdraw()
        self.assertEqual(self.autenti.count("withdraw"), 1)
        self.assertEqual(request.state, "withdrawn")

    def test_reminding_is_done_by_autenti(self):
        request = self.send()
        request.with_user(self.seller).action_remind()
        self.assertEqual(self.autenti.count("remind"), 1)
        self.assertIn(
            "Autenti has reminded Jan Kowalski.",
            " ".join(request.message_ids.mapped("body")),
        )

    def test_what_is_not_out_has_nobody_to_remind(self):
        request = self.submit()
        with self.assertRaisesRegex(UserError, "someone to remind"):
            request.with_user(self.seller).action_remind()

    def test_the_senders_archived_connection_still_brings_the_document_back(self):
        request = self.send()
        self.connection.active = False
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")

    def test_a_signed_file_that_is_still_checked_leaves_the_request_sent(self):
        self.patch(
            self.registry["autenti.request"], "_accept_signed", lambda request: None
        )
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        file = request.signed_attachment_id
        self.assertTrue(file)
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.next_check_at)
        downloads = self.autenti.count("download")
        self.poll(request)
        request.with_user(self.seller).action_check()
        request.with_user(self.seller).action_withdraw()
        self.assertEqual(self.autenti.count("download"), downloads)
        self.assertEqual(request.signed_attachment_id, file)
        self.assertEqual(request.state, "sent")
