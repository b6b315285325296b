# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.autenti_esign.tests.common import PDF, AutentiCommon

SALESMAN = "sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
class SaleCommon(AutentiCommon):
    """A quotation of a salesperson who sees only their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller.group_ids += cls.env.ref(SALESMAN)
        cls.board_seller.group_ids += cls.env.ref(SALESMAN)
        cls.product = cls.env["product.product"].create(
            {"name": "Ogród zimowy", "list_price": 1000}
        )
        cls.order = cls._create_order(cls.seller)
        cls.render_order = cls.registry["sale.order"]._autenti_render_pdf
        # What wkhtmltopdf makes has a test of its own
        cls.classPatch(
            cls.registry["sale.order"], "_autenti_render_pdf", lambda record: PDF
        )

    @classmethod
    def _create_order(cls, user, **values):
        line = {"product_id": cls.product.id, "product_uom_qty": 2}
        return (
            cls.env["sale.order"]
            .with_user(user)
            .create(
                {
                    "partner_id": cls.client.id,
                    "order_line": [Command.create(line)],
                    **values,
                }
            )
            .with_env(cls.env)
        )

    def send_order(self, order=None, user=None):
        return self.send(order or self.order, user)
