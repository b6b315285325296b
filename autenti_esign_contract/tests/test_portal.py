# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase, new_test_user

from .common import ContractCommon


class TestPortal(ContractCommon, HttpCase):
    """Clients see in their contract where it is, and get the signed file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.klient = new_test_user(
            cls.env,
            login="klient",
            groups="base.group_portal",
            context={"no_reset_password": True},
            partner_id=cls.client.id,
            email="biuro@klient.example.com",
            company_id=cls.company.id,
        )
        cls.klient.lang = "en_US"

    def see(self, path):
        self.authenticate("klient", "klient")
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        return answer.text

    def test_status(self):
        path = f"/my/contracts/{self.contract.id}"
        page = self.see(path)
        self.assertIn("Abonament złoty", page)
        self.assertNotIn("Autenti", page)
        request = self.send(self.contract)
        self.assertIn("out for signature with Autenti", self.see(path))
        self.sign_by_all(request)
        page = self.see(path)
        self.assertIn("Signed with Autenti on", page)
        file = f"/my/signatures/{request.id}/signed"
        self.assertIn(file, page)
        self.assertTrue(self.url_open(file).content.startswith(b"%PDF"))

    def test_both_lists(self):
        self.send(self.contract)
        home = self.see("/my/home")
        self.assertIn("/my/contracts", home)
        self.assertIn("Electronic signatures", home)
        self.assertIn("Abonament złoty", self.see("/my/contracts"))
        self.assertIn("TEST Abonament złoty AB/1", self.see("/my/signatures"))
