# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What people do in a browser, each with no more rights than their work needs."""

from odoo.tests import HttpCase

from .common import DocumentCommon
from .common_rule import RuleCommon

DOCUMENTS = "/odoo/action-autenti_esign_document.autenti_document_action"
RULES = "/odoo/action-autenti_esign_document.autenti_sign_rule_action"
ORDERS = "/odoo/action-purchase.purchase_rfq"
EMPLOYEES = "/odoo/action-hr.open_view_employee_list_my?view_type=list"


class TestDocumentTour(DocumentCommon, HttpCase):
    def test_from_the_list_to_sent_in_four_clicks(self):
        self.document.unlink()
        self.start_tour(DOCUMENTS, "autenti_send_document", login=self.seller.login)
        document = self.env["autenti.document"].search([("name", "=", "Zgoda")])
        self.assertEqual(document.partner_id, self.client)
        self.run_cron()
        self.assertEqual(document.state, "out")
        self.assertEqual(self.request_of(document).state, "sent")


class TestSignRuleTour(RuleCommon, HttpCase):
    """A manager makes a rule, and somebody who isn't one sends by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.unlink()

    def start_tour(self, url, name, **options):
        return super().start_tour(url, name, timeout=180, **options)

    def assertSent(self, record):
        self.run_cron()
        request = self.request_of(self.document_of(record))
        self.assertEqual(request.state, "sent")
        self.sign_by_all(request)
        self.assertEqual(request.state, "signed")

    def test_a_purchase_order(self):
        self.start_tour(RULES, "autenti_rule_for_orders", login=self.manager.login)
        # Odoo's own form names a widget of an addon that isn't installed here
        with self.assertLogs(self._logger, "WARNING") as logs:
            self.start_tour(ORDERS, "autenti_send_order", login=self.seller.login)
        for record in logs.records:
            self.assertIn("Missing widget", record.getMessage())
        self.assertSent(self.order)

    def test_an_employees_document(self):
        employee = self._create_employee()
        self._attach(employee)
        self.start_tour(RULES, "autenti_rule_for_employees", login=self.manager.login)
        self.start_tour(EMPLOYEES, "autenti_send_employee", login=self.officer.login)
        self.assertSent(employee)
