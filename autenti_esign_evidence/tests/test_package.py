# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import hashlib
import io
import json
import random
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase
from odoo.tools import SQL
from odoo.tools.pdf import PdfReader

from odoo.addons.autenti_esign.client import jwk
from odoo.addons.autenti_esign.tests.common import (
    BOARD_EMAIL,
    CLIENT_EMAIL,
    PDF,
    SELLER_EMAIL,
    AutentiCommon,
    draw_pdf,
    private_key,
)
from odoo.addons.autenti_esign.tests.test_callbacks import KEY_ID, foreign_key, sign
from odoo.addons.autenti_esign.tests.test_enclosures import OFFICE_FILES, draw_picture
from odoo.addons.autenti_esign.tests.test_signed_files import (
    DOCUMENT,
    FileNamesCommon,
    SignedFilesCommon,
)

from ..package import EvidencePackage
from ..zip_stream import stream

MEGABYTE = 1024 * 1024


class TestPackage(HttpCase, AutentiCommon):
    """What proves a signature is handed over as one file that proves itself."""

    def setUp(self):
        super().setUp()
        self.request = self.send()
        self.sign(self.request, CLIENT_EMAIL, SELLER_EMAIL)
        self.callbacks = self.env["autenti.callback"]

    def receive(self, event_id, request=None, **values):
        body = f'[ {{"id": "{event_id}"}} ]'
        self.callbacks += self.env["autenti.callback"].create(
            {
                "event_id": event_id,
                "event_type": "DOCUMENT:SIGNED",
                "jwks_url": "https://keys.example.com",
                "key_id": KEY_ID,
                "body": body,
                "signature": sign(body.encode()),
                "public_key": json.dumps(jwk.public_jwk(private_key(), KEY_ID)),
                "state": "done",
                "request_id": (request or self.request).id,
                **values,
            }
        )
        return self.callbacks[-1]

    def test_it_names_who_sent_it_whoever_keeps_it_now(self):
        def get_sender(request):
            return self.colleague

        self.patch(self.registry["autenti.request"], "_get_sender", get_sender)
        facts = EvidencePackage(self.request).get_facts()
        self.assertEqual(facts["sent_by"], "Piotr Zima")

    def unpack_package(self, user=None):
        """Return the unpacked package of a user: bytes by name."""
        request = self.request.with_user(user or self.seller)
        content = b"".join(stream(request._get_evidence_package().get_files()))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertIsNone(archive.testzip())
            return {name: archive.read(name) for name in archive.namelist()}

    def unpack(self, files):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    def run_in(self, folder, *command):
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False
        )

    def test_it_holds_all_that_proves_a_signature(self):
        self.receive("event-1")
        files = self.unpack_package()
        self.assertEqual(
            list(files),
            [
                "README.txt",
                "sent.pdf",
                "signed.pdf",
                "request.json",
                "audit-trail.json",
                "audit-trail.pdf",
                "check_audit_trail.py",
                "validation.json",
                "callbacks.json",
                "callbacks/0001.json",
                "check_callbacks.py",
                "MANIFEST.sha256",
            ],
        )
        self.assertEqual(files["sent.pdf"], self.request.source_attachment_id.raw)
        self.assertEqual(files["signed.pdf"], self.request.signed_attachment_id.raw)
        facts = json.loads(files["request.json"])
        for key, name in (
            ("sha256_when_sent", "sent.pdf"),
            ("sha256_when_received", "signed.pdf"),
        ):
            self.assertEqual(facts[key], hashlib.sha256(files[name]).hexdigest())
        self.assertEqual(
            [signer["name"] for signer in facts["signers"]],
            ["Jan Kowalski", "Anna Nowak"],
        )
        self.assertEqual(files["callbacks/0001.json"], b'[ {"id": "event-1"} ]')
        (callback,) = json.loads(files["callbacks.json"])
        self.assertEqual(callback["key_id"], KEY_ID)
        self.assertEqual(callback["key_set"], "https://keys.example.com")
        self.assertEqual(callback["body"], "callbacks/0001.json")
        self.assertIsNone(json.loads(files["validation.json"])["verdict"])

    def test_the_readable_audit_trail_tells_the_same(self):
        self.seller.lang = "pl_PL"
        text = " ".join(
            page.extract_text()
            for page in PdfReader(
                io.BytesIO(self.unpack_package()["audit-trail.pdf"])
            ).pages
        )
        text = "".join(text.split())
        for event in self.request.event_ids:
            for part in (event.text, event.sha256):
                self.assertIn("".join(part.split()), text)

    def test_it_is_checked_without_odoo(self):
        self.receive("event-1")
        folder = self.unpack(self.unpack_package())
        checks = (
            ("sha256sum", "--strict", "-c", "MANIFEST.sha256"),
            (sys.executable, "-I", "check_audit_trail.py", "audit-trail.json"),
            (sys.executable, "-I", "check_callbacks.py", "callbacks.json"),
        )
        for check in checks:
            result = self.run_in(folder, *check)
            self.assertEqual(result.returncode, 0, result.stderr)
        readme = (folder / "README.txt").read_text()
        self.assertIn("sha256sum -c MANIFEST.sha256", readme)
        # pyHanko asks for a time zone that not every system has
        self.assertIn("pip install pyhanko-cli tzdata", " ".join(readme.split()))
        self.assertIn("pyhanko sign validate", readme)
        self.assertIn("check_callbacks.py callbacks.json", readme)
        for name, before, after in (
            ("audit-trail.json", "Jan", "Jon"),
            ("callbacks/0001.json", "[ ", "["),
        ):
            file = folder / name
            file.write_text(file.read_text().replace(before, after, 1))
        for check in checks:
            self.assertEqual(self.run_in(folder, *check).returncode, 1, check)

    def test_a_callback_that_proves_nothing_is_found(self):
        self.receive("event-1")
        folder = self.unpack(self.unpack_package())
        file = folder / "callbacks.json"
        (genuine,) = json.loads(file.read_text())
        for changes, told in (
            ({}, "OK: 1 of 1"),
            ({"key": jwk.public_jwk(foreign_key(), KEY_ID)}, "NOT SIGNED"),
            ({"signature": sign(b"[]")}, "NOT SIGNED"),
            ({"signature": sign(b"[]", "s" * 32, "HS256")}, "NOT SIGNED"),
            ({"event": "event-2"}, "NOT TELL"),
            ({"signature": None}, "not kept"),
            ({"body": None}, "OK: 0 of 1"),
        ):
            file.write_text(json.dumps([genuine | changes]))
            result = self.run_in(
                folder, sys.executable, "-I", "check_callbacks.py", "callbacks.json"
            )
            with self.subTest(told=told, changes=changes):
                self.assertIn(told, result.stdout or result.stderr)
                self.assertEqual(result.returncode, 0 if told[:2] == "OK" else 1)

    def test_it_is_whole_before_the_end_too(self):
        agreement = self._create_agreement(self.seller)
        self.request = self.submit(agreement)
        files = self.unpack_package()
        self.assertIn("sent.pdf", files)
        self.assertNotIn("signed.pdf", files)
        result = self.run_in(
            self.unpack(files), "sha256sum", "--strict", "-c", "MANIFEST.sha256"
        )
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_lost_file_is_named_and_the_rest_is_there(self):
        file = self.request.signed_attachment_id
        Path(file._full_path(file.store_fname)).rename(
            moved := Path(f"{file._full_path(file.store_fname)}-moved")
        )
        self.addCleanup(moved.rename, file._full_path(file.store_fname))
        files = self.unpack_package()
        self.assertIn("sent.pdf", files)
        self.assertNotIn("signed.pdf", files)
        self.assertIn(b"signed.pdf: MISSING", files["README.txt"])

    def test_a_post_about_others_too_is_for_administrators(self):
        other = self.send(self._create_agreement(self.seller))
        first = self.receive("event-1")
        self.receive("event-2", body=False, post_id=first.id)
        self.assertIn("callbacks/0001.json", self.unpack_package())
        self.receive("event-3", other, body=False, post_id=first.id)
        for user in (self.seller, self.manager):
            files = self.unpack_package(user)
            self.assertNotIn("callbacks/0001.json", files)
            described = json.loads(files["callbacks.json"])
            self.assertEqual([each["body"] for each in described], [None] * 2)
        files = self.unpack_package(self._create_administrator())
        described = json.loads(files["callbacks.json"])
        self.assertEqual(
            [each["body"] for each in described], ["callbacks/0001.json"] * 2
        )
        self.assertEqual(files["callbacks/0001.json"], first.body.encode())

    def test_who_may_not_read_the_request_gets_nothing(self):
        for user in (self.colleague, self.board_seller, self.board_member):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.request.with_user(user)._get_evidence_package().get_files()

    def test_one_click_downloads_it(self):
        url = self.request.with_user(self.seller).action_download_evidence()["url"]
        self.seller.password = self.colleague.password = "password-of-both"
        self.authenticate(self.seller.login, "password-of-both")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/zip")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertIn("signed.pdf", archive.namelist())
        self.assertEqual(self.url_open("/autenti/evidence/0").status_code, 404)
        self.authenticate(self.colleague.login, "password-of-both")
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_memory_stays_flat(self):
        file = self.request.signed_attachment_id
        path = Path(file._full_path(f"{file.store_fname}-large"))
        self.addCleanup(path.unlink)
        block = random.Random(0).randbytes(MEGABYTE)
        with path.open("wb") as large:
            for _number in range(100):
                large.write(block)
        self.env.cr.execute(
            SQL(
                "UPDATE ir_attachment SET store_fname = store_fname || '-large' "
                "WHERE id = %s",
                file.id,
            )
        )
        self.env.invalidate_all()
        self.seller.password = "password-of-anna"
        self.authenticate(self.seller.login, "password-of-anna")
        url = self.request.with_user(self.seller).action_download_evidence()["url"]
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        # The server is in this process, so what it takes is seen here
        with self.opener.get(self.base_url() + url, stream=True) as response:
            size = sum(len(chunk) for chunk in response.iter_content(MEGABYTE))
        _now, peak = tracemalloc.get_traced_memory()
        self.assertGreater(size, 100 * MEGABYTE)
        self.assertLess(peak, 32 * MEGABYTE)

    # === What others tell ===

    def test_it_holds_what_a_check_of_the_signed_file_has_found(self):
        report = {"verdict": "green", "sha256": self.request.signed_sha256}
        self.patch(
            self.registry["autenti.request"],
            "_get_validation_report",
            lambda request: report,
        )
        files = self.unpack_package()
        self.assertEqual(json.loads(files["validation.json"]), report)

    def test_it_shows_each_fetch_of_a_clients_link(self):
        request = self.send(self._create_agreement(self.seller))
        request.with_user(self.seller).action_fetch_client_link()
        files = dict(request._get_evidence_package().get_files())
        entries = json.loads(files["audit-trail.json"])["entries"]
        (entry,) = (each for each in entries if each["kind"] == "link")
        self.assertEqual(entry["author"], "Anna Nowak")
        self.assertIn("Jan Kowalski", entry["text"])
        self.assertNotIn("sign.example.com", files["audit-trail.json"].decode())

    def test_it_tells_who_has_really_signed(self):
        request = self.send_by_board()
        olga = "olga.bak@spolka.example.com"
        self.autenti.replace(request.process_id, BOARD_EMAIL, "Olga Bąk", olga)
        self.sign(request, CLIENT_EMAIL, olga)
        package = EvidencePackage(request)
        facts = package.get_facts()["signers"][1]
        self.assertEqual(
            (facts["name"], facts["acted_by"], facts["deviation"]),
            ("Ewa Lis", "Olga Bąk", "person"),
        )
        sentence = "Olga Bąk acts in place of Ewa Lis"
        self.assertIn(sentence, package.get_readme())
        self.assertIn(sentence, "\n".join(request.event_ids.mapped("text")))


