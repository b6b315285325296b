# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.autenti_esign.tests.common import AutentiCommon


class TestDocument(AutentiCommon):
    def test_one_can_be_made(self):
        document = self.env["autenti.document"].with_user(self.seller).create({"name": "x"})
        self.assertEqual(document.state, "draft")
