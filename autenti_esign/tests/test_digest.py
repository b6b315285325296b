# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields

from .common import CLIENT_EMAIL, AutentiCommon


class TestDigest(AutentiCommon):
    """Once a week a mail tells what waits for long, and for whom."""

    def setUp(self):
        super().setUp()
        self.env["autenti.connection"].search([]).waiting_days = 7

    def tell(self):
        """Run the cron job.

        :return: the new mails by their only recipient
        """
        before = self.env["mail.mail"].search([])
        self.run_cron("waiting")
        mails = self.env["mail.mail"].search([]) - before
        for mail in mails:
            self.assertEqual(len(mail.recipient_ids), 1)
        return {mail.recipient_ids: mail for mail in mails}

    def let_wait(self, request, days):
        request.sent_date = fields.Datetime.now() - timedelta(days=days)

    def test_nothing_is_sent_when_nothing_waits(self):
        self.assertFalse(self.tell())
        self.let_wait(self.send(), 6)
        self.assertFalse(self.tell())

    def test_the_salesperson_and_the_manager_are_told(self):
        request = self.send()
        self.let_wait(request, 9)
        mails = self.tell()
        self.assertIn(self.seller.partner_id, mails)
        self.assertIn(self.manager.partner_id, mails)
        self.assertNotIn(self.colleague.partner_id, mails)
        self.assertNotIn(self.board_seller.partner_id, mails)
        mail = mails[self.seller.partner_id]
        self.assertIn(request.name, mail.body_html)
        self.assertIn("Jan Kowalski", mail.body_html)
        self.assertRegex(mail.body_html, r">\s*9\s*<")
        self.assertIn(f"res_id={self.agreement.id}", mail.body_html)
        self.assertIn("1", mail.subject)

    def test_the_mail_is_in_the_language_of_its_reader(self):
        self.seller.lang = "pl_PL"
        self.let_wait(self.send(), 9)
        body = self.tell()[self.seller.partner_id].body_html
        self.assertIn("Jan Kowalski (Klient)", body)

    def test_each_gets_one_mail_with_the_own_ones(self):
        colleagues = self._create_agreement(self.colleague)
        for request in (
            self.send(),
            self.send(self._create_agreement(self.seller)),
            self.send(colleagues, self.colleague),
        ):
            self.let_wait(request, 9)
        mails = self.tell()
        for user, count in ((self.seller, 2), (self.colleague, 1), (self.manager, 3)):
            with self.subTest(user=user.name):
                body = mails[user.partner_id].body_html
                self.assertEqual(body.count("/mail/view"), count)

    def test_it_waits_anew_when_the_client_has_signed(self):
        request = self.send()
        self.let_wait(request, 9)
        self.sign(request, CLIENT_EMAIL)
        self.assertFalse(self.tell())

    def test_a_company_can_do_without(self):
        self.let_wait(self.send(), 9)
        self.connection.waiting_days = 0
        self.assertFalse(self.tell())

    def test_what_has_ended_waits_no_more(self):
        request = self.send()
        self.let_wait(request, 9)
        request._set_state("expired")
        self.assertFalse(self.tell())

    def test_who_has_left_is_not_written_to(self):
        self.let_wait(self.send(), 9)
        self.seller.active = False
        self.assertNotIn(self.seller.partner_id, self.tell())

    def test_the_mail_can_be_changed(self):
        self.env.ref("autenti_esign.mail_template_waiting").subject = "Czeka"
        self.let_wait(self.send(), 9)
        self.assertEqual(self.tell()[self.seller.partner_id].subject, "Czeka")
