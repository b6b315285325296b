# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import Form

from .common import SaleCommon


class TestSettings(SaleCommon):
    """Companies and quotation templates tell how orders are signed."""

    def create_template(self, **values):
        return self.env["sale.order.template"].create(
            {"name": "Ogrody", "company_id": self.company.id, **values}
        )

    def test_setting_of_the_company(self):
        administrator = self._create_administrator()
        administrator.group_ids += self.env.ref("sales_team.group_sale_manager")
        settings = self.env["res.config.settings"].with_user(administrator)
        with Form(settings.with_company(self.company)) as form:
            self.assertEqual(form.autenti_sale_action, "nothing")
            form.autenti_sale_action = "confirm"
        form.record.execute()
        self.assertEqual(self.company.autenti_sale_action, "confirm")
        self.assertEqual(self.board_company.autenti_sale_action, "nothing")

    def test_template_can_disable_it(self):
        template = self.create_template()
        self.order.sale_order_template_id = template
        self.assertFalse(self.order.autenti_disabled)
        template.autenti_disabled = True
        self.assertTrue(self.order.autenti_disabled)
        with self.assertRaisesRegex(UserError, "signing is disabled for this type"):
            self.open_dialog(self.order)

    def test_way_to_the_template(self):
        template = self.create_template(autenti_disabled=True)
        self.order.sale_order_template_id = template
        [line] = (
            each
            for each in self.order._autenti_check_record()
            if each["level"] == "blocking"
        )
        self.assertEqual(line["action"]["res_model"], "sale.order.template")
        self.assertEqual(line["action"]["res_id"], template.id)