class TestFiles(SignedFilesCommon):
    """Each file has a name of its own in the package, and a line in the README."""

    def get_names(self, request):
        return [name for name, _file in EvidencePackage(request).kept]

    def test_enclosures_that_are_in_the_signed_document_are_told(self):
        request = self.send_named({"Cennik.pdf": draw_pdf("Cennik")})
        self.give_back(request, (DOCUMENT, draw_pdf("all in one")))
        package = EvidencePackage(request)
        readme = package.get_readme()
        self.assertIn("TEST Cennik.pdf: is part of the signed document", readme)
        self.assertIn("\n  signed.pdf: TEST Umowa - signed.pdf", readme)
        (along,) = package.get_facts()["sent_along"]
        self.assertEqual(
            (along["name"], along["signed_as"]), ("TEST Cennik.pdf", "part")
        )

    def test_what_has_no_place_is_in_it(self):
        request = self.send_named({})
        self.give_back(
            request, ("Więcej.pdf", draw_pdf("more")), ("x.pdf", PDF + b"% signed")
        )
        self.assertEqual(
            self.get_names(request), ["sent.pdf", "signed-1.pdf", "signed-2.pdf"]
        )

    def test_files_are_named_by_their_kind(self):
        for ending, content in OFFICE_FILES.items():
            with self.subTest(ending=ending):
                agreement = self._create_agreement(self.seller)
                dialog = self.open_dialog(agreement)
                content = base64.b64encode(content)
                dialog.file_ids = [
                    Command.create({"name": "Cennik.png", "file": content})
                ]
                dialog.action_send()
                self.assertEqual(
                    self.get_names(self.request_of(agreement)),
                    ["sent-1.pdf", f"sent-2.{ending}"],
                )

    def test_a_picture_is_in_it_as_the_pdf_that_was_sent(self):
        dialog = self.open_dialog()
        picture = base64.b64encode(draw_picture())
        dialog.file_ids = [Command.create({"name": "plan.png", "file": picture})]
        dialog.action_send()
        request = self.request_of(self.agreement)
        self.assertEqual(self.get_names(request), ["sent-1.pdf", "sent-2.pdf"])


class TestNames(FileNamesCommon):
    def test_a_line_break_in_a_name_writes_no_line_into_the_readme(self):
        readme = EvidencePackage(self.send_evil()).get_readme()
        self.assertNotIn("\nsigned.pdf: is forged", readme)
        self.assertNotIn("\u202e", readme)
        self.assertIn(f"sent-2.pdf: TEST {self.CLEAN}", readme)
        self.assertIn(
            "request “TEST Umowa signed.pdf: is forged”", readme.splitlines()[0]
        )
