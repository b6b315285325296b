# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase

from .common import DocumentCommon

TEMPLATE = (
    '<p>Tax ID: <t t-out="object.partner_id.vat"/>, from <t t-out="format_date('
    "object.start_date, 'd MMMM y') or 'now'\"/>, <t t-out=\"user.name\"/></p>"
)


class TestTemplateEditor(DocumentCommon, HttpCase):
    """Who writes a template reads the names of fields, in a browser."""

    def test_placeholders_go_by_their_names(self):
        kind = self.env["agreement.type"].create(
            {"name": "Cooperation", "document_template": TEMPLATE}
        )
        self.start_tour(
            f"/odoo/action-agreement.agreement_type_action/{kind.id}",
            "agreement_template_names",
            login="admin",
        )
        self.assertIn("More.", kind.document_template)
        self.assertIn('t-out="object.partner_id.vat"', kind.document_template)
        self.assertNotIn("data-placeholder-name", kind.document_template)
