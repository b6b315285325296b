# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import hashlib
import io
import json
import zipfile
from datetime import datetime

import requests
from freezegun import freeze_time
from PIL import Image

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from ..client import assumptions
from ..models.autenti_request_sync import FURTHER_PATIENCE
from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon, draw_pdf

PRICES = draw_pdf("Cennik")
TERMS = draw_pdf("OWU")


def pack(parts):
    """Make a ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def open_document(kind, manifest=b""):
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return pack({"mimetype": mimetype, "META-INF/manifest.xml": manifest})


def compound(stream, head=b""):
    """Make a compound file with one stream ([MS-CFB], sections 2.2 and 2.6.1)."""
    name = stream.encode("utf-16-le")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(30, b"\0") + b"\x09\0"
    length = (len(name) + 2).to_bytes(2, "little")
    entry = name.ljust(64, b"\0") + length + b"\x02"
    entry = entry.ljust(116, b"\0") + (1).to_bytes(4, "little")
    sectors = (header, entry, head)
    return b"".join(sector.ljust(512, b"\0") for sector in sectors)


def open_xml(kind):
    kinds = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
    return pack({"[Content_Types].xml": f'<Override ContentType="{kinds}"/>'})


OFFICE_FILES = {
    "doc": compound("WordDocument"),
    "docx": open_xml("wordprocessingml.document"),
    "ods": open_document("spreadsheet"),
    "odt": open_document("text"),
    "xls": compound("Workbook", b"\x09\x08\x10\0"),
    "xlsx": open_xml("spreadsheetml.sheet"),
}


def draw_picture(kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(buffer, kind)
    return buffer.getvalue()


class EnclosuresCommon(AutentiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["agreement.type"].create(
            {
                "name": "Sale",
                "autenti_enclosure_ids": [
                    Command.create(
                        {"sequence": order, "name": name, "file": base64.b64encode(raw)}
                    )
                    for order, name, raw in (
                        (2, "OWU.pdf", TERMS),
                        (1, "Cennik.pdf", PRICES),
                    )
                ],
            }
        )
        cls.agreement.with_user(cls.seller).agreement_type_id = cls.kind

    def add_file(self, dialog, name, content):
        dialog.file_ids = [
            Command.create(
                {"name": name, "file": base64.b64encode(content), "sequence": 9}
            )
        ]


class TestEnclosures(EnclosuresCommon):
    """What goes along with a contract, and what the document itself is."""

    def assertBlocked(self, dialog, message):
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, message):
            dialog.action_send()
        self.assertFalse(self.request_of(self.agreement))

    # === Sent along ===

    def test_the_types_files_go_along_in_their_order(self):
        request = self.send()
        (process,) = self.autenti.sent
        sent = [self.autenti.contents[file["id"]] for file in process["files"]]
        self.assertEqual(sent, [PDF, PRICES, TERMS])
        names = [file["filename"] for file in process["files"]]
        self.assertEqual(names[1:], ["TEST Cennik.pdf", "TEST OWU.pdf"])
        self.assertEqual(request.file_ids.mapped("attachment_id.raw"), [PRICES, TERMS])
        self.assertEqual(
            request.file_ids.mapped("sha256"),
            [hashlib.sha256(content).hexdigest() for content in (PRICES, TERMS)],
        )

    def test_each_file_is_uploaded_once_whatever_breaks(self):
        for position in (1, 2, 3):
            for after in (False, True):
                with self.subTest(position=position, after=after):
                    self.meet_autenti()
                    agreement = self._create_agreement(
                        self.seller, agreement_type_id=self.kind.id
                    )
                    request = self.submit(agreement)
                    uploads = self.autenti.count("upload")
                    self.autenti.fail(
                        "upload", requests.Timeout(), after=after, nth=position
                    )
                    self.run_cron()
                    self.assertEqual(request.state, "to_send")
                    self.poll(request)
                    self.assertEqual(request.state, "sent")
                    (process,) = self.autenti.sent
                    self.assertEqual(
                        [self.autenti.contents[f["id"]] for f in process["files"]],
                        [PDF, PRICES, TERMS],
                    )
                    expected = 3 if after else 4
                    self.assertEqual(self.autenti.count("upload") - uploads, expected)

    def test_the_dialog_changes_what_goes_along(self):
        dialog = self.open_dialog()
        with Form(dialog) as form:
            with form.file_ids.new() as line:
                line.name = "plan.png"
                line.file = base64.b64encode(draw_picture())
            form.file_ids.remove(0)
        dialog.action_send()
        request = self.request_of(self.agreement)
        self.assertEqual(
            request.file_ids.mapped("name"), ["TEST OWU.pdf", "TEST plan.pdf"]
        )
        self.assertEqual(
            set(request.file_ids.attachment_id.mapped("mimetype")), {"application/pdf"}
        )

    def test_pictures_are_made_into_pdfs_before_they_are_sent(self):
        for kind in ("PNG", "JPEG", "GIF", "BMP"):
            with self.subTest(kind=kind):
                agreement = self._create_agreement(self.seller)
                dialog = self.open_dialog(agreement)
                self.add_file(dialog, f"plan.{kind}", draw_picture(kind))
                dialog.action_send()
                self.run_cron()
                request = self.request_of(agreement)
                self.assertEqual(request.state, "sent")
                *_others, uploaded = self.autenti.calls_of("upload")
                file = uploaded.files["file"]
                self.assertEqual(file.filename, "TEST plan.pdf")
                self.assertEqual(file.content_type, "application/pdf")
                self.assertTrue(file.read().startswith(b"%PDF-"))

    def test_the_form_shows_the_pdf_of_a_picture_at_once(self):
        dialog = self.open_dialog()
        with Form(dialog) as form, form.file_ids.new() as line:
            line.name = "plan.png"
            line.file = base64.b64encode(draw_picture())
            self.assertTrue(base64.b64decode(line.file).startswith(b"%PDF-"))
        file = dialog.file_ids.sorted("id")[-1]
        action = file.action_open()
        self.assertIn(f"/web/content/autenti.send.file/{file.id}/file", action["url"])

    def test_a_picture_of_the_type_goes_along_as_a_pdf(self):
        self.kind.autenti_enclosure_ids = [
            Command.clear(),
            Command.create(
                {"name": "mapa.JPG", "file": base64.b64encode(draw_picture("JPEG"))}
            ),
        ]
        dialog = self.open_dialog()
        shown = base64.b64decode(dialog.file_ids.file)
        self.assertTrue(shown.startswith(b"%PDF-"))
        dialog.action_send()
        file = self.request_of(self.agreement).file_ids
        self.assertEqual(file.name, "TEST mapa.pdf")
        self.assertTrue(file.attachment_id.raw.startswith(b"%PDF-"))

    def test_a_picture_beside_a_pdf_of_its_name_keeps_a_name_of_its_own(self):
        dialog = self.open_dialog()
        self.add_file(dialog, "OWU.png", draw_picture())
        dialog.action_send()
        names = self.request_of(self.agreement).file_ids.mapped("name")
        self.assertEqual(names[1:], ["TEST OWU.pdf", "TEST OWU.png.pdf"])

    def test_office_files_go_along_as_they_are(self):
        for ending, content in OFFICE_FILES.items():
            with self.subTest(ending=ending):
                agreement = self._create_agreement(self.seller)
                dialog = self.open_dialog(agreement)
                # A name that says nothing, or something else, is put right
                self.add_file(dialog, "Cennik.png", content)
                dialog.action_send()
                self.run_cron()
                request = self.request_of(agreement)
                self.assertEqual(request.state, "sent")
                *_others, uploaded = self.autenti.calls_of("upload")
                file, meta = uploaded.files["file"], uploaded.files.get("fileMeta")
                meta = json.loads(meta.read() if meta else uploaded.form["fileMeta"])
                mimetype = assumptions.CONVERTED_TYPES[ending]
                self.assertEqual(meta["mimeType"], mimetype)
                self.assertEqual(meta["filename"], f"TEST Cennik.{ending}")
                self.assertEqual(file.content_type, mimetype)
                self.assertEqual(file.read(), content)
                self.autenti.sign(request.process_id, CLIENT_EMAIL)
                self.autenti.sign(request.process_id, SELLER_EMAIL, with_file=False)
                self.autenti.give_back(request.process_id, "x.pdf", draw_pdf("Both"))
                self.poll(request)
                self.assertEqual(request.state, "signed")
                self.assertEqual(request.file_ids.signed_as, "part")

    def test_what_autenti_does_not_take_is_refused_with_what_to_do(self):
        for name, content, reason in (
            ("a.pptx", pack({"[Content_Types].xml": b"presentationml"}), "takes PDF"),
            ("a.zip", pack({"b.txt": b"b"}), "takes PDF"),
            ("a.docx", b"PK\x03\x04 no archive", "is damaged"),
            ("a.docx", compound("EncryptedPackage"), "protected by a password"),
            ("a.msg", compound("__substg1.0_0037001F"), "takes PDF"),
            ("a.odt", open_document("text", b"encryption-data"), "by a password"),
            ("a.txt", b"Umowa", "takes PDF"),
        ):
            with self.subTest(name=name):
                dialog = self.open_dialog()
                self.add_file(dialog, name, content)
                self.assertBlocked(dialog, f"{name}: .*{reason}")

    def test_bad_files_are_refused_by_the_type_already(self):
        with self.assertRaisesRegex(ValidationError, r"a\.txt: .*Save the file"):
            self.kind.autenti_enclosure_ids = [
                Command.create({"name": "a.txt", "file": base64.b64encode(b"Umowa")})
            ]

    def test_two_files_of_one_name_are_refused(self):
        dialog = self.open_dialog()
        self.add_file(dialog, "OWU.pdf", PDF)
        self.assertBlocked(dialog, "OWU.pdf stands there more than once")

    def test_a_picture_that_is_too_large_is_refused_by_the_limit(self):
        dialog = self.open_dialog()
        content = draw_picture() + bytes(assumptions.MAX_FILE_BYTES)
        self.add_file(dialog, "plan.png", content)
        self.assertBlocked(dialog, "plan.png: The file is larger than the 10 MB")

    def test_a_picture_of_too_many_pixels_is_refused(self):
        # In few bytes, and all memory of who unpacks it
        buffer = io.BytesIO()
        Image.new("1", (20_000, 10_000)).save(buffer, "PNG")
        dialog = self.open_dialog()
        self.add_file(dialog, "plan.png", buffer.getvalue())
        self.assertBlocked(dialog, "plan.png: Reading the file takes more time")

    def test_all_files_together_have_a_limit(self):
        big = PDF + b"%" * (assumptions.MAX_FILE_BYTES - 1000) + b"\n%%EOF\n"
        dialog = self.open_dialog()
        for name in ("a.pdf", "b.pdf", "c.pdf"):
            self.add_file(dialog, name, big)
        self.assertBlocked(dialog, "All files together")

    def test_the_sent_files_are_evidence(self):
        request = self.send()
        attachment = request.file_ids[0].attachment_id
        with self.assertRaises(UserError):
            attachment.raw = b"other"
        with self.assertRaises(UserError):
            attachment.unlink()
        for user in (self.manager, self.env.ref("base.user_root")):
            file = request.file_ids[0].with_user(user)
            for values in ({"sha256": "x"}, {"attachment_id": False}):
                with self.assertRaises(UserError):
                    file.write(values)
            with self.assertRaises(UserError):
                file.unlink()
        with self.assertRaises(AccessError):
            request.file_ids.with_user(self.colleague).read(["sha256"])
        self.assertTrue(request.file_ids.with_user(self.seller).read(["sha256"]))

    def test_all_signed_files_are_kept(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")
        self.assertTrue(request.signed_attachment_id)
        process = self.autenti.processes[request.process_id]
        signed = [
            self.autenti.contents[file["id"]]
            for file in process["files"]
            if file["filePurpose"] == "SIGNED_CONTENT_FILE"
        ]
        kept = [request.signed_attachment_id.raw]
        kept += request.file_ids.signed_attachment_id.mapped("raw")
        self.assertEqual(kept, signed)

    def hold_back(self, request, name):
        """Take a signed file away, as if Autenti hadn't made it yet."""
        files = self.autenti.processes[request.process_id]["files"]
        (held,) = (
            file
            for file in files
            if file["filePurpose"] == "SIGNED_CONTENT_FILE" and file["filename"] == name
        )
        files.remove(held)
        return held

    def sign_at_autenti(self, request):
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email)

    def test_a_file_that_comes_back_later_is_waited_for(self):
        request = self.send()
        self.sign_at_autenti(request)
        held = self.hold_back(request, "TEST OWU.pdf")
        self.poll(request)
        self.assertEqual(request.state, "sent")
        self.autenti.processes[request.process_id]["files"].append(held)
        self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertTrue(all(file.signed_attachment_id for file in request.file_ids))

    def test_what_does_not_come_back_keeps_no_contract_unsigned_for_long(self):
        request = self.send()
        self.sign_at_autenti(request)
        self.hold_back(request, "TEST OWU.pdf")
        self.poll(request)
        self.assertEqual(request.state, "sent")
        with freeze_time(datetime.now() + FURTHER_PATIENCE):
            self.run_cron()
            self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertEqual(request.file_ids.mapped("signed_as"), ["own", "missing"])

    def test_a_file_that_went_along_is_never_taken_for_the_contract(self):
        request = self.send()
        self.sign_at_autenti(request)
        held = self.hold_back(request, request.source_attachment_id.name)
        with freeze_time(datetime.now() + 2 * FURTHER_PATIENCE):
            for _look in range(3):
                self.poll(request)
            self.assertEqual(request.state, "sent")
            # The name that Autenti gives it doesn't matter
            held["filename"] = "document.pdf"
            self.autenti.processes[request.process_id]["files"].append(held)
            self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertEqual(
            request.signed_attachment_id.raw, self.autenti.contents[held["id"]]
        )

    def test_a_correction_sends_the_same_files_along(self):
        first = self.send()
        action = first.with_user(self.seller).action_correct()
        dialog = self.env["autenti.send"].with_user(self.seller)
        dialog = dialog.browse(action["res_id"])
        self.assertEqual(dialog.file_ids.mapped("name"), ["Cennik.pdf", "OWU.pdf"])

    # === The document itself ===

    def test_a_type_proposes_the_newest_attached_pdf(self):
        self.kind.autenti_source = "attachment"
        for text in ("Old", "New"):
            self.env["ir.attachment"].with_user(self.seller).create(
                {
                    "name": f"{text}.pdf",
                    "raw": draw_pdf(text),
                    "res_model": "agreement",
                    "res_id": self.agreement.id,
                }
            )
        dialog = self.open_dialog()
        self.assertEqual(dialog.source, "attachment")
        self.assertEqual(dialog.attachment_id.name, "New.pdf")
        dialog.action_send()
        request = self.request_of(self.agreement)
        self.assertEqual(request.source_attachment_id.raw, draw_pdf("New"))

    def test_without_an_attached_pdf_it_says_so(self):
        self.kind.autenti_source = "attachment"
        self.assertBlocked(self.open_dialog(), "There is no PDF")

    def test_a_type_may_have_a_report_of_its_own(self):
        report = self.env.ref("agreement_document.agreement_report_action").copy()
        self.kind.autenti_report_id = report
        self.assertEqual(self.agreement._autenti_get_report(), report)

    # === Names ===

    def test_the_files_name_follows_the_types_pattern(self):
        self.kind.autenti_file_name = "{{ object.code }} / {{ object.partner_id }}"
        code = self.agreement.code.replace("/", " ")
        request = self.send()
        self.assertEqual(
            request.source_attachment_id.name, f"TEST {code} Klient S.A..pdf"
        )

    def test_a_real_request_is_not_marked(self):
        dialog = self.open_dialog()
        dialog.environment = "production"
        names = [name for name, _type, _content in dialog._get_enclosures()]
        self.assertEqual(names, ["Cennik.pdf", "OWU.pdf"])
        self.assertNotIn("TEST", dialog._get_file_name(self.agreement))

    def test_a_bad_pattern_is_told_when_it_is_saved(self):
        with self.assertRaisesRegex(ValidationError, "object.nothing"):
            self.kind.autenti_file_name = "{{ object.nothing }}"
