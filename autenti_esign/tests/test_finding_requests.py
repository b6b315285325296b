# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import Form, new_test_user

from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon


class TestFindingRequests(AutentiCommon):
    """From clients and colleagues to what they sign."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.contact.create({"name": "Obcy", "is_company": True})

    def see(self, record, user=None):
        """Return what the button says, and what it leads to."""
        record = record.with_user(user or self.seller)
        action = record.action_autenti_requests()
        return (
            record.autenti_request_summary,
            self.env["autenti.request"].search(action["domain"]).sorted("id"),
        )

    def test_a_company_shows_its_contacts_as_well(self):
        self.assertFalse(self.client.with_user(self.seller).autenti_request_summary)
        signed = self.send()
        self.sign(signed, CLIENT_EMAIL, SELLER_EMAIL)
        agreement = self._create_agreement(self.seller)
        agreement.partner_id = self.contact
        out = self.send(agreement)
        self.assertEqual(self.see(self.client), ("1 out, 1 signed", signed + out))
        self.assertIn(out, self.see(self.contact)[1])
        self.assertFalse(self.see(self.stranger)[0])
        self.assertFalse(self.see(self.stranger)[1])

    def test_only_what_may_be_read_counts(self):
        request = self.send()
        summary, requests = self.see(self.client, self.board_seller)
        self.assertFalse(summary)
        self.assertTrue(request)
        self.assertEqual(
            self.env["autenti.request"]
            .with_user(self.board_seller)
            .search_count([("id", "in", requests.ids)]),
            0,
        )

    def test_users_find_their_own(self):
        request = self.send()
        self.assertEqual(self.see(self.seller), ("1 out, 0 signed", request))
        other = new_test_user(self.env, login="nobody", groups="base.group_user")
        self.assertFalse(other.with_user(other).autenti_request_summary)
        preferences = Form(
            self.seller.with_user(self.seller), "base.view_users_form_simple_modif"
        )
        self.assertEqual(preferences.autenti_request_summary, "1 out, 0 signed")

    def test_who_has_nothing_to_do_with_it_opens_contacts_as_before(self):
        self.send()
        other = new_test_user(
            self.env,
            login="other",
            groups="base.group_user,base.group_partner_manager,"
            "agreement.group_agreement_readonly",
        )
        with Form(self.client.with_user(other), "base.view_partner_form") as form:
            form.comment = "x"
