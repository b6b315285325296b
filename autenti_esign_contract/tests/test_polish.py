# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import etree

from .common import ContractCommon

FORM = "contract.contract_contract_customer_form_view"


class TestPolish(ContractCommon):
    """OCA's own fields and views are told in Polish; its addon has none yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.polish = cls.contract.with_context(lang="pl_PL")

    def test_the_fields_of_a_contract(self):
        field = self.polish.fields_get(["recurring_next_date"])["recurring_next_date"]
        self.assertEqual(field["string"], "Data następnej faktury")
        choices = self.polish.fields_get(["recurring_invoicing_type"])
        self.assertEqual(
            dict(choices["recurring_invoicing_type"]["selection"]),
            {"pre-paid": "Z góry", "post-paid": "Z dołu"},
        )

    def test_the_form_of_a_contract(self):
        view = self.polish.get_view(self.env.ref(FORM).id, "form")
        form = etree.fromstring(view["arch"])
        self.assertTrue(form.xpath("//page[@string='Faktury cykliczne']"))

    def test_what_it_writes_into_each_contract(self):
        [contract] = self.contract.with_context(lang="pl_PL").copy({"code": "AB/2"})
        self.assertEqual(contract.modification_ids.description, "Początek umowy")

    def test_the_printed_contract_of_a_polish_client(self):
        self.contract.partner_id.lang = "pl_PL"
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "contract.report_contract", self.contract.ids
        )
        self.assertIn("Pozycje cykliczne", html.decode())
