# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Beside all that installs itself with Sales, quotations with pages from elsewhere."""

import base64
import io
import json

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pypdfium2 import PdfDocument
from reportlab.pdfgen.canvas import Canvas

SALESMAN = "sales_team.group_sale_salesman"
ACCOUNTING = "account.group_account_invoice"


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_pades", "autenti_esign_contract", "sale_management")


@pytest.fixture(scope="module")
def alone():
    return False


@pytest.fixture(scope="module")
def expected_problems():
    """With pypdf, as of Python 3.13, Odoo draws fields without the form's fonts."""
    return (r"pypdf\._writer: Font dictionary for /\w+ not found",)


def draw_page(text, *field_names):
    """Draw a page with a form, as people make them in an office program."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(100, 780, text)
    for number, name in enumerate(field_names):
        canvas.acroForm.textfield(name=name, x=100, y=700 - 40 * number, width=300)
    canvas.acroForm.checkbox(name=f"{text} yes", x=100, y=400, checked=True)
    canvas.save()
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture(scope="module")
def quotation(stage):
    """A quotation of Anna's: a cover with fields, a product's sheet, the last page."""
    admin = stage.admin
    anna = admin.search_read("res.users", [("login", "=", "anna")], ["company_id"])[0]
    company = anna["company_id"][0]
    admin.call(
        "res.users",
        "write",
        [anna["id"]],
        {"group_ids": [(4, admin.ref(SALESMAN))]},
    )
    header, footer = admin.call(
        "quotation.document",
        "create",
        [
            {
                "name": f"{kind}.pdf",
                "document_type": kind,
                "datas": page,
                "company_id": company,
            }
            for kind, page in (
                ("header", draw_page("Cover", "partner_id__name", "motto")),
                ("footer", draw_page("Back", "amount_total")),
            )
        ],
    )
    [product] = admin.call("product.product", "create", [{"name": "Garden gate"}])
    [sheet] = admin.call(
        "product.document",
        "create",
        [
            {
                "name": "sheet.pdf",
                "datas": draw_page("Sheet", "product_uom_qty"),
                "res_model": "product.product",
                "res_id": product,
                "attached_on_sale": "inside",
                "company_id": company,
            }
        ],
    )
    line = {
        "product_id": product,
        "product_uom_qty": 2,
        "price_unit": 1000,
        "product_document_ids": [(6, 0, [sheet])],
    }
    fields = {"header": {str(header): {"custom_form_fields": {"motto": "Żółta łąka"}}}}
    [order] = admin.call(
        "sale.order",
        "create",
        [
            {
                "partner_id": admin.ref("autenti_esign.res_partner_zielony_demo"),
                "company_id": company,
                "user_id": anna["id"],
                "order_line": [(0, 0, line)],
                "quotation_document_ids": [(6, 0, [header, footer])],
                "customizable_pdf_form_fields": json.dumps(fields),
            }
        ],
    )
    return order


def test_what_installs_itself_is_there(stage):
    installed = stage.admin.search_read(
        "ir.module.module", [("state", "=", "installed")], ["name"]
    )
    names = {module["name"] for module in installed}
    assert {"sale_pdf_quote_builder", "autenti_esign_sale"} <= names


def test_a_quotation_with_pages_from_elsewhere_is_signed_and_proven(stage, quotation):
    stage.trust_authority()
    anna = stage.log_in("anna")
    request_id = stage.submit(anna, quotation, "sale.order")
    stage.wait_until_sent(request_id)

    names = ["source_attachment_id", "signed_attachment_id"]
    request = stage.admin.read("autenti.request", request_id, names)
    sent = stage.admin.download(request["source_attachment_id"][0])
    reader = PdfFileReader(io.BytesIO(sent))
    assert "/AcroForm" not in reader.root
    pages = [page.get_textpage().get_text_range() for page in PdfDocument(sent)]
    # Of the quotation itself, in the middle, wkhtmltopdf's letters can't be read back
    cover, sheet, _quotation, back = pages
    assert cover.split("\r\n")[0] == "Cover"
    assert "Żółta łąka" in cover
    assert sheet.startswith("Sheet")
    assert back.startswith("Back")
    assert "2" in back

    stage.sign_next(request_id)
    stage.sign_next(request_id)
    stage.wait_for(
        "autenti.request", request_id, "validation_state", "green", fetch=True
    )
    stage.fetch_until_signed(request_id)
    request = stage.admin.read("autenti.request", request_id, names)
    signed = stage.admin.download(request["signed_attachment_id"][0])
    fields = PdfFileReader(io.BytesIO(signed)).root["/AcroForm"]["/Fields"]
    # Nothing is left to be filled in
    assert {field.get_object()["/FT"] for field in fields} == {"/Sig"}
