# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from pathlib import PurePath

from odoo.tests import tagged

from odoo.addons.autenti_esign.client import const
from odoo.addons.autenti_esign.tests.common import (
    CLIENT_EMAIL,
    SELLER_EMAIL,
    AutentiCommon,
)

from autenti_emulator import signing
from autenti_emulator.card import Line
from autenti_emulator.facts import SignatureType


@tagged("post_install", "-at_install")
class PadesCommon(AutentiCommon):
    """As in the core, but what comes back is really signed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = signing.Authority.create()

    def trust(self, content=None, **values):
        """Have the administrator trust an authority, the signers' own if not told."""
        return self.env["autenti.trust"].create(
            {
                "connection_id": self.connection.id,
                "file": base64.b64encode(content or self.authority.pem),
                **values,
            }
        )

    def seal(self, source, *names):
        """Sign a file as the emulator does."""
        lines = [
            Line(name, "x@example.com", "Firma", "", SignatureType.BASIC)
            for name in names
        ]
        pdf = signing.prepare(source, "Umowa", "process-1", lines, manual=False)
        for index, line in enumerate(lines):
            pdf = signing.sign(pdf, index, line, self.authority, manual=False)
        return pdf

    def receive(self, change=None, names=("Jan Kowalski", "Anna Nowak"), **enclosures):
        """Send a contract and have it come back, before anything was validated.

        :param change: takes the signed file, and returns what comes back instead
        :param names: of those who sign
        :param enclosures: by file name, what takes the signed file of what was sent
            along, and returns what comes back instead, or None
        :return: the request, in sudo
        """
        request = self.send()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email, with_file=False)
        signed = self.seal(request.source_attachment_id.raw, *names)
        self.autenti._add_file(
            request.process_id,
            "signed.pdf",
            const.FILE_SIGNED,
            change(signed) if change else signed,
        )
        for file in request.file_ids:
            signed = self.seal(file.attachment_id.raw, *names)
            name = PurePath(file.name).stem.removeprefix("TEST ")
            if content := enclosures[name](signed):
                self.autenti._add_file(
                    request.process_id, file.name, const.FILE_SIGNED, content
                )
        self.poll(request)
        return request

    def run_validation(self):
        cron = self.env.ref("autenti_esign_pades.ir_cron_autenti_validation")
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()
