# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
from unittest.mock import patch

from odoo.tools import pdf as tools
from odoo.tools.pdf import PdfFileReader, PdfFileWriter, PdfReader

from ..client import pdf
from ..flat_form import flatten, has_form
from ..models.autenti_sign_mixin import AutentiSignMixin
from .common import PDF, AutentiCommon, draw_pdf

LONG = "Bardzo długa wartość, która w to pole na pewno się nie zmieści. " * 3


def draw_form(canvas):
    form = canvas.acroForm
    form.textfield(name="client", x=100, y=600, width=200, height=20)
    form.textfield(name="small", x=100, y=560, width=60, height=14, value="dawna")
    form.textfield(
        name="note", x=100, y=440, width=200, height=90, fieldFlags="multiline"
    )
    form.choice(name="kind", x=100, y=400, options=["Umowa", "Aneks"], value="Aneks")
    form.checkbox(name="yes", x=100, y=360, checked=True)
    form.checkbox(name="no", x=140, y=360)
    form.textfield(
        name="secret", x=300, y=600, value="ukryte", annotationFlags="hidden"
    )
    canvas.linkURL("https://firma.example.com", (0, 0, 20, 20))


def fill_in(*contents, **values):
    """Join files and fill their forms in, as Odoo's quote builder does."""
    writer = PdfFileWriter()
    for content in contents:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        for number in range(reader.getNumPages()):
            writer.addPage(reader.getPage(number))
    tools.fill_form_fields_pdf(writer, values)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def read_text(page):
    return " ".join(page.extract_text().split())


class TestFlatForm(AutentiCommon):
    """What reports bring along as a form is signed as it was filled in."""

    def test_what_was_filled_in_stays_and_can_be_filled_in_no_more(self):
        values = {"client": "Żółć Sp. z o.o.", "note": "Wiersz 1\nWiersz 2 €"}
        filled = fill_in(draw_pdf("Cover", draw_form), PDF, **values)
        self.assertTrue(has_form(filled))
        flat = flatten(filled)
        pdf.check_sendable(flat)
        reader = PdfReader(io.BytesIO(flat))
        self.assertNotIn("/AcroForm", reader.trailer["/Root"])
        cover, contract = reader.pages
        text = read_text(cover)
        for words in ("Cover", "Żółć Sp. z o.o.", "Wiersz 1", "Wiersz 2 €", "Aneks"):
            self.assertIn(words, text)
        self.assertNotIn("ukryte", text)
        self.assertEqual(read_text(contract), "Umowa")
        # Two boxes, one of them ticked, and all that was written
        self.assertEqual(len(cover["/Resources"]["/XObject"]), 3)
        [link] = cover["/Annots"]
        self.assertEqual(link.get_object()["/Subtype"], "/Link")

    def test_a_page_without_a_form_beside_it_does_not_break_the_document(self):
        filled = fill_in(draw_pdf("Cover"), PDF)
        self.assertTrue(has_form(filled), "Odoo leaves a broken form behind")
        flat = flatten(filled)
        pdf.check_sendable(flat)
        pages = PdfReader(io.BytesIO(flat)).pages
        self.assertEqual([read_text(page) for page in pages], ["Cover", "Umowa"])

    def test_what_does_not_fit_is_written_smaller_and_not_cut_off(self):
        flat = flatten(fill_in(draw_pdf("Cover", draw_form), small=LONG))
        [page] = PdfReader(io.BytesIO(flat)).pages
        self.assertIn(LONG.split(".")[0], read_text(page).replace(" ", " "))

    def test_a_report_with_a_form_is_sent_without_it(self):
        filled = fill_in(draw_pdf("Cover", draw_form), client="Jan")
        render = AutentiSignMixin._autenti_render_pdf
        with patch.object(
            self.registry["ir.actions.report"],
            "_render_qweb_pdf",
            lambda *_args, **_options: (filled, "pdf"),
        ):
            content = render(self.agreement.with_user(self.seller))
        pdf.check_sendable(content)

    def test_a_form_that_was_attached_is_blocked_with_the_way_out(self):
        dialog = self.open_dialog()
        filled = fill_in(draw_pdf("Cover", draw_form))
        attachment = self.env["ir.attachment"].create(
            {
                "name": "x.pdf",
                "raw": filled,
                "res_model": "agreement",
                "res_id": self.agreement.id,
            }
        )
        dialog.write({"source": "attachment", "attachment_id": attachment.id})
        self.assertIn("Print it to a PDF first", dialog.pdf_problem)
        self.assertTrue(dialog.is_blocked)
