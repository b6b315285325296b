# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signed files as the emulator makes them, and how to tamper with them."""

import datetime
import io

from pades.trust import Trust, read_certificates
from pades.validation import validate
from reportlab.pdfgen.canvas import Canvas

from autenti_emulator import signing
from autenti_emulator.card import Line
from autenti_emulator.facts import SignatureType

NAMES = ("Jan Kowalski", "Anna Nowak")


def line(name):
    return Line(
        name=name,
        email="jan@klient.example.com",
        organisation="Klient S.A.",
        capacity="",
        level=SignatureType.BASIC,
        moment="2026-01-02 03:04:05 UTC",
    )


def draw(*pages, more=None):
    """Draw a PDF with one text a page.

    :param more: callable that takes the canvas, for what else is on the first page
    """
    output = io.BytesIO()
    canvas = Canvas(output, invariant=True)
    for number, text in enumerate(pages):
        canvas.drawString(100, 700, text)
        if more and not number:
            more(canvas)
        canvas.showPage()
    canvas.save()
    return output.getvalue()


class Signatory:
    """Signs as the emulator does, step by step."""

    def __init__(self):
        self.authority = signing.Authority.create()
        self.trust = Trust(read_certificates(self.authority.pem))

    def prepare(self, source, names=NAMES, manual=False):
        lines = [line(name) for name in names]
        return signing.prepare(source, "Umowa", "process-1", lines, manual)

    def sign_one(self, pdf, index, name=None, manual=False, authority=None):
        return signing.sign(
            pdf, index, line(name or NAMES[index]), authority or self.authority, manual
        )

    def sign(self, source, names=NAMES, manual=False):
        """Have all sign a source."""
        pdf = self.prepare(source, names, manual)
        for index, name in enumerate(names):
            pdf = self.sign_one(pdf, index, name, manual)
        return pdf

    def validate(self, signed, sent, trust=None, moment=None, levels=()):
        now = datetime.datetime.now(datetime.timezone.utc)
        return validate(signed, sent, trust or self.trust, moment or now, levels)
