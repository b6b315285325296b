# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from odoo.addons.autenti_esign.bundle import stream

from .common import PadesCommon


class TestBundle(PadesCommon):
    """The evidence tells what was proven, and pyHanko's command line finds the same."""

    def setUp(self):
        super().setUp()
        self.trust()
        self.request = self.receive()
        self.run_validation()
        request = self.request.with_user(self.seller)
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        with self.allow_pdf_render():
            content = b"".join(stream(request._get_bundle()))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(self.folder)
        (self.folder / "authority.pem").write_bytes(self.authority.pem)

    def validate(self):
        """Run the command of the README."""
        readme = (self.folder / "README.txt").read_text(encoding="utf-8")
        (command,) = (
            line.split() for line in readme.splitlines() if " pyhanko " in f" {line} "
        )
        self.assertEqual(command[0], "pyhanko")
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_it_holds_the_report_of_the_validation(self):
        report = json.loads((self.folder / "validation.json").read_text())
        self.assertEqual(report["verdict"], "green")
        self.assertEqual(report["sha256"], self.request.signed_sha256)

    def test_the_command_of_the_readme_validates_the_signed_file(self):
        result = self.validate()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        signed = self.folder / "signed.pdf"
        content = bytearray(signed.read_bytes())
        content[len(content) // 3] ^= 1
        signed.write_bytes(content)
        self.assertNotEqual(self.validate().returncode, 0)
