# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


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
        shown = set(self._get_protected_fields()) - {"analytic_distribution"}
        if any(
            agreed._autenti_is_changed_by(name, vals) for name in shown & vals.keys()
        ):
            agreed.order_id._autenti_check_unchanged()
        return super().write(vals)

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
