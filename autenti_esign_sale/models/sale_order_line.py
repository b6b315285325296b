# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

# Odoo computes them, and a call from outside can write them
COMPUTED_FIELDS = {"price_subtotal", "price_tax", "price_total"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # Deliveries, expenses and invoices bring lines later, which the form tells
        orders = lines.order_id.filtered(lambda order: order.state in ("draft", "sent"))
        orders._autenti_check_unchanged()
        return lines

    def write(self, vals):
        agreed = self.filtered(lambda line: not line.is_downpayment)
        # The document shows nothing of analytic accounts
        shown = {*self._get_protected_fields(), *COMPUTED_FIELDS, "order_id"}
        shown -= {"analytic_distribution"}
        if any(
            agreed._autenti_is_changed_by(name, vals) for name in shown & vals.keys()
        ):
            agreed.order_id._autenti_check_unchanged()
        orders = agreed.order_id
        result = super().write(vals)
        # Also where a line comes from another order
        (agreed.order_id - orders)._autenti_check_unchanged()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_out_for_signature(self):
        self.order_id._autenti_check_unchanged()

    def _autenti_is_changed_by(self, name, vals):
        field = self._fields[name]
        return any(
            field.convert_to_cache(vals[name], line)
            != field.convert_to_cache(line[name], line)
            for line in self
        )
