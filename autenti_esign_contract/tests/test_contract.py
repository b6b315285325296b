# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import SQL, mute_logger

from .common import ContractCommon


class TestContract(ContractCommon):
    """Salespeople have their own contracts signed, without rights in accounting."""

    def test_seller_reads_the_own_form(self):
        contract = self.contract.with_user(self.seller)
        form = Form(contract, "contract.contract_contract_customer_form_view")
        self.assertEqual(form.name, "Abonament złoty")
        view = contract.get_view(
            self.env.ref("contract.contract_contract_customer_form_view").id, "form"
        )
        self.assertIn('name="action_autenti_sign"', view["arch"])
        self.assertNotIn('name="action_show_invoices"', view["arch"])

    def test_seller_lists_only_the_own(self):
        other = self._create_contract(user_id=self.colleague.id)
        everything = self.contract + other
        domain = [("id", "in", everything.ids)]

        def found_by(user):
            return self.env["contract.contract"].with_user(user).search(domain)

        self.assertEqual(found_by(self.seller), self.contract)
        self.assertEqual(found_by(self.colleague), other)
        self.assertEqual(found_by(self.manager), everything)
        self.assertEqual(found_by(self.accountant), everything)
        for model in ("contract.line", "contract.modification"):
            lines = self.env[model].with_user(self.seller)
            domain = [("contract_id", "in", everything.ids)]
            self.assertEqual(lines.search(domain).contract_id, self.contract)
            lines = lines.with_user(self.accountant)
            self.assertEqual(lines.search(domain).contract_id, everything)

    def test_accountant_who_also_signs_still_reads_all(self):
        other = self._create_contract(user_id=self.colleague.id)
        self.accountant.group_ids += self.env.ref(
            "autenti_esign.autenti_esign_group_user"
        )
        (self.contract + other).with_user(self.accountant).check_access("write")
        (self.contract + other).contract_line_ids.with_user(
            self.accountant
        ).check_access("read")
        other.modification_ids.with_user(self.accountant).check_access("write")

    def test_who_reads_a_contract_by_another_addons_rule_reads_its_lines(self):
        other = self._create_contract(user_id=self.colleague.id)
        parts = other.contract_line_ids, other.modification_ids
        for part in parts:
            with self.assertRaises(AccessError):
                part.with_user(self.seller).check_access("read")
        # As OCA's contract_sale has for salespeople who see the contracts of all
        group = self.env["res.groups"].create({"name": "All contracts"})
        self.env["ir.rule"].create(
            {
                "name": "All contracts",
                "model_id": self.env["ir.model"]._get_id("contract.contract"),
                "domain_force": "[(1, '=', 1)]",
                "groups": [Command.link(group.id)],
            }
        )
        self.seller.group_ids += group
        for part in parts:
            part = part.with_user(self.seller)
            part.check_access("read")
            self.assertEqual(part.search([("contract_id", "=", other.id)]), part)

    def test_seller_cannot_change_it(self):
        contract = self.contract.with_user(self.seller)
        with self.assertRaises(AccessError):
            contract.name = "Darmowy"
        with self.assertRaises(AccessError):
            contract.contract_line_ids.price_unit = 1

    def test_by_all(self):
        request = self.send(self.contract)
        self.assertEqual(request.name, "TEST Abonament złoty AB/1")
        self.assertEqual(request.user_id, self.seller)
        self.sign_by_all(request)
        contract = self.contract.with_user(self.seller)
        self.assertEqual(contract.autenti_state, "signed")
        self.assertTrue(contract.autenti_signed_attachment_id.raw.startswith(b"%PDF"))
        self.assertIn("/web/content/", contract.action_autenti_open_signed()["url"])

    def test_client_who_follows_gets_no_mail(self):
        self.assertIn(self.client, self.contract.message_partner_ids)
        self.have_client_follow(self.contract)
        before = self.count_mails_to_client()
        request = self.send(self.contract)
        self.sign_by_all(request)
        declined = self.send(self._create_contract())
        self.autenti.reject(declined.process_id, self.contact.email, "Nie teraz.")
        self.poll(declined)
        self.assertEqual(declined.state, "declined")
        self.assertEqual(self.count_mails_to_client(), before)
        notified = self.contract.message_ids.notified_partner_ids
        self.assertFalse(notified & (self.client + self.contact))

    def test_colleague_cannot_send_it(self):
        with self.assertRaises(AccessError):
            self.open_dialog(self.contract, self.colleague)

    def test_document_is_what_the_seller_may_not_print(self):
        # Core's own report, laid out and printed for real
        render = self.render["contract.contract"]
        contract = self.contract.with_user(self.seller)
        self.assertTrue(render(contract).startswith(b"%PDF"))
        with self.assertRaises(AccessError):
            render(self.contract.with_user(self.colleague))

    def test_deleted_only_if_nothing_was_sent(self):
        self.send(self.modification)._set_state("expired")
        with self.assertRaisesRegex(UserError, "A modification of the contract"):
            self.contract.unlink()
        self._create_contract().unlink()

    # === Who sends it may also correct it ===

    def test_who_may_send_corrects_and_sends_again(self):
        for record in (self.contract, self.modification):
            with self.subTest(record=record):
                first = self.send(record)
                mine = record.with_user(self.seller)
                self.assertTrue(mine.autenti_may_send)
                self.assertTrue(first.with_user(self.seller).may_correct)
                self.assertTrue(mine.autenti_may_send_again)
                action = first.with_user(self.seller).action_correct()
                dialog = self.env["autenti.send"].with_user(self.seller)
                dialog.browse(action["res_id"]).action_send()
                self.run_cron()
                second = self.request_of(record)
                self.assertEqual(second.replaces_id, first)
                self.assertEqual(second.state, "sent")
                self.assertTrue(mine.action_autenti_send_again())

    def test_nothing_keeps_who_may_send_from_sending(self):
        self.assertSendable(self.contract.with_user(self.seller))

    def test_nothing_that_came_of_signing_is_copied(self):
        self.sign_by_all(self.send(self.contract))
        copy = self.contract.copy()
        self.assertFalse(copy.autenti_state)
        self.assertFalse(copy.autenti_signed_date)
        self.assertFalse(copy.autenti_request_ids)
        self.assertSendable(copy.with_user(self.seller))

    # === Changed while it is out, or later ===

    def changed(self, record):
        self.env.flush_all()
        record.invalidate_recordset()
        return record.with_user(self.seller).autenti_changed_fields

    def test_what_the_document_shows_and_changes_later_is_named(self):
        self.send(self.contract)
        self.assertFalse(self.changed(self.contract))
        for record, values, label in (
            (self.contract.contract_line_ids, {"price_unit": 1}, "Unit Price"),
            (self.contract, {"code": "AB/2"}, "Reference"),
            (self.contract, {"note": "<p>Inne</p>"}, "Notes"),
            (self.client, {"street": "Nowa 1"}, "Partner"),
        ):
            with self.subTest(label=label):
                self.assertNotIn(label, self.changed(self.contract) or "")
                record.write(values)
                self.assertIn(label, self.changed(self.contract))

    def test_invoices_and_annexes_change_nothing_that_was_agreed(self):
        self.send(self.contract)
        self.contract.contract_line_ids.recurring_next_date = "2026-03-01"
        self.contract.modification_ids = [
            Command.create({"date": "2026-02-01", "description": "Upust"})
        ]
        self.assertFalse(self.changed(self.contract))

    def test_an_annex_that_changes_while_it_is_out_says_so(self):
        self.send(self.modification)
        self.assertFalse(self.changed(self.modification))
        self.modification.description = "Inny"
        self.assertIn("Description", self.changed(self.modification))

    def test_the_database_keeps_what_was_sent_with_the_contract(self):
        self.send(self.modification)
        with mute_logger("odoo.sql_db"), self.assertRaises(RestrictViolation):
            self.env.cr.execute(
                SQL("DELETE FROM contract_contract WHERE id = %s", self.contract.id)
            )

    def test_goes_along_when_its_client_is_merged(self):
        stays = self.client.copy({"name": "Klient Spółka Akcyjna"})
        request = self.send(self.contract)
        annex = self.send(self.modification)
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((stays + self.client).ids, stays)
        self.env.invalidate_all()
        self.assertFalse(self.client.exists())
        self.assertEqual(self.contract.partner_id, stays)
        self.assertEqual((request + annex).partner_id, stays)
        self.sign_by_all(request)
        self.sign_by_all(annex)
        self.assertEqual(self.contract.autenti_state, "signed")
