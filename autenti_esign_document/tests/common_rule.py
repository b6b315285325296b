# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.autenti_esign.tests.common import PDF, AutentiCommon

BUYER = "purchase.group_purchase_user"
OFFICER = "hr.group_hr_user"


@tagged("post_install", "-at_install")
class RuleCommon(AutentiCommon):
    """A buyer's purchase orders and an HR officer's employees, neither made for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller.group_ids += cls.env.ref(BUYER)
        cls.colleague.group_ids += cls.env.ref(BUYER)
        cls.officer = cls._create_user("Hanna Ryś", "hanna.rys@firma.example.com")
        cls.officer.group_ids += cls.env.ref(OFFICER)
        cls.report = cls.env.ref("purchase.action_report_purchase_order")
        cls.rule = cls._create_rule()
        cls.product = cls.env["product.product"].create(
            {"name": "Ogród zimowy", "supplier_taxes_id": False, "taxes_id": False}
        )
        cls.order = cls._create_order(cls.seller)
        cls.rendered = []

        # What wkhtmltopdf makes has a test of its own
        def render(reports, report, res_ids=None, data=None):
            cls.rendered.append(
                (report, list(res_ids), reports.env.context.get("lang"))
            )
            return PDF, "pdf"

        cls.classPatch(cls.registry["ir.actions.report"], "_render_qweb_pdf", render)

    @classmethod
    def _create_rule(cls, **values):
        return (
            cls.env["autenti.sign.rule"]
            .with_user(cls.manager)
            .create(
                {
                    "source_model": "purchase.order",
                    "report_id": cls.report.id,
                    "partner_path": "partner_id",
                    **values,
                }
            )
        )

    @classmethod
    def _create_employee_rule(cls, **values):
        return cls._create_rule(
            source_model="hr.employee",
            source="attachment",
            report_id=False,
            partner_path="work_contact_id",
            **values,
        )

    @classmethod
    def _create_order(cls, user, **values):
        return (
            cls.env["purchase.order"]
            .with_user(user)
            .create(
                {
                    "partner_id": cls.client.id,
                    "order_line": [
                        Command.create(
                            {"product_id": cls.product.id, "price_unit": 100}
                        )
                    ],
                    **values,
                }
            )
            .with_env(cls.env)
        )

    @classmethod
    def _create_employee(cls, name="Ola Kot", **values):
        contact = cls.env["res.partner"].create(
            {"name": name, "email": f"{name.replace(' ', '.').lower()}@example.com"}
        )
        return cls.env["hr.employee"].create(
            {
                "name": name,
                "work_contact_id": contact.id,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _attach(cls, record, name="Umowa o pracę.pdf", content=PDF):
        return cls.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    def click(self, records, user=None):
        """Choose "Send with Autenti" in the menu of the records' form or list.

        :return: the client action that follows, as the web client gets it
        """
        user = user or self.seller
        bound = self.bound_actions(records._name)
        self.assertEqual(len(bound), 1)
        return (
            self.env["ir.actions.server"]
            .browse(bound[0]["id"])
            .with_user(user)
            .with_context(
                active_model=records._name,
                active_ids=records.ids,
                active_id=records[:1].id,
            )
            .run()
        )

    def bound_actions(self, model):
        bound = self.env["ir.actions.actions"].get_bindings(model).get("action", ())
        return [each for each in bound if each["name"] == "Send with Autenti"]

    def open_source(self, record, user=None):
        """Open the dialog from a record.

        :return: the dialog, as the user sees it
        """
        action = self.click(record, user)
        self.assertEqual(action["res_model"], "autenti.send")
        return (
            self.env["autenti.send"]
            .with_user(user or self.seller)
            .browse(action["res_id"])
        )

    def document_of(self, record):
        return self.env["autenti.document"]._find_for(record)[:1]

    def submit_source(self, record=None, user=None, **values):
        """Send a record by the dialog; the cron job hasn't run yet.

        :return: the request
        """
        record = record or self.order
        dialog = self.open_source(record, user)
        dialog.write(values)
        dialog.action_send()
        return self.request_of(self.document_of(record))

    def send_source(self, record=None, user=None, **values):
        request = self.submit_source(record, user, **values)
        self.run_cron()
        self.assertEqual(request.state, "sent")
        return request
