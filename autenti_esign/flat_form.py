# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A form that was filled in becomes part of the pages: nobody can fill it in anew.

Programs that fill in forms leave it to the viewer to draw the values. What is signed
must look the same everywhere, so they are drawn here.
"""

import io
import re

from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from odoo.tools.pdf import ArrayObject, NameObject, PdfReader, PdfWriter

from odoo.addons.agreement_document.pdf_overlay import (
    FONT,
    IDENTITY,
    draw_over,
    make_form,
    register_font,
)

from .client import pdf
from .client.pdf import get_inherited, is_widget

NAME = "/AutentiForm"
# Of an annotation: hidden, or not to be seen (ISO 32000-1, table 165)
UNSEEN = 1 << 1 | 1 << 5
MULTILINE = 1 << 12  # of a text field (table 228)
FONT_SIZE = re.compile(r"([\d.]+)\s+Tf\b")
# Points; of a field whose size is up to the viewer, and of what doesn't fit
SIZE = 10
SMALLEST = 4
LEADING = 1.25
PADDING = 2


def has_form(content):
    """Tell if a PDF could be sent, were it not for its form.

    :param bytes content:
    """
    try:
        pdf.check_sendable(content)
    except pdf.UnsendablePdf as error:
        return error.code == pdf.HAS_FORM
    return False


def flatten(content):
    """Draw the values of a form on its pages, and take the form away.

    :param bytes content: PDF that `has_form`
    :return: PDF; the same when it can't be done, as of a form in XML (XFA)
    :rtype: bytes
    """
    reader = PdfReader(io.BytesIO(content), strict=False)
    if pdf.has_xfa(pdf.get_form(reader)):
        return content
    try:
        return _flatten(reader)
    except Exception:  # a broken form breaks the reader in any way it likes
        return content


def _flatten(reader):
    writer = PdfWriter()
    for page in reader.pages:
        writer.add_page(page)
    for index in range(len(writer.pages)):
        _flatten_page(writer, writer.pages[index])
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _flatten_page(writer, page):
    annotations = page["/Annots"] if "/Annots" in page else []
    widgets = [each.get_object() for each in annotations if is_widget(each)]
    if not widgets:
        return
    others = ArrayObject(each for each in annotations if not is_widget(each))
    page[NameObject("/Annots")] = others
    seen = [each for each in widgets if not int(each.get("/F", 0)) & UNSEEN]
    forms = {}
    for number, widget in enumerate(seen):
        if form := _get_appearance(widget):
            forms[f"{NAME}{number}"] = (form, _fit(form.get_object(), widget["/Rect"]))
    texts = [each for each in seen if _get_text(each)]
    drawing = PdfReader(io.BytesIO(_draw(page.mediabox, texts))).pages[0]
    forms[NAME] = (make_form(writer, drawing, page["/MediaBox"]), IDENTITY)
    draw_over(writer, page, forms)


# === WHAT HAS AN APPEARANCE OF ITS OWN, AS TICKED BOXES ===


def _get_appearance(widget):
    """Return the form XObject that shows a button in its state, or None."""
    if get_inherited(widget, "/FT") != "/Btn" or "/AP" not in widget:
        return None
    looks = widget["/AP"]
    name = "/N"
    if name in looks and not hasattr(looks[name], "get_data"):
        looks, name = looks[name], get_inherited(widget, "/AS")
    return looks.raw_get(name) if name in looks else None


def _fit(form, rectangle):
    """Return the matrix that fits an appearance into its place (12.5.5)."""
    a, b, c, d, e, f = map(float, form.get("/Matrix", IDENTITY))
    left, bottom, right, top = map(float, form["/BBox"])
    corners = [
        (a * x + c * y + e, b * x + d * y + f)
        for x in (left, right)
        for y in (bottom, top)
    ]
    (x1, x2), (y1, y2) = ((min(each), max(each)) for each in zip(*corners, strict=True))
    left, bottom, right, top = _sort(rectangle)
    scale_x = (right - left) / (x2 - x1) if x2 > x1 else 1
    scale_y = (top - bottom) / (y2 - y1) if y2 > y1 else 1
    return (scale_x, 0, 0, scale_y, left - x1 * scale_x, bottom - y1 * scale_y)


def _sort(rectangle):
    x1, y1, x2, y2 = map(float, rectangle)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


# === WHAT WAS WRITTEN OR CHOSEN ===


def _get_text(widget):
    if get_inherited(widget, "/FT") not in ("/Tx", "/Ch"):
        return ""
    value = get_inherited(widget, "/V")
    values = value if isinstance(value, list) else [value]
    text = "\n".join(each for each in values if isinstance(each, str))
    return "\n".join(text.splitlines()).strip()


def _draw(box, widgets):
    register_font()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=1, invariant=True, initialFontName=FONT)
    canvas.setPageSize((float(box.right), float(box.top)))
    for widget in widgets:
        left, bottom, right, top = _sort(widget["/Rect"])
        turned = int(widget["/MK"].get("/R", 0)) % 360 if "/MK" in widget else 0
        width, height = right - left, top - bottom
        canvas.saveState()
        canvas.translate((left + right) / 2, (bottom + top) / 2)
        canvas.rotate(turned)
        if turned in (90, 270):
            width, height = height, width
        _draw_text(canvas, widget, width, height)
        canvas.restoreState()
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw_text(canvas, widget, width, height):
    """Write a field's text around the origin, all of it, smaller when need be."""
    text = _get_text(widget)
    found = FONT_SIZE.search(str(get_inherited(widget, "/DA") or ""))
    size = float(found[1]) if found else 0
    size = size or SIZE
    room = width - 2 * PADDING
    lines = simpleSplit(text, FONT, size, room)
    while size > SMALLEST and not _fits(canvas, lines, size, room, height):
        size -= 0.5
        lines = simpleSplit(text, FONT, size, room)
    canvas.setFont(FONT, size)
    used = len(lines) * size * LEADING
    is_multiline = int(get_inherited(widget, "/Ff") or 0) & MULTILINE
    top = height / 2 - PADDING if is_multiline and used < height else used / 2
    align = int(get_inherited(widget, "/Q") or 0)
    for number, line in enumerate(lines):
        y = top - number * size * LEADING - size
        if align == 1:
            canvas.drawCentredString(0, y, line)
        elif align == 2:
            canvas.drawRightString(room / 2, y, line)
        else:
            canvas.drawString(-room / 2, y, line)


def _fits(canvas, lines, size, room, height):
    return len(lines) * size * LEADING <= height and all(
        canvas.stringWidth(line, FONT, size) <= room for line in lines
    )
