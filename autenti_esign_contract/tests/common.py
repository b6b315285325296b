# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.autenti_esign.tests.common import PDF, AutentiCommon

ACCOUNTANT = "account.group_account_manager"


@tagged("post_install", "-at_install")
class ContractCommon(AutentiCommon):
    """A recurring contract of a salesperson who has no rights in accounting.

    The client follows it, as OCA's addon sees to.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_user(
            "Ewa Bilans", "ewa.bilans@firma.example.com", groups=ACCOUNTANT
        )
        cls.env["account.journal"].create(
            {
                "name": "Sprzedaż",
                "code": "SPR",
                "type": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.template = cls.env["contract.template"].create(
            {"name": "Abonament", "company_id": cls.company.id}
        )
        cls.contract = cls._create_contract()
        cls.modification = cls.contract.modification_ids
        cls.render = {
            model: cls.registry[model]._autenti_render_pdf
            for model in ("contract.contract", "contract.modification")
        }
        # What wkhtmltopdf makes has a test of its own
        for model in cls.render:
            cls.classPatch(
                cls.registry[model], "_autenti_render_pdf", lambda record: PDF
            )

    @classmethod
    def _create_contract(cls, **values):
        line = {
            "name": "Abonament #START# - #END#",
            "quantity": 1,
            "price_unit": 99,
            "recurring_rule_type": "monthly",
            "date_start": "2026-01-01",
            "recurring_next_date": "2026-02-01",
        }
        return (
            cls.env["contract.contract"]
            .with_company(cls.company)
            .create(
                {
                    "name": "Abonament złoty",
                    "code": "AB/1",
                    "company_id": cls.company.id,
                    "partner_id": cls.client.id,
                    "user_id": cls.seller.id,
                    "contract_template_id": cls.template.id,
                    "line_recurrence": True,
                    "contract_line_ids": [Command.create(line)],
                    **values,
                }
            )
            .with_env(cls.env)
        )
