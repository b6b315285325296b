# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Source files: what is taken, and what isn't."""

from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader

from . import assumptions, office
from .errors import Refusal

# What makes a form out of the entry for it (ISO 32000-1, table 218)
FORM_ENTRIES = ("/Fields", "/NeedAppearances", "/XFA")


def take(content: bytes, filename: str, office_type: str | None) -> bytes:
    """The PDF of an upload, if it's fit to be signed.

    ``office_type``: MIME type of what isn't a PDF yet.
    """
    check_size(len(content))
    if office_type:
        content = office.convert(content, filename, office_type)
    check_pdf(content)
    return content


def check_size(size: int) -> None:
    """Refuse a file of more bytes than the service takes (its help page)."""
    if size > assumptions.MAX_FILE_BYTES:
        raise Refusal(
            "FILE_TOO_LARGE",
            f"A file may have {assumptions.MAX_FILE_BYTES} bytes; this has {size}.",
        )


def check_pdf(content: bytes) -> None:
    """Refuse what the service's help page refuses: encrypted, with a form, signed."""
    if not content.startswith(b"%PDF-"):
        raise Refusal("FILE_NOT_PDF", "The file isn't a PDF.")
    try:
        problem = _problem(PdfFileReader(BytesIO(content), strict=False))
    except Exception:  # a parser may fail in any way on what isn't well made
        raise Refusal("FILE_DAMAGED", "The PDF can't be read.") from None
    if problem:
        raise problem


def _problem(reader: PdfFileReader) -> Refusal | None:
    if reader.encrypted:
        return Refusal("FILE_ENCRYPTED", "The PDF is encrypted.")
    if reader.embedded_signatures:
        return Refusal("FILE_SIGNED", "The PDF is already signed.")
    form = reader.root["/AcroForm"] if "/AcroForm" in reader.root else {}
    count = int(reader.root["/Pages"]["/Count"])
    has_form = any(name in form and form[name] for name in FORM_ENTRIES)
    if has_form or _has_widget(reader, count):
        return Refusal("FILE_HAS_FORM", "The PDF has form fields.")
    if count < 1:
        return Refusal("FILE_DAMAGED", "The PDF has no page.")
    return None


def _has_widget(reader: PdfFileReader, count: int) -> bool:
    """Tell if a page shows a form field, which need not belong to a form."""
    pages = (
        reader.find_page_for_modification(number)[0].get_object()  # type: ignore[no-untyped-call]
        for number in range(count)
    )
    return any(
        annotation.get_object().get("/Subtype") == "/Widget"
        for page in pages
        if "/Annots" in page
        for annotation in page["/Annots"]
    )
