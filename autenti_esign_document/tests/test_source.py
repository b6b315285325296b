# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Records of other apps are sent and signed, in the rights on these records."""

from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.autenti_esign.models.autenti_sign_checks import BLOCKING, WARNING
from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL, PDF, draw_pdf
from odoo.addons.mail.models.ir_model import IrModel as MailIrModel

from .common_rule import RuleCommon

OTHER_PDF = draw_pdf("Inna")


class TestSource(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._keep_contacts_from_users()

    # === SENDING === #

    def test_an_order_is_sent_and_signed(self):
        request = self.send_source()
        document = self.document_of(self.order)
        self.assertEqual(request.partner_id, self.client)
        self.assertEqual(request.company_id, self.company)
        self.assertEqual(request.user_id, self.seller)
        # In the client's language
        self.assertEqual(
            request.name, f"TEST Zamówienie zakupu {self.order.display_name}"
        )
        self.assertEqual(request.signer_ids.mapped("email")[0], CLIENT_EMAIL)
        self.assertEqual(self.rendered[-1], (self.report, self.order.ids, "pl_PL"))
        self.sign_by_all(request)
        self.assertEqual(document.state, "signed")

    def test_the_orders_chatter_tells_each_step_and_has_the_signed_pdf(self):
        request = self.send_source()
        self.sign_by_all(request)
        told = " ".join(self.order.message_ids.mapped("body"))
        for words in ("Sent for signature", "Jan Kowalski has signed", "Autenti by"):
            self.assertIn(words, told)
        signed = self.order.message_ids.attachment_ids
        self.assertEqual(signed.raw, request.signed_attachment_id.raw)
        self.assertEqual(
            (signed.res_model, signed.res_id), ("purchase.order", self.order.id)
        )
        # The colleague, who may read the order, opens it there
        self.assertTrue(signed.with_user(self.colleague).raw)
        with self.assertRaisesRegex(UserError, "is evidence"):
            signed.with_user(self.seller).unlink()

    def test_the_orders_chatter_tells_of_a_decline_and_a_withdrawal(self):
        request = self.send_source()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
        self.poll(request)
        self.assertIn("declined", " ".join(self.order.message_ids.mapped("body")))
        # And it can be sent again, as the same document
        again = self.send_source()
        self.assertEqual(again.res_id, request.res_id)
        again.with_user(self.seller).action_withdraw("Pomyłka")
        self.assertIn("Withdrawn", " ".join(self.order.message_ids.mapped("body")))

    def test_an_activity_on_the_order_tells_whose_turn_it_is(self):
        request = self.send_source()
        self.sign(request, CLIENT_EMAIL)
        self.assertTrue(self.activities(self.order, "sign", self.seller))
        self.sign(request, self.seller.email)
        self.assertFalse(self.activities(self.order, "sign", self.seller))

    def test_who_may_not_open_the_employee_has_the_activity_on_the_document(self):
        self._create_employee_rule()
        employee = self._create_employee(company_id=self.board_company.id)
        self._attach(employee)
        self.officer.company_ids += self.board_company
        request = self.send_source(
            employee,
            self.officer.with_context(allowed_company_ids=self.board_company.ids),
        )
        self.sign(request, employee.work_contact_id.email)
        document = self.document_of(employee)
        self.assertFalse(employee.activity_ids)
        self.assertNotIn(self.board_member.partner_id, employee.message_partner_ids)
        self.assertTrue(self.activities(document, "sign", self.board_member))
        # Who signs it may see what it is
        document.with_user(self.board_member).check_access("read")
        request.with_user(self.board_member).check_access("read")

    def test_the_order_has_a_button_that_leads_to_its_requests(self):
        Orders = self.env["purchase.order"].with_user(self.seller)
        self.assertIn("action_autenti_source_requests", Orders.get_view()["arch"])
        order = self.order.with_user(self.seller)
        self.assertFalse(order.autenti_signing)
        request = self.send_source()
        self.env.invalidate_all()
        self.assertEqual(order.autenti_signing, "sent")
        action = order.action_autenti_source_requests()
        self.assertEqual(action["res_id"], request.id)
        with Form(order) as form:
            self.assertEqual(form.autenti_signing, "sent")

    def test_models_without_a_rule_have_no_button(self):
        partners = self.env["res.partner"].with_user(self.seller)
        self.assertNotIn("autenti_source", partners.get_view(view_type="form")["arch"])
        with self.assertQueryCount(0):
            self.client.sudo().autenti_signing  # noqa: B018

    def test_what_changed_after_the_preview_is_made_again(self):
        dialog = self.open_source(self.order)
        dialog = dialog.with_context(autenti_shown_sha256=dialog.pdf_sha256)
        count = len(self.rendered)
        self.patch(
            self.registry["ir.actions.report"],
            "_render_qweb_pdf",
            lambda *args, **kwargs: (OTHER_PDF, "pdf"),
        )
        self.order.order_line.price_unit = 200
        action = dialog.action_send()
        self.assertEqual(action["tag"], "display_notification")
        self.assertFalse(self.request_of(self.document_of(self.order)))
        dialog.with_context(autenti_shown_sha256=dialog.pdf_sha256).action_send()
        request = self.request_of(self.document_of(self.order))
        self.assertEqual(request.source_attachment_id.raw, OTHER_PDF)
        self.assertEqual(len(self.rendered), count)

    def test_what_changed_after_it_was_sent_is_told(self):
        self.send_source()
        self.order.order_line.price_unit = 200
        document = self.document_of(self.order)
        self.env.invalidate_all()
        self.assertIn("Unit Price", document.autenti_changed_fields)

    def test_another_report_is_made_anew(self):
        dialog = self.open_source(self.order)
        quotation = self.env.ref("purchase.report_purchase_quotation")
        self.rule.report_id = quotation
        dialog.action_send()
        self.assertEqual(self.rendered[-1][0], quotation)

    def test_an_employee_signs_the_newest_pdf_of_that_name(self):
        self._create_employee_rule(attachment_name="umowa", signature_type="QUALIFIED")
        employee = self._create_employee()
        self._attach(employee, content=OTHER_PDF)
        self._attach(employee, "Zdjęcie.pdf")
        dialog = self.open_source(employee, self.officer)
        self.assertEqual(dialog.attachment_id.raw, OTHER_PDF)
        self.assertEqual(dialog.signature_type, "QUALIFIED")
        self.assertIn("Zdjęcie.pdf", dialog.pdf_attachment_ids.mapped("name"))
        dialog.action_send()
        request = self.request_of(self.document_of(employee))
        self.assertEqual(request.source_attachment_id.raw, OTHER_PDF)
        self.assertEqual(request.partner_id, employee.work_contact_id)

    def test_a_newer_pdf_takes_the_place_of_one_that_was_not_sent(self):
        self._create_employee_rule()
        employee = self._create_employee()
        self._attach(employee)
        self.open_source(employee, self.officer)
        self._attach(employee, content=OTHER_PDF)
        dialog = self.open_source(employee, self.officer)
        self.assertEqual(dialog.attachment_id.raw, OTHER_PDF)

    def test_a_pdf_that_is_a_form_is_refused(self):
        self._create_employee_rule()
        employee = self._create_employee()
        form = draw_pdf(draw_more=lambda canvas: canvas.acroForm.textfield(name="x"))
        self._attach(employee, content=form)
        dialog = self.open_source(employee, self.officer)
        self.assertTrue(dialog.pdf_problem)
        with self.assertRaises(UserError):
            dialog.action_send()

    def test_a_report_with_a_form_is_made_flat(self):
        form = draw_pdf(draw_more=lambda canvas: canvas.acroForm.textfield(name="x"))
        self.patch(
            self.registry["ir.actions.report"],
            "_render_qweb_pdf",
            lambda *args, **kwargs: (form, "pdf"),
        )
        self.assertFalse(self.open_source(self.order).pdf_problem)

    # === WHO SIGNS === #

    def test_further_people_are_proposed(self):
        lawyer = self.env["res.partner"].create(
            {"name": "Leon Żak", "email": "leon.zak@example.com"}
        )
        self.rule.person_ids = [
            Command.create({"role": "VIEWER", "partner_id": lawyer.id}),
            Command.create({"role": "APPROVER", "path": "user_id.partner_id"}),
        ]
        dialog = self.open_source(self.order)
        people = [(p.email, p.role) for p in dialog.signer_ids.sorted("sequence")]
        self.assertEqual(
            people,
            [
                (CLIENT_EMAIL, "SIGNER"),
                ("leon.zak@example.com", "VIEWER"),
                (self.seller.email, "APPROVER"),
            ],
        )

    def test_a_path_to_several_contacts_has_all_of_them_sign(self):
        other = self.env["res.partner"].create(
            {
                "name": "Zofia Kos",
                "email": "zofia@example.com",
                "parent_id": self.client.id,
            }
        )
        self.rule.partner_path = "partner_id.child_ids"
        dialog = self.open_source(self.order)
        self.assertEqual(set(dialog.signer_ids.partner_id), set(self.contact + other))

    def test_what_odoo_has_read_before_is_no_way_around_the_rights(self):
        self.board_seller.company_ids += self.company
        self.board_company.email = "office@spolka.example.com"
        self.order.user_id = self.board_seller
        path = "user_id.company_id.email"
        as_odoo = self.order.with_user(self.seller).sudo()
        rule = self.rule.with_user(self.seller)
        with self.assertRaises(AccessError):
            # Not before: the cache is emptied on the way into this block
            self.assertEqual(as_odoo.mapped(path), ["office@spolka.example.com"])
            rule._follow(self.order.with_user(self.seller), path)

    def test_a_path_to_an_email_finds_its_contact_or_takes_it_as_it_is(self):
        self.rule.partner_path = "partner_id.email"
        self.client.email = CLIENT_EMAIL
        self.client.child_ids.email = False
        dialog = self.open_source(self.order)
        self.assertEqual(dialog.partner_id, self.client)
        self.contact.email = CLIENT_EMAIL  # which of both?
        dialog = self.open_source(self.order)
        self.assertFalse(dialog.partner_id)
        self.assertEqual(dialog.signer_ids.email, CLIENT_EMAIL)

    def test_what_is_no_email_is_nobodys(self):
        self._create_employee_rule().partner_path = "private_email"
        employee = self._create_employee(private_email="brak")
        self._attach(employee)
        nameless = self.env["res.partner"].with_context(active_test=False)
        without = nameless.search([("email_normalized", "=", False)])
        (without - without[:1]).write({"email": "ktos@example.com"})
        [person] = self.open_source(employee, self.officer).signer_ids
        self.assertFalse(person.partner_id)
        self.assertEqual(person.email, "brak")

    def test_a_client_without_email_is_told(self):
        self.contact.email = False
        dialog = self.open_source(self.order)
        with self.assertRaisesRegex(UserError, "valid e-mail"):
            dialog.action_send()

    def test_an_email_with_a_name_is_of_somebody(self):
        self._create_employee_rule().partner_path = "private_email"
        employee = self._create_employee(
            private_email='"Jan Maria Rak" <Jan.Rak@dom.example.com>, ewa@x.example'
        )
        self._attach(employee)
        jan, ewa = self.open_source(employee, self.officer).signer_ids
        self.assertEqual((jan.first_name, jan.last_name), ("Jan Maria", "Rak"))
        self.assertEqual(jan.email.lower(), "jan.rak@dom.example.com")
        self.assertEqual(ewa.email, "ewa@x.example")
        self.assertFalse(ewa.first_name or ewa.last_name)

    def test_an_empty_field_is_named_with_what_to_do(self):
        self._create_employee_rule().partner_path = "private_email"
        employee = self._create_employee(private_email=False)
        self._attach(employee)
        dialog = self.open_source(employee, self.officer)
        [empty] = [each for each in dialog.checklist if "is empty" in each["text"]]
        self.assertIn("“Private Email” of Ola Kot is empty", empty["text"])
        self.assertEqual(empty["level"], BLOCKING)
        self.assertEqual(empty["action"]["res_id"], employee.id)
        dialog.signer_ids = [
            Command.clear(),
            Command.create(
                {"first_name": "Ola", "last_name": "Kot", "email": "ola@dom.example"}
            ),
        ]
        self.assertFalse(dialog.is_blocked)

    def test_an_email_that_others_have_too_is_told(self):
        def shared():
            checklist = self.open_source(self.order).checklist
            return [each for each in checklist if "also the e-mail" in each["text"]]

        self.assertFalse(shared())
        # As a sole trader's is
        self.client.email = CLIENT_EMAIL
        self.assertFalse(shared())
        self.env["res.partner"].create(
            {"name": "Iza Kos", "email": f"Biuro <{CLIENT_EMAIL}>"}
        )
        [told] = shared()
        self.assertIn("Iza Kos", told["text"])
        self.assertEqual(told["level"], WARNING)

    def test_merged_contacts_sign_as_the_one_that_is_left(self):
        double = self.env["res.partner"].create(
            {"name": "Jan Kowalski", "email": CLIENT_EMAIL, "parent_id": self.client.id}
        )
        order = self._create_order(self.seller, partner_id=double.id)
        self.open_source(order)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((double + self.contact).ids, self.contact)
        self.env.invalidate_all()
        self.assertEqual(self.document_of(order).partner_id, self.contact)
        self.assertEqual(self.open_source(order).signer_ids.partner_id, self.contact)

    def test_a_contact_that_was_sent_is_not_merged_into_another_one(self):
        self._create_rule(
            source_model="res.partner",
            source="attachment",
            report_id=False,
            partner_path="child_ids",
        )
        self.seller.group_ids += self.env.ref("base.group_partner_manager")
        self._attach(self.client)
        other = self.env["res.partner"].create(
            {"name": "Klient SA", "is_company": True}
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        self.open_source(self.client)
        self.send_source(self.client)
        with self.assertRaisesRegex(UserError, "can't be merged"):
            wizard._merge((self.client + other).ids, other)

    # === RIGHTS === #

    def test_who_may_not_read_the_employee_sees_nothing_of_it(self):
        self._create_employee_rule()
        employee = self._create_employee()
        self._attach(employee)
        request = self.send_source(employee, self.officer)
        document = self.document_of(employee)
        for user in (self.seller, self.manager):
            with self.subTest(user=user.name):
                for record in (
                    *(document, request, request.signer_ids),
                    *(request.source_attachment_id, document.attachment_id),
                    *(document.message_ids, request.message_ids),
                ):
                    self.assertTrue(record)
                    theirs = record.with_user(user)
                    self.assertFalse(theirs._filtered_access("read"), record)
                    found = theirs.search([("id", "in", record.ids)])
                    self.assertFalse(found, record)
                    self.assertEqual(theirs.search_count([("id", "in", record.ids)]), 0)
                names = document.with_user(user).name_search(document.name)
                self.assertFalse(names)
                with self.assertRaises(AccessError):
                    self.click(employee, user)
                with self.assertRaises(AccessError):
                    document.with_user(user).action_autenti_sign()
                with self.assertRaises(AccessError):
                    self.env["autenti.send"].with_user(user).create(
                        {
                            "res_model": document._name,
                            "res_id": document.id,
                            "connection_id": self.connection.id,
                            "name": "x",
                            "language": "pl",
                        }
                    )
                self.assertNotIn(
                    request,
                    self.env["autenti.request"].with_user(user)._find_for_portal(),
                )
        hr_manager = self.manager
        hr_manager.group_ids += self.env.ref("hr.group_hr_user")
        document.with_user(hr_manager).check_access("read")
        request.with_user(hr_manager).check_access("read")
        self.assertIn(request, request.with_user(hr_manager).search([]))

    def test_whoever_loses_the_record_loses_its_document(self):
        self._create_employee_rule()
        employee = self._create_employee()
        self._attach(employee)
        request = self.send_source(employee, self.officer)
        self.officer.group_ids -= self.env.ref("hr.group_hr_user")
        self.env.invalidate_all()
        # An officer who signs still sees what they sign
        request.signer_ids.user_id = False
        self.env.flush_all()
        self.assertFalse(request.with_user(self.officer).has_access("read"))

    def test_a_colleague_who_may_change_the_order_sends_it(self):
        self.send_source()
        document = self.document_of(self.order).with_user(self.colleague)
        document.check_access("write")
        order = self._create_order(self.seller)
        request = self.send_source(order, self.colleague)
        self.assertEqual(request.user_id, self.colleague)

    def test_who_may_only_read_the_record_sends_nothing(self):
        self._create_rule(
            source_model="res.partner",
            source="attachment",
            report_id=False,
            partner_path="commercial_partner_id",
        )
        self._attach(self.client)
        reader = self.officer
        self.assertFalse(self.client.with_user(reader).has_access("write"))
        with self.assertRaisesRegex(AccessError, "may not change"):
            self.click(self.client, reader)
        self.seller.group_ids += self.env.ref("base.group_partner_manager")
        self.open_source(self.client)
        document = self.document_of(self.client).with_user(reader)
        document.check_access("read")
        with self.assertRaises(AccessError):
            document.name = "x"
        with self.assertRaises(AccessError):
            document.unlink()

    def test_who_may_only_read_records_takes_over_none_of_them_in_bulk(self):
        self._create_rule(
            source_model="res.partner",
            source="attachment",
            report_id=False,
            partner_path="commercial_partner_id",
        )
        self.seller.group_ids += self.env.ref("base.group_partner_manager")
        self._attach(self.client)
        self.open_source(self.client)
        self.click(self.client + self.contact, self.officer)
        self.assertEqual(self.document_of(self.client).user_id, self.seller)

    def test_nobody_makes_a_document_stand_for_a_record(self):
        documents = self.env["autenti.document"].with_user(self.manager)
        source = {"source_model": "purchase.order", "source_id": self.order.id}
        with self.assertRaises(AccessError):
            documents.create({"name": "x", **source})
        with self.assertRaises(AccessError):
            documents.create({"name": "x"}).write(source)

    def test_another_companys_record_is_signed_by_that_company(self):
        self.seller.company_ids += self.board_company
        order = self._create_order(self.seller, company_id=self.board_company.id)
        companies = (self.company + self.board_company).ids
        seller = self.seller.with_context(allowed_company_ids=companies)
        dialog = self.open_source(order.with_context(**seller.env.context), seller)
        self.assertEqual(dialog.connection_id, self.board_connection)
        with self.assertRaises(AccessError):
            self.click(order, self.colleague)

    def test_a_record_of_no_company_is_signed_by_the_users(self):
        self._create_rule(
            source_model="res.partner",
            source="attachment",
            report_id=False,
            partner_path="child_ids",
        )
        self.seller.group_ids += self.env.ref("base.group_partner_manager")
        self._attach(self.client)
        dialog = self.open_source(self.client)
        self.assertEqual(dialog.connection_id, self.connection)

    # === ONE AT A TIME === #

    def test_two_people_send_one_document(self):
        first = self.open_source(self.order)
        second = self.open_source(self.order, self.colleague)
        self.assertEqual(first.res_id, second.res_id)
        first.action_send()
        with self.assertRaisesRegex(UserError, "already out|waits to be sent"):
            second.action_send()
        documents = self.env["autenti.document"].sudo()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            documents.create(
                {
                    "name": "x",
                    "source_model": "purchase.order",
                    "source_id": self.order.id,
                }
            )

    def test_who_is_slower_is_told_so(self):
        self.open_source(self.order)
        documents = self.registry["autenti.document"]
        # What the other transaction has made isn't seen in this one
        self.patch(documents, "_find_for", lambda found, records: found.browse())
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(UserError, "about to send"),
        ):
            self.click(self.order, self.colleague)

    def test_what_is_out_tells_its_status(self):
        self.send_source()
        action = self.click(self.order)
        self.assertEqual(action["tag"], "display_notification")

    def test_an_employee_signs_the_next_document_after_the_first(self):
        self._create_employee_rule()
        employee = self._create_employee()
        self._attach(employee)
        first = self.send_source(employee, self.officer)
        self.sign_by_all(first)
        dialog = self.open_source(employee, self.officer)
        self.assertNotEqual(dialog.res_id, first.res_id)
        told = [line["text"] for line in dialog.checklist if line["level"] == "warning"]
        self.assertTrue(any("was signed before" in text for text in told), told)

    def test_many_at_once_and_each_blocked_one_says_why(self):
        orders = self.env["purchase.order"].concat(
            *(self._create_order(self.seller) for _ in range(6))
        )
        no_mail = self.env["res.partner"].create({"name": "Bez Poczty"})
        orders[1].partner_id = no_mail
        signed = self.send_source(orders[2])
        self.sign_by_all(signed)
        self.send_source(orders[3])
        action = self.click(orders)
        batch = (
            self.env["autenti.batch"].with_user(self.seller).browse(action["res_id"])
        )
        blocked = {
            line.name.split()[-1]: line.problem for line in batch.blocked_line_ids
        }
        self.assertEqual(set(blocked), set(orders[1:4].mapped("name")))
        self.assertIn("valid e-mail", blocked[orders[1].name])
        self.assertIn("signed before", blocked[orders[2].name])
        self.assertIn("already out", blocked[orders[3].name])
        batch.action_start()
        self.run_cron("batch", "autenti_esign_batch")
        self.run_cron()
        self.assertEqual(batch.done_count, 3)
        for order in orders[0] + orders[4:]:
            self.assertEqual(self.document_of(order).state, "out")

    # === WHAT BECOMES OF THE RECORD AND THE RULE === #

    def test_an_order_that_is_out_is_not_deleted(self):
        self.order.button_cancel()
        request = self.send_source()
        with self.assertRaisesRegex(UserError, "Withdraw it"):
            self.order.with_user(self.seller).unlink()
        request.with_user(self.seller).action_withdraw("x")
        self.order.with_user(self.seller).unlink()
        self.env.invalidate_all()
        document = self.env["autenti.document"].browse(request.res_id)
        self.assertTrue(document.exists())
        document.with_user(self.seller).check_access("read")
        self.assertFalse(document.with_user(self.colleague).has_access("read"))

    def test_a_signed_order_is_not_deleted(self):
        self.order.button_cancel()
        self.sign_by_all(self.send_source())
        with self.assertRaisesRegex(UserError, "is evidence"):
            self.order.with_user(self.seller).unlink()

    def test_an_order_that_went_by_sql_stops_nothing(self):
        request = self.send_source()
        self.env.cr.execute("DELETE FROM purchase_order WHERE id = %s", [self.order.id])
        self.env.invalidate_all()
        self.sign_by_all(request)
        self.assertTrue(request.signed_attachment_id)

    def test_an_order_of_an_app_that_came_back_is_another_one(self):
        request = self.send_source()
        document = self.document_of(self.order)
        with patch.object(MailIrModel, "unlink", lambda models: True):
            self.env["ir.model"]._get("purchase.order").unlink()
        self.env.invalidate_all()
        # From here on the order is a new one with the id of that which was sent
        self.assertFalse(self.document_of(self.order))
        self.assertFalse(self.order.with_user(self.seller).autenti_signing)
        told = self.order.message_ids
        self.sign_by_all(request)
        self.assertEqual(document.state, "signed")
        self.assertEqual(self.order.message_ids, told)
        self.assertTrue(document.with_user(self.seller).has_access("read"))
        self.assertFalse(document.with_user(self.colleague).has_access("read"))

    def test_an_archived_employee_goes_on_but_is_not_sent(self):
        self._create_employee_rule()
        employee = self._create_employee()
        self._attach(employee)
        request = self.send_source(employee, self.officer)
        employee.active = False
        self.env.invalidate_all()
        self.sign_by_all(request)
        request.with_user(self.officer).check_access("read")
        other = self._create_employee("Ewa Sowa")
        self._attach(other)
        other.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.click(other, self.officer)

    def test_what_is_out_goes_on_without_its_rule(self):
        request = self.send_source()
        self.rule.unlink()
        self.sign_by_all(request)
        self.assertIn("Autenti by", " ".join(self.order.message_ids.mapped("body")))
        document = self.document_of(self.order).with_user(self.seller)
        self.assertEqual(document.state, "signed")
        self.assertIn(
            "action_autenti_source_requests",
            self.env["purchase.order"].with_user(self.seller).get_view()["arch"],
        )

    def test_nothing_more_is_sent_when_it_is_switched_off(self):
        dialog = self.open_source(self.order)
        self.assertTrue(dialog.pdf_sha256)
        self.env.flush_all()
        self.rule.active = False
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "rule “Purchase Order”.*manager"):
            dialog.action_send()
        with self.assertRaisesRegex(UserError, "rule “Purchase Order”.*manager"):
            self.env["autenti.sign.rule"].with_user(self.seller)._open_for(self.order)

    def test_what_was_never_sent_is_forgotten(self):
        self.open_source(self.order)
        document = self.document_of(self.order)
        self.env.flush_all()
        self.env.cr.execute("UPDATE autenti_document SET write_date = '2020-01-01'")
        self.env.invalidate_all()
        self.env["autenti.document"]._gc_source_drafts()
        self.assertFalse(document.exists())

    def test_the_client_sees_it_on_the_portal(self):
        request = self.send_source()
        portal = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": "Jan Kowalski",
                    "login": CLIENT_EMAIL,
                    "partner_id": self.contact.id,
                    "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
                }
            )
        )
        requests = self.env["autenti.request"].with_user(portal)
        self.assertIn(request, requests._find_for_portal())
        with self.assertRaises(AccessError):
            self.document_of(self.order).with_user(portal).check_access("read")
        self.assertEqual(request.source_attachment_id.raw, PDF)
