# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Pages of PDFs: as pictures, so that any browser can show them, and merged."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pypdfium2

SCALE = 1.6  # pixels a point

# PDFium isn't safe to call from two threads.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pdfium")


async def count_pages(pdf: bytes) -> int:
    return await asyncio.get_running_loop().run_in_executor(_thread, _count, pdf)


async def draw_page(pdf: bytes, index: int) -> bytes | None:
    """PNG of a page, with its signatures; None if there is no such page."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_thread, _draw, pdf, index)


async def merge(pdfs: Sequence[bytes]) -> bytes:
    """One PDF of the pages of several, in their order."""
    return await asyncio.get_running_loop().run_in_executor(_thread, _merge, pdfs)


def _merge(pdfs: Sequence[bytes]) -> bytes:
    output = BytesIO()
    with pypdfium2.PdfDocument.new() as merged:
        for pdf in pdfs:
            with pypdfium2.PdfDocument(pdf) as document:
                merged.import_pages(document)
        merged.save(output)
    return output.getvalue()


def _count(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def _draw(pdf: bytes, index: int) -> bytes | None:
    with pypdfium2.PdfDocument(pdf) as document:
        if not 0 <= index < len(document):
            return None
        document.init_forms()
        output = BytesIO()
        document[index].render(scale=SCALE).to_pil().save(output, "PNG")
        return output.getvalue()
