# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Drawing on top of the pages of a PDF, whose content isn't touched."""

import functools
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from odoo.tools.pdf import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
)

# The standard fonts of PDF lack Polish letters, and a server may have no other ones
FONT_PATH = Path(__file__).parent / "static" / "fonts" / "NotoSerif-Regular.ttf"
FONT = "agreement_document"
# Where it is, and as large as it is
IDENTITY = (1, 0, 0, 1, 0, 0)


@functools.cache
def register_font():
    """Make `FONT` known to reportlab."""
    pdfmetrics.registerFont(TTFont(FONT, FONT_PATH))


def draw_over(writer, page, forms):
    """Draw form XObjects on top of a page (ISO 32000-1, 8.10).

    :param writer: odoo.tools.pdf.PdfWriter that has the page
    :param page: dictionary of the page
    :param dict forms: name in the page's resources, such as "/Footer" -> pair of the
        XObject and the matrix by which it is drawn, as six numbers
    """
    _add_resources(page, {name: form for name, (form, _matrix) in forms.items()})
    code = b"".join(
        b"q\n%s cm\n%s Do\nQ\n"
        % (b" ".join(b"%.4f" % each for each in matrix), name.encode())
        for name, (_form, matrix) in forms.items()
    )
    before, after = (
        writer._addObject(_make_stream(each)) for each in (b"q\n", b"\nQ\n" + code)
    )
    contents = page["/Contents"] if "/Contents" in page else ArrayObject()
    parts = contents if isinstance(contents, list) else [page.raw_get("/Contents")]
    page[NameObject("/Contents")] = ArrayObject([before, *parts, after])


def make_form(writer, page, box):
    """Make a form XObject of a page that reportlab has drawn.

    :param box: rectangle of which nothing is cut off, as a PDF's array
    :return: reference to it
    """
    form = page["/Contents"].get_object()
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = box
    form[NameObject("/Resources")] = page["/Resources"]
    if hasattr(form, "clone"):
        # pypdf, as of Python 3.13, doesn't bring along what the form refers to
        form = form.clone(writer)
    return writer._addObject(form)


def _make_stream(code):
    stream = DecodedStreamObject()
    stream.set_data(code)
    return stream


def _add_resources(page, forms):
    resources = DictionaryObject(
        page["/Resources"] if "/Resources" in page else DictionaryObject()
    )
    known = DictionaryObject(
        resources["/XObject"] if "/XObject" in resources else DictionaryObject()
    )
    for name, form in forms.items():
        known[NameObject(name)] = form
    resources[NameObject("/XObject")] = known
    page[NameObject("/Resources")] = resources
