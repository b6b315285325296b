# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which files Autenti takes besides the document: PDFs, and what it makes into one."""

from . import assumptions, const, pdf

# How the files of these types begin
_SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}


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
            return mimetype
    pdf.check_sendable(content)
    return const.PDF_TYPE
