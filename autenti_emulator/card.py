# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What signing adds to see: the signature card, and the stamp in a signer's field.

Lengths are points (1/72 inch), from the lower left corner of a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import font_roboto
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from .facts import SignatureType

REGULAR, BOLD = "Card", "Card-Bold"
INK, SOFT, LINE, GREEN = map(HexColor, ("#1b2733", "#5c6b7a", "#d5dde5", "#0b7a4b"))

MARGIN = 48
ROW = 96
FIELD = (212, 72)  # width and height of a signature field on the card
SMALL_FIELD = (150, 48)  # and at the foot of the document's last page
FIRST_ROW = A4[1] - 190
ROWS = int((FIRST_ROW - MARGIN) // ROW)

LEVELS = {
    SignatureType.BASIC: ("Podpis podstawowy", "Basic signature"),
    SignatureType.ADVANCED: ("Podpis zaawansowany", "Advanced signature"),
    SignatureType.QUALIFIED: ("Podpis kwalifikowany", "Qualified signature"),
}

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Line:
    """One signer on the card."""

    name: str
    email: str
    organisation: str
    capacity: str
    level: SignatureType
    # When they signed, as people read it; empty until then
    moment: str = ""


def _register_fonts() -> None:
    pdfmetrics.registerFont(TTFont(REGULAR, font_roboto.Roboto))
    pdfmetrics.registerFont(TTFont(BOLD, font_roboto.RobotoBold))


_register_fonts()


def draw_card(
    title: str, process_id: str, lines: Sequence[Line], stamped: bool = False
) -> bytes:
    """The card as a PDF of its own: ``ROWS`` signers a page.

    ``stamped``: with everybody's stamp drawn, where else the signature fields go.
    """
    output = BytesIO()
    canvas = Canvas(output, pagesize=A4, invariant=True)
    canvas.setTitle(f"Karta podpisów: {title}")
    for start in range(0, len(lines), ROWS):
        _draw_head(canvas, title, process_id)
        for row, line in enumerate(lines[start : start + ROWS]):
            _draw_line(canvas, FIRST_ROW - row * ROW, line)
            if stamped:
                left, bottom = field_box(row)[1][:2]
                canvas.saveState()
                canvas.translate(left, bottom)
                _draw_stamp(canvas, line, FIELD)
                canvas.restoreState()
        canvas.showPage()
    canvas.save()
    return output.getvalue()


def draw_stand_in(filename: str, mime_type: str, content: bytes) -> bytes:
    """A page in place of a file that can't be drawn."""
    output = BytesIO()
    canvas = Canvas(output, pagesize=A4, invariant=True)
    width, top = A4[0] - 2 * MARGIN, A4[1] - MARGIN
    rows = (
        (BOLD, 16, filename),
        (REGULAR, 10, "Ta strona zastępuje plik, którego emulator nie przekształca."),
        (REGULAR, 10, "This page stands for a file that the emulator can't convert."),
        (REGULAR, 9, mime_type),
        (REGULAR, 9, f"{len(content)} B, SHA-256 {sha256(content).hexdigest()}"),
    )
    for row, (font, size, text) in enumerate(rows):
        _draw_text(canvas, MARGIN, top - 20 - 28 * row, text, width, INK, font, size)
    canvas.save()
    return output.getvalue()


def field_box(index: int) -> tuple[int, Box]:
    """Page of the card, and place on it, of the signature field of a signer."""
    page, row = divmod(index, ROWS)
    width, height = FIELD
    right = int(A4[0] - MARGIN)
    bottom = int(FIRST_ROW - row * ROW - ROW + (ROW - height) / 2)
    return page, (right - width, bottom, right, bottom + height)


def foot_box(index: int) -> Box:
    """Place of a signer's field at the foot of the document's own last page."""
    width, height = SMALL_FIELD
    row, column = divmod(index, 3)
    left, bottom = 36 + column * (width + 12), 24 + row * (height + 8)
    return left, bottom, left + width, bottom + height


def draw_stamp(line: Line, size: tuple[int, int]) -> bytes:
    """What a signature field shows once it's signed: one page of that size."""
    output = BytesIO()
    canvas = Canvas(output, pagesize=size, invariant=True)
    _draw_stamp(canvas, line, size)
    canvas.save()
    return output.getvalue()


def _draw_stamp(canvas: Canvas, line: Line, size: tuple[int, int]) -> None:
    width, height = size
    canvas.setStrokeColor(GREEN)
    canvas.roundRect(0.5, 0.5, width - 1, height - 1, 4)
    lines = [(BOLD, GREEN, "Podpisano elektronicznie / Signed"), (BOLD, INK, line.name)]
    if line.capacity:
        lines.append((REGULAR, INK, line.capacity))
    lines += [
        (REGULAR, SOFT, " / ".join(LEVELS[line.level])),
        (REGULAR, SOFT, line.moment),
    ]
    step = (height - 8) / len(lines)
    font_size = min(8.5, step * 0.8)
    for row, (font, colour, text) in enumerate(lines):
        y = height - 4 - (row + 0.8) * step
        _draw_text(canvas, 8, y, text, width - 16, colour, font, font_size)


def _draw_head(canvas: Canvas, title: str, process_id: str) -> None:
    width, top = A4[0] - 2 * MARGIN, A4[1] - MARGIN
    canvas.setFillColor(GREEN)
    canvas.rect(MARGIN, top - 4, width, 4, stroke=0, fill=1)
    _draw_text(canvas, MARGIN, top - 34, "Karta podpisów", width, INK, BOLD, 20)
    _draw_text(canvas, MARGIN, top - 50, "Signature card", width, SOFT, REGULAR, 11)
    _draw_text(canvas, MARGIN, top - 82, title, width, INK, BOLD, 12)
    _draw_text(canvas, MARGIN, top - 98, process_id, width, SOFT, REGULAR, 8)
    _draw_text(
        canvas,
        MARGIN,
        MARGIN - 14,
        "Emulator: podpisy bez mocy prawnej / signatures without legal force",
        width,
        SOFT,
        REGULAR,
        8,
    )


def _draw_line(canvas: Canvas, top: float, line: Line) -> None:
    canvas.setStrokeColor(LINE)
    canvas.line(MARGIN, top, A4[0] - MARGIN, top)
    width = A4[0] - 2 * MARGIN - FIELD[0] - 16
    y = top - 24
    _draw_text(canvas, MARGIN, y, line.name, width, INK, BOLD, 11)
    _draw_text(canvas, MARGIN, y - 14, line.email, width, SOFT, REGULAR, 9)
    _draw_text(canvas, MARGIN, y - 28, line.organisation, width, INK, REGULAR, 9)
    _draw_text(canvas, MARGIN, y - 41, line.capacity, width, INK, REGULAR, 9, rows=2)


def _draw_text(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    width: float,
    colour: Color,
    font: str,
    size: float,
    rows: int = 1,
) -> None:
    """Text in at most so many rows; what doesn't fit ends in an ellipsis."""
    canvas.setFillColor(colour)
    canvas.setFont(font, size)
    lines = simpleSplit(text, font, size, width)
    if len(lines) > rows:
        lines = [*lines[: rows - 1], lines[rows - 1] + " …"]
    for row, line in enumerate(lines):
        canvas.drawString(x, y - row * size * 1.25, line)
