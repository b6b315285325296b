# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ..client import assumptions
from .common import BOARD_EMAIL, CLIENT_EMAIL, PDF, AutentiCommon
from .fake_autenti import priority


class TestRepresentativeMode(AutentiCommon):
    """One representative signs, after the client; salespeople only send."""

    def test_the_representative_is_asked_to_sign_second_and_the_sender_not_at_all(self):
        request = self.send_by_board()
        (process,) = self.autenti.sent
        self.assertEqual(
            [
                (
                    priority(party),
                    party["party"]["firstName"],
                    party["party"]["lastName"],
                    party["party"]["contacts"][0]["attributes"]["email"],
                )
                for party in process["parties"]
            ],
            [(1, "Jan", "Kowalski", CLIENT_EMAIL), (2, "Ewa", "Lis", BOARD_EMAIL)],
        )
        self.assertEqual(
            request.signer_ids.user_id, self.board_member, "not the salesperson"
        )

    def test_the_basis_of_representation_stands_beside_the_company(self):
        self.send_by_board()
        client, representative = self.autenti.sent[0]["parties"]
        self.assertNotIn("relationships", client["party"])
        (relationship,) = representative["party"]["relationships"]
        self.assertEqual(relationship["party"]["name"], "Spółka S.A.")
        self.assertEqual(
            relationship["party"]["extIds"],
            [{"identificationSpace": "TAXID-PL-NIP", "identifier": "7740001454"}],
        )
        self.assertEqual(
            relationship["attributes"],
            {
                assumptions.REPRESENTATION_ATTRIBUTE: (
                    "Prezes Zarządu, reprezentacja samoistna"
                )
            },
        )

    def test_the_server_acts_as_the_representative(self):
        self.send_by_board()
        users = {call.user for call in self.autenti.calls if call.operation != "token"}
        self.assertEqual(users, {BOARD_EMAIL})
        _header, claims = self.autenti.assertions[0]
        self.assertEqual(claims["sub"], f"connection-{self.board_connection.id}")

    def test_the_salesperson_needs_no_autenti_account(self):
        self.board_seller.write(
            {
                "autenti_email": False,
                "autenti_first_name": False,
                "autenti_last_name": False,
            }
        )
        self.send_by_board()

    def test_without_the_companys_tax_id_nothing_is_sent(self):
        self.board_company.vat = False
        dialog = self.open_dialog(self.board_agreement, self.board_seller)
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, "tax ID"):
            dialog.action_send()
        self.assertFalse(self.request_of(self.board_agreement))

    def test_after_the_client_the_representative_is_told_and_the_salesperson_not(self):
        request = self.send_by_board()
        self.assertFalse(self.board_agreement.activity_ids)
        self.sign(request, CLIENT_EMAIL)
        agreement = self.board_agreement
        self.assertEqual(len(self.activities(agreement, "sign", self.board_member)), 1)
        self.assertFalse(self.activities(agreement, "sign", self.board_seller))
        self.assertTrue(agreement.with_user(self.board_member).autenti_is_my_turn)
        self.assertFalse(agreement.with_user(self.board_seller).autenti_is_my_turn)

    def test_the_representative_opens_their_signing_page_from_the_contract(self):
        request = self.send_by_board()
        self.sign(request, CLIENT_EMAIL)
        agreement = self.board_agreement.with_user(self.board_member)
        action = agreement.action_autenti_sign()
        self.assertIn(f"PARTY-EMAIL:{BOARD_EMAIL}", action["url"])

    def test_the_salespersons_click_fetches_the_status_and_opens_no_link(self):
        request = self.send_by_board()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        agreement = self.board_agreement.with_user(self.board_seller)
        action = agreement.action_autenti_sign()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("Ewa Lis", action["params"]["message"])
        self.assertEqual(request.signer_ids[0].status, "signed")
        self.assertEqual(self.autenti.count("link"), 0)

    def test_a_representative_outside_odoo_signs_without_activity(self):
        self.board_connection.representative_user_id = False
        request = self.send_by_board()
        self.sign(request, CLIENT_EMAIL)
        self.assertEqual(request.next_signer_id.email, BOARD_EMAIL)
        self.assertFalse(self.board_agreement.activity_ids)
        self.sign(request, BOARD_EMAIL)
        self.assertEqual(request.state, "signed")

    def test_when_the_representative_has_signed_the_contract_is_signed(self):
        request = self.send_by_board()
        self.sign(request, CLIENT_EMAIL)
        self.sign(request, BOARD_EMAIL)
        agreement = self.board_agreement
        self.assertEqual(request.state, "signed")
        self.assertTrue(agreement.signature_date)
        self.assertEqual(agreement.autenti_signed_summary, "Jan Kowalski, Ewa Lis")
        self.assertFalse(agreement.activity_ids)
        content = PDF + b"\n% signed\n"
        self.assertEqual(request.signed_attachment_id.raw, content)
        self.assertEqual(agreement.autenti_signed_attachment_id.raw, content)

    def test_the_representative_does_not_withdraw_or_remind(self):
        request = self.send_by_board().with_user(self.board_member)
        for action in (
            request.action_withdraw,
            request.action_remind,
            request.action_try_again,
        ):
            with self.subTest(action=action.__name__), self.assertRaises(AccessError):
                action()
        self.assertEqual(self.autenti.count("withdraw"), 0)
        self.assertEqual(self.autenti.count("remind"), 0)

    def test_what_is_out_stays_with_the_representative_who_sent_it(self):
        request = self.send_by_board()
        self.board_connection.write(
            {
                "representative_email": "nowy.prezes@spolka.example.com",
                "representative_first_name": "Nowy",
            }
        )
        self.sign(request, CLIENT_EMAIL)
        self.assertEqual(self.autenti.calls_of("read")[-1].user, BOARD_EMAIL)
        self.assertEqual(request.next_signer_id.name, "Ewa Lis")

    def test_who_was_replaced_signs_what_is_out_and_the_new_one_does_not_see_it(self):
        request = self.send_by_board()
        successor = self._create_user(
            "Nowy Prezes", "nowy.prezes@spolka.example.com", company=self.board_company
        )
        self.board_connection.write(
            {
                "representative_email": successor.email,
                "representative_first_name": "Nowy",
                "representative_last_name": "Prezes",
                "representative_user_id": successor.id,
            }
        )
        self.sign(request, CLIENT_EMAIL)
        with Form(request.with_user(self.board_member)) as form:
            self.assertTrue(form.is_my_turn)
        action = request.with_user(self.board_member).action_sign_now()
        self.assertIn(f"PARTY-EMAIL:{BOARD_EMAIL}", action["url"])
        self.assertFalse(self.env["autenti.request"].with_user(successor).search([]))
        self.assertFalse(self.env["autenti.signer"].with_user(successor).search([]))
        self.assertFalse(self.board_agreement.with_user(successor).autenti_is_my_turn)
        with self.assertRaises(AccessError):
            request.with_user(successor).action_sign_now()
