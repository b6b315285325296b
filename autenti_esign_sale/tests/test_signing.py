# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form

from .common import SALESMAN, SaleCommon


class TestSigning(SaleCommon):
    """A quotation is signed as a contract is."""

    def test_its_form_has_the_button(self):
        arch = (
            self.env["sale.order"]
            .with_user(self.seller)
            .get_view(self.env.ref("sale.view_order_form").id, "form")["arch"]
        )
        self.assertIn("action_autenti_sign", arch)
        with Form(self.order.with_user(self.seller)) as form:
            self.assertFalse(form.autenti_state)

    def test_its_words_are_translated(self):
        order = self.order.with_context(lang="pl_PL")
        fields = order.fields_get(["autenti_state", "autenti_turn"], ["selection"])
        self.assertIn(("sent", "Wysłano"), fields["autenti_state"]["selection"])
        self.assertIn(("client", "Klient"), fields["autenti_turn"]["selection"])

    def test_by_all(self):
        dialog = self.open_dialog(self.order)
        self.assertEqual(dialog.partner_id, self.client)
        dialog.action_send()
        request = self.request_of(self.order)
        self.run_cron()
        self.assertEqual(self.order.autenti_state, "sent")
        self.sign_by_all(request)
        self.assertEqual(self.order.autenti_state, "signed")
        attachment = self.order.autenti_signed_attachment_id
        self.assertEqual(attachment.res_model, "sale.order")
        self.assertTrue(attachment.raw.startswith(b"%PDF"))
        self.assertEqual(self.count_mails_to_client(), 0)

    def test_customer_who_follows_gets_no_mail(self):
        order, declined = self.order, self._create_order(self.seller)
        self.have_client_follow(order + declined)
        self.sign_by_all(self.send_order(order))
        request = self.send_order(declined)
        self.autenti.reject(request.process_id, self.contact.email, "Nie teraz.")
        self.poll(request)
        self.assertEqual(declined.autenti_state, "declined")
        self.assertEqual(self.count_mails_to_client(), 0)
        notified = (order + declined).message_ids.notified_partner_ids
        self.assertFalse(notified & (self.client + self.contact))

    def test_by_the_representative(self):
        order = self._create_order(self.board_seller, company_id=self.board_company.id)
        request = self.send_order(order, self.board_seller)
        self.assertEqual(request.company_id, self.board_company)
        self.assertEqual(request.signer_ids[-1].user_id, self.board_member)

    def test_title_is_in_the_customers_language(self):
        self.client.lang = "en_US"
        order = self.order.with_user(self.seller)
        self.assertEqual(order._autenti_get_title(), f"Quotation {self.order.name}")
        self.order.action_confirm()
        self.assertEqual(order._autenti_get_title(), f"Sales Order {self.order.name}")

    def test_document_is_the_quotation(self):
        # Core's own report, laid out and printed for real
        content = type(self).render_order(self.order.with_user(self.seller))
        self.assertTrue(content.startswith(b"%PDF"))

    def test_a_header_that_would_stop_the_server_is_not_merged(self):
        # Its table of contents has no end
        head = b"<</Type/XRef/Size 1000000000/W[0 1 0]/Root 1 0 R/Length 0>>"
        content = b"%%PDF-1.7\n3 0 obj\n%s\nstream\n\nendstream\nendobj\n" % head
        header = self.env["ir.attachment"].create(
            {"name": "Header.pdf", "raw": content + b"startxref\n9\n%%EOF\n"}
        )
        merged = patch.object(
            self.registry["sale.order"],
            "_autenti_get_merged_documents",
            lambda order: [header],
        )
        with merged, self.assertRaisesRegex(UserError, "Header.pdf: "):
            type(self).render_order(self.order.with_user(self.seller))

    def test_colleague_without_rights_on_it(self):
        self.colleague.group_ids += self.env.ref(SALESMAN)
        with self.assertRaises(AccessError):
            self.open_dialog(self.order, self.colleague)

    def test_nothing_that_came_of_signing_is_copied(self):
        self.sign_by_all(self.send_order())
        copy = self.order.copy()
        for name in ("autenti_state", "autenti_signed_date", "signature", "signed_on"):
            self.assertFalse(copy[name], name)
        self.assertSendable(copy.with_user(self.seller))

    def test_cancelled_one(self):
        self.order._action_cancel()
        with self.assertRaisesRegex(UserError, "It is cancelled"):
            self.open_dialog(self.order)

    def test_can_be_deleted_only_if_never_sent(self):
        self.send_order()._set_state("expired")
        with self.assertRaisesRegex(UserError, "evidence"):
            self.order.unlink()
        self._create_order(self.seller).unlink()


