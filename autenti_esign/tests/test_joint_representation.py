# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from ..client import assumptions
from .common import BOARD_EMAIL, CLIENT_EMAIL, AutentiCommon, draw_pdf
from .fake_autenti import priority

SECOND_EMAIL = "adam.wrona@spolka.example.com"


class TestJointRepresentation(AutentiCommon):
    """One or two sign for the company, as long as they represent it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_user = cls._create_user(
            "Adam Wrona", SECOND_EMAIL, company=cls.board_company
        )
        cls.board_connection.write(
            {
                "is_representation_joint": True,
                "representative_ids": [
                    Command.create(
                        {
                            "first_name": "Adam",
                            "last_name": "Wrona",
                            "email": SECOND_EMAIL,
                            "basis": "Prokurent, reprezentacja łączna",
                            "user_id": cls.second_user.id,
                        }
                    ),
                    Command.create(
                        {
                            "first_name": "Iga",
                            "last_name": "Sowa",
                            "email": "iga.sowa@spolka.example.com",
                            "basis": "Członek zarządu",
                        }
                    ),
                ],
            }
        )
        cls.second, cls.third = cls.board_connection.representative_ids

    def setUp(self):
        super().setUp()
        self.today = fields.Date.context_today(self.board_connection)

    def open_board_dialog(self):
        return self.open_dialog(self.board_agreement, self.board_seller)

    def assertRefused(self, dialog, message):
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, message):
            dialog.action_send()
        self.assertFalse(self.request_of(self.board_agreement))

    # === Sending ===

    def test_two_sign_after_the_client_one_after_the_other(self):
        request = self.send_by_board()
        (process,) = self.autenti.sent
        self.assertEqual(
            [(priority(p), p["party"]["lastName"]) for p in process["parties"]],
            [(1, "Kowalski"), (2, "Lis"), (3, "Wrona")],
        )
        (relationship,) = process["parties"][2]["party"]["relationships"]
        self.assertEqual(
            relationship["attributes"],
            {assumptions.REPRESENTATION_ATTRIBUTE: "Prokurent, reprezentacja łączna"},
        )
        users = {call.user for call in self.autenti.calls if call.operation != "token"}
        self.assertEqual(users, {BOARD_EMAIL}, "the first one's account sends")
        self.sign(request, CLIENT_EMAIL)
        agreement = self.board_agreement
        self.assertFalse(self.activities(agreement, "sign", self.second_user))
        self.sign(request, BOARD_EMAIL)
        self.assertEqual(request.state, "sent")
        self.assertEqual(len(self.activities(agreement, "sign", self.second_user)), 1)
        self.assertTrue(agreement.with_user(self.second_user).autenti_is_my_turn)
        self.sign(request, SECOND_EMAIL)
        self.assertEqual(request.state, "signed")
        self.assertFalse(self.activities(agreement, "sign", self.second_user))

    def test_who_sends_chooses_the_second_one(self):
        with Form(self.open_board_dialog()) as form:
            self.assertEqual(form.second_representative_id, self.second)
            form.second_representative_id = self.third
        form.record.action_send()
        signers = self.request_of(self.board_agreement).signer_ids
        self.assertEqual(signers.mapped("last_name"), ["Kowalski", "Lis", "Sowa"])

    def test_representatives_of_another_company_are_not_told(self):
        """Not either to who names one in the context, which the browser sends."""
        context = {"autenti_second_representative_id": self.second.id}
        agreement = self.agreement.with_user(self.seller).with_context(**context)
        self.assertEqual(agreement.company_signer, "Anna Nowak")
        self.assertFalse(agreement.representation_basis)

    def test_one_is_not_enough_where_two_sign_jointly(self):
        dialog = self.open_board_dialog()
        dialog.second_representative_id = False
        self.assertRefused(dialog, "choose the second one")

    def test_one_is_enough_where_two_are_not_asked_for(self):
        self.board_connection.is_representation_joint = False
        dialog = self.open_board_dialog()
        self.assertFalse(dialog.second_representative_id)
        dialog.action_send()
        signers = self.request_of(self.board_agreement).signer_ids
        self.assertEqual(signers.mapped("last_name"), ["Kowalski", "Lis"])

    def test_both_need_a_phone_number_for_the_advanced_signature(self):
        self.contact.phone = "600 700 800"
        self.board_member.phone = "500 600 700"
        dialog = self.open_board_dialog()
        dialog.signature_type = "ADVANCED"
        self.assertRefused(dialog, "Adam Wrona: enter a mobile phone number")
        self.second.phone = "501 600 700"
        dialog.action_send()
        self.assertEqual(
            self.request_of(self.board_agreement).signer_ids.mapped("phone"),
            ["+48600700800", "+48500600700", "+48501600700"],
        )

    def test_nobody_of_another_company_signs_jointly(self):
        foreign = self.env["autenti.representative"].create(
            {
                "connection_id": self.connection.id,
                "first_name": "Obcy",
                "last_name": "Człowiek",
                "email": "obcy@example.com",
                "basis": "?",
            }
        )
        with self.assertRaisesRegex(ValidationError, "the same company"):
            self.open_board_dialog().second_representative_id = foreign

    def test_the_contract_names_both(self):
        agreement = self.board_agreement.with_user(self.board_seller)

        def named(**context):
            parties = agreement.with_context(**context)._get_document_parties()
            return parties[1]["signer"], parties[1]["note"]

        self.assertEqual(named()[0], "Ewa Lis, Adam Wrona")
        self.assertIn("samoistna; Prokurent", named()[1])
        third = named(autenti_second_representative_id=self.third.id)
        self.assertEqual(third[0], "Ewa Lis, Iga Sowa")
        alone = named(autenti_second_representative_id=False)
        self.assertEqual(alone[0], "Ewa Lis")

    def test_the_document_is_made_again_for_another_second_one(self):
        with patch.object(
            self.registry["agreement"],
            "_autenti_render_pdf",
            lambda record: draw_pdf(record._get_document_parties()[1]["signer"]),
        ):
            dialog = self.open_board_dialog()
            self.assertEqual(
                base64.b64decode(dialog.pdf), draw_pdf("Ewa Lis, Adam Wrona")
            )
            dialog.second_representative_id = self.third
            self.assertEqual(
                base64.b64decode(dialog.pdf), draw_pdf("Ewa Lis, Iga Sowa")
            )

    # === Dates ===

    def test_a_representation_that_has_ended_is_refused(self):
        yesterday = self.today - timedelta(days=1)
        dialog = self.open_board_dialog()
        self.board_connection.representative_valid_until = yesterday
        self.assertRefused(dialog, "Ewa Lis represented Spółka S.A. until")
        self.board_connection.representative_valid_until = self.today
        self.second.valid_until = yesterday
        dialog.invalidate_recordset()
        self.assertRefused(dialog, "Adam Wrona represented Spółka S.A. until")
        self.second.valid_until = self.today
        dialog.action_send()
        self.assertTrue(self.request_of(self.board_agreement))

    def test_a_representation_that_has_not_begun_is_refused(self):
        self.second.valid_from = self.today + timedelta(days=1)
        dialog = self.open_board_dialog()
        self.assertEqual(dialog.second_representative_id, self.third)
        dialog.second_representative_id = self.second
        self.assertRefused(dialog, "not yet")

    def test_the_set_up_tells_of_a_representation_that_has_ended(self):
        self.board_connection.representative_valid_until = self.today - timedelta(1)
        self.assertFalse(self.board_connection.is_signer_ready)

    @mute_logger("odoo.sql_db")
    def test_an_end_before_the_beginning_is_refused(self):
        with self.assertRaises(CheckViolation):
            self.second.write({"valid_from": self.today, "valid_until": "2000-01-01"})
            self.second.flush_recordset()

    # === Set-up ===

    def test_two_need_somebody_to_be_the_second(self):
        with self.assertRaisesRegex(ValidationError, "at least one other"):
            self.board_connection.representative_ids = [Command.clear()]

    def test_each_has_a_valid_email_of_their_own(self):
        with self.assertRaisesRegex(ValidationError, "e-mail of their own"):
            self.board_connection.representative_ids = [
                Command.update(self.third.id, {"email": SECOND_EMAIL.upper()})
            ]
        with self.assertRaisesRegex(ValidationError, "valid e-mail"):
            self.third.email = "iga"

    def test_salespeople_read_and_managers_change(self):
        self.assertTrue(self.second.with_user(self.board_seller).basis)
        with self.assertRaises(AccessError):
            self.second.with_user(self.board_seller).basis = "Prezes"
        with self.assertRaises(AccessError):
            self.second.with_user(self.manager).read(["basis"])
        manager = self._create_user(
            "Ola Kos",
            "ola.kos@spolka.example.com",
            "autenti_esign.autenti_esign_group_manager",
            self.board_company,
        )
        self.second.with_user(manager).basis = "Członek zarządu"

    def test_nobody_takes_the_email_of_a_representative(self):
        with self.assertRaisesRegex(ValidationError, "somebody else"):
            self.seller.autenti_email = self.third.email
            self.seller.flush_recordset()

    def test_production_takes_all_of_them_over(self):
        action = self.board_connection.action_prepare_production()
        production = self.env["autenti.connection"].browse(action["res_id"])
        self.assertTrue(production.is_representation_joint)
        self.assertEqual(
            production.representative_ids.mapped("last_name"), ["Wrona", "Sowa"]
        )
        self.assertEqual(len(self.board_connection.representative_ids), 2)
