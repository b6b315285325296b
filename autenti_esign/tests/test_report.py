# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path
from unittest.mock import patch

from PIL import Image, ImageChops, ImageFilter

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time
from odoo.tools.pdf import PdfReader

from ..models import ir_actions_report
from ..models.agreement_text import Agreement
from ..models.autenti_sign_mixin import AutentiSignMixin
from ..models.ir_actions_report import CONTRACT_REPORT
from .common import AutentiCommon

# Pages that somebody has looked at
GOLDEN = Path(__file__).parent / "golden"
# Percent of a page; between builds of wkhtmltopdf a bit more than one was seen
TOLERANCE = 2


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
        report = self.env.ref("autenti_esign.agreement_report_action")
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
                self.assertIn("Version two", pages[0].extract_text())
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
                "autenti_template": """<p>
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

    def make_contract(self, paragraphs=2, **values):
        self.client.write(
            {
                "lang": "en_US",
                "street": "ul. Żółkiewskiego 7",
                "zip": "61-001",
                "city": "Łódź",
                "autenti_krs": "0000123456",
                "autenti_regon": "123456785",
            }
        )
        self.contact.lang = "en_US"
        self.company.partner_id.write({"street": "ul. Ogrodowa 5", "city": "Gdańsk"})
        text = "<p>Preambuła</p>" + "".join(
            f"<h2>§ {number}. Zażółć gęślą jaźń</h2><ol>"
            + "<li>Strony zgodnie postanawiają, że „źdźbło” pozostaje własnością "
            "Wykonawcy do chwili zapłaty całej ceny, w terminie 14 dni.</li>"
            * 4
            + "</ol>"
            for number in range(1, paragraphs + 1)
        )
        return self._create_agreement(
            self.seller,
            name="Umowa o pielęgnację zieleni",
            code="UM/2030/ŻÓŁĆ",
            **{"autenti_text": text, **values},
        ).with_user(self.seller)

    def make_pdf(self, contract):
        with self.allow_pdf_render():
            return contract._autenti_render_pdf()

    def read_pages(self, content):
        """Read the text of each page as a reader's search does."""
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(content)
            file.flush()
            command = ["pdftotext", "-layout", file.name, "-"]
            text = subprocess.run(command, capture_output=True, check=True).stdout
        return text.decode().split("\f")[:-1]

    def read_flat(self, contract):
        return " ".join(" ".join(self.read_pages(self.make_pdf(contract))).split())

    def draw(self, content):
        """Draw each page in grey, at a third of a millimetre a pixel."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "contract.pdf"
            path.write_bytes(content)
            command = [
                "pdftoppm",
                "-r",
                "72",
                "-gray",
                "-png",
                path,
                path.with_suffix(""),
            ]
            subprocess.run(command, check=True)
            for page in sorted(Path(folder).glob("*.png")):
                with Image.open(page) as image:
                    yield image.convert("L")

    def differs(self, page, expected):
        """Tell how many percent of a page are not as expected; a letter is nothing."""
        if page.size != expected.size:
            return 100
        # What moves by less than a line stays where it was
        coarse = ImageFilter.BoxBlur(4)
        difference = ImageChops.difference(page.filter(coarse), expected.filter(coarse))
        histogram = difference.histogram()
        return 100 * sum(histogram[24:]) / sum(histogram)

    @freeze_time("2030-01-15 10:00:00")
    def test_the_layout_is_as_it_was_looked_at(self):
        content = self.make_pdf(self.make_contract(paragraphs=5))
        pages = list(self.draw(content))
        expected = [Image.open(path) for path in sorted(GOLDEN.glob("*.png"))]
        folder = tempfile.mkdtemp()
        for number, page in enumerate(pages, start=1):
            page.save(Path(folder) / f"contract-{number}.png")
        self.assertEqual(len(pages), len(expected), folder)
        for number, (page, image) in enumerate(zip(pages, expected, strict=True)):
            self.assertLess(
                self.differs(page, image), TOLERANCE, f"page {number}, {folder}"
            )
        # So a break would be seen
        moved = ImageChops.offset(pages[0], 0, 12)
        for broken in (expected[1], moved):
            self.assertGreater(self.differs(pages[0], broken), 2 * TOLERANCE)
        shutil.rmtree(folder)

    def test_one_page_and_sixty_have_their_numbers(self):
        for paragraphs, expected in ((1, 1), (262, 60)):
            with self.subTest(paragraphs=paragraphs):
                contract = self.make_contract(
                    paragraphs, company_id=self.company.id, partner_id=self.contact.id
                )
                pages = self.read_pages(self.make_pdf(contract))
                contract.with_env(self.env).unlink()
                self.assertGreaterEqual(len(pages), expected)
                for number, page in enumerate(pages, start=1):
                    self.assertIn(f"page {number} of {len(pages)}", page)
                    self.assertIn("UM/2030/ŻÓŁĆ", page)

    def test_the_text_can_be_searched(self):
        text = " ".join(
            "\n".join(self.read_pages(self.make_pdf(self.make_contract()))).split()
        )
        for phrase in (
            "Umowa o pielęgnację zieleni",
            "Zażółć gęślą jaźń",
            "„źdźbło”",
            "ul. Żółkiewskiego 7",
            "KRS 0000123456",
            "REGON 123456785",
            "represented by: Jan Kowalski",
            "Signed electronically through Autenti",
        ):
            self.assertIn(phrase, text.replace("\N{NO-BREAK SPACE}", " "))

    def test_headings_and_signatures_do_not_stand_alone(self):
        text = (
            "<p>Wiersz</p>" * 10 + "<h2>§ 1. Ceny</h2><ol><li>Ceny są stałe.</li></ol>"
        )
        for count in range(0, 15, 2):
            with self.subTest(count=count):
                for more in ("", "<p>Wiersz</p>" * 40):
                    contract = self.make_contract()
                    contract.autenti_text = "<p>Wiersz</p>" * count + text + more
                    pages = self.read_pages(self.make_pdf(contract))
                    contract.with_env(self.env).unlink()
                    for first, second in (
                        ("§ 1. Ceny", "Ceny są stałe."),
                        ("Wiersz" if more else "Ceny są stałe.", "Signed electr"),
                    ):
                        self.assertTrue(
                            any(first in page and second in page for page in pages)
                        )

    def test_no_word_of_the_text_gets_lost(self):
        for text, expected in (
            ("Sam tekst", "Sam tekst"),
            ("<ol><li>A</li><li>B</li></ol>", "1. A 2. B"),
            ("<ol start='3'><li>A</li><li>B</li></ol>C", "3. A 4. B C"),
            ("<h2>T</h2><p>A</p>", "T A"),
            ("<table><tr><td>A</td></tr></table>", "A"),
            ("<div>A<p>B</p></div>", "A B"),
        ):
            with self.subTest(text=text):
                contract = self.make_contract(autenti_text=text)
                printed = self.read_flat(contract)
                contract.with_env(self.env).unlink()
                self.assertIn(f"Contractor {expected} Client", printed)

    def test_enclosures_are_listed(self):
        contract = self.make_contract().with_context(
            autenti_enclosure_names=("Cennik.pdf", "Ogólne warunki.pdf")
        )
        text = self.read_flat(contract)
        self.assertIn("Enclosures 1. Cennik 2. Ogólne warunki", text)

    def test_an_annex_names_its_contract(self):
        self.agreement.signature_date = date(2029, 5, 3)
        contract = self.make_contract(autenti_parent_id=self.agreement.id)
        text = self.read_flat(contract)
        self.assertIn(
            f"annex to contract no. {self.agreement.code} of 3 May 2029", text
        )

    def test_several_contracts_are_printed_in_one_go(self):
        contracts = self.make_contract(1) + self.make_contract(1, company_id=False)
        report = self.env["ir.actions.report"].with_user(self.seller)
        with self.allow_pdf_render():
            content, _kind = report.with_context(
                force_report_rendering=True
            )._render_qweb_pdf("autenti_esign.agreement_report_action", contracts.ids)
        pages = self.read_pages(content)
        self.assertEqual(len(pages), 2)
        for page in pages:
            self.assertIn("page 1 of 1", page)

    def test_pictures_in_the_text_are_printed(self):
        buffer = io.BytesIO()
        Image.new("RGB", (40, 40), "green").save(buffer, "PNG")
        picture = self.env["ir.attachment"].create(
            {"name": "x.png", "raw": buffer.getvalue(), "public": True}
        )
        contract = self.make_contract()
        contract.autenti_text = f'<p><img src="/web/image/{picture.id}"/></p>'
        (page,) = PdfReader(io.BytesIO(self.make_pdf(contract))).pages
        kinds = [
            each.get_object()["/Subtype"]
            for each in page["/Resources"]["/XObject"].values()
        ]
        self.assertIn("/Image", kinds)

    def test_all_builds_of_wkhtmltopdf_draw_to_one_scale(self):
        report = self.env["ir.actions.report"].with_context(autenti_own_page=True)
        paper = self.env.ref("autenti_esign.paperformat_agreement")
        for is_patched in (True, False):
            info = ir_actions_report._wkhtml()._replace(is_patched_qt=is_patched)
            with patch.object(ir_actions_report, "_wkhtml", lambda info=info: info):
                arguments = report._build_wkhtmltopdf_args(paper, False)
            self.assertNotIn("--javascript-delay", arguments)
            self.assertEqual("--disable-smart-shrinking" in arguments, is_patched)
            self.assertEqual("--zoom" in arguments, is_patched)
