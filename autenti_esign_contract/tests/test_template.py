# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import Form

from .common import ContractCommon

FIELDS = ("autenti_signing_disabled", "autenti_signature_type", "autenti_report_id")


class TestTemplate(ContractCommon):
    """The template tells how its contracts are signed, those that exist included."""

    def test_contract_has_no_copy(self):
        for name in FIELDS:
            self.assertTrue(self.env["contract.template"]._fields[name].store)
            self.assertFalse(self.env["contract.contract"]._fields[name].store)

    def test_choosing_another_template(self):
        other = self.template.copy(
            {"name": "Na papierze", "autenti_signing_disabled": True}
        )
        self.assertFalse(self.contract.autenti_disabled)
        contract = self.contract.with_user(self.accountant)
        with Form(contract) as form:
            form.contract_template_id = other
        self.assertTrue(self.contract.autenti_disabled)
        with Form(contract) as form:
            form.contract_template_id = self.template
        self.assertFalse(self.contract.autenti_disabled)
        self.assertTrue(other.autenti_signing_disabled)

    def test_disabled_later(self):
        self.template.autenti_signing_disabled = True
        with self.assertRaisesRegex(UserError, "can be enabled by"):
            self.open_dialog(self.contract)
        with self.assertRaisesRegex(UserError, "can be enabled by"):
            self.open_dialog(self.modification)
        self.template.autenti_signing_disabled = False
        self.open_dialog(self.contract)

    def test_signature_type(self):
        self.assertEqual(self.open_dialog(self.contract).signature_type, "BASIC")
        self.template.autenti_signature_type = "QUALIFIED"
        self.assertEqual(self.open_dialog(self.contract).signature_type, "QUALIFIED")
        dialog = self.open_dialog(self.modification)
        self.assertEqual(dialog.signature_type, "QUALIFIED")

    def test_report(self):
        contract = self.contract.with_user(self.seller)
        usual = self.env.ref("contract.report_contract")
        self.assertEqual(contract._autenti_get_report(), usual)
        own = usual.copy({"name": "Umowa"})
        self.template.autenti_report_id = own
        self.assertEqual(contract._autenti_get_report(), own)

    def test_contract_without_template(self):
        self.contract.contract_template_id = False
        self.assertFalse(self.contract.autenti_disabled)
        self.assertEqual(self.open_dialog(self.contract).signature_type, "BASIC")