class TestConfirmation(SaleCommon):
    """What signing does to an order is the company's choice."""

    def confirm_when_signed(self):
        self.company.autenti_sale_action = "confirm"

    def test_nothing(self):
        self.sign_by_all(self.send_order())
        self.assertEqual(self.order.state, "draft")

    def test_confirmed(self):
        self.confirm_when_signed()
        self.order.message_subscribe((self.client + self.contact).ids)
        self.sign_by_all(self.send_order())
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(self.count_mails_to_client(), 0)

    def test_another_companys_choice(self):
        self.board_company.autenti_sale_action = "confirm"
        self.sign_by_all(self.send_order())
        self.assertEqual(self.order.state, "draft")

    def test_declined(self):
        self.confirm_when_signed()
        request = self.send_order()
        self.autenti.reject(
            request.process_id, request.signer_ids[0].email, "Za drogo."
        )
        self.poll(request)
        self.assertEqual(self.order.autenti_state, "declined")
        self.assertEqual(self.order.state, "draft")

    def test_confirmed_already(self):
        self.confirm_when_signed()
        self.order.action_confirm()
        self.sign_by_all(self.send_order())
        self.assertEqual(self.order.state, "sale")

    def test_to_be_paid_first(self):
        self.confirm_when_signed()
        self.order.write({"require_payment": True, "prepayment_percent": 1})
        request = self.send_order()
        self.assertFalse(self.order._has_to_be_paid())
        self.sign_by_all(request)
        self.assertEqual(self.order.state, "draft")
        self.assertTrue(self.order._has_to_be_paid())

    def test_cannot_be_confirmed(self):
        self.confirm_when_signed()
        request = self.send_order()
        with patch.object(
            self.registry["sale.order"],
            "_confirmation_error_message",
            lambda order: "No stock for it.",
        ):
            self.sign_by_all(request)
        self.assertEqual(self.order.state, "draft")
        [activity] = self.activities(self.order, "attention", self.seller)
        self.assertIn("No stock for it.", activity.note)


