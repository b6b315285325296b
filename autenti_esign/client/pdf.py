# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which PDFs Autenti takes (Autenti's help pages)."""

import io

from . import assumptions, isolation

try:
    from pypdf import PdfReader
    from pypdf.generic import NullObject
except ImportError:  # Odoo brings one or the other, depending on Python's version
    from PyPDF2 import PdfReader
    from PyPDF2.generic import NullObject

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
    catalogue, form = reader.trailer["/Root"], get_form(reader)
    fields = list(_find_fields(reader, form))
    if "/Perms" in catalogue or any(map(_is_signed, fields)):
        return SIGNED
    # Who shows a form may draw it anew, whatever it consists of
    if fields or has_xfa(form) or _is_true(form, "/NeedAppearances"):
        return HAS_FORM
    return None


def _find_fields(reader, form):
    """Go through all fields, those of the form and those that are only on a page.

    Viewers let both be filled in (ISO 32000-1, 12.5.6.19 and 12.7.3). The fields may
    go in circles.
    """
    seen = set()
    todo = [*_get_array(form, "/Fields")]
    for page in reader.pages:
        todo += filter(is_widget, _get_array(page, "/Annots"))
    while todo:
        field = todo.pop().get_object()
        if isinstance(field, dict) and id(field) not in seen:
            seen.add(id(field))
            todo += _get_array(field, "/Kids")
            yield field


def is_widget(annotation):
    """Tell if an annotation of a page, an object of a PDF, is a form's field."""
    annotation = annotation.get_object()
    return isinstance(annotation, dict) and (
        "/FT" in annotation
        or "/Subtype" in annotation
        and annotation["/Subtype"] == "/Widget"
    )


def _is_signed(field):
    kind, value = (get_inherited(field, name) for name in ("/FT", "/V"))
    return kind == "/Sig" and isinstance(value, dict)


def get_inherited(field, name):
    """Return what a field says, or else one above it (ISO 32000-1, 12.7.3.1).

    :param field: dictionary of a PDF
    :param str name: of an entry
    :return: object of a PDF, or None
    """
    seen = set()
    while isinstance(field, dict) and id(field) not in seen:
        if name in field:
            return field[name]
        seen.add(id(field))
        field = field["/Parent"] if "/Parent" in field else None
    return None


def get_form(reader):
    """Return the dictionary of a document's form (ISO 32000-1, 12.7.2), maybe empty."""
    catalogue = reader.trailer["/Root"]
    form = catalogue["/AcroForm"] if "/AcroForm" in catalogue else None
    # Broken programs leave there what they like
    return form if isinstance(form, dict) else {}


def has_xfa(form):
    """Tell if a form is also, or only, written in XML (ISO 32000-1, 12.7.8)."""
    return "/XFA" in form and not isinstance(form["/XFA"], NullObject)


def _is_true(parent, name):
    return name in parent and getattr(parent[name], "value", None) is True


def _get_array(parent, name):
    value = parent[name] if name in parent else None
    return value if isinstance(value, list) else []
