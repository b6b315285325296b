# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Pages of a PDF as pictures, so that any browser and any phone can show them."""

import asyncio
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
