# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What goes along with the document, and what becomes of pictures."""

import base64
import io
import zipfile

import pypdfium2
import pytest
from client import assumptions, enclosures, pdf
from PIL import Image, ImageChops, ImageFile, ImageOps
from PIL import WebPImagePlugin as _webp  # noqa: F401  Odoo leaves it out
from reportlab import rl_config

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture(autouse=True)
def own_settings(monkeypatch):
    # `draw_picture` sets it, in a process of its own, where Odoo sets nothing
    monkeypatch.setattr(rl_config, "useA85", 1)
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)


def save(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def quarters(width=200, height=100):
    """A picture that looks different from each side."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(BLUE, (width // 2, height // 2, width, height))
    return picture


def draw(content):
    return base64.b64decode(enclosures.draw_picture(content)["pdf"])


def look(content, page=0, scale=1):
    """Show a page as a viewer does."""
    shown = pypdfium2.PdfDocument(content)[page].render(scale=scale)
    return shown.to_pil().convert("RGB")


def pixel_of(picture):
    shown = look(draw(picture))
    return shown.getpixel((shown.width // 2, enclosures.MARGIN + 10))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_says(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = save(quarters(), kind, exif=exif)
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    page = look(draw(content))
    left = (page.width - wanted.width) // 2
    top = enclosures.MARGIN
    shown = page.crop((left, top, left + wanted.width, top + wanted.height))
    difference = ImageChops.difference(shown, wanted).convert("L").resize((20, 20))
    assert difference.getextrema()[1] < 40


@pytest.mark.parametrize("size", [(10, 10), (3000, 100), (100, 3000), (2480, 3508)])
def test_a_picture_fits_on_a_page_of_a4(size):
    content = draw(save(Image.new("L", size, 0)))
    (page,) = pypdfium2.PdfDocument(content)
    width, height = page.get_size()
    assert sorted(map(round, (width, height))) == [595, 842]
    assert (width > height) == (size[0] > size[1])
    black = ImageOps.invert(look(content)).getbbox()
    assert black[0] >= enclosures.MARGIN - 1
    assert black[1] >= enclosures.MARGIN - 1
    assert black[2] <= width - enclosures.MARGIN + 2
    assert black[3] <= height - enclosures.MARGIN + 2


def test_a_photo_keeps_the_data_of_its_camera():
    content = save(quarters(2000, 1000), "JPEG", quality=90)
    assert content in draw(content)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("RGBA", (50, 50), (255, 0, 0, 0)), 255),
        (Image.new("LA", (50, 50), (0, 0)), 255),
        (Image.new("1", (50, 50), 1), 255),
        (Image.new("I;16", (50, 50), 32768), 128),
        (Image.new("L", (50, 50), 7), 7),
    ],
)
def test_what_is_transparent_is_white_and_no_depth_is_lost(picture, expected):
    assert pixel_of(save(picture)) == (expected,) * 3


def test_a_scan_of_several_pages_keeps_them_all():
    pages = [quarters(), quarters(100, 300), quarters()]
    content = draw(save(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert len(pypdfium2.PdfDocument(content)) == 3


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP"])
def test_other_pictures_go_too_and_what_moves_stands_still(kind):
    more = {"save_all": True, "append_images": [quarters()]} if kind == "GIF" else {}
    assert len(pypdfium2.PdfDocument(draw(save(quarters(), kind, **more)))) == 1


def test_what_would_be_too_large_without_loss_is_compressed(monkeypatch):
    content = save(Image.effect_noise((400, 400), 90).convert("RGB"))
    without_loss = len(draw(content))
    monkeypatch.setattr(assumptions, "MAX_FILE_BYTES", without_loss - 1)
    assert len(draw(content)) < without_loss


@pytest.mark.parametrize(
    "content",
    [
        *(save(quarters())[:100], save(quarters(), "JPEG")[:900]),
        *(b"\x89PNG\r\n\x1a\n", b"BM", b"GIF89a", b"RIFF....WAVE"),
    ],
)
def test_what_is_no_picture_is_damaged(content):
    assert enclosures.draw_picture(content) == {"reason": pdf.DAMAGED}


def test_an_animation_or_scan_without_end_is_too_costly(monkeypatch):
    monkeypatch.setattr(enclosures, "MAX_PAGES", 2)
    pages = [quarters()] * 2
    content = save(quarters(), "TIFF", save_all=True, append_images=pages)
    assert enclosures.draw_picture(content) == {"reason": pdf.TOO_COSTLY}


def test_an_archive_that_unpacks_to_very_much_is_not_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("[Content_Types].xml", "w") as part:
            for _piece in range(300):
                part.write(bytes(1024 * 1024))
    assert enclosures.find_office_type(buffer.getvalue()) == {"reason": pdf.NOT_PDF}


@pytest.mark.parametrize(
    ("name", "mimetype", "expected"),
    [
        ("plan.PNG", "application/pdf", "plan.pdf"),
        ("plan.PDF", "application/pdf", "plan.PDF"),
        ("Zał. nr 1. Cennik", "application/pdf", "Zał. nr 1. Cennik.pdf"),
        ("a.doc", assumptions.CONVERTED_TYPES["docx"], "a.docx"),
        ("a.b", assumptions.CONVERTED_TYPES["ods"], "a.b.ods"),
        (".pdf", "application/pdf", ".pdf"),
        ("x", "text/plain", "x"),
    ],
)
def test_a_file_is_named_after_what_is_sent(name, mimetype, expected):
    assert enclosures.name_sendable(name, mimetype) == expected
