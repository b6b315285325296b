# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import html

from odoo.tests import HttpCase

from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL, SELLER_EMAIL

from .common import SaleCommon


class TestPortal(SaleCommon, HttpCase):
    """Who opens a quotation from Odoo's mail can sign it, without logging in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact.email = CLIENT_EMAIL
        cls.order.partner_id = cls.contact
        cls.order._portal_ensure_token()

    def open(self, order=None, query=None):
        """Open the page by the address that Odoo mails to the contact."""
        order = order or self.order
        if query is None:
            query = f"&pid={self.contact.id}&hash={order._sign_token(self.contact.id)}"
        answer = self.url_open(order.get_portal_url(query_string=query))
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.content)

    def find_form(self, page):
        return page.xpath("//form[contains(@action, '/my/signatures/')]")

    def press(self, page, **data):
        csrf_token = page.xpath("//input[@name='csrf_token']/@value")[0]
        words = {
            "access_token": self.order.access_token,
            "hash": self.order._sign_token(self.contact.id),
        }
        return self.url_open(
            f"/my/signatures/sale.order/{self.order.id}/sign",
            data={"csrf_token": csrf_token, **words, **data},
            allow_redirects=False,
        )

    def test_the_page_leads_to_autenti_while_it_is_their_turn(self):
        self.assertFalse(self.find_form(self.open()))
        request = self.send_order()
        page = self.open()
        self.assertTrue(self.find_form(page))
        answer = self.press(page)
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertIn(request.process_id, answer.headers["Location"])
        self.assertIn("has the link to the document", request.message_ids[0].body)
        self.sign(request, CLIENT_EMAIL)
        self.assertFalse(self.find_form(self.open()))
        answer = self.press(page)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("It isn&#39;t your turn", answer.text)

    def test_the_token_of_another_order_opens_nothing(self):
        self.send_order()
        page = self.open()
        other = self._create_order(self.seller)
        for token in (other._portal_ensure_token(), "", "x"):
            with self.subTest(token=token):
                answer = self.press(page, access_token=token)
                self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.autenti.count("link"), 0)

    def test_no_other_model_is_opened(self):
        page = self.open()
        self.send_order()
        for model in ("res.users", "no.model", "autenti.sign.mixin", "agreement"):
            with self.subTest(model=model):
                csrf_token = page.xpath("//input[@name='csrf_token']/@value")
                answer = self.url_open(
                    f"/my/signatures/{model}/1/sign",
                    data={"csrf_token": csrf_token, "access_token": "x"},
                    allow_redirects=False,
                )
                self.assertIn(answer.status_code, (400, 404))

    def test_the_link_to_the_page_is_no_other_persons_signature(self):
        """Odoo mails the page to the client; another person signs."""
        self.send_order()
        page = self.open()
        self.contact.email = "office@client.example.com"
        self.assertFalse(self.find_form(self.open()))
        self.assertNotEqual(self.press(page).status_code, 303)
        self.contact.email = CLIENT_EMAIL
        self.assertTrue(self.find_form(self.open()))
        self.connection.allows_in_person = False
        self.assertFalse(self.find_form(self.open()))
        self.assertNotEqual(self.press(page).status_code, 303)
        self.assertEqual(self.autenti.count("link"), 0)

    def test_the_button_hands_on_what_the_page_was_opened_with(self):
        self.send_order()
        [form] = self.find_form(self.open())
        data = {each.get("name"): each.get("value") for each in form.xpath(".//input")}
        answer = self.url_open(form.get("action"), data=data, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)

    def test_the_pages_token_is_no_proof(self):
        """The portal's own list shows it to each contact of the client's company."""
        self.send_order()
        page = self.open()
        colleague = self.contact.create({"name": "Ola", "parent_id": self.client.id})
        for wrong in ("", "x", self.order._sign_token(colleague.id), "ż", "\U0001f4a5"):
            with self.subTest(hash=wrong):
                self.assertFalse(self.find_form(self.open(query=f"&hash={wrong}")))
                self.assertNotEqual(self.press(page, hash=wrong).status_code, 303)
        answer = self.press(page, access_token="ż")
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.autenti.count("link"), 0)

    def test_odoos_mail_leads_to_the_button(self):
        self.send_order()
        groups = self.order._notify_get_recipients_groups(
            self.order.message_post(body="x"), "Order"
        )
        [url] = [
            options["button_access"]["url"]
            for name, _test, options in groups
            if name == "portal_customer"
        ]
        page = html.fromstring(self.url_open(url).content)
        self.assertTrue(self.find_form(page))

    def test_who_takes_the_signers_address_since_gets_nothing(self):
        self.order.partner_id = self.client
        self.send_order()
        self.client.email = CLIENT_EMAIL
        own = self.order._sign_token(self.client.id)
        page = self.open(query=f"&pid={self.client.id}&hash={own}")
        self.assertFalse(self.find_form(page))
        self.assertNotEqual(self.press(page, hash=own).status_code, 303)
        self.assertEqual(self.autenti.count("link"), 0)

    def test_a_colleague_does_not_sign_on_the_clients_page(self):
        self.send_order()
        self.authenticate(self.seller.login, self.seller.login)
        page = self.open()
        self.assertFalse(self.find_form(page))
        self.assertNotEqual(self.press(page).status_code, 303)
        self.assertEqual(self.autenti.count("link"), 0)

    def test_signed_by_all(self):
        request = self.send_order()
        page = self.open()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertIn("All have signed", self.press(page).text)
