# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib

from odoo import fields
from odoo.exceptions import UserError

from ..client import assumptions
from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon
from .fake_autenti import priority


class TestIndividualMode(AutentiCommon):
    """The salesperson signs, after the client."""

    def test_the_salesperson_is_asked_to_sign_second(self):
        self.send()
        (process,) = self.autenti.sent
        self.assertEqual(
            [
                (
                    party["role"],
                    priority(party),
                    party["party"]["firstName"],
                    party["party"]["lastName"],
                    party["party"]["contacts"],
                )
                for party in process["parties"]
            ],
            [
                ("SIGNER", 1, "Jan", "Kowalski", self._contacts(CLIENT_EMAIL)),
                ("SIGNER", 2, "Anna", "Nowak", self._contacts(SELLER_EMAIL)),
            ],
        )

    def _contacts(self, email):
        return [{"type": "CONTACT-TYPE:EMAIL", "attributes": {"email": email}}]

    def test_the_document_goes_out_as_the_dialog_showed_it(self):
        request = self.send(name="Umowa 7", message="Prosimy o podpis.", language="de")
        (process,) = self.autenti.sent
        self.assertEqual(process["title"], "TEST Umowa 7")
        self.assertEqual(process["description"], "Prosimy o podpis.")
        self.assertEqual(process["processLanguage"], "de")
        (file,) = process["files"]
        self.assertEqual(file["filename"], "TEST Umowa 7.pdf")
        self.assertEqual(self.autenti.contents[file["id"]], PDF)
        self.assertEqual(request.source_attachment_id.raw, PDF)
        self.assertEqual(request.source_sha256, hashlib.sha256(PDF).hexdigest())

    def test_each_signer_gets_the_chosen_kind_of_signature(self):
        self.send(signature_type="QUALIFIED")
        (process,) = self.autenti.sent
        for party in process["parties"]:
            self.assertIn(
                {
                    "classifiers": ["CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE"],
                    "attributes": {
                        "requiredClassifiers": [
                            "SIGNATURE_PROVIDER-SIGNATURE_TYPE:QUALIFIED"
                        ]
                    },
                    "constrainedActions": ["ACTION:SIGNATURE_APPLICATION"],
                },
                party["constraints"],
            )

    def test_the_server_acts_as_the_salesperson(self):
        self.seller.autenti_email = "anna@autenti.example.com"
        self.send()
        users = {call.user for call in self.autenti.calls if call.operation != "token"}
        self.assertEqual(users, {"anna@autenti.example.com"})
        _header, claims = self.autenti.assertions[0]
        self.assertEqual(claims["sub"], f"user-{self.seller.id}")

    def test_two_salespeople_act_each_as_themselves(self):
        self.send()
        self.send(self._create_agreement(self.colleague), self.colleague)
        senders = [call.user for call in self.autenti.calls_of("send")]
        self.assertEqual(senders, [SELLER_EMAIL, self.colleague.email])

    def test_the_company_is_named_beside_a_signer_with_a_position(self):
        self.seller.autenti_position = "Dyrektor sprzedaży"
        self.send()
        client, seller = self.autenti.sent[0]["parties"]
        self.assertNotIn("relationships", client["party"])
        (relationship,) = seller["party"]["relationships"]
        self.assertEqual(
            relationship["party"],
            {
                "name": "Firma sp. z o.o.",
                "extIds": [
                    {
                        "identificationSpace": "TAXID-PL-NIP",
                        "identifier": "5252248481",
                    }
                ],
            },
        )
        self.assertEqual(
            relationship["attributes"],
            {assumptions.REPRESENTATION_ATTRIBUTE: "Dyrektor sprzedaży"},
        )

    def test_no_company_is_named_beside_a_signer_without_position(self):
        self.send()
        for party in self.autenti.sent[0]["parties"]:
            self.assertNotIn("relationships", party["party"])

    def test_the_click_on_send_calls_nobody(self):
        request = self.submit()
        self.assertEqual(request.state, "to_send")
        self.assertEqual(self.autenti.calls, [])

    def test_after_sending_it_is_the_clients_turn(self):
        request = self.send()
        self.assertTrue(request.sent_date)
        self.assertEqual(request.signer_ids.mapped("status"), ["turn", "waiting"])
        self.assertEqual(request.next_signer_id.email, CLIENT_EMAIL)
        self.assertEqual(self.agreement.autenti_state, "sent")
        self.assertIn("Jan Kowalski", self.agreement.autenti_next_signer)
        self.assertFalse(self.agreement.with_user(self.seller).autenti_is_my_turn)
        self.assertFalse(self.activities(self.agreement, "sign", self.seller))

    def test_when_the_client_has_signed_the_salesperson_is_told(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        self.assertEqual(request.signer_ids.mapped("status"), ["signed", "turn"])
        self.assertTrue(request.signer_ids[0].signed_date)
        self.assertEqual(len(self.activities(self.agreement, "sign", self.seller)), 1)
        self.assertTrue(self.agreement.with_user(self.seller).autenti_is_my_turn)
        self.assertFalse(self.agreement.with_user(self.colleague).autenti_is_my_turn)

    def test_the_salesperson_is_told_once_however_often_odoo_looks(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        self.poll(request)
        self.assertEqual(len(self.activities(self.agreement, "sign", self.seller)), 1)

    def test_the_activity_closes_itself_however_it_ends(self):
        for end in ("signed", "declined", "expired", "withdrawn", "failed"):
            with self.subTest(end=end):
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.sign(request, CLIENT_EMAIL)
                self.assertTrue(self.activities(agreement, "sign", self.seller))
                if end == "signed":
                    self.sign(request, SELLER_EMAIL)
                else:
                    request._set_state(end)
                self.assertEqual(request.state, end)
                self.assertFalse(self.activities(agreement, "sign", self.seller))

    def test_the_button_opens_the_signing_page_when_it_is_my_turn(self):
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        action = self.agreement.with_user(self.seller).action_autenti_sign()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual(
            action["url"],
            f"https://sign.example.com/{request.process_id}/PARTY-EMAIL:{SELLER_EMAIL}",
        )
        self.assertEqual(request.signer_ids.mapped("status"), ["signed", "turn"])

    def test_the_button_tells_the_status_when_it_is_not_my_turn(self):
        self.send()
        action = self.agreement.with_user(self.seller).action_autenti_sign()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("Jan Kowalski", action["params"]["message"])
        self.assertEqual(self.autenti.count("link"), 0)

    def test_the_button_brings_the_news_of_the_last_signature(self):
        request = self.send()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email)
        action = self.agreement.with_user(self.seller).action_autenti_sign()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(request.state, "signed")
        self.assertTrue(request.signed_attachment_id)

    def test_nobody_but_the_one_whose_turn_it_is_gets_a_link(self):
        request = self.send()
        with self.assertRaisesRegex(UserError, "isn't your turn"):
            request.with_user(self.seller).action_sign_now()
        self.sign(request, CLIENT_EMAIL)
        with self.assertRaisesRegex(UserError, "isn't your turn"):
            request.with_user(self.manager).action_sign_now()
        self.assertEqual(self.autenti.count("link"), 0)

    def test_when_all_have_signed_the_contract_is_signed(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        self.sign(request, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")
        self.assertTrue(request.ended_date)
        self.assertFalse(request.next_check_at)
        self.assertEqual(self.agreement.autenti_state, "signed")
        self.assertEqual(
            self.agreement.signature_date, fields.Date.context_today(self.agreement)
        )
        self.assertEqual(
            self.agreement.autenti_signed_summary, "Jan Kowalski, Anna Nowak"
        )
        self.assertFalse(self.activities(self.agreement, "sign", self.seller))

    def test_the_signed_file_is_on_the_request_and_on_the_contract(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        content = PDF + b"\n% signed\n"
        signed = request.signed_attachment_id
        self.assertEqual(signed.raw, content)
        self.assertEqual((signed.res_model, signed.res_id), (request._name, request.id))
        self.assertEqual(request.signed_sha256, hashlib.sha256(content).hexdigest())
        on_agreement = self.agreement.autenti_signed_attachment_id
        self.assertEqual(on_agreement.raw, content)
        self.assertEqual(on_agreement.res_model, "agreement")
        self.assertEqual(on_agreement.res_id, self.agreement.id)
        action = self.agreement.with_user(self.seller).action_autenti_open_signed()
        self.assertEqual(action["url"], f"/web/content/{on_agreement.id}")

    def test_a_signed_contract_is_not_sent_again(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        with self.assertRaisesRegex(UserError, "already signed"):
            self.agreement.with_user(self.seller).action_autenti_sign()

    def test_each_step_is_noted_once_on_the_contract_and_on_the_request(self):
        before = self.agreement.message_ids
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        steps = (
            "Sent for signature with Autenti to Jan Kowalski and Anna Nowak.",
            "Jan Kowalski has signed.",
            "Anna Nowak has signed.",
            "Signed with Autenti by Jan Kowalski and Anna Nowak.",
        )
        notes = (self.agreement.message_ids - before).sorted("id").mapped("body")
        self.assertEqual(len(notes), len(steps))
        for note, step in zip(notes, steps, strict=True):
            self.assertIn(step, note)
        told = " ".join(request.message_ids.mapped("body"))
        for step in steps:
            self.assertIn(step, told)

    def test_the_last_note_leads_to_the_signed_file_which_no_mail_carries(self):
        self.sign_by_all(self.send())
        note = self.agreement.message_ids[0]
        signed = self.agreement.autenti_signed_attachment_id
        self.assertIn(f"/web/content/{signed.id}?download=true", note.body)
        self.assertIn(signed.name, note.body)
        self.assertFalse(note.attachment_ids)
        self.assertFalse(signed.access_token)

    def test_the_client_gets_no_mail_from_odoo(self):
        self.have_client_follow(self.agreement)
        before = self.count_mails_to_client()
        self.sign_by_all(self.send())
        notified = self.env["mail.notification"].search(
            [("res_partner_id", "in", (self.client + self.contact).ids)]
        )
        self.assertFalse(notified)
        self.assertEqual(self.count_mails_to_client(), before)
