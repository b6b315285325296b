# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a manager can make signable, and what is refused."""

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.autenti_esign.tests.common import USER

from ..hooks import uninstall_hook
from .common_rule import BUYER, RuleCommon


class TestSignRule(RuleCommon):
    def test_a_manager_makes_orders_signable_by_a_form(self):
        self.rule.unlink()
        form = Form(self.env["autenti.sign.rule"].with_user(self.manager))
        form.source_model = "purchase.order"
        self.assertEqual(form.source, "report")
        self.assertTrue(form.report_id)
        self.assertEqual(form.partner_path, "partner_id")
        rule = form.save()
        self.assertFalse(rule.problem)
        self.assertEqual(rule.name, "Purchase Order")
        self.assertTrue(self.bound_actions("purchase.order"))

    def test_employees_are_proposed_with_their_work_contact_and_what_fits(self):
        form = Form(self.env["autenti.sign.rule"].with_user(self.manager))
        form.source_model = "hr.employee"
        self.assertEqual(form.partner_path, "work_contact_id")

    def test_users_change_no_rule(self):
        for values in ({"active": False}, {"partner_path": "user_id.partner_id"}):
            with self.assertRaises(AccessError):
                self.rule.with_user(self.seller).write(values)

    def test_what_has_sign_with_autenti_or_no_chatter_is_not_offered(self):
        offered = dict(self.env["autenti.sign.rule"]._selection_source_model())
        self.assertIn("purchase.order", offered)
        self.assertIn("hr.employee", offered)
        for model in (
            *("agreement", "autenti.document", "autenti.request", "autenti.batch"),
            *("res.country", "mail.thread", "autenti.send", "ir.model"),
        ):
            with self.subTest(model=model):
                self.assertNotIn(model, offered)

    def test_what_only_administrators_work_with_is_not_offered(self):
        models = self.env["ir.model"]
        threads = models.search([("is_mail_thread", "=", True)]).mapped("model")
        offered = dict(self.env["autenti.sign.rule"]._selection_source_model())
        self.assertIn("ir.cron", threads)
        for model in threads:
            if model.startswith(("ir.", "mail.", "discuss.", "res.users")):
                with self.subTest(model=model):
                    self.assertNotIn(model, offered)
        views = self.env["ir.ui.view"]
        for model in offered:
            with self.subTest(model=model):
                forms = [("model", "=", model), ("type", "=", "form")]
                self.assertTrue(views.search_count(forms, limit=1))
        for model in ("res.partner", "product.template", "hr.department"):
            self.assertIn(model, offered)
        self.assertNotIn("account.tax", offered)

    def test_what_has_a_rule_already_stays_on_offer(self):
        self.env.cr.execute(
            "UPDATE autenti_sign_rule SET source_model = 'ir.cron' WHERE id = %s",
            [self.rule.id],
        )
        self.env.invalidate_all()
        offered = dict(self.env["autenti.sign.rule"]._selection_source_model())
        self.assertIn("ir.cron", offered)

    def test_a_model_that_cannot_be_signed_is_refused_with_the_reason(self):
        for model, reason in (
            ("agreement", "without a rule"),
            ("autenti.batch", "belong to signing"),
            ("res.country", "no chatter"),
            ("mail.thread", "Nothing is kept"),
            ("autenti.send", "Nothing is kept"),
            ("not.there", "isn't installed"),
        ):
            with self.subTest(model=model):
                found = self.env["autenti.sign.rule"]._find_model_problem(model)
                self.assertIn(reason, found)

    def test_a_path_that_leads_to_nobody_is_refused_with_the_reason(self):
        for path, reason in (
            ("nothing", "leads nowhere"),
            ("partner_id.nothing", "leads nowhere"),
            ("name.partner_id", "leads nowhere"),
            ("user_id", "neither to a contact nor to an e-mail"),
            ("partner_id.name", "neither to a contact"),
            ("order_line", "neither to a contact"),
            (False, "Choose the field"),
        ):
            with (
                self.subTest(path=path),
                self.assertRaisesRegex(ValidationError, reason),
                self.env.cr.savepoint(),
            ):
                self.rule.partner_path = path or ""

    def test_paths_lead_over_several_records_and_to_emails(self):
        for path in (
            *("user_id.partner_id", "order_line.partner_id", "partner_id.child_ids"),
            *("partner_id.email", "message_partner_ids"),
        ):
            with self.subTest(path=path):
                self.rule.partner_path = path
                self.assertFalse(self.rule.problem)

    def test_a_report_of_other_records_is_refused(self):
        other = self.env.ref("agreement.partner_agreement_contract_document", False)
        other = other or self.env["ir.actions.report"].search(
            [("model", "!=", "purchase.order")], limit=1
        )
        with self.assertRaisesRegex(ValidationError, "is of other records"):
            self.rule.report_id = other
        with self.assertRaisesRegex(ValidationError, "Choose the report"):
            self.rule.report_id = False

    def test_a_report_without_its_template_is_refused(self):
        self.report.report_name = "purchase.gone"
        self.assertIn("no template", self.rule.problem)
        with self.assertRaisesRegex(UserError, "no template"):
            self.click(self.order)

    def test_a_report_that_makes_no_pdf_is_refused(self):
        self.report.report_type = "qweb-html"
        self.assertIn("makes no PDF", self.rule.problem)

    def test_a_person_is_by_field_or_always_the_same(self):
        with self.assertRaisesRegex(ValidationError, "Choose a contact"):
            self.rule.person_ids = [Command.create({"role": "SIGNER"})]
        with self.assertRaisesRegex(ValidationError, "leads nowhere"):
            self.rule.person_ids = [Command.create({"path": "nothing"})]

    def test_there_is_one_rule_for_each_kind_of_records(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._create_rule()
        with self.assertRaisesRegex(UserError, "Make a new one"):
            self.rule.copy()

    def test_the_action_is_there_as_long_as_the_rule_is_active(self):
        [action] = self.bound_actions("purchase.order")
        self.assertEqual(action["binding_view_types"], "list,form")
        self.assertEqual(self.rule.sudo().action_id.group_ids, self.env.ref(USER))
        self.rule.active = False
        self.assertFalse(self.bound_actions("purchase.order"))
        self.rule.active = True
        self.assertTrue(self.bound_actions("purchase.order"))
        self.rule.unlink()
        self.assertFalse(self.bound_actions("purchase.order"))

    def test_the_action_is_polish_in_polish(self):
        names = self.rule.sudo().action_id.with_context(lang="pl_PL").name
        self.assertEqual(names, "Wyślij z Autenti")

    def test_who_is_no_user_of_autenti_cannot_use_the_action(self):
        outsider = self._create_user("Iza Bor", "iza@firma.example.com", BUYER)
        with self.assertRaises(AccessError):
            self.click(self.order, outsider)

    def test_a_model_that_is_gone_breaks_nothing(self):
        request = self.send_source()
        document = self.document_of(self.order)
        self.env.cr.execute(
            "UPDATE autenti_sign_rule SET source_model = 'gone.model' WHERE id = %s",
            [self.rule.id],
        )
        self.env.cr.execute(
            "UPDATE autenti_document SET source_model = 'gone.model' WHERE id = %s",
            [document.id],
        )
        self.env.invalidate_all()
        self.rule._forget_models()
        self.assertIn("isn't installed", self.rule.problem)
        self.rule.active = False
        views = self.env["autenti.sign.rule"].with_user(self.manager)
        views.get_views([(False, "form"), (False, "list")])
        self.rule.web_read({"source_model": {}, "name": {}, "problem": {}})
        self.sign_by_all(request)
        # Who has sent it still reads it
        document = document.with_user(self.seller)
        self.assertEqual(document.state, "signed")
        self.assertFalse(document.source_name)
        with self.assertRaisesRegex(UserError, "is kept here"):
            document.action_open_source()
        self.assertTrue(request.with_user(self.seller).signed_attachment_id.raw)
        self.assertFalse(document.with_user(self.colleague).has_access("read"))

    def test_uninstalling_takes_the_actions_away(self):
        self._create_employee_rule().active = False
        uninstall_hook(self.env)
        self.assertFalse(self.bound_actions("purchase.order"))
