# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import html2plaintext

from odoo.addons.base.tests.common import BaseCommon

REPORT = "agreement_document.agreement_report_action"
TEMPLATE = """
<h2>§ 1.</h2><p>Contract <t t-out="object.code"/> with
<t t-out="object.partner_id.name">nobody</t>, from <t t-out="object.start_date"/>.</p>
"""
# Percent of a page; between builds of wkhtmltopdf a bit more than one was seen
TOLERANCE = 2


class TextCase:
    """Has a contract with a text, of a test case with a `seller` and an `agreement`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["agreement.type"].create(
            {"name": "Service", "document_template": TEMPLATE}
        )
        cls.agreement.with_user(cls.seller).agreement_type_id = cls.kind

    def setUp(self):
        super().setUp()
        self.mine = self.agreement.with_user(self.seller)

    def text(self, agreement=None):
        text = html2plaintext((agreement or self.mine).document_text)
        return " ".join(text.replace("*", "").split())


class PdfCase:
    """Makes contracts into PDFs and looks at their pages.

    Of a test case with a `seller`, their `company`, and a `client` with a `contact`.
    """

    def make_contract(self, paragraphs=2, **values):
        self.client.write(
            {
                "lang": "en_US",
                "street": "ul. Żółkiewskiego 7",
                "zip": "61-001",
                "city": "Łódź",
                "l10n_pl_krs": "0000123456",
                "l10n_pl_regon": "123456785",
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
            **{"document_text": text, **values},
        ).with_user(self.seller)

    def make_pdf(self, contract):
        report = self.env.ref(REPORT).with_user(self.seller)
        with self.allow_pdf_render():
            content, _kind = report._make_anew()._render_qweb_pdf(report, contract.ids)
        return content

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

    def check_layout(self, content, golden):
        """Compare a PDF with pages that somebody has looked at.

        :param Path golden: folder with a picture of each page
        """
        pages = list(self.draw(content))
        expected = [Image.open(path) for path in sorted(golden.glob("*.png"))]
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


@tagged("post_install", "-at_install")
class DocumentCommon(BaseCommon):
    """Two companies, and a client of the first one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("en_US", "pl_PL"):
            cls.env["res.lang"]._activate_lang(code)
        # As in a request by a user, notes and notifications included
        cls.env = cls.env(context={})
        cls.company = cls._create_company(name="Firma sp. z o.o.", vat="PL5252248481")
        cls.other_company = cls._create_company(name="Spółka S.A.")
        cls.seller = cls._create_user("Anna Nowak", "user", function="Dyrektor")
        cls.manager = cls._create_user("Maria Wilk", "manager")
        cls.stranger = cls._create_user("Ewa Lis", "user", cls.other_company)
        cls.client = cls.env["res.partner"].create(
            {
                "name": "Klient S.A.",
                "is_company": True,
                "lang": "pl_PL",
                "vat": "PL5261040828",
                "country_id": cls.env.ref("base.pl").id,
                "child_ids": [
                    Command.create({"name": "Jan Kowalski", "function": "Prezes"})
                ],
            }
        )
        cls.contact = cls.client.child_ids
        cls.agreement = cls._create_agreement(cls.seller)
        cls.foreign_agreement = cls._create_agreement(cls.stranger)

    @classmethod
    def _create_user(cls, name, group, company=None, **values):
        user = new_test_user(
            cls.env,
            login=f"{name}@example.com",
            groups=f"base.group_user,agreement.group_agreement_{group}",
            context={"no_reset_password": True},
            name=name,
            company_id=(company or cls.company).id,
            lang="en_US",
        )
        user.partner_id.write(values)
        return user

    @classmethod
    def _create_agreement(cls, user, **values):
        number = cls.env["agreement"].search_count([]) + 1
        return (
            cls.env["agreement"]
            .with_user(user)
            .create(
                {
                    "name": "Umowa o współpracy",
                    "code": f"UM/{number}",
                    "partner_id": cls.client.id,
                    "company_id": user.company_id.id,
                    **values,
                }
            )
            .with_env(cls.env)
        )

    @contextmanager
    def assertRaisesRegex(self, exception, pattern):
        """Undo what was done before the error, as Odoo's `assertRaises` does."""
        with self.assertRaises(exception) as caught:
            yield caught
        self.assertRegex(str(caught.exception), pattern)
