# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which files Autenti takes besides the document: PDFs, and what it makes into one."""

import io

from PIL import Image

from . import assumptions, const, isolation, pdf

# How the files of these types begin
_SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
# What Odoo, too, takes of a picture; a scan of A4 at 600 dpi has 35 million
MAX_PIXELS = 50_000_000


def check_sendable(content):
    """Tell the type of a file that Autenti takes.

    :param bytes content: the whole file
    :return: MIME type
    :rtype: str
    :raise pdf.UnsendablePdf: the first reason found
    """
    for mimetype in assumptions.CONVERTED_TYPES:
        if content.startswith(_SIGNATURES[mimetype]):
            if len(content) > assumptions.MAX_FILE_BYTES:
                raise pdf.UnsendablePdf(pdf.TOO_LARGE)
            if reason := _ask_reason(content):
                raise pdf.UnsendablePdf(reason)
            return mimetype
    pdf.check_sendable(content)
    return const.PDF_TYPE


def _ask_reason(content):
    try:
        return isolation.call("enclosures", "find_reason", content)
    except isolation.FileTooCostly:
        return pdf.TOO_COSTLY


def find_reason(content):
    """Read a picture; in the process that `isolation` makes for it.

    :param bytes content: the whole file
    :return: why it isn't sent, a constant of `pdf`, or None
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            picture.verify()
    except (MemoryError, Image.DecompressionBombError):
        return pdf.TOO_COSTLY
    except Exception:  # a broken file breaks the reader in any way it likes
        return pdf.DAMAGED
    return pdf.TOO_COSTLY if width * height > MAX_PIXELS else None
