# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.autenti_esign.client import pdf
from odoo.addons.autenti_esign.exceptions import enclosure_message
from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES
from odoo.addons.autenti_esign.models.autenti_sign_checks import BLOCKING, WARNING, line

# What the document tells besides its lines; also what Odoo computes, which a call from
# outside can write
PROTECTED_FIELDS = {
    *("amount_tax", "amount_total", "amount_untaxed", "currency_id"),
    *("note", "partner_id", "payment_term_id", "pricelist_id"),
}
# What it gets in other ways than by its templates
SHOWN_FIELDS = (
    *("order_line", "amount_untaxed", "amount_tax", "amount_total"),
    *("payment_term_id", "quotation_document_ids", "product_document_ids"),
    "customizable_pdf_form_fields",
)


class SaleOrder(models.Model):
    """Quotations and orders, signed with Autenti or online on the portal, not both."""

    _name = "sale.order"
    _inherit = ["sale.order", "autenti.sign.mixin"]

    @api.depends("sale_order_template_id.autenti_disabled")
    def _compute_autenti_disabled(self):
        for order in self:
            order.autenti_disabled = order.sale_order_template_id.autenti_disabled

    def write(self, vals):
        if not PROTECTED_FIELDS.isdisjoint(vals):
            self._autenti_check_unchanged()
        if vals.get("state") == "cancel":
            self._autenti_check_not_out()
        return super().write(vals)

    # === SIGNING === #

    def _autenti_get_switch(self):
        return self.sale_order_template_id

    def _autenti_get_report(self):
        return self.env.ref("sale.action_report_saleorder")

    def _autenti_render_pdf(self):
        """Override to merge no file that would stop the server."""
        for document in self._autenti_get_merged_documents():
            try:
                pdf.check_readable(document.raw or b"")
            except pdf.UnsendablePdf as error:
                message = enclosure_message(self.env, document.name, error)
                raise UserError(message) from error
        return super()._autenti_render_pdf()

    def _autenti_get_merged_documents(self):
        """Return the files that Odoo's quote builder, if installed, prints along."""
        if "quotation_document_ids" not in self._fields:
            return []
        order = self.sudo()
        return [*order.quotation_document_ids, *order.order_line.product_document_ids]

    def _autenti_get_shown_names(self):
        names = super()._autenti_get_shown_names()
        for name in SHOWN_FIELDS:
            names[name].add("")
        # The portal's, which excludes Autenti's
        names.pop("signed_by", None)
        return names

    def _autenti_is_shown(self, record):
        # Invoices bring along lines about what was paid already
        return record._name != "sale.order.line" or not record.is_downpayment

    def _autenti_find_changes(self):
        # Confirming it enters another date
        return [
            path
            for path in super()._autenti_find_changes()
            if path != "date_order" or self.state != "sale"
        ]

    def _autenti_get_title(self):
        # In the language of those who read it
        order = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return f"{order.type_name} {self.name}"

    def _autenti_check_record(self):
        yield from super()._autenti_check_record()
        if self.state == "cancel":
            message = self.env._("It is cancelled. Set it to quotation first.")
            yield line(BLOCKING, message)
        if self.signature:
            message = self.env._(
                "The customer has signed it already, online on the portal."
            )
            yield line(BLOCKING, message)
        elif self._has_to_be_signed():
            message = self.env._(
                "The customer can't sign it online on the portal while it is out for "
                "signature with Autenti."
            )
            yield line(WARNING, message)

    def _autenti_signed(self, request):
        res = super()._autenti_signed(request)
        if (
            self.company_id.autenti_sale_action == "confirm"
            and self.state in ("draft", "sent")
            and not self._has_to_be_paid()
        ):
            self._autenti_confirm(request)
        return res

    def _autenti_confirm(self, request):
        try:
            with self.env.cr.savepoint():
                self.action_confirm()
        except UserError as error:
            message = self.env._(
                "All have signed, but the order couldn't be confirmed. Confirm it "
                "yourself. Odoo says: %s",
                error,
            )
            request._notify_salesperson(message)

    # === WHILE IT IS OUT FOR SIGNATURE === #

    def action_confirm(self):
        """Override: it may be confirmed without all signatures, but not unnoticed."""
        result = super().action_confirm()
        for order in self.filtered(lambda it: it.sudo().autenti_state in OPEN_STATES):
            order._message_log(
                body=self.env._(
                    "Confirmed while it is out for signature with Autenti: not all "
                    "have signed yet."
                )
            )
        return result

    def _autenti_check_unchanged(self):
        """Raise when an order would differ from what is being signed."""
        for order in self.sudo():
            if order.autenti_state in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%s is out for signature with Autenti. Withdraw it before you "
                        "change it.",
                        order.name,
                    )
                )

    def _autenti_replaces_online_signature(self):
        """Tell if Autenti has the signatures, or is about to get them."""
        order_sudo = self.sudo()
        return order_sudo.autenti_state in OPEN_STATES or (
            order_sudo.autenti_state == "signed" and not order_sudo.autenti_is_rehearsed
        )

    def _has_to_be_signed(self):
        return super()._has_to_be_signed() and (
            not self._autenti_replaces_online_signature()
        )

    def _has_to_be_paid(self):
        # A payment would confirm what isn't signed yet
        return (
            super()._has_to_be_paid() and self.sudo().autenti_state not in OPEN_STATES
        )

    def _autenti_check_not_out(self):
        """Raise when an order would be cancelled that can still be signed."""
        for order in self.sudo():
            if order.autenti_state in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%s is out for signature with Autenti, where it could still be "
                        "signed. Withdraw it there before you cancel it.",
                        order.name,
                    )
                )
