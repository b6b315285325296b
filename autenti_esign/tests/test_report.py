# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time
from odoo.tools.pdf import PdfReader

from odoo.addons.agreement_document.models.ir_actions_report import CONTRACT_REPORT
from odoo.addons.agreement_document.tests.common import REPORT, PdfCase

from ..models.agreement import Agreement
from ..models.autenti_sign_mixin import AutentiSignMixin
from .common import AutentiCommon

# Pages that somebody has looked at
GOLDEN = Path(__file__).parent / "golden"


class TestReport(PdfCase, AutentiCommon):
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
                ("NIP", "reprezentowana przez", "podstawa reprezentacji"),
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

    def test_a_person_is_not_represented_by_themselves(self):
        person = self.env["res.partner"].create(
            {"name": "Piotr Sam", "email": "piotr@example.com", "lang": "en_US"}
        )
        agreement = self._create_agreement(self.seller, partner_id=person.id)
        text = self.render(agreement, self.seller)
        self.assertIn("Piotr Sam", text)
        self.assertNotIn("represented by: Piotr Sam", text)
        self.assertIn(f"represented by: {self.seller.name}", text)

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

    # === As it is now ===

    def find_pdfs(self, agreement):
        domain = [("res_model", "=", "agreement"), ("res_id", "=", agreement.id)]
        return self.env["ir.attachment"].search(domain)

    def test_todays_document_is_shown_and_sent_and_a_preview_leaves_nothing(self):
        report = self.env.ref(REPORT)
        report.attachment = "'%s.pdf' % object.code"
        self.contact.lang = "en_US"
        for is_reloaded in (True, False):
            with self.subTest(is_reloaded=is_reloaded):
                report.attachment_use = is_reloaded
                agreement = self._create_agreement(self.seller, name="Version one")
                self.assertIn("Version one", self.render(agreement, self.seller))
                with self.allow_pdf_render():
                    # Printed for real, as the administrator has set it up
                    report.with_user(self.seller).with_context(
                        force_report_rendering=True
                    )._render_qweb_pdf(report, agreement.ids)
                printed = self.find_pdfs(agreement)
                self.assertEqual(len(printed), 1)
                agreement.with_user(self.seller).name = "Version two"
                self.assertIn("Version two", self.render(agreement, self.seller))
                with self.allow_pdf_render():
                    request = self.submit(agreement)
                pages = PdfReader(io.BytesIO(request.source_attachment_id.raw)).pages
                # Programs read a space as this or as that
                self.assertRegex(pages[0].extract_text(), r"Version\stwo")
                self.assertEqual(self.find_pdfs(agreement), printed)

    # === What can't be made ===

    def test_a_contract_without_client_says_so_in_print_and_dialog(self):
        report = self.env["ir.actions.report"].with_user(self.seller)
        for values in ({}, {"is_template": True}):
            agreement = self._create_agreement(self.seller, partner_id=False, **values)
            for render in (report._render_qweb_html, report._render_qweb_pdf):
                with (
                    self.subTest(values=values, render=render.__name__),
                    self.assertRaisesRegex(UserError, "enter the client first"),
                ):
                    render(CONTRACT_REPORT, agreement.ids)
        agreement = self._create_agreement(self.seller, partner_id=False)
        dialog = self.open_dialog(agreement)
        self.assertIn("enter the client first", dialog.pdf_problem)
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, "enter the client first"):
            dialog.action_send()

    def test_a_report_that_lacks_data_says_so_in_the_dialog(self):
        view = self.env["ir.ui.view"].create(
            {
                "name": "broken",
                "type": "qweb",
                "key": "autenti_esign.broken",
                "arch": """<t t-name="autenti_esign.broken"><t t-foreach="docs"
                    t-as="doc"><p t-out="doc.start_date.year"/></t></t>""",
            }
        )
        report = self.env["ir.actions.report"].create(
            {
                "name": "Own report",
                "model": "agreement",
                "report_name": view.key,
                "report_type": "qweb-pdf",
            }
        )
        kind = self.env["agreement.type"].create(
            {"name": "Own", "autenti_report_id": report.id}
        )
        agreement = self._create_agreement(self.seller, agreement_type_id=kind.id)
        with self.allow_pdf_render():
            dialog = self.open_dialog(agreement)
            self.assertIn("Own report", dialog.pdf_problem)
        self.assertTrue(dialog.is_blocked)

    def test_a_placeholder_that_fails_says_so_in_the_dialog(self):
        kind = self.env["agreement.type"].create(
            {
                "name": "Dated",
                "document_template": """<p>
                    <t t-out="object.start_date.strftime('%Y')"/></p>""",
            }
        )
        agreement = self._create_agreement(
            self.seller, agreement_type_id=kind.id, start_date="2026-01-01"
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE agreement SET start_date = NULL")
        self.env.invalidate_all()
        with (
            self.allow_pdf_render(),
            patch.object(
                self.registry["agreement"],
                "_autenti_render_pdf",
                Agreement._autenti_render_pdf,
            ),
        ):
            dialog = self.open_dialog(agreement)
            self.assertIn("object.start_date.strftime", dialog.pdf_problem)
        self.assertTrue(dialog.is_blocked)
        self.env.flush_all()

    def test_a_contract_that_lacks_most_data_is_made_all_the_same(self):
        self.company.partner_id.write({"street": False, "city": False, "vat": False})
        self.client.write({"active": False, "child_ids": [Command.clear()]})
        agreement = self._create_agreement(self.seller)
        self.assertIn("Klient S.A.", self.render(agreement, self.seller))

    # === Layout ===

    def make_pdf(self, contract):
        with self.allow_pdf_render():
            return contract._autenti_render_pdf()

    @freeze_time("2030-01-15 10:00:00")
    def test_the_layout_is_as_it_was_looked_at(self):
        content = self.make_pdf(self.make_contract(paragraphs=5))
        self.check_layout(content, GOLDEN)

    def test_how_it_is_signed_can_be_searched(self):
        text = self.read_flat(self.make_contract())
        for phrase in ("represented by: Jan Kowalski", "Signed electronically through"):
            self.assertIn(phrase, text)

    def test_without_a_text_it_says_how_it_is_concluded(self):
        text = self.read_flat(self.make_contract(document_text=""))
        self.assertIn("§ 2. Term", text)
        self.assertRegex(text, "§ 3. Form .* through the platform Autenti")

    def test_enclosures_are_listed(self):
        contract = self.make_contract().with_context(
            autenti_enclosure_names=("Cennik.pdf", "Ogólne warunki.pdf")
        )
        text = self.read_flat(contract)
        self.assertIn("Enclosures 1. Cennik 2. Ogólne warunki", text)
