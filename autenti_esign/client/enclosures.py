# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which files go along with the document: PDFs, office files, and pictures as PDFs."""

import base64
import io
import zipfile
from itertools import islice

from PIL import Image, ImageSequence

from . import assumptions, const, file_names, isolation, pdf

# How pictures begin that Odoo makes into a PDF: Autenti takes none. RIFF is WebP's
_PICTURES = (
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"),
    b"RIFF",
)
_PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
# What Odoo, too, takes of a picture; a scan of A4 at 600 dpi has 35 million
MAX_PIXELS = 50_000_000
# Of a scan, which is one picture a page
MAX_PAGES = 100
# What drawing them takes: seconds of processor time, MiB of address space
PICTURE_SECONDS = 20
PICTURE_MEMORY = 1024
# Points: a centimetre
MARGIN = 28
# EXIF 2.32, table 6: how a picture of a width and height is turned before it is shown,
# as the matrix of a PDF (ISO 32000-1, 8.3.3)
_TURNS = {
    2: lambda width, height: (-1, 0, 0, 1, width, 0),
    3: lambda width, height: (-1, 0, 0, -1, width, height),
    4: lambda width, height: (1, 0, 0, -1, 0, height),
    5: lambda width, height: (0, -1, -1, 0, height, width),
    6: lambda width, height: (0, -1, 1, 0, 0, width),
    7: lambda width, height: (0, 1, 1, 0, 0, 0),
    8: lambda width, height: (0, 1, -1, 0, height, 0),
}
_ORIENTATION = 0x0112
# Of a JPEG, what a PDF can hold (ISO 32000-1, 7.4.8)
_PHOTO_MODES = ("L", "RGB", "CMYK")

_ZIP = b"PK\x03\x04"
# [MS-CFB], section 2.2; the streams that tell what such a file is, section 2.6.1
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls"}
_ENCRYPTED_STREAM = "EncryptedPackage"  # [MS-OFFCRYPTO], section 2.3.4.4
# ISO/IEC 29500-2, 10.1.2: the types of a package's parts, and its main part's
_TYPES_PART = "[Content_Types].xml"
_MAIN_TYPES = {
    b"wordprocessingml.document.main+xml": "docx",
    b"spreadsheetml.sheet.main+xml": "xlsx",
}
# OpenDocument 1.3, part 2, sections 3.3 and 3.4
_OPEN_TYPES = {
    assumptions.CONVERTED_TYPES[ending].encode(): ending for ending in ("odt", "ods")
}
_MANIFEST = "META-INF/manifest.xml"
# Bytes of such a part that are looked at
_PART_BYTES = 1024 * 1024


def make_sendable(content):
    """Make of a file what Autenti takes: a PDF of a picture, all else as it is.

    :param bytes content: the whole file
    :return: the bytes to send and their MIME type
    :rtype: tuple[bytes, str]
    :raise pdf.UnsendablePdf: the first reason found
    """
    if content.startswith((_ZIP, _COMPOUND)):
        return content, _check_office(content)
    if is_picture(content):
        _check_size(content)
        answer = _ask(
            "draw_picture", content, seconds=PICTURE_SECONDS, memory=PICTURE_MEMORY
        )
        if "reason" in answer:
            raise pdf.UnsendablePdf(answer["reason"])
        content = base64.b64decode(answer["pdf"])
    pdf.check_sendable(content)
    return content, const.PDF_TYPE


def is_picture(content):
    """Tell if a file is one that `make_sendable` makes into a PDF."""
    return content.startswith(_PICTURES)


def name_sendable(name, mimetype):
    """Name a file after what is sent of it: Autenti may know its type by that alone.

    :param str name: as people call it
    :param str mimetype: as `make_sendable` returns it
    :rtype: str
    """
    return file_names.with_extension(name, get_extension(mimetype))


def get_extension(mimetype):
    """Return the extension of a type that is sent, "" for another one."""
    endings = {const.PDF_TYPE: "pdf"}
    endings |= {kind: ending for ending, kind in assumptions.CONVERTED_TYPES.items()}
    return f".{endings[mimetype]}" if mimetype in endings else ""


def _check_size(content):
    if len(content) > assumptions.MAX_FILE_BYTES:
        raise pdf.UnsendablePdf(pdf.TOO_LARGE)


def _check_office(content):
    _check_size(content)
    answer = _ask("find_office_type", content)
    if "reason" in answer:
        raise pdf.UnsendablePdf(answer["reason"])
    return assumptions.CONVERTED_TYPES[answer["ending"]]


def _ask(function, content, **limits):
    try:
        return isolation.call("enclosures", function, content, **limits)
    except isolation.FileTooCostly:
        return {"reason": pdf.TOO_COSTLY}


# === In the process that `isolation` makes ===


def find_office_type(content):
    """Tell which of `assumptions.CONVERTED_TYPES` a file is.

    :param bytes content: the whole file
    :return: ``{"ending": str}``, or ``{"reason": constant of pdf}``
    """
    try:
        is_compound = content.startswith(_COMPOUND)
        found = _read_compound(content) if is_compound else _read_package(content)
    except MemoryError:
        return {"reason": pdf.TOO_COSTLY}
    except Exception:  # a broken file breaks the reader in any way it likes
        return {"reason": pdf.DAMAGED}
    return found


