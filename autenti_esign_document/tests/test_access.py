# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError

from .common import PRICES, DocumentCommon


class TestAccess(DocumentCommon):
    """Who sees and changes which documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.of_board = cls._create_document(cls.board_seller, partner_id=cls.client.id)
        cls.outsider = cls._create_user("Ewa Obca", "ewa@firma.example.com", groups="")

    def found(self, user):
        documents = self.env["autenti.document"].with_user(user)
        companies = {"allowed_company_ids": user.company_ids.ids}
        return documents.with_context(**companies).search([])

    def test_own_and_all(self):
        nothing = self.env["autenti.document"]
        self.assertEqual(self.of_board.company_id, self.board_company)
        self.assertEqual(self.found(self.seller), self.document)
        self.assertEqual(self.found(self.colleague), nothing)
        self.assertEqual(self.found(self.manager), self.document)
        self.assertEqual(self.found(self.board_seller), self.of_board)
        self.assertEqual(self.found(self.board_member), nothing)
        administrator = self._create_administrator()
        self.assertEqual(self.found(administrator), self.document + self.of_board)
        with self.assertRaises(AccessError):
            self.found(self.outsider)

    def test_nobody_else_reads_it_or_its_files(self):
        for user in (self.colleague, self.board_seller, self.outsider):
            with self.subTest(user=user.name):
                with self.assertRaises(AccessError):
                    self.seen(user).read(["name"])
                with self.assertRaises(AccessError):
                    self.document.attachment_id.with_user(user).read(["name"])
                with self.assertRaises(AccessError):
                    self.seen(user).name = "Moje"
                with self.assertRaises(AccessError):
                    self.seen(user)._replace_file("Moje.pdf", PRICES)
                with self.assertRaises(AccessError):
                    self.seen(user).action_autenti_sign()

    def test_who_may_not_make_one_gets_nowhere_with_a_file(self):
        with self.assertRaises(AccessError):
            self._create_document(self.outsider)

    def test_nobody_makes_one_in_the_name_of_another(self):
        documents = self.env["autenti.document"].with_user(self.seller)
        with self.assertRaises(AccessError):
            documents.create({"name": "Cudzy", "user_id": self.colleague.id})

    def test_who_hands_it_over_sees_what_they_sent(self):
        self.send(self.document)
        self.seen(self.seller).user_id = self.colleague
        self.env.invalidate_all()
        self.assertEqual(self.found(self.colleague), self.document)
        self.assertEqual(self.found(self.seller), self.document)
        with self.assertRaises(AccessError):
            self.seen(self.seller).name = "Moje"

    def test_who_hands_a_draft_over_reads_it_as_the_form_does(self):
        document = self.seen(self.seller)
        shown = document.web_save({"user_id": self.colleague.id}, {"name": {}})
        self.assertEqual(shown[0]["name"], document.name)
        self.assertEqual(self.found(self.colleague), self.document)
        with self.assertRaises(AccessError):
            document.name = "Moje"

    def test_its_people_are_of_its_company(self):
        foreign = self.client.create(
            {"name": "Obcy", "company_id": self.board_company.id}
        )
        for values in ({"partner_id": foreign.id}, {"user_id": self.board_seller.id}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.document.write(values)

    def test_the_representative_sees_what_they_sign(self):
        self.send(self.of_board, self.board_seller)
        self.assertEqual(self.found(self.board_member), self.of_board)
        document = self.seen(self.board_member, self.of_board)
        self.assertTrue(document.attachment_id.name)
        with self.assertRaises(AccessError):
            document.name = "Moje"

    def test_it_moves_to_no_company_of_others(self):
        # With the access error goes the one that its people are of another company
        with self.assertRaises(UserError):
            self.seen(self.seller).company_id = self.board_company
        self.assertEqual(self.document.company_id, self.company)

    def test_what_was_sent_stays_in_its_company(self):
        self.seller.company_ids += self.board_company
        self.send(self.document)
        with self.assertRaisesRegex(UserError, "stays there"):
            self.seen(self.seller).company_id = self.board_company

    def test_the_tags(self):
        tags = self.env["autenti.document.tag"].with_user(self.seller)
        tag = tags.create({"name": "Pilne"})
        tag.color = 3
        with self.assertRaises(AccessError):
            tag.unlink()
        tag.with_user(self.manager).unlink()
