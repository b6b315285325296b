# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import subprocess
import sys
import tempfile
from pathlib import Path

# A command that is told to people; the addon itself need not be installed
from odoo.addons.autenti_esign_evidence.package import PYHANKO

from .common import PadesCommon


class TestCommand(PadesCommon):
    """What evidence packages say to run finds the same as the validation."""

    def setUp(self):
        super().setUp()
        self.trust()
        self.request = self.receive()
        self.run_validation()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.signed = self.folder / "signed.pdf"
        self.signed.write_bytes(self.request.signed_attachment_id.raw)
        (self.folder / "authority.pem").write_bytes(self.authority.pem)

    def validate(self):
        command = PYHANKO.split()
        self.assertEqual(command[0], "pyhanko")
        return subprocess.run(
            [sys.executable, "-m", *command, self.signed.name],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_the_report_is_handed_to_who_asks_for_it(self):
        report = self.request._get_validation_report()
        self.assertEqual(report["verdict"], "green")
        self.assertEqual(report["sha256"], self.request.signed_sha256)

    def test_the_command_validates_the_signed_file(self):
        result = self.validate()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        content = bytearray(self.signed.read_bytes())
        content[len(content) // 3] ^= 1
        self.signed.write_bytes(content)
        self.assertNotEqual(self.validate().returncode, 0)
