# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from ..frozen import as_keeper
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

PAGE = "/my/signatures"


class TestPortal(AutentiCommon, HttpCase):
    """Clients see their own contracts on the portal, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jan = cls._create_portal_user("jan", cls.contact)
        cls.klient = cls._create_portal_user("klient", cls.client)
        colleague = cls.contact.create({"name": "Ola Bąk", "parent_id": cls.client.id})
        cls.ola = cls._create_portal_user("ola", colleague)
        cls.stranger = cls._create_portal_user(
            "stranger", cls.contact.create({"name": "Obcy"})
        )

    @classmethod
    def _create_portal_user(cls, login, partner):
        user = new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            context={"no_reset_password": True},
            partner_id=partner.id,
            email=f"{login}@portal.example.com",
        )
        user.lang = "en_US"
        return user

    def see(self, user):
        """Open the page as a portal user.

        :return: the texts of the rows, and the page
        """
        self.authenticate(user.login, user.login)
        answer = self.url_open(PAGE)
        self.assertEqual(answer.status_code, 200)
        page = html.fromstring(answer.content)
        rows = [
            " ".join(row.text_content().split()) for row in page.xpath("//tbody/tr")
        ]
        return rows, page

    def download(self, user, request):
        self.authenticate(user.login, user.login)
        return self.url_open(f"{PAGE}/{request.id}/signed")

    def send_to_contact(self, **values):
        """Send the contract of a contact, who signs it."""
        self.contact.email = CLIENT_EMAIL
        self.agreement.partner_id = self.contact
        return self.send(**values)

    def test_a_contract_appears_when_it_is_sent(self):
        self.contact.email = CLIENT_EMAIL
        self.agreement.partner_id = self.contact
        self.assertEqual(self.see(self.jan)[0], [])
        self.submit()
        self.assertEqual(self.see(self.jan)[0], [])
        self.run_cron()
        [row] = self.see(self.jan)[0]
        self.assertIn("Waiting for you", row)
        self.assertIn("Test", row)

    def test_each_sees_the_own_contracts_only(self):
        request = self.send_to_contact()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        for user, count in ((self.jan, 1), (self.klient, 1), (self.ola, 0)):
            with self.subTest(user=user.login):
                self.assertEqual(len(self.see(user)[0]), count)
        self.assertEqual(self.see(self.stranger)[0], [])

    def test_who_signs_for_the_company_sees_the_companys_contract(self):
        request = self.send_to_contact()
        request.partner_id = self.client
        request.signer_ids[0].partner_id = self.contact
        self.assertEqual(len(self.see(self.jan)[0]), 1)
        self.assertEqual(self.see(self.ola)[0], [])

    def test_the_client_gets_the_signed_file_and_a_stranger_does_not(self):
        request = self.send_to_contact()
        with mute_logger("odoo.http"):
            self.assertEqual(self.download(self.jan, request).status_code, 404)
        self.sign(request, CLIENT_EMAIL)
        self.assertIn("Waiting for others", self.see(self.jan)[0][0])
        self.sign(request, SELLER_EMAIL)
        [row] = self.see(self.jan)[0]
        self.assertIn("Signed", row)
        answer = self.download(self.jan, request)
        self.assertEqual(answer.content, request.signed_attachment_id.raw)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        for user in (self.stranger, self.ola):
            with self.subTest(user=user.login), mute_logger("odoo.http"):
                self.assertEqual(self.download(user, request).status_code, 404)

    def test_nobody_gets_anything_without_logging_in(self):
        request = self.send_to_contact()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.authenticate(None, None)
        for path in (PAGE, f"{PAGE}/{request.id}/signed"):
            answer = self.url_open(path, allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_the_latest_attempt_is_shown_and_none_that_never_left(self):
        request = self.send_to_contact()
        request._set_state("expired")
        self.env.flush_all()
        self.assertIn("Expired", self.see(self.jan)[0][0])
        self.send_to_contact()
        [row] = self.see(self.jan)[0]
        self.assertIn("Waiting for you", row)

    def test_the_page_is_in_the_clients_language(self):
        self.jan.lang = "pl_PL"
        request = self.send_to_contact()
        [row], page = self.see(self.jan)
        self.assertEqual(page.get("lang"), "pl-PL")
        self.assertIn("Czeka na Ciebie", row)
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        [row], _page = self.see(self.jan)
        self.assertIn("Pobierz", row)

    def test_the_portals_home_counts_the_contracts(self):
        self.send_to_contact()
        self.authenticate("jan", "jan")
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["autenti_contract_count"]}
        )
        self.assertEqual(counters, {"autenti_contract_count": 1})

    def test_clients_have_no_rights_beside_the_page(self):
        request = self.send_to_contact()
        for record in (request, request.signer_ids, self.agreement):
            with self.assertRaises(AccessError):
                record.with_user(self.jan).read(["display_name"])

    def test_an_employee_who_makes_a_client_their_own_sees_nothing_by_it(self):
        self.send_to_contact()
        clerk = new_test_user(
            self.env,
            login="clerk",
            groups="base.group_user,base.group_partner_manager",
            context={"no_reset_password": True},
        )
        self.client.with_user(clerk).write(
            {"parent_id": clerk.partner_id.id, "is_company": False}
        )
        self.assertEqual(self.contact.commercial_partner_id, clerk.partner_id)
        for user, count in ((clerk, 0), (self.seller, 0), (self.jan, 1)):
            requests = self.env["autenti.request"].with_user(user)
            self.assertEqual(len(requests._find_for_portal()), count)
        # What they may read anyway
        self.agreement.sudo().autenti_request_id.partner_id = self.seller.partner_id
        requests = self.env["autenti.request"].with_user(self.seller)
        self.assertEqual(len(requests._find_for_portal()), 1)

    # === To sign ===

    def press(self, user, request):
        """Press the button of the page, without following where it leads."""
        _rows, page = self.see(user)
        [form] = page.xpath("//form[@method='post']")
        token = form.xpath(".//input[@name='csrf_token']/@value")[0]
        return self.url_open(
            form.get("action"), data={"csrf_token": token}, allow_redirects=False
        )

    def post(self, user, request):
        """Post as the button does where there is none."""
        self.authenticate(user.login, user.login)
        token = html.fromstring(self.url_open("/my/account").content).xpath(
            "//input[@name='csrf_token']/@value"
        )[0]
        return self.url_open(
            f"{PAGE}/{request.id}/sign",
            data={"csrf_token": token},
            allow_redirects=False,
        )

    def test_who_is_to_sign_goes_to_autenti(self):
        request = self.send_to_contact()
        answer = self.press(self.jan, request)
        self.assertEqual(answer.status_code, 303)
        link = answer.headers["Location"]
        self.assertIn(request.process_id, link)
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        # Kept nowhere
        self.env.flush_all()
        for table in ("autenti_request", "autenti_signer", "mail_message"):
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            self.assertNotIn(link, str(self.env.cr.fetchall()))
        self.assertIn("from the portal", request.message_ids[0].body)

    def test_nobody_else_goes_there(self):
        request = self.send_to_contact()
        for user in (self.klient, self.ola, self.stranger):
            with self.subTest(user=user.login):
                self.assertFalse(self.see(user)[1].xpath("//form[@method='post']"))
                answer = self.post(user, request)
                self.assertNotEqual(answer.status_code, 303)
                self.assertNotIn("Location", answer.headers)
        self.assertEqual(self.autenti.count("link"), 0)

    def test_who_was_replaced_or_never_meant_gets_no_link(self):
        request = self.send_to_contact()
        signer = request.signer_ids[0]
        for email in ("other@klient.example.com", False):
            with self.subTest(email=email):
                self.contact.email = email
                self.assertNotEqual(self.post(self.jan, request).status_code, 303)
        self.contact.email = CLIENT_EMAIL
        as_keeper(signer).deviation = "person"
        self.assertNotEqual(self.post(self.jan, request).status_code, 303)
        self.assertEqual(self.autenti.count("link"), 0)

    def decline(self, request):
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "x")

    def test_who_comes_too_late_is_told_why(self):
        for deed, words in (
            (lambda r: self.sign(r, CLIENT_EMAIL), "your turn"),
            (lambda r: self.sign(r, CLIENT_EMAIL, SELLER_EMAIL), "All have signed"),
            (
                lambda r: self.autenti.reject(r.process_id, CLIENT_EMAIL, "x"),
                "declined",
            ),
            (lambda r: r.with_user(self.seller).action_withdraw("x"), "withdrawn"),
        ):
            with self.subTest(words=words):
                self.agreement = self._create_agreement(self.seller)
                request = self.send_to_contact()
                deed(request)
                self.poll(request)
                answer = self.post(self.jan, request)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(words, answer.text)

    def test_where_autenti_gives_no_link_its_mail_has_one(self):
        request = self.send_to_contact()
        for failure in (404, 403, 503):
            with self.subTest(failure=failure):
                self.autenti.fail("link", failure)
                answer = self.press(self.jan, request)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("Autenti gives no link", answer.text)
        self.assertNotIn("from the portal", request.message_ids[0].body)

    def test_no_other_page_can_press_the_button(self):
        request = self.send_to_contact()
        self.authenticate("jan", "jan")
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"{PAGE}/{request.id}/sign", data={"a": 1}, allow_redirects=False
            )
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.autenti.count("link"), 0)
