# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import requests

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form

from ..client import const
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

RIGHT_EMAIL = "jan.k@klient.example.com"


class TestCorrection(AutentiCommon):
    """What went out with a mistake is withdrawn, and sent again in its place."""

    def test_the_dialog_is_not_blocked_by_what_it_replaces(self):
        dialog = self.open_correction(self.send())
        self.assertFalse(dialog.is_blocked)
        self.assertIn("withdrawn when you send", str(dialog.checklist))

    def test_that_the_package_is_not_refunded_is_said_before_sending_again(self):
        waiting = self.submit()
        self.assertNotIn("package", str(self.open_correction(waiting).checklist))
        self.run_cron()
        self.assertIn(
            "doesn't give it back to the package",
            str(self.open_correction(waiting).checklist),
        )

    def test_who_may_only_read_a_contract_sees_no_button_to_send_it(self):
        reader = self._create_user(
            "Ola Widz",
            "ola.widz@firma.example.com",
            "agreement.group_agreement_readonly",
        )
        for user, expected in (
            (self.seller, True),
            (self.colleague, True),
            (self.manager, True),
            (reader, False),
        ):
            agreement = self.agreement.with_user(user)
            with self.subTest(user=user.name):
                self.assertEqual(agreement.autenti_may_send, expected)
                if not expected:
                    with self.assertRaises(AccessError):
                        agreement.action_autenti_sign()

    def test_each_button_of_a_request_that_is_shown_works(self):
        request = self.send()
        for user in (self.seller, self.manager):
            mine = request.with_user(user)
            self.assertTrue(mine.may_act)
            mine.action_remind()
        self.assertTrue(request.with_user(self.seller).may_correct)
        self.assertTrue(self.agreement.with_user(self.seller).autenti_may_send_again)
        # Each salesperson signs here, so nobody else sends it again
        for user in (self.manager, self.colleague):
            agreement = self.agreement.with_user(user)
            self.assertFalse(agreement.autenti_may_send_again)
        # Whoever signs for the company reads a request that somebody else sent
        theirs = self.send_by_board()
        signing = theirs.with_user(self.board_member)
        self.assertTrue(signing.has_access("read"))
        self.assertFalse(signing.may_act)
        with self.assertRaises(AccessError):
            signing.action_remind()

    def test_the_file_is_named_as_the_one_that_was_sent(self):
        first = self.send()
        dialog = self.open_correction(first)
        self.assertEqual(dialog.source, "sent")
        self.assertFalse(dialog.upload)
        self.assertEqual(dialog.pdf_sha256, first.source_sha256)
        with Form(dialog) as form:
            form.source = "report"
            form.source = "sent"
        self.assertEqual(dialog.pdf_sha256, first.source_sha256)

    def test_there_is_no_sent_file_without_a_correction(self):
        dialog = self.open_dialog()
        dialog.source = "sent"
        self.assertTrue(dialog.pdf_problem)
        with self.assertRaises(UserError):
            dialog.action_send()

    def test_the_sent_file_of_a_request_out_of_reach_is_not_shown(self):
        theirs = self.send()
        other = self._create_agreement(self.colleague)
        dialog = self.open_dialog(other, self.colleague)
        with self.assertRaises(AccessError):
            dialog.write({"replaces_id": theirs.id, "source": "sent"})

    def test_a_document_is_corrected_by_itself_alone(self):
        request = self.send()
        other = self._create_agreement(self.seller)
        dialog = self.open_dialog(other)
        dialog.replaces_id = request
        with self.assertRaisesRegex(UserError, "isn't a correction"):
            dialog.action_send()
        self.assertEqual(request.state, "sent")
        self.assertFalse(self.request_of(other))

    def test_approvers_and_readers_are_copied_and_the_code_by_sms(self):
        dialog = self.open_dialog()
        dialog.sms_code = True
        dialog.signer_ids.phone = "600 000 000"
        for role, email in (("APPROVER", "prawnik"), ("VIEWER", "biuro")):
            dialog.signer_ids = [
                Command.create(
                    {
                        "role": role,
                        "sequence": 0,
                        "first_name": "Ewa",
                        "last_name": "Nowa",
                        "email": f"{email}@klient.example.com",
                    }
                )
            ]
        dialog.action_send()
        self.run_cron()
        first = self.request_of(self.agreement)
        second = self.correct(first, CLIENT_EMAIL)
        people = ("role", "side", "email", "phone", "signature_type", "sequence")
        self.assertEqual(
            *(
                [tuple(signer[name] for name in people) for signer in each.signer_ids]
                for each in (first, second)
            )
        )

    def open_correction(self, request, user=None):
        user = user or self.seller
        agreement = self.env["agreement"].browse(request.res_id).with_user(user)
        action = agreement.action_autenti_correct()
        return self.env[action["res_model"]].with_user(user).browse(action["res_id"])

    def correct(self, request, email=RIGHT_EMAIL, user=None):
        """Correct the client's e-mail and send again.

        :return: the new request, in sudo
        """
        dialog = self.open_correction(request, user)
        client = dialog.signer_ids.filtered(lambda s: s.role == "SIGNER")
        client[0].email = email
        dialog.action_send()
        return self.request_of(self.env["agreement"].browse(request.res_id))

    # === When another one acted at Autenti ===

    def test_who_acted_in_place_of_whom_is_told(self):
        first = self.send()
        to = "adam@klient.example.com"
        self.autenti.replace(first.process_id, CLIENT_EMAIL, name="Adam Nowy", to=to)
        self.poll(first)
        dialog = self.open_correction(first)
        self.assertEqual(dialog.signer_ids.email, CLIENT_EMAIL)
        self.assertIn("Adam Nowy acts in place of Jan Kowalski", str(dialog.checklist))

    # === When the contact has changed ===

    def test_the_contacts_new_data_are_proposed_and_both_are_shown(self):
        first = self.send(signature_type="BASIC")
        self.contact.write({"email": "new@klient.example.com", "name": "Jan Nowy"})
        dialog = self.open_correction(first)
        client = dialog.signer_ids
        self.assertEqual(client.email, "new@klient.example.com")
        self.assertEqual(client.last_name, "Nowy")
        [warning] = [
            each["text"] for each in dialog.checklist if "Check which" in each["text"]
        ]
        for part in (CLIENT_EMAIL, "new@klient.example.com", "Kowalski", "Nowy"):
            self.assertIn(part, warning)
        dialog.action_send()
        second = self.request_of(self.agreement)
        self.assertEqual(second.signer_ids[0].email, "new@klient.example.com")

    def test_a_phone_abroad_is_compared_as_one_of_its_country(self):
        self.client.country_id = self.env.ref("base.cz")
        self.contact.phone = "602 123 456"
        first = self.send(sms_code=True)
        self.assertEqual(first.signer_ids[0].phone, "+420602123456")
        dialog = self.open_correction(first)
        self.assertEqual(dialog.signer_ids.phone, "+420602123456")
        self.assertNotIn("the contact now has", str(dialog.checklist))
        self.contact.phone = "603 123 456"
        dialog = self.open_correction(first)
        self.assertEqual(dialog.signer_ids.phone, "603 123 456")
        self.assertIn("the contact now has", str(dialog.checklist))

    def test_the_contacts_new_phone_is_proposed(self):
        self.contact.phone = "600 700 800"
        dialog = self.open_dialog()
        dialog.sms_code = True
        dialog.action_send()
        self.run_cron()
        first = self.request_of(self.agreement)
        self.contact.phone = "600 700 801"
        dialog = self.open_correction(first)
        self.assertEqual(dialog.signer_ids.phone, "600 700 801")
        self.assertIn("+48600700800", str(dialog.checklist))
        self.contact.phone = "+48 600700800"
        self.assertNotIn("Check which", str(self.open_correction(first).checklist))

    def test_what_was_entered_in_the_dialog_stays_while_the_contact_is_as_it_was(self):
        dialog = self.open_dialog()
        dialog.signer_ids.email = RIGHT_EMAIL
        dialog.action_send()
        self.run_cron()
        first = self.request_of(self.agreement)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date - interval '1 day'"
        )
        self.env.invalidate_all()
        dialog = self.open_correction(first)
        self.assertEqual(dialog.signer_ids.email, RIGHT_EMAIL)
        self.assertIn(CLIENT_EMAIL, str(dialog.checklist))

    def test_a_contact_that_was_emptied_or_archived_proposes_nothing(self):
        first = self.send()
        self.contact.email = False
        self.assertEqual(self.open_correction(first).signer_ids.email, CLIENT_EMAIL)
        self.contact.write({"active": False, "name": "Anonymised contact 1"})
        client = self.open_correction(first).signer_ids
        self.assertEqual((client.first_name, client.last_name), ("Jan", "Kowalski"))

    def status(self, request):
        return self.autenti.processes[request.process_id]["status"]

    def test_the_first_is_withdrawn_and_both_are_linked(self):
        first = self.send(message="Prosimy o podpis.", remind_days=4)
        second = self.correct(first)
        self.run_cron()
        self.assertEqual(self.status(first), const.PROCESS_WITHDRAWN)
        self.assertEqual(first.state, "withdrawn")
        self.assertIn("Corrected", first.reason)
        self.assertEqual(second.state, "sent")
        self.assertEqual(second.replaces_id, first)
        self.assertEqual(first.replaced_by_id, second)
        self.assertEqual(second.signer_ids[0].email, RIGHT_EMAIL)
        self.assertEqual(first.signer_ids[0].email, CLIENT_EMAIL)
        for name in ("name", "message", "language", "remind_days", "source_sha256"):
            self.assertEqual(second[name], first[name], name)
        self.assertEqual(
            second.signer_ids.mapped("name"), first.signer_ids.mapped("name")
        )
        self.assertEqual(self.agreement.autenti_state, "sent")

    def test_who_had_signed_signs_again_and_is_told_of(self):
        first = self.send()
        self.sign(first, CLIENT_EMAIL)
        self.assertEqual(self.open_correction(first).lost_names, "Jan Kowalski")
        second = self.correct(first)
        self.run_cron()
        self.assertEqual(second.signer_ids.mapped("status"), ["turn", "waiting"])

    def test_what_was_declined_is_sent_again_without_withdrawing(self):
        first = self.send()
        self.autenti.reject(first.process_id, CLIENT_EMAIL, "Zły adres")
        self.poll(first)
        second = self.correct(first)
        self.assertEqual(self.autenti.count("withdraw"), 0)
        self.assertEqual(first.state, "declined")
        self.assertEqual(second.replaces_id, first)

    def test_what_did_not_go_out_yet_is_replaced_here(self):
        first = self.submit()
        second = self.correct(first)
        self.run_cron()
        self.assertEqual((first.state, second.state), ("withdrawn", "sent"))
        self.assertEqual(len(self.autenti.sent), 1)

    def refuse(self, first, exception, pattern, dialog):
        """Send, and see that nothing has changed."""
        with self.assertRaisesRegex(exception, pattern):
            dialog.action_send()
        self.env.invalidate_all()
        self.assertEqual(first.state, "sent")
        self.assertFalse(first.replaced_by_id)
        self.assertEqual(self.agreement.autenti_request_count, 1)

    def test_what_autenti_refuses_to_withdraw_stays_and_nothing_new_goes(self):
        first = self.send()
        self.autenti.fail("withdraw", 403)
        dialog = self.open_correction(first)
        self.refuse(first, UserError, "doesn't permit", dialog)
        self.assertEqual(self.status(first), const.PROCESS_PROCESSING)

    def test_a_mistake_in_the_new_one_leaves_the_first_alone(self):
        first = self.send()
        dialog = self.open_correction(first)
        dialog.signer_ids[0].email = "nonsense"
        self.refuse(first, UserError, "valid e-mail", dialog)
        self.assertEqual(self.autenti.count("withdraw"), 0)

    def test_after_a_lost_answer_the_next_click_goes_on(self):
        for after in (True, False):
            with self.subTest(after=after):
                self.meet_autenti()
                self.agreement = self._create_agreement(self.seller)
                first = self.send(self.agreement)
                dialog = self.open_correction(first)
                self.autenti.fail("withdraw", requests.Timeout(), after=after)
                self.refuse(first, UserError, "Try again in a minute", dialog)
                dialog.action_send()
                self.run_cron()
                second = self.request_of(self.agreement)
                self.assertEqual((first.state, second.state), ("withdrawn", "sent"))
                self.assertEqual(second.replaces_id, first)
                self.assertEqual(self.status(first), const.PROCESS_WITHDRAWN)
                self.assertEqual(len(self.autenti.sent), 2)

    def test_what_all_have_signed_meanwhile_is_not_sent_again(self):
        first = self.send()
        dialog = self.open_correction(first)
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(first.process_id, email)
        with self.assertRaisesRegex(UserError, "All have signed"):
            dialog.action_send()
        self.poll(first)
        self.assertEqual(first.state, "signed")
        self.assertFalse(first.with_user(self.seller).may_correct)

    def test_who_may_not_send_it_does_not_correct_it(self):
        first = self.send()
        with self.assertRaises(AccessError):
            self.open_correction(first, self.colleague)
        with self.assertRaisesRegex(UserError, "only they can send it again"):
            self.open_correction(first, self.manager)
        self.assertTrue(first.with_user(self.seller).may_correct)
        self.assertFalse(first.with_user(self.manager).may_correct)
        self.assertEqual(first.state, "sent")

    def test_only_the_latest_is_corrected(self):
        first = self.send()
        second = self.correct(first)
        self.assertFalse(first.with_user(self.seller).may_correct)
        self.assertTrue(second.with_user(self.seller).may_correct)
        with self.assertRaisesRegex(UserError, "replaced"):
            first.with_user(self.seller).action_correct()
