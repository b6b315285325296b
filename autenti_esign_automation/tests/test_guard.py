# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError

from odoo.addons.autenti_esign.tests.common import MANAGER

from .common import AutomationCommon


class TestGuard(AutomationCommon):
    """Who sees what automations have sent, and that nobody changes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.board_manager = cls._create_user(
            "Zofia Lew", "zofia.lew@spolka.example.com", MANAGER, cls.board_company
        )

    def test_who_sees_a_sending(self):
        self._create_sending_rule()
        self.set_off(self.agreement)
        sending = self.sendings(self.agreement)
        for user, sees in (
            (self.seller, True),
            (self.manager, True),
            (self.administrator, True),
            (self.colleague, False),
            (self.board_manager, False),
            (self.clerk, False),
        ):
            mine = sending.with_user(user)
            with self.subTest(user=user.name):
                self.assertIs(mine.has_access("read"), sees)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(mine.has_access(operation))

    def test_nobody_sends_in_the_name_of_another(self):
        values = {
            "res_model": "agreement",
            "res_id": self.agreement.id,
            "name": "x",
            "company_id": self.company.id,
            "user_id": self.manager.id,
        }
        for user in (self.seller, self.manager, self.administrator):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.env["autenti.sending"].with_user(user).create(values)

    def test_who_opens_it_sees_the_contract(self):
        self._create_sending_rule()
        self.set_off(self.agreement)
        action = (
            self.sendings(self.agreement).with_user(self.seller).action_open_record()
        )
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("agreement", self.agreement.id)
        )
