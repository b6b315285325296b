# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import Form

from odoo.addons.autenti_esign.tests.common import AutentiCommon


class TestContractAccess(AutentiCommon):
    """Employees may be given the contracts of their sales teams."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls._create_user("Zofia Głowacka", "zofia@firma.example.com")
        cls.stranger = cls._create_user("Olaf Obcy", "olaf@firma.example.com")
        members = cls.seller + cls.colleague
        teams = cls.env["crm.team"].create(
            [
                {"name": "Here", "user_id": cls.head.id, "member_ids": members.ids},
                {"name": "There", "member_ids": cls.stranger.ids},
            ]
        )
        cls.team = teams[0]

    def get_readers(self):
        people = self.seller + self.colleague + self.head + self.stranger
        return people.filtered(
            lambda user: self.agreement.with_user(user).has_access("read")
        )

    def test_the_team_and_its_head_see_a_contract(self):
        self._choose_contract_access("team")
        self.assertEqual(self.get_readers(), self.seller + self.colleague + self.head)
        settings = Form(self.env["res.config.settings"])
        self.assertEqual(settings.autenti_contract_access, "team")

    def test_the_own_ones_are_fewer(self):
        self._choose_contract_access("team")
        self._choose_contract_access("own")
        self.assertEqual(self.get_readers(), self.seller)

    def test_who_leaves_the_team_sees_no_more(self):
        self._choose_contract_access("team")
        self.team.member_ids -= self.colleague
        self.assertNotIn(self.colleague, self.get_readers())
