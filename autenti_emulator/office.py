# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Office files become PDFs: by LibreOffice, or a page that stands for them."""

import shutil
import subprocess
import tempfile
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from . import card
from .errors import Refusal
from .facts import OFFICE_TYPES

ENDINGS = {mime_type: ending for ending, mime_type in OFFICE_TYPES.items()}
# [MS-CFB], section 2.2: old formats, and new ones that need a password
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_ENDINGS = ("doc", "xls")
PROGRAMS = ("soffice", "libreoffice")
MAX_MANIFEST = 1_000_000  # bytes of it that are looked at
PATIENCE = 120  # seconds that a conversion may take


def convert(content: bytes, filename: str, mime_type: str) -> bytes:
    """A PDF of an office file. ``mime_type`` is one of `facts.OFFICE_TYPES`."""
    ending = ENDINGS[mime_type]
    _check(content, ending)
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program:
        return _ask_office(program, content, ending)
    return card.draw_stand_in(filename, mime_type, content)


def _check(content: bytes, ending: str) -> None:
    """Refuse what isn't of this type, and what needs a password (the help page)."""
    is_compound = content.startswith(COMPOUND)
    if ending in OLD_ENDINGS:
        if not is_compound:
            raise _damaged(ending)
    elif is_compound or _is_encrypted(content, ending):
        raise Refusal("FILE_ENCRYPTED", "The file is encrypted.")


def _is_encrypted(content: bytes, ending: str) -> bool:
    """OpenDocument 1.3, part 2, section 3.4.1."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names:
                return False
            with archive.open("META-INF/manifest.xml") as manifest:
                return b"encryption-data" in manifest.read(MAX_MANIFEST)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError):
        raise _damaged(ending) from None


def _damaged(ending: str) -> Refusal:
    return Refusal("FILE_DAMAGED", f"The file can't be read as {ending.upper()}.")


def _ask_office(program: str, content: bytes, ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / f"source.{ending}"
        source.write_bytes(content)
        command = [
            program,
            # Two at once would share a profile, and the second would do nothing
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--headless", "--convert-to", "pdf", "--outdir", name, str(source)),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True)
            return (folder / "source.pdf").read_bytes()
        except (subprocess.SubprocessError, OSError):
            raise _damaged(ending) from None
