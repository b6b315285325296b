# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import re
from datetime import date
from pathlib import Path
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time
from odoo.tools.pdf import PdfReader

from ..models import ir_actions_report
from ..models.ir_actions_report import CONTRACT_REPORT
from ..page_footer import NAME as FOOTER
from .common import REPORT, DocumentCommon, PdfCase

# Pages that somebody has looked at
GOLDEN = Path(__file__).parent / "golden"
# The lines to sign on
SIGNATURES = r"Client +Contractor"


class TestReport(PdfCase, DocumentCommon):
    """The contract as wkhtmltopdf makes it."""

    @classmethod
    def _create_agreement(cls, user, **values):
        return super()._create_agreement(
            user, **{"partner_id": cls.client.child_ids.id, **values}
        )

    def test_the_contract_names_its_parties_in_their_language(self):
        for lang, phrases in (
            ("pl_PL", ("NIP", "reprezentowana przez", "podstawa reprezentacji")),
            (
                "en_US",
                ("No.", "concluded between", "basis of representation", "Tax ID"),
            ),
        ):
            with self.subTest(lang=lang):
                self.contact.lang = lang
                text = self.read_flat(self.agreement.with_user(self.seller))
                for phrase in (
                    *phrases,
                    self.agreement.name,
                    self.agreement.code,
                    "Klient S.A.",
                    "PL5261040828",
                    "Firma sp. z o.o.",
                    "PL5252248481",
                    "Anna Nowak",
                    "Dyrektor",
                ):
                    self.assertIn(phrase, text.replace("\N{NO-BREAK SPACE}", " "))

    def test_a_person_is_not_represented_by_themselves(self):
        person = self.env["res.partner"].create({"name": "Piotr Sam", "lang": "en_US"})
        agreement = self._create_agreement(self.seller, partner_id=person.id)
        text = self.read_flat(agreement.with_user(self.seller))
        self.assertIn("Piotr Sam", text)
        self.assertNotIn("represented by: Piotr Sam", text)
        self.assertIn("represented by: Anna Nowak", text)

    def test_a_contract_without_client_says_so(self):
        report = self.env["ir.actions.report"].with_user(self.seller)
        for values in ({}, {"is_template": True}):
            agreement = self._create_agreement(self.seller, partner_id=False, **values)
            for render in (report._render_qweb_html, report._render_qweb_pdf):
                with (
                    self.subTest(values=values, render=render.__name__),
                    self.assertRaisesRegex(UserError, "enter the client first"),
                ):
                    render(CONTRACT_REPORT, agreement.ids)

    def test_a_contract_that_lacks_most_data_is_made_all_the_same(self):
        self.company.partner_id.write({"street": False, "city": False, "vat": False})
        self.client.write({"active": False, "child_ids": [Command.clear()]})
        agreement = self._create_agreement(self.seller, partner_id=self.client.id)
        text = self.read_flat(agreement.with_user(self.seller))
        self.assertIn("Klient S.A.", text)

    def test_without_a_text_it_is_a_short_contract(self):
        text = self.read_flat(self.make_contract(document_text=""))
        self.assertIn("§ 1. Subject", text)
        self.assertIn("concluded for an indefinite time", text)

    # === Layout ===

    @freeze_time("2030-01-15 10:00:00")
    def test_the_layout_is_as_it_was_looked_at(self):
        content = self.make_pdf(self.make_contract(paragraphs=5))
        self.check_layout(content, GOLDEN)

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

    def test_the_line_at_the_foot_brings_its_font_along(self):
        content = self.make_pdf(self.make_contract())
        for page in PdfReader(io.BytesIO(content)).pages:
            line = page["/Resources"]["/XObject"][FOOTER]
            fonts = line["/Resources"]["/Font"]
            self.assertEqual([str(fonts[name]["/Type"]) for name in fonts], ["/Font"])

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
            "represented by: Jan Kowalski – Prezes",
            "represented by: Anna Nowak – basis of representation: Dyrektor",
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
                    contract.document_text = "<p>Wiersz</p>" * count + text + more
                    pages = self.read_pages(self.make_pdf(contract))
                    contract.with_env(self.env).unlink()
                    for first, second in (
                        ("§ 1. Ceny", "Ceny są stałe."),
                        ("Wiersz" if more else "Ceny są stałe.", SIGNATURES),
                    ):
                        self.assertTrue(
                            any(
                                first in page and re.search(second, page)
                                for page in pages
                            )
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
                contract = self.make_contract(document_text=text)
                printed = self.read_flat(contract)
                contract.with_env(self.env).unlink()
                self.assertIn(f"Contractor {expected} Client", printed)

    def test_enclosures_are_listed(self):
        contract = self.make_contract()
        with patch.object(
            self.registry["agreement"],
            "_get_document_enclosure_names",
            lambda record: ["Cennik", "Ogólne warunki"],
        ):
            text = self.read_flat(contract)
        self.assertIn("Enclosures 1. Cennik 2. Ogólne warunki", text)

    def test_an_annex_names_its_contract(self):
        self.agreement.signature_date = date(2029, 5, 3)
        contract = self.make_contract(parent_id=self.agreement.id)
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
            )._render_qweb_pdf(REPORT, contracts.ids)
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
        contract.document_text = f'<p><img src="/web/image/{picture.id}"/></p>'
        (page,) = PdfReader(io.BytesIO(self.make_pdf(contract))).pages
        kinds = [
            each.get_object()["/Subtype"]
            for each in page["/Resources"]["/XObject"].values()
        ]
        self.assertIn("/Image", kinds)

    def test_all_builds_of_wkhtmltopdf_draw_to_one_scale(self):
        report = self.env["ir.actions.report"].with_context(report_own_page=True)
        paper = self.env.ref("agreement_document.paperformat_agreement")
        for is_patched in (True, False):
            info = ir_actions_report._wkhtml()._replace(is_patched_qt=is_patched)
            with patch.object(ir_actions_report, "_wkhtml", lambda info=info: info):
                arguments = report._build_wkhtmltopdf_args(paper, False)
            self.assertNotIn("--javascript-delay", arguments)
            self.assertEqual("--disable-smart-shrinking" in arguments, is_patched)
            self.assertEqual("--zoom" in arguments, is_patched)