def _read_compound(content):
    if _find_stream(content, _ENCRYPTED_STREAM):
        return {"reason": pdf.ENCRYPTED}
    for stream, ending in _STREAMS.items():
        if head := _find_stream(content, stream):
            is_locked = _is_locked_doc if ending == "doc" else _is_locked_xls
            return {"reason": pdf.ENCRYPTED} if is_locked(head) else {"ending": ending}
    return {"reason": pdf.NOT_PDF}


def _find_stream(content, name):
    """Return how a stream begins, None where there is none ([MS-CFB], 2.6.1)."""
    text = name.encode("utf-16-le")
    entry = text.ljust(64, b"\0") + (len(text) + 2).to_bytes(2, "little") + b"\x02"
    place = content.find(entry)
    if place < 0:
        return None
    sector_size = 1 << int.from_bytes(content[30:32], "little")
    sector = int.from_bytes(content[place + 116 : place + 120], "little")
    begin = (sector + 1) * sector_size
    return content[begin : begin + sector_size] or b"\0"


def _is_locked_doc(head):
    # [MS-DOC], section 2.5.2, fEncrypted
    return bool(int.from_bytes(head[10:12], "little") & 0x0100)


def _is_locked_xls(head):
    # [MS-XLS], section 2.4.117: FilePass follows the beginning
    begin = 4 + int.from_bytes(head[2:4], "little")
    return head[begin : begin + 2] == b"\x2f\x00"


def _read_package(content):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = package.namelist()
        if "mimetype" in names:
            ending = _OPEN_TYPES.get(_read_part(package, "mimetype").strip())
            if ending and b"encryption-data" in _read_part(package, _MANIFEST):
                return {"reason": pdf.ENCRYPTED}
        else:
            types = _read_part(package, _TYPES_PART) if _TYPES_PART in names else b""
            found = (_MAIN_TYPES[word] for word in _MAIN_TYPES if word in types)
            ending = next(found, None)
    return {"ending": ending} if ending else {"reason": pdf.NOT_PDF}


def _read_part(package, name):
    with package.open(name) as part:
        return part.read(_PART_BYTES)


def draw_picture(content):
    """Draw a picture on a page of A4, each of a scan on its own.

    :param bytes content: the whole file
    :return: ``{"pdf": base64}``, or ``{"reason": constant of pdf}``
    """
    try:
        with Image.open(io.BytesIO(content), formats=_PICTURE_FORMATS) as picture:
            # Of a PNG, loading it would bear an end that is missing
            picture.verify()
        with Image.open(io.BytesIO(content), formats=_PICTURE_FORMATS) as picture:
            pages = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
            width, height = picture.size
            if width * height > MAX_PIXELS or pages > MAX_PAGES:
                return {"reason": pdf.TOO_COSTLY}
            # Its compressed data go into the PDF
            is_photo = picture.format == "JPEG" and picture.mode in _PHOTO_MODES
            data = io.BytesIO(content) if is_photo else None
            drawn = _draw(picture, pages, data)
            if len(drawn) > assumptions.MAX_FILE_BYTES and not data:
                drawn = _draw(picture, pages, is_lossy=True)
    except (MemoryError, Image.DecompressionBombError):
        return {"reason": pdf.TOO_COSTLY}
    except Exception:  # a broken file breaks the reader in any way it likes
        return {"reason": pdf.DAMAGED}
    return {"pdf": base64.b64encode(drawn).decode()}


def _draw(picture, pages, data=None, is_lossy=False):
    # Not in Odoo's own process: the setting holds for all that it prints
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    rl_config.useA85 = 0
    output = io.BytesIO()
    canvas = Canvas(output, invariant=True)
    for frame in islice(ImageSequence.Iterator(picture), pages):
        if frame.width * frame.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        _draw_page(canvas, frame, data, is_lossy)
    canvas.save()
    return output.getvalue()


def _draw_page(canvas, frame, data, is_lossy):
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.utils import ImageReader

    # Fails with what is cut short; turns a TIFF
    frame.load()
    width, height = frame.size
    turn = _TURNS.get(frame.getexif().get(_ORIENTATION))
    matrix = turn(width, height) if turn else (1, 0, 0, 1, 0, 0)
    shown = (width, height) if matrix[0] else (height, width)
    page = landscape(A4) if shown[0] > shown[1] else A4
    room = [side - 2 * MARGIN for side in page]
    scale = min(1, room[0] / shown[0], room[1] / shown[1])
    canvas.setPageSize(page)
    canvas.translate(
        (page[0] - scale * shown[0]) / 2, page[1] - MARGIN - scale * shown[1]
    )
    canvas.scale(scale, scale)
    canvas.transform(*matrix)
    source = data or _prepare(frame, is_lossy)
    canvas.drawImage(ImageReader(source), 0, 0, width, height)
    canvas.showPage()


def _prepare(frame, is_lossy):
    """Return a picture on white as reportlab draws it, in eight bits a colour.

    :return: PIL.Image.Image, or the file of a JPEG
    """
    if frame.mode.startswith("I;16"):
        frame = frame.convert("I")
    if frame.mode == "I":
        frame = frame.point(lambda value: value / 256).convert("L")
    if frame.has_transparency_data:
        frame = frame.convert("RGBA")
        white = Image.new("RGBA", frame.size, "white")
        frame = Image.alpha_composite(white, frame)
    if frame.mode not in ("1", "L"):
        frame = frame.convert("RGB")
    if not is_lossy:
        return frame
    output = io.BytesIO()
    frame.convert("L" if frame.mode == "1" else frame.mode).save(
        output, "JPEG", quality=90
    )
    output.seek(0)
    return output
