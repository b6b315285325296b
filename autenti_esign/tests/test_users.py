# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common import SELLER_EMAIL, AutentiCommon


class TestUsers(AutentiCommon):
    """The data by which Autenti knows a salesperson."""

    def test_the_defaults_come_from_the_user(self):
        user = self._create_user("Maria Anna Kowal", "maria@firma.example.com")
        identity = user._autenti_get_identity()
        self.assertEqual(identity["email"], "maria@firma.example.com")
        self.assertEqual(user.autenti_first_name, "Maria Anna")
        self.assertEqual(user.autenti_last_name, "Kowal")
        self.assertFalse(user.autenti_position)

    def test_what_was_entered_is_not_overwritten_by_the_defaults(self):
        self.seller.autenti_email = "anna@autenti.example.com"
        self.seller.autenti_last_name = "Nowak-Lis"
        self.seller.write({"email": "a@firma.example.com", "name": "Anna N."})
        self.assertEqual(self.seller.autenti_email, "anna@autenti.example.com")
        self.assertEqual(self.seller.autenti_last_name, "Nowak-Lis")

    def test_users_edit_their_own_data_in_their_preferences(self):
        preferences = "base.view_users_form_simple_modif"
        with Form(self.seller.with_user(self.seller), view=preferences) as form:
            form.autenti_email = "anna@autenti.example.com"
            form.autenti_first_name = "Anna Maria"
            form.autenti_last_name = "Nowak-Lis"
            form.autenti_position = "Dyrektor sprzedaży"
        identity = self.seller._autenti_get_identity()
        self.assertEqual(
            {
                key: identity[key]
                for key in ("email", "first_name", "last_name", "note")
            },
            {
                "email": "anna@autenti.example.com",
                "first_name": "Anna Maria",
                "last_name": "Nowak-Lis",
                "note": "Dyrektor sprzedaży",
            },
        )

    def test_the_data_of_a_user_are_not_copied_to_another(self):
        self.seller.autenti_email = "anna@autenti.example.com"
        copy = self.seller.copy(
            {"name": "Iga Mak", "login": "iga", "email": "iga@firma.example.com"}
        )
        identity = copy._autenti_get_identity()
        self.assertEqual(identity["email"], "iga@firma.example.com")
        self.assertEqual(identity["last_name"], "Mak")

    def test_nobody_takes_the_address_of_somebody_else(self):
        seller = self.seller.with_user(self.seller)
        self.colleague.autenti_email = "adam@autenti.example.com"
        for email in (
            self.manager.email,
            "ADAM@autenti.example.com",
            self.board_connection.representative_email,
            "no address",
        ):
            with self.subTest(email=email), self.assertRaises(ValidationError):
                seller.autenti_email = email
                seller.flush_recordset()

    def test_nobody_signs_by_the_address_of_somebody_else(self):
        """What users enter as their e-mail counts where no other one is entered."""
        seller = self.seller.with_user(self.seller)
        for email in (self.colleague.email, self.board_connection.representative_email):
            seller.email = email
            dialog = self.open_dialog()
            with self.subTest(email=email):
                self.assertTrue(dialog.is_blocked)
                with self.assertRaisesRegex(UserError, "in the name of somebody else"):
                    dialog.action_send()
        seller.autenti_email = "anna@autenti.example.com"
        self.assertEqual(self.submit().sender_email, "anna@autenti.example.com")

    def test_a_change_of_the_address_leaves_a_note(self):
        self.seller.with_user(self.seller).autenti_email = "anna@autenti.example.com"
        note = self.seller.partner_id.message_ids[0].body
        self.assertIn(SELLER_EMAIL, note)
        self.assertIn("anna@autenti.example.com", note)

    def test_users_do_not_edit_the_data_of_others(self):
        with self.assertRaises(AccessError):
            self.colleague.with_user(self.seller).write({"autenti_email": SELLER_EMAIL})

    def test_missing_data_are_told_before_anything_is_sent(self):
        for values in (
            {"autenti_email": False, "email": False},
            {"autenti_first_name": False},
            {"autenti_last_name": False},
        ):
            with self.subTest(values=values):
                user = self._create_user("Iga Mak", "iga@firma.example.com")
                user.write(values)
                agreement = self._create_agreement(user)
                dialog = self.open_dialog(agreement, user)
                self.assertTrue(dialog.is_blocked)
                with self.assertRaisesRegex(
                    UserError, "Enter them in your preferences"
                ):
                    dialog.action_send()
                self.assertFalse(self.request_of(agreement))
                user.write({"login": f"old-{user.id}", "active": False})
        self.assertEqual(self.autenti.calls, [])

    def test_data_that_were_removed_while_the_dialog_was_open_are_missed(self):
        dialog = self.open_dialog()
        self.seller.autenti_last_name = False
        with self.assertRaisesRegex(UserError, "Enter them in your preferences"):
            dialog.action_send()
        self.assertFalse(self.request_of(self.agreement))

    def test_a_position_needs_the_companys_tax_id(self):
        self.seller.autenti_position = "Dyrektor"
        self.company.vat = False
        dialog = self.open_dialog()
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, "tax ID"):
            dialog.action_send()

    def test_a_tax_id_is_split_into_country_and_number(self):
        poland = self.env.ref("base.pl")
        germany = self.env.ref("base.de")
        for vat, country, expected in (
            ("PL5252248481", False, ("PL", "5252248481")),
            ("525-224-84-81", poland, ("PL", "5252248481")),
            ("pl 525 224 84 81", germany, ("PL", "5252248481")),
            ("DE123456789", poland, ("DE", "123456789")),
            ("123456789", germany, ("DE", "123456789")),
            ("5252248481", False, ("PL", "5252248481")),
            (False, False, ("PL", "")),
        ):
            with self.subTest(vat=vat):
                partner = self.env["res.partner"].new(
                    {"vat": vat, "country_id": country and country.id}
                )
                self.assertEqual(partner._autenti_get_tax_id(), expected)
