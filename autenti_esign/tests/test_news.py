# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tools import mute_logger

from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

NEWS = ("sent", "client_signed", "signed", "declined", "failed")


class TestNews(AutentiCommon):
    """Colleagues follow what they want to hear of; the client hears none of it."""

    def setUp(self):
        super().setUp()
        self.contact.email = CLIENT_EMAIL
        self.agreement.message_subscribe(
            self.colleague.partner_id.ids, self.subtypes().ids
        )

    def subtypes(self, *news):
        return self.env["mail.message.subtype"].concat(
            *(
                self.env.ref(f"autenti_esign.mail_message_subtype_{each}")
                for each in news or NEWS
            )
        )

    def told(self, partner):
        """Return the news on the contract that a partner was notified of, in order."""
        messages = self.agreement.message_ids.filtered(
            lambda message: partner in message.notified_partner_ids
        )
        return messages.sorted("id").subtype_id & self.subtypes()

    def make_mails(self):
        return self.env["mail.mail"].search(
            [("model", "in", ("agreement", "autenti.request"))]
        )

    def let_sign(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        return request

    def test_who_follows_is_told_of_each_step(self):
        self.let_sign()
        self.assertEqual(
            self.told(self.colleague.partner_id),
            self.subtypes("sent", "client_signed", "signed"),
        )

    def test_who_follows_is_told_of_each_end(self):
        for state, news in (
            ("declined", "declined"),
            ("expired", "failed"),
            ("failed", "failed"),
        ):
            with self.subTest(state=state):
                self.agreement = self._create_agreement(self.seller)
                self.agreement.message_subscribe(
                    self.colleague.partner_id.ids, self.subtypes().ids
                )
                self.send()._set_state(state, reason="Za drogo")
                self.assertEqual(
                    self.told(self.colleague.partner_id), self.subtypes("sent", news)
                )
                self.assertIn("Za drogo", self.agreement.message_ids[0].body)

    def test_each_chooses_what_to_hear_of(self):
        self.agreement.message_subscribe(
            self.colleague.partner_id.ids, self.subtypes("signed").ids
        )
        self.let_sign()
        self.assertEqual(self.told(self.colleague.partner_id), self.subtypes("signed"))
        # The salesperson follows what they made, as usual in Odoo
        self.assertEqual(self.told(self.seller.partner_id), self.subtypes("signed"))

    def test_a_client_who_follows_gets_no_mail(self):
        followers = self.contact + self.client
        self.client.email = "biuro@klient.example.com"
        # All subtypes, even though Odoo wouldn't propose these to a client
        self.agreement.message_subscribe(followers.ids, self.subtypes().ids)
        request = self.let_sign()
        request.message_subscribe(followers.ids)
        other = self._create_agreement(self.seller)
        other.message_subscribe(followers.ids, self.subtypes().ids)
        self.send(other)._set_state("declined", reason="Za drogo")
        notified = (
            (self.agreement + other).message_ids + request.message_ids
        ).notified_partner_ids
        self.assertFalse(notified & followers)
        mails = self.make_mails()
        self.assertFalse(mails.recipient_ids & followers)
        addresses = " ".join(filter(None, mails.mapped("email_to")))
        for email in (CLIENT_EMAIL, self.client.email):
            self.assertNotIn(email, addresses)

    def test_a_client_who_follows_sees_no_message_of_ours(self):
        request = self.let_sign()
        for message in self.agreement.message_ids + request.message_ids:
            self.assertTrue(message.is_internal or message.subtype_id.internal)

    def test_the_words_can_be_changed(self):
        template = self.env.ref("autenti_esign.mail_template_signed")
        template.body_html = "<p>Hura: <t t-out='object.name'/></p>"
        request = self.let_sign()
        bodies = self.agreement.message_ids.mapped("body")
        self.assertIn(f"Hura: {request.name}", " ".join(bodies))

    def test_a_template_that_cannot_be_rendered_stops_nothing(self):
        template = self.env.ref("autenti_esign.mail_template_signed")
        template.body_html = "<p><t t-out='object.nothing_of_that_name'/></p>"
        with mute_logger(
            "odoo.addons.autenti_esign.models.autenti_request",
            "odoo.addons.mail.models.mail_render_mixin",
        ):
            request = self.let_sign()
        self.assertEqual(request.state, "signed")
        bodies = " ".join(self.agreement.message_ids.mapped("body"))
        self.assertIn("Signed with Autenti by Jan Kowalski and Anna Nowak.", bodies)

    def test_without_its_template_news_is_told_in_our_words(self):
        self.env.ref("autenti_esign.mail_template_sent").unlink()
        self.send()
        bodies = " ".join(self.agreement.message_ids.mapped("body"))
        self.assertIn("Sent for signature with Autenti to Jan Kowalski", bodies)
