# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tools.pdf import PdfReader

from ..models.autenti_sign_mixin import AutentiSignMixin
from .common import AutentiCommon


class TestReport(AutentiCommon):
    """The contract as wkhtmltopdf makes it."""

    def setUp(self):
        super().setUp()
        patcher = patch.object(
            self.registry["agreement"],
            "_autenti_render_pdf",
            AutentiSignMixin._autenti_render_pdf,
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def render(self, agreement, user):
        with self.allow_pdf_render():
            dialog = self.open_dialog(agreement, user)
            content = dialog._get_content()
        self.assertFalse(dialog.pdf_problem)
        pages = PdfReader(io.BytesIO(content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def test_the_contract_names_its_parties_in_their_language(self):
        for lang, phrases in (
            (
                "pl_PL",
                ("NIP", "podstawa reprezentacji"),
            ),
            (
                "en_US",
                ("No.", "concluded between", "basis of representation", "Tax ID"),
            ),
        ):
            with self.subTest(lang=lang):
                self.client.lang = lang
                text = self.render(self.board_agreement, self.board_seller)
                for phrase in (
                    *phrases,
                    self.board_agreement.name,
                    self.board_agreement.code,
                    "Klient S.A.",
                    "PL5261040828",
                    "Spółka S.A.",
                    "PL7740001454",
                    "Ewa Lis",
                    "Prezes Zarządu, reprezentacja samoistna",
                ):
                    self.assertIn(phrase, text)

    def test_a_contract_that_the_user_may_not_read_is_not_made(self):
        with self.allow_pdf_render(), self.assertRaises(AccessError):
            self.env["autenti.send"].with_user(self.seller).create(
                {
                    "res_model": "agreement",
                    "res_id": self.board_agreement.id,
                    "connection_id": self.connection.id,
                    "name": "x",
                    "language": "pl",
                }
            ).mapped("pdf")
