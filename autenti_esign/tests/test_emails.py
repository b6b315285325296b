# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..emails import clean_email
from .common import CLIENT_EMAIL, AutentiCommon

# How people write an e-mail, and the mailbox that it is
MAILBOXES = {
    "d'angelo@firma.pl": "d'angelo@firma.pl",
    "a&b@firma.pl": "a&b@firma.pl",
    "A&B@firma.pl": "a&b@firma.pl",
    "kontakt@żabka.pl": "kontakt@xn--abka-99a.pl",
    "kontakt@ŻABKA.PL": "kontakt@xn--abka-99a.pl",
    "kontakt@xn--abka-99a.pl": "kontakt@xn--abka-99a.pl",
    "Jan Żak <jan@żabka.pl>": "jan@xn--abka-99a.pl",
    "jan@straße.de": "jan@xn--strae-oqa.de",
    "jan@пример.рф": "jan@xn--e1afmkfd.xn--p1ai",
    "jan@firma\u3002pl": "jan@firma.pl",
    "jan@firma\uff0epl": "jan@firma.pl",
    "jan@firma\uff61pl": "jan@firma.pl",
    "jan@\uff46\uff49rma.pl": "jan@firma.pl",
    "jan@firma\u200b.pl": "jan@firma.pl",
    "jan_x+1%2@firma.pl": "jan_x+1%2@firma.pl",
    " Jan@Firma.PL ": "jan@firma.pl",
}
NONE = (
    *(
        "",
        None,
        False,
        "jan",
        "jan@",
        "@firma.pl",
        "jan@firma",
        "jan kowalski@firma.pl",
    ),
    *("a@firma.pl, b@firma.pl", "jan@firma..pl", "jan@-firma.pl", "jan@firma.pl\\"),
    *("ja\\n@firma.pl", "żak@firma.pl", "jan@☃-.pl", "jan@firma_x.pl", "%@%.pl"),
)


class TestEmails(AutentiCommon):
    """One mailbox is one person, and another mailbox is another one."""

    def test_one_mailbox_has_one_form(self):
        for written, mailbox in MAILBOXES.items():
            with self.subTest(written=written):
                self.assertEqual(clean_email(written), mailbox)
                self.assertEqual(clean_email(mailbox), mailbox)

    def test_what_is_no_mailbox_is_none(self):
        for written in NONE:
            with self.subTest(written=written):
                self.assertFalse(clean_email(written))

    # === One rule for all ===

    def test_unusual_e_mails_of_clients_are_sent(self):
        for written in ("d'angelo@firma.pl", "a&b@firma.pl", "kontakt@żabka.pl"):
            with self.subTest(written=written):
                self.contact.email = written
                request = self.send(self._create_agreement(self.seller))
                self.assertEqual(request.state, "sent")
                self.assertEqual(request.signer_ids[0].email, MAILBOXES[written])
                party = self.autenti.sent[-1]["parties"][0]["party"]
                attributes = party["contacts"][0]["attributes"]
                self.assertEqual(attributes["email"], MAILBOXES[written])
                self.sign_by_all(request)

    def test_unusual_e_mails_of_representatives_are_sent(self):
        connection = self.board_connection
        for written in ("d'angelo@firma.pl", "a&b@firma.pl", "kontakt@żabka.pl"):
            with self.subTest(written=written):
                connection.representative_email = written
                identity = connection._get_company_identity(self.board_seller)
                self.assertEqual(identity["email"], MAILBOXES[written])

    def test_what_is_no_e_mail_of_a_client_is_none_of_anybody_else(self):
        for written in ("jan@firma", "żak@firma.pl", "jan@firma_x.pl"):
            with self.subTest(written=written):
                self.contact.email = written
                self.assertTrue(self.open_dialog().is_blocked)
                with self.assertRaises(ValidationError):
                    self.board_connection.representative_email = written
                with self.assertRaises(ValidationError):
                    self.board_connection.representative_ids = [
                        Command.create(self.prepare_person(written))
                    ]
                with self.assertRaises(ValidationError):
                    self.seller.autenti_email = written

    def prepare_person(self, email):
        names = {"first_name": "Iga", "last_name": "Sowa", "basis": "Prokurent"}
        return {**names, "email": email}

    # === The same person ===

    def test_two_who_share_a_mailbox_do_not_sign_one_contract(self):
        self.contact.email = "jan@żabka.pl"
        for written in ("jan@xn--abka-99a.pl", "jan@żabka\u3002pl", "JAN@ŻABKA.pl"):
            dialog = self.open_dialog(self._create_agreement(self.seller))
            dialog.signer_ids = [
                Command.create(
                    {"first_name": "Ola", "last_name": "Kot", "email": written}
                )
            ]
            with self.subTest(written=written):
                self.assertTrue(dialog.is_blocked)
                with self.assertRaisesRegex(UserError, "more than once"):
                    dialog.action_send()

    def test_nobody_takes_the_mailbox_of_somebody_else_by_another_spelling(self):
        seller = self.seller.with_user(self.seller)
        self.colleague.email = "adam@żabka.pl"
        self.manager.autenti_email = "Maria@FIRMA2.example.com"
        self.board_connection.representative_email = "ewa@żółw.pl"
        self.board_connection.representative_ids = [
            Command.create(self.prepare_person("iga@firma3.example.com"))
        ]
        for written in (
            *("adam@xn--abka-99a.pl", "adam@żabka\u3002pl"),
            *("maria@firma2\u3002example.com", "maria@\uff46irma2.example.com"),
            *(
                "ewa@xn--w-uga1v8h.pl",
                "EWA@żółw\uff0epl",
                "iga@firma3\uff61example.com",
            ),
        ):
            with self.subTest(written=written), self.assertRaises(ValidationError):
                seller.autenti_email = written
                seller.flush_recordset()

    # === Another person ===

    def test_an_underscore_is_no_other_letter(self):
        self.colleague.autenti_email = "janxkowalski@firma.example.com"
        self.board_connection.representative_email = "ewaxlis@firma.example.com"
        for email in (
            *("jan_kowalski@firma.example.com", "jan%@firma.example.com"),
            "ewa_lis@firma.example.com",
        ):
            self.seller.autenti_email = email
            self.seller.flush_recordset()
            self.assertEqual(self.seller._autenti_get_identity()["email"], email)

    def test_an_ordinary_e_mail_is_as_ever(self):
        self.assertEqual(clean_email(CLIENT_EMAIL), CLIENT_EMAIL)
