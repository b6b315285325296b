# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A ZIP with a manifest, made while it is sent: no file is ever whole in memory."""

import hashlib
import io
import zipfile

from odoo.addons.autenti_esign.models.ir_attachment import read

MANIFEST = "MANIFEST.sha256"


class _Outbox(io.RawIOBase):
    """Where the ZIP is written to, and from where it is sent on, piece by piece."""

    def __init__(self):
        super().__init__()
        self._pieces = []

    def writable(self):
        return True

    def write(self, data):  # pylint: disable=method-required-super
        self._pieces.append(bytes(data))
        return len(data)

    def take(self):
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def stream(files):
    """Make a ZIP of files and a manifest of their SHA-256, as `sha256sum` writes it.

    :param files: iterable of (name, content); the name in ASCII without spaces, the
        content bytes, or a pathlib.Path to read it from
    :return: generator of bytes
    :raise OSError: a path can't be read
    """
    outbox = _Outbox()
    manifest = []
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files:
            digest = hashlib.sha256()
            # The size isn't known yet to the ZIP, which may have to leave room for it
            with archive.open(name, "w", force_zip64=True) as member:
                for chunk in read(content):
                    digest.update(chunk)
                    member.write(chunk)
                    yield outbox.take()
            manifest.append(f"{digest.hexdigest()}  {name}\n")
        archive.writestr(MANIFEST, "".join(manifest))
    yield outbox.take()
