# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..client import const
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

ROLES = (const.ROLE_SIGNER, const.ROLE_APPROVER, const.ROLE_VIEWER)


class TestColleagues(AutentiCommon):
    """A colleague is asked as who they are, and nobody else as them."""

    def ask(self, **person):
        """Open the dialog, as the salesperson, with one more person in it."""
        dialog = self.open_dialog()
        dialog.signer_ids = [
            Command.create(
                {
                    "role": const.ROLE_APPROVER,
                    "first_name": "Piotr",
                    "last_name": "Zima",
                    "email": self.colleague.email,
                    "sequence": 5,
                    **person,
                }
            )
        ]
        return dialog

    def assertRefused(self, dialog, pattern):
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, pattern):
            dialog.action_send()
        self.assertFalse(self.request_of(self.agreement))

    def send_dialog(self, dialog):
        self.assertFalse(
            [each["text"] for each in dialog.checklist if each["level"] == "blocking"]
        )
        dialog.action_send()
        return self.request_of(self.agreement)

    def test_a_colleague_does_not_act_by_the_salespersons_own_mailbox(self):
        for email in ("anna.prywatna@poczta.example.com", "piotr@example.com"):
            for role in ROLES:
                with self.subTest(role=role, email=email):
                    dialog = self.ask(
                        role=role, partner_id=self.colleague.partner_id.id, email=email
                    )
                    self.assertRefused(
                        dialog, "Piotr Zima is a user of Odoo, whose own e-mail is"
                    )

    def test_a_colleague_who_is_typed_does_not_act_by_another_mailbox(self):
        for role in ROLES:
            for names in (("Piotr", "Zima"), ("PIOTR", "zima")):
                with self.subTest(role=role, names=names):
                    dialog = self.ask(
                        role=role,
                        first_name=names[0],
                        last_name=names[1],
                        email="anna.prywatna@poczta.example.com",
                    )
                    self.assertRefused(dialog, "Piotr Zima is a user of Odoo")

    def test_another_person_of_that_name_can_be_picked(self):
        namesake = self.env["res.partner"].create(
            {"name": "Piotr Zima", "email": "p.zima@klient.example.com"}
        )
        values = self.env["autenti.send.signer"]._prepare_contact(namesake)
        request = self.send_dialog(self.ask(**values))
        self.assertNotIn(self.colleague, request.signer_ids.user_id)

    def test_who_is_entered_in_place_of_a_colleague_is_not_taken_for_them(self):
        dialog = self.ask(
            partner_id=self.colleague.partner_id.id,
            first_name="Roman",
            last_name="Radca",
            email="r@kancelaria.example.com",
        )
        request = self.send_dialog(dialog)
        self.assertNotIn(self.colleague, request.signer_ids.user_id)
        self.assertNotIn(self.colleague.partner_id, request.signer_ids.partner_id)

    def test_the_name_of_who_is_in_another_company_is_not_told(self):
        dialog = self.ask(email=self.board_member.email)
        self.assertRefused(dialog, "is the e-mail of somebody else, a user of Odoo")

    def test_who_has_left_is_not_made_to_act_either(self):
        self.colleague.active = False
        dialog = self.ask(
            partner_id=self.colleague.partner_id.id, email="x@poczta.example.com"
        )
        self.assertRefused(dialog, "Piotr Zima is a user of Odoo")

    def test_a_mailbox_of_a_user_is_not_given_another_name(self):
        for email in (
            self.manager.email,
            self.manager.email.upper(),
            f"Piotr <{self.manager.email}>",
        ):
            for role in ROLES:
                with self.subTest(role=role, email=email):
                    dialog = self.ask(role=role, email=email)
                    self.assertRefused(
                        dialog, "is the e-mail of Maria Wilk, a user of Odoo"
                    )

    def test_the_salesperson_approves_as_nobody_else(self):
        # Where a representative signs, the sender's own address is free
        dialog = self.open_dialog(self.board_agreement, self.board_seller)
        dialog.signer_ids = [
            Command.create(
                {
                    "role": const.ROLE_APPROVER,
                    "first_name": "Ewa",
                    "last_name": "Lis-Dyrektor",
                    "email": self.board_seller.email,
                }
            )
        ]
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, "the e-mail of Bogdan Mak, a user"):
            dialog.action_send()

    def test_the_client_does_not_sign_by_a_salespersons_mailbox(self):
        dialog = self.open_dialog(self.board_agreement, self.board_seller)
        dialog.signer_ids.email = self.board_seller.email
        with self.assertRaisesRegex(UserError, "the e-mail of Bogdan Mak, a user"):
            dialog.action_send()

    def test_an_autenti_address_belongs_to_its_user_too(self):
        self.manager.autenti_email = "Podpis.Wilk@firma.example.com"
        dialog = self.ask(email="podpis.wilk@firma.example.com")
        self.assertRefused(dialog, "is the e-mail of Maria Wilk")
        dialog = self.ask(
            partner_id=self.manager.partner_id.id,
            first_name="Maria",
            last_name="Wilk",
            email="podpis.wilk@firma.example.com",
        )
        request = self.send_dialog(dialog)
        self.assertIn(self.manager, request.signer_ids.user_id)

    def test_an_address_that_only_looks_like_a_users_is_free(self):
        self.manager.autenti_email = "m_wilk@firma.example.com"
        dialog = self.ask(first_name="Ewa", email="mxwilk@firma.example.com")
        request = self.send_dialog(dialog)
        self.assertNotIn(self.manager, request.signer_ids.user_id)

    def test_a_colleague_who_is_picked_is_asked_at_the_own_address(self):
        self.colleague.autenti_email = "podpis.zima@firma.example.com"
        person = self.env["autenti.send.signer"]
        values = person._prepare_contact(self.colleague.partner_id)
        self.assertEqual(values["email"], "podpis.zima@firma.example.com")
        request = self.send_dialog(self.ask(**values))
        approver = request.signer_ids.filtered(lambda s: s.role == const.ROLE_APPROVER)
        self.assertEqual(approver.user_id, self.colleague)
        self.assertEqual(approver.email, "podpis.zima@firma.example.com")

    def test_a_colleague_who_is_typed_is_asked_as_a_user(self):
        request = self.send_dialog(self.ask(first_name="piotr", last_name="ZIMA"))
        approver = request.signer_ids.filtered(lambda s: s.role == const.ROLE_APPROVER)
        self.assertEqual(approver.user_id, self.colleague)
        self.assertEqual(approver.side, "company")

    def test_who_is_no_user_is_asked_as_before(self):
        request = self.send_dialog(
            self.ask(
                first_name="Roman", last_name="Radca", email="r@kancelaria.example.com"
            )
        )
        approver = request.signer_ids.filtered(lambda s: s.role == const.ROLE_APPROVER)
        self.assertFalse(approver.user_id)

    def test_an_employee_can_be_the_client(self):
        partner = self.colleague.partner_id
        agreement = self._create_agreement(self.seller, partner_id=partner.id)
        request = self.submit(agreement)
        client = request.signer_ids.filtered(lambda s: s.side == "client")
        self.assertEqual(client.email, self.colleague.email)

    def test_a_portal_user_can_sign_at_another_address(self):
        self.env["res.users"].create(
            {
                "login": CLIENT_EMAIL,
                "partner_id": self.contact.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        dialog = self.open_dialog()
        dialog.signer_ids.email = "jan.prywatny@poczta.example.com"
        request = self.send_dialog(dialog)
        emails = request.signer_ids.mapped("email")
        self.assertEqual(emails, ["jan.prywatny@poczta.example.com", SELLER_EMAIL])

    # === NAMES === #

    def test_nobody_takes_the_name_of_a_colleague(self):
        me = self.seller.with_user(self.seller)
        taken = {"autenti_first_name": "Piotr", "autenti_last_name": "Zima"}
        for vals in (taken, {"name": "piotr  ZIMA"}):
            with self.assertRaisesRegex(ValidationError, "the name of a colleague"):
                me.write(vals)
        self.seller.group_ids += self.env.ref("base.group_partner_manager")
        with self.assertRaisesRegex(ValidationError, "the name of a colleague"):
            me.partner_id.write({"name": "Piotr Zima"})
        own = {"autenti_first_name": "Piotr", "autenti_last_name": "Lato"}
        me.write({**own, "name": "Piotr Lato"})
        self.assertEqual(self.seller.autenti_last_name, "Lato")

    def test_an_administrator_enters_the_name_of_a_namesake(self):
        namesake = {"autenti_first_name": "Piotr", "autenti_last_name": "Zima"}
        self.seller.with_user(self._create_administrator()).write(namesake)
        # Who has it goes on as ever
        self.seller.with_user(self.seller).autenti_position = "Handlowiec"
