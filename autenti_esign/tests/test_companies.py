# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import BOARD_EMAIL, CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon


class TestCompanies(AutentiCommon):
    """Several companies in one database, each with a mode and a connection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.client_id = "app-of-salespeople"
        cls.board_connection.client_id = "app-of-board"

    def create_branch(self, company, name="Oddział"):
        branch = self._create_company(name=name, parent_id=company.id)
        seller = self._create_user("Olga Las", "olga@firma.example.com", company=branch)
        return branch, seller

    def get_client_ids(self):
        return {call.form["client_id"] for call in self.autenti.calls_of("token")}

    def test_each_company_goes_its_own_way(self):
        own, of_board = self.send(), self.send_by_board()
        self.assertEqual((own.mode, of_board.mode), ("individual", "representative"))
        self.assertEqual(own.sender_email, SELLER_EMAIL)
        self.assertEqual(of_board.sender_email, BOARD_EMAIL)
        self.assertEqual(self.get_client_ids(), {"app-of-salespeople", "app-of-board"})
        self.sign(own, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual((own.state, of_board.state), ("signed", "sent"))

    def test_a_salesperson_of_both_sends_for_the_company_of_the_contract(self):
        self.seller.company_ids += self.board_company
        agreement = self._create_agreement(
            self.seller, company_id=self.board_company.id
        )
        request = self.send(agreement)
        self.assertEqual(request.connection_id, self.board_connection)
        self.assertEqual(request.company_id, self.board_company)
        self.assertEqual(self.get_client_ids(), {"app-of-board"})

    def test_what_is_out_or_signed_stays_with_its_company(self):
        seller = self.agreement.with_user(self.seller)
        self.send()
        for state in ("sent", "signed"):
            for company in (self.board_company.id, False):
                with (
                    self.subTest(state=state, company=company),
                    self.assertRaisesRegex(UserError, "stays there"),
                ):
                    seller.company_id = company
            if state == "sent":
                self.sign(self.request_of(self.agreement), CLIENT_EMAIL, SELLER_EMAIL)
        # What changes nothing is no move
        seller.company_id = self.company
        self.assertEqual(self.agreement.company_id, self.company)
        unsent = self._create_agreement(self.seller).with_user(self.seller)
        with self.assertRaises(AccessError):
            unsent.company_id = self.board_company
        self.seller.company_ids += self.board_company
        unsent.company_id = self.board_company
        self.assertEqual(unsent.sudo().company_id, self.board_company)

    def test_a_company_without_connection_takes_no_others(self):
        company = self._create_company(name="Nowa")
        seller = self._create_user(
            "Nina Nowa", "nina@nowa.example.com", company=company
        )
        agreement = self._create_agreement(seller)
        with self.assertRaisesRegex(UserError, "Nowa isn't connected"):
            self.open_dialog(agreement, seller)

    def test_switching_one_company_off_leaves_the_other_on(self):
        self.connection.active = False
        with self.assertRaisesRegex(UserError, "isn't connected"):
            self.open_dialog()
        self.send_by_board()

    def test_a_branch_uses_its_parents_mode_and_representative(self):
        branch, seller = self.create_branch(self.board_company)
        request = self.send(self._create_agreement(seller), seller)
        self.assertEqual(request.connection_id, self.board_connection)
        self.assertEqual(request.company_id, branch)
        company_signer = request.signer_ids.filtered(lambda s: s.side == "company")
        self.assertEqual(company_signer.email, BOARD_EMAIL)
        (process,) = self.autenti.sent
        (relationship,) = process["parties"][-1]["party"]["relationships"]
        self.assertEqual(relationship["party"]["name"], "Spółka S.A.")
        (tax_id,) = relationship["party"]["extIds"]
        self.assertEqual(tax_id["identifier"], "7740001454")

    def test_a_branch_of_a_branch_uses_the_nearest_connection(self):
        branch, _seller = self.create_branch(self.company)
        leaf = self._create_company(name="Filia", parent_id=branch.id)
        find = self.env["autenti.connection"]._find_for_company
        self.assertEqual(find(leaf), self.connection)
        own = self._create_connection(branch)
        self.assertEqual(find(leaf), own)

    def test_a_branch_goes_back_to_its_parents_when_its_own_is_off(self):
        branch, _seller = self.create_branch(self.company)
        own = self._create_connection(branch)
        own.active = False
        find = self.env["autenti.connection"]._find_for_company
        self.assertEqual(find(branch), self.connection)

    def test_a_salesperson_of_a_branch_reads_the_parents_connection_only(self):
        branch, seller = self.create_branch(self.company)
        connections = self.env["autenti.connection"].with_user(seller)
        connections = connections.with_context(allowed_company_ids=branch.ids)
        self.assertEqual(connections.search([]), self.connection)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.board_connection.with_user(seller).read(["mode"])

    def test_a_branchs_manager_does_not_change_the_parents_connection(self):
        branch, _seller = self.create_branch(self.company)
        manager = self._create_user(
            "Marek Las",
            "marek@firma.example.com",
            groups="autenti_esign.autenti_esign_group_manager",
            company=branch,
        )
        connection = self.connection.with_user(manager)
        connection = connection.with_context(allowed_company_ids=branch.ids)
        with self.assertRaises(AccessError):
            connection.write({"client_id": "mine"})
        with self.assertRaises(AccessError):
            connection.action_generate_key()

    def test_a_manager_gives_the_own_connection_to_no_other_company(self):
        other = self._create_company(name="Obca")
        connection = self.connection.with_user(self.manager)
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                connection.company_id = other
        find = self.env["autenti.connection"]._find_for_company
        self.assertFalse(find(other))
