# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A line at the foot of each page of a PDF.

wkhtmltopdf has footers in its patched builds only, and Debian's isn't one.
"""

import io

from reportlab.pdfgen.canvas import Canvas

from odoo.tools.pdf import ArrayObject, NumberObject, PdfReader, PdfWriter

from .pdf_overlay import FONT, IDENTITY, draw_over, make_form, register_font

SIZE = 8
# Points from the lower edge of the page, inside the margin that the contract leaves
BASELINE = 32
RULE = 44
MARGIN = 62
NAME = "/DocumentFooter"


def add_footer(content, left, make_right):
    """Write a line at the foot of each page.

    The line is drawn on top of the page as it is, whose content isn't touched.

    :param bytes content: PDF
    :param str left: what stands at the left edge of each page
    :param make_right: takes the page's number, from 1, and the number of pages, and
        returns what stands at the right edge
    :return: PDF
    :rtype: bytes
    """
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(content)).pages:
        writer.add_page(page)
    pages = [writer.pages[index] for index in range(len(writer.pages))]
    footers = PdfReader(io.BytesIO(_draw(pages, left, make_right))).pages
    for page, footer in zip(pages, footers, strict=True):
        sides = (int(side) + 1 for side in footer.mediabox.upper_right)
        box = ArrayObject(map(NumberObject, (0, 0, *sides)))
        draw_over(writer, page, {NAME: (make_form(writer, footer, box), IDENTITY)})
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _draw(pages, left, make_right):
    register_font()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=1, invariant=True, initialFontName=FONT)
    for number, page in enumerate(pages, start=1):
        width, height = (float(side) for side in page.mediabox.upper_right)
        canvas.setPageSize((width, height))
        canvas.setStrokeGray(0.7)
        canvas.setLineWidth(0.4)
        canvas.line(MARGIN, RULE, width - MARGIN, RULE)
        canvas.setFillGray(0.3)
        canvas.setFont(FONT, SIZE)
        right = make_right(number, len(pages))
        room = width - 2 * MARGIN - canvas.stringWidth(right, FONT, SIZE) - SIZE
        canvas.drawString(MARGIN, BASELINE, _shorten(canvas, left, room))
        canvas.drawRightString(width - MARGIN, BASELINE, right)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _shorten(canvas, text, room):
    if canvas.stringWidth(text, FONT, SIZE) <= room:
        return text
    while text and canvas.stringWidth(f"{text}…", FONT, SIZE) > room:
        text = text[:-1]
    return f"{text}…"
