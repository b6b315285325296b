# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.tests import Form

from .common import CLIENT_EMAIL, AutentiCommon


class TestContractAccess(AutentiCommon):
    """Whose contracts an employee reads and changes is chosen in the settings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.env["agreement"].with_user(cls.colleague)
        values = {"code": "K/1", "partner_id": cls.client.id}
        cls.contract = contract.create({**values, "name": "Adam's"}).sudo()
        values = {**values, "code": "K/2", "is_template": True}
        cls.template = contract.create({**values, "name": "Framework"})

    def get_readers(self):
        people = self.seller + self.colleague + self.manager
        return people.filtered(
            lambda user: self.contract.with_user(user).has_access("read")
        )

    def test_all_see_all_as_long_as_nobody_chooses(self):
        settings = Form(self.env["res.config.settings"])
        self.assertEqual(settings.autenti_contract_access, "all")
        everybody = self.seller + self.colleague + self.manager
        self.assertEqual(self.get_readers(), everybody)

    def test_employees_see_their_own(self):
        self._choose_contract_access("own")
        self.assertEqual(self.get_readers(), self.colleague + self.manager)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.seller).write({"name": "Mine"})
        self.contract.with_user(self.manager).write({"name": "Ours"})
        self.assertEqual(
            Form(self.env["res.config.settings"]).autenti_contract_access, "own"
        )

    def test_who_follows_or_signs_sees_it(self):
        self._choose_contract_access("own")
        self.contract.message_subscribe(self.seller.partner_id.ids)
        self.assertIn(self.seller, self.get_readers())
        board_member = self.board_agreement.with_user(self.board_member)
        request = self.send_by_board()
        self.assertFalse(board_member.has_access("read"))
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.poll(request)
        # Also who doesn't follow it
        self.board_agreement.message_unsubscribe(self.board_member.partner_id.ids)
        self.assertTrue(board_member.has_access("read"))

    def test_templates_are_for_all_but_are_not_changed_by_all(self):
        self._choose_contract_access("own")
        template = self.template.with_user(self.seller)
        self.assertEqual(template.name, "Framework")
        with self.assertRaises(AccessError):
            template.write({"name": "Mine"})

    def test_who_has_it_out_sees_it(self):
        request = self.send()
        request._get_record().sudo().write({"create_uid": self.manager.id})
        self._choose_contract_access("own")
        self.assertTrue(self.agreement.with_user(self.seller).has_access("read"))
        self.assertFalse(self.agreement.with_user(self.colleague).has_access("read"))

    def test_it_is_undone(self):
        self._choose_contract_access("own")
        self._choose_contract_access("all")
        self.assertIn(self.seller, self.get_readers())

    def test_a_deleted_rule_is_no_choice(self):
        self._choose_contract_access("own")
        self.env.ref("autenti_esign.agreement_rule_own").unlink()
        self.env.ref("autenti_esign.agreement_rule_template").unlink()
        settings = Form(self.env["res.config.settings"])
        self.assertEqual(settings.autenti_contract_access, "all")

    def test_the_health_check_tells(self):
        self.connection._check_health()
        lines = self.connection.check_ids.filtered(lambda c: c.name == "contracts")
        self.assertIn("may read and change all contracts", lines.message)
        self._choose_contract_access("own")
        self.connection._check_health()
        lines = self.connection.check_ids.filtered(lambda c: c.name == "contracts")
        self.assertFalse(lines.hint)