class TestChanges(SaleCommon):
    """What is being signed stays as it is."""

    def test_lines_cannot_change(self):
        self.send_order()
        line = self.order.with_user(self.seller).order_line
        changes = [
            lambda: line.write({"price_unit": 1}),
            lambda: line.write({"product_uom_qty": 20}),
            lambda: line.order_id.write(
                {"order_line": [Command.create({"product_id": self.product.id})]}
            ),
            line.unlink,
        ]
        for change in changes:
            with self.assertRaisesRegex(UserError, "Withdraw it before you change it"):
                change()
        self.assertEqual(self.order.order_line.price_unit, 1000)

    def test_no_line_goes_to_another_order_or_comes_from_one(self):
        other = self._create_order(self.seller)
        self.send_order()
        attacks = {self.order.order_line: other, other.order_line: self.order}
        for line, order in attacks.items():
            ways = (
                lambda line=line, order=order: line.write({"order_id": order.id}),
                lambda line=line, order=order: order.with_user(self.seller).write(
                    {"order_line": [Command.link(line.id)]}
                ),
            )
            for way in ways:
                with (
                    self.assertRaisesRegex(UserError, "Withdraw it before"),
                    self.env.cr.savepoint(),
                ):
                    way()
        line = other.with_user(self.seller).order_line
        line.order_id = self._create_order(self.seller)

    def test_no_amount_is_written_past_the_lines(self):
        self.send_order()
        order = self.order.with_user(self.seller)
        for record, names in (
            (order, ("amount_total", "amount_tax", "amount_untaxed", "currency_id")),
            (order.order_line, ("price_subtotal", "price_tax", "price_total")),
        ):
            for name in names:
                with (
                    self.subTest(name),
                    self.assertRaisesRegex(UserError, "Withdraw it before"),
                ):
                    record.write({name: 1})

    def test_partner_cannot_change(self):
        self.send_order()
        with self.assertRaisesRegex(UserError, "Withdraw it before you change it"):
            self.order.with_user(self.seller).partner_id = self.contact

    def test_what_is_not_in_the_document_can(self):
        self.send_order()
        self.order.with_user(self.seller).client_order_ref = "PO-7"
        line = self.order.with_user(self.seller).order_line
        line.write({"price_unit": line.price_unit})

    def test_after_it_ended(self):
        self.send_order()._set_state("expired")
        self.order.with_user(self.seller).order_line.price_unit = 900
        self.assertEqual(self.order.amount_untaxed, 1800)

    def test_cannot_be_cancelled(self):
        request = self.send_order()
        with self.assertRaisesRegex(UserError, "Withdraw it there"):
            self.order.with_user(self.seller).action_cancel()
        with self.assertRaisesRegex(UserError, "Withdraw it there"):
            self.order.with_user(self.seller).write({"state": "cancel"})
        request._set_state("withdrawn")
        self.order.with_user(self.seller).action_cancel()
        self.assertEqual(self.order.state, "cancel")

    def test_sent_again_after_it_ended(self):
        request = self.send_order()
        request._set_state("expired")
        self.assertNotEqual(self.send_order(), request)

    # === MERGED CLIENTS === #

    def test_orders_go_along_when_their_client_is_merged(self):
        clerk = self._create_user(
            "Kasia Porządna", "kasia@firma.example.com", "base.group_partner_manager"
        )
        stays = self.client.copy({"name": "Klient Spółka Akcyjna"})
        request = self.send_order()
        merge = self.env["base.partner.merge.automatic.wizard"].with_user(clerk)
        merge.create(
            {
                "partner_ids": [Command.set((stays + self.client).ids)],
                "dst_partner_id": stays.id,
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertFalse(self.client.exists())
        self.assertEqual((self.order.partner_id, request.partner_id), (stays, stays))
        self.sign_by_all(request)
        self.assertEqual(self.order.autenti_state, "signed")


class TestComparison(SaleCommon):
    """What the document shows is guarded, or the form tells that it has changed."""

    def changed(self):
        self.env.flush_all()
        self.order.invalidate_recordset()
        return self.order.with_user(self.seller).autenti_changed_fields

    def test_nothing_has_changed_right_after_sending(self):
        self.send_order()
        self.assertFalse(self.changed())
        for user, lang in ((self.manager, "pl_PL"), (self.env.user, "en_US")):
            user.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
            order = self.order.with_user(user).with_context(lang=lang, tz="Asia/Tokyo")
            order.invalidate_recordset()
            self.assertFalse(order.autenti_changed_fields)

    def test_each_thing_that_the_document_shows_is_named(self):
        position = self.env["account.fiscal.position"].create(
            {"name": "Eksport", "note": "Stawka 0%", "company_id": self.company.id}
        )
        address = self.env["res.partner"].create(
            {"name": "Magazyn", "parent_id": self.client.id, "type": "delivery"}
        )
        self.send_order()
        for values, label in (
            ({"client_order_ref": "PO-7"}, "Customer Reference"),
            ({"validity_date": "2030-01-01"}, "Expiration"),
            ({"commitment_date": "2030-01-01"}, "Delivery Date"),
            ({"partner_invoice_id": self.contact.id}, "Invoice Address"),
            ({"partner_shipping_id": address.id}, "Delivery Address"),
            ({"fiscal_position_id": position.id}, "Fiscal Position"),
        ):
            with self.subTest(label=label):
                before = self.changed()
                self.assertNotIn(label, before or "")
                self.order.with_user(self.seller).write(values)
                self.assertIn(label, self.changed())

    def test_an_address_that_moves_is_named(self):
        self.send_order()
        self.client.street = "Nowa 1"
        self.assertIn("Customer", self.changed())

    def test_our_own_address_that_moves_is_named(self):
        self.send_order()
        self.company.partner_id.street = "Nowa 1"
        self.assertIn("Company", self.changed())

    def test_what_is_not_in_the_document_is_not_named(self):
        self.send_order()
        self.order.tag_ids = self.env["crm.tag"].create({"name": "VIP"})
        self.order.origin = "Targi"
        self.order.order_line.analytic_distribution = False
        self.assertFalse(self.changed())
        self.order.user_id = self.colleague
        self.env.flush_all()
        self.order.invalidate_recordset()
        self.assertFalse(self.order.autenti_changed_fields)

    def test_confirming_changes_nothing_that_was_agreed_and_is_noted(self):
        self.send_order()
        self.order.with_user(self.seller).action_confirm()
        self.assertEqual(self.order.state, "sale")
        self.assertFalse(self.changed())
        notes = " ".join(self.order.message_ids.mapped("body"))
        self.assertIn("Confirmed while it is out for signature", notes)

    def test_prices_cannot_change_after_confirming_either(self):
        self.send_order()
        order = self.order.with_user(self.seller)
        order.action_confirm()
        for values in (
            {"price_unit": 1},
            {"discount": 50},
            {"product_uom_qty": 20},
            {"name": "Something else"},
        ):
            with self.assertRaisesRegex(UserError, "Withdraw it before you change it"):
                order.order_line.write(values)
        with self.assertRaisesRegex(UserError, "Withdraw it before you change it"):
            order.note = "Other terms"

    def test_a_line_that_comes_after_confirming_is_named(self):
        self.send_order()
        self.order.with_user(self.seller).action_confirm()
        line = {"product_id": self.product.id, "order_id": self.order.id}
        self.env["sale.order.line"].create(line)
        self.assertIn("Order Lines", self.changed())

    def test_a_price_that_changes_after_the_signatures_is_named(self):
        self.sign_by_all(self.send_order())
        self.assertEqual(self.order.autenti_state, "signed")
        self.assertFalse(self.changed())
        self.order.with_user(self.seller).order_line.price_unit = 1
        self.assertIn("Order Lines: Unit Price", self.changed())

    def test_sections_and_their_order_are_part_of_the_document(self):
        section = {"display_type": "line_section", "name": "Etap 1", "sequence": 1}
        self.order.order_line = [Command.create(section)]
        self.send_order()
        self.order.order_line.filtered("display_type").sequence = 99
        self.assertIn("Order Lines", self.changed())

    def test_a_correction_of_the_same_file_is_compared_too(self):
        first = self.send_order()
        action = first.with_user(self.seller).action_correct()
        dialog = self.env["autenti.send"].with_user(self.seller)
        dialog.browse(action["res_id"]).action_send()
        self.run_cron()
        second = self.request_of(self.order)
        self.assertEqual(second.replaces_id, first)
        self.assertFalse(self.changed())
        self.order.client_order_ref = "PO-8"
        self.assertIn("Customer Reference", self.changed())
