# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which PDFs Autenti takes (Autenti's help pages)."""

import io

from . import assumptions, isolation

try:
    from pypdf import PdfReader
    from pypdf.generic import DictionaryObject, NullObject
except ImportError:  # Odoo brings one or the other, depending on Python's version
    from PyPDF2 import PdfReader
    from PyPDF2.generic import DictionaryObject, NullObject

EMPTY = "empty"
NOT_PDF = "not_pdf"
DAMAGED = "damaged"
TOO_LARGE = "too_large"
ENCRYPTED = "encrypted"
HAS_FORM = "has_form"
SIGNED = "signed"
ACTIVE = "active"
TOO_COSTLY = "too_costly"

# Actions by which what a file shows, or a reader's computer, may change (ISO 32000-1,
# 12.6.4). Whether Autenti takes such files isn't known; what is signed must stay
HARMFUL_ACTIONS = {"/JavaScript", "/Launch"}


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
    if _has_scripts(catalogue) or any(map(_is_harmful, _find_actions(reader))):
        return ACTIVE
    return None


def _has_scripts(catalogue):
    """Tell if scripts run when the document is opened (ISO 32000-1, 7.7.4)."""
    scripts = _get_dictionary(_get_dictionary(catalogue, "/Names"), "/JavaScript")
    return bool(_get_array(scripts, "/Names") or _get_array(scripts, "/Kids"))


def _is_harmful(action):
    # Renditions have scripts as well (ISO 32000-1, 12.6.4.13)
    return "/JS" in action or "/S" in action and action["/S"] in HARMFUL_ACTIONS


def _find_actions(reader):
    """Go through the actions of the document, its pages, and what is on these.

    Those that follow one another may go in circles.
    """
    seen = set()
    todo = list(_find_first_actions(reader))
    while todo:
        action = todo.pop().get_object()
        # Empty ones don't last, and the next one may have the same id
        if isinstance(action, dict) and action and id(action) not in seen:
            seen.add(id(action))
            yield action
            following = _get_array(action, "/Next")
            todo += following or [_get_dictionary(action, "/Next")]


def _find_first_actions(reader):
    catalogue = reader.trailer["/Root"]
    owners = [catalogue, *_find_bookmarks(catalogue)]
    for page in reader.pages:
        annotations = (each.get_object() for each in _get_array(page, "/Annots"))
        owners += [page, *(each for each in annotations if isinstance(each, dict))]
    for owner in owners:
        yield _get_dictionary(owner, "/OpenAction")
        yield _get_dictionary(owner, "/A")
        yield from _get_dictionary(owner, "/AA").values()


def _find_bookmarks(catalogue):
    """Go through the document's outline, which may go in circles."""
    seen = set()
    todo = [_get_dictionary(catalogue, "/Outlines")]
    while todo:
        bookmark = todo.pop()
        if bookmark and id(bookmark) not in seen:
            seen.add(id(bookmark))
            yield bookmark
            todo += [_get_dictionary(bookmark, name) for name in ("/First", "/Next")]


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
    return _get_dictionary(reader.trailer["/Root"], "/AcroForm")


def has_xfa(form):
    """Tell if a form is also, or only, written in XML (ISO 32000-1, 12.7.8)."""
    return "/XFA" in form and not isinstance(form["/XFA"], NullObject)


def _is_true(parent, name):
    return name in parent and getattr(parent[name], "value", None) is True


def _get_dictionary(parent, name):
    value = parent[name] if name in parent else None
    # Broken programs leave there what they like
    return value if isinstance(value, dict) else DictionaryObject()


def _get_array(parent, name):
    value = parent[name] if name in parent else None
    return value if isinstance(value, list) else []
