# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.fields import Command

from .common import ContractCommon


class TestModification(ContractCommon):
    """A modification is signed as an annex to its contract."""

    def setUp(self):
        super().setUp()
        # As an accountant enters it, whereupon OCA's addon tells the client
        self.contract.with_user(self.accountant).write(
            {
                "modification_ids": [
                    Command.create(
                        {"date": "2026-03-01", "description": "Cena: 120 zł"}
                    )
                ]
            }
        )
        self.annex = self.contract.modification_ids.filtered(
            lambda modification: "120" in modification.description
        )

    def test_by_all(self):
        self.have_client_follow(self.annex)
        before = self.count_mails_to_client()
        request = self.send(self.annex)
        self.assertEqual(request.partner_id, self.client)
        self.assertEqual(request.company_id, self.company)
        self.sign_by_all(request)
        self.assertEqual(self.annex.autenti_state, "signed")
        self.assertFalse(self.contract.autenti_state)
        # Entering it told the client, signing it doesn't
        self.assertEqual(self.count_mails_to_client(), before)

    def test_beside_its_contract(self):
        contract, annex = self.send(self.contract), self.send(self.annex)
        self.sign_by_all(annex)
        self.assertEqual(contract.state, "sent")

    def test_declined(self):
        request = self.send(self.annex)
        self.autenti.reject(request.process_id, self.contact.email, "Za drogo.")
        self.poll(request)
        self.assertEqual(self.annex.autenti_state, "declined")
        [activity] = self.activities(self.annex, "attention", self.seller)
        self.assertIn("Za drogo.", activity.note)

    def test_title_in_the_clients_language(self):
        self.client.lang = "en_US"
        title = self.annex.with_user(self.seller)._autenti_get_title()
        self.assertEqual(title, "Annex of 03/01/2026 to Abonament złoty")

    def test_document(self):
        render = self.render["contract.modification"]
        annex = self.annex.with_user(self.seller)
        self.assertTrue(render(annex).startswith(b"%PDF"))
        report = annex._autenti_get_report()
        page, _kind = report._render_qweb_html(report, annex.ids)
        self.assertIn("Cena: 120 zł", page.decode())
        self.assertIn("Klient S.A.", page.decode())

    def test_of_a_colleague(self):
        with self.assertRaises(AccessError):
            self.open_dialog(self.annex, self.colleague)

    def test_form(self):
        view = self.annex.with_user(self.seller).get_view(view_type="form")
        self.assertIn('name="action_autenti_sign"', view["arch"])
