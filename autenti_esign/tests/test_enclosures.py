# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import hashlib
import io
from datetime import datetime
from pathlib import Path

import requests
from freezegun import freeze_time
from PIL import Image

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from ..client import assumptions
from ..models.autenti_document import PATIENCE
from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon, draw_pdf

PRICES = draw_pdf("Cennik")
TERMS = draw_pdf("OWU")
WORD_FILE = b"PK\x03\x04 a file of a word processor"


def draw_picture(kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(buffer, kind)
    return buffer.getvalue()


class TestEnclosures(AutentiCommon):
    """What goes along with a contract, and what the document itself is."""

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
            request.file_ids.mapped("name"), ["TEST OWU.pdf", "TEST plan.png"]
        )
        self.assertEqual(
            request.file_ids.attachment_id.mapped("mimetype"),
            ["application/pdf", "image/png"],
        )

    def test_pictures_are_converted_by_autenti(self):
        for kind, name in (("PNG", "a.png"), ("JPEG", "b.jpg")):
            with self.subTest(kind=kind):
                agreement = self._create_agreement(self.seller)
                dialog = self.open_dialog(agreement)
                self.add_file(dialog, name, draw_picture(kind))
                dialog.action_send()
                self.run_cron()
                request = self.request_of(agreement)
                self.assertEqual(request.state, "sent")
                self.assertEqual(
                    [in_bundle for in_bundle, _file in request._get_bundle_files()],
                    ["sent-1.pdf", f"sent-2{Path(name).suffix}"],
                )

    def test_word_processors_files_are_refused_with_what_to_do(self):
        for name in ("a.docx", "a.odt"):
            with self.subTest(name=name):
                dialog = self.open_dialog()
                self.add_file(dialog, name, WORD_FILE)
                self.assertBlocked(dialog, f"{name}: .*Save a file of a word processor")

    def test_bad_files_are_refused_by_the_type_already(self):
        with self.assertRaisesRegex(ValidationError, r"a\.docx: .*Save a file"):
            self.kind.autenti_enclosure_ids = [
                Command.create({"name": "a.docx", "file": base64.b64encode(WORD_FILE)})
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
        # And their hashes stand in the timeline
        told = [
            file["sha256"]
            for event in request.event_ids
            for file in (event.data or {}).get("kept", ())
        ]
        for content in (PDF, PRICES, TERMS, *signed):
            self.assertIn(hashlib.sha256(content).hexdigest(), told)
        self.assertEqual(request._find_changed_evidence(), [])
        lost = request.file_ids[0].signed_attachment_id
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = %s WHERE id = %s",
            (request.source_attachment_id.store_fname, lost.id),
        )
        self.env.invalidate_all()
        (problem,) = request._find_changed_evidence()
        self.assertIn(lost.name, problem)

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
        with freeze_time(datetime.now() + PATIENCE):
            self.run_cron()
            self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertEqual(request.file_ids.mapped("signed_as"), ["own", "missing"])

    def test_a_file_that_went_along_is_never_taken_for_the_contract(self):
        request = self.send()
        self.sign_at_autenti(request)
        held = self.hold_back(request, request.source_attachment_id.name)
        with freeze_time(datetime.now() + 2 * PATIENCE):
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
        report = self.env.ref("autenti_esign.agreement_report_action").copy()
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
