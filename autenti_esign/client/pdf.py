# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which PDFs Autenti takes (Autenti's help pages)."""

import io

from . import assumptions, isolation

try:
    from pypdf import PdfReader
except ImportError:  # Odoo brings one or the other, depending on Python's version
    from PyPDF2 import PdfReader

EMPTY = "empty"
NOT_PDF = "not_pdf"
DAMAGED = "damaged"
TOO_LARGE = "too_large"
ENCRYPTED = "encrypted"
HAS_FORM = "has_form"
SIGNED = "signed"
TOO_COSTLY = "too_costly"


class UnsendablePdf(Exception):
    """A file that Autenti would refuse.

    :param str code: one of this module's constants
    """

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def check_sendable(content):
    """Refuse what Autenti would refuse.

    :param bytes content: the whole file
    :raise UnsendablePdf: the first reason found
    """
    if not content:
        raise UnsendablePdf(EMPTY)
    if not content.startswith(b"%PDF-"):
        raise UnsendablePdf(NOT_PDF)
    if len(content) > assumptions.MAX_FILE_BYTES:
        raise UnsendablePdf(TOO_LARGE)
    # A reader may repair a file that lost its end; Autenti need not
    if b"%%EOF" not in content[-1024:]:
        raise UnsendablePdf(DAMAGED)
    if reason := _ask_reason(content):
        raise UnsendablePdf(reason)


def check_readable(content):
    """Refuse what harms its reader, or what no reader makes sense of.

    :param bytes content: the whole file
    :raise UnsendablePdf: TOO_COSTLY or DAMAGED
    """
    reason = _ask_reason(content)
    if reason in (TOO_COSTLY, DAMAGED):
        raise UnsendablePdf(reason)


def _ask_reason(content):
    try:
        return isolation.call("pdf", "find_reason", content)
    except isolation.FileTooCostly:
        return TOO_COSTLY


def find_reason(content):
    """Read a PDF; in the process that `isolation` makes for it.

    :param bytes content: the whole file
    :return: why Autenti would refuse it, one of this module's constants, or None
    """
    try:
        return _find_reason(PdfReader(io.BytesIO(content), strict=False))
    except MemoryError:
        return TOO_COSTLY
    except Exception:  # a broken file breaks the reader in any way it likes
        return DAMAGED


def _find_reason(reader):
    if reader.is_encrypted:
        return ENCRYPTED
    if not len(reader.pages):
        return DAMAGED
    catalogue = reader.trailer["/Root"]
    form = catalogue["/AcroForm"] if "/AcroForm" in catalogue else {}
    fields = list(_walk(form))
    if "/Perms" in catalogue or any(map(_is_signed, fields)):
        return SIGNED
    return HAS_FORM if fields or "/XFA" in form else None


def _walk(form):
    """Go through the fields of a form (ISO 32000-1, 12.7.3), maybe with cycles."""
    seen = set()
    todo = list(form["/Fields"]) if "/Fields" in form else []
    while todo:
        field = todo.pop().get_object()
        if id(field) not in seen:
            seen.add(id(field))
            todo.extend(field["/Kids"] if "/Kids" in field else ())
            yield field


def _is_signed(field):
    return field.get("/FT") == "/Sig" and "/V" in field
