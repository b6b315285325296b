# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import io
import json
from datetime import datetime, timedelta

from freezegun import freeze_time
from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..client import errors
from ..models.autenti_request_sync import FURTHER_PATIENCE
from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon, draw_pdf

DOCUMENT = "TEST Umowa.pdf"


def draw_picture():
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(buffer, "PNG")
    return buffer.getvalue()


class SignedFilesCommon(AutentiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["agreement.type"].create({"name": "Sale"})
        cls.kind.autenti_file_name = "Umowa"
        cls.agreement.with_user(cls.seller).agreement_type_id = cls.kind

    def send_with(self, **enclosures):
        """Send a contract with files, and have all sign it.

        :param enclosures: content by name; "__" stands for a dot
        """
        return self.send_named(
            {name.replace("__", "."): raw for name, raw in enclosures.items()}
        )

    def send_named(self, enclosures):
        dialog = self.open_dialog()
        dialog.file_ids = [
            Command.create(
                {"name": name, "file": base64.b64encode(raw), "sequence": order}
            )
            for order, (name, raw) in enumerate(enclosures.items())
        ]
        dialog.action_send()
        self.run_cron()
        request = self.request_of(self.agreement)
        self.assertEqual(request.state, "sent")
        self.assertEqual(request.source_attachment_id.name, DOCUMENT)
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email, with_file=False)
        return request

    def give_back(self, request, *files):
        """Have signed files come back: (name, content) or (name, content, source)."""
        sources = self.autenti.processes[request.process_id]["files"][:]
        for name, content, *places in files:
            made_from = [sources[place]["id"] for place in places]
            self.autenti.give_back(request.process_id, name, content, made_from)
        self.poll(request)

    def assertSigned(self, request, content, *enclosures):
        self.assertEqual(request.state, "signed")
        self.assertEqual(request.signed_attachment_id.raw, content)
        kept = [file.signed_attachment_id.raw or None for file in request.file_ids]
        self.assertEqual(kept, list(enclosures))

    def assertAsked(self, request, *contents):
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.signed_attachment_id)
        self.assertTrue(request.is_unclear)
        self.assertFalse(request.next_check_at)
        kept = request.further_attachment_ids.mapped("raw")
        self.assertEqual(sorted(kept), sorted(contents))
        activity = self.activities(self.agreement, "attention", self.seller)
        self.assertEqual(len(activity), 1)
        self.assertIn("choose the contract", activity.note)
        self.assertIn("choose the contract", self.agreement.autenti_problem)


class TestSignedFiles(SignedFilesCommon):
    """What comes back signed: one file or several, renamed and in any order."""

    # === Several files, told apart ===

    def test_the_ids_that_autenti_names_tell_the_contract_from_an_enclosure(self):
        """The enclosure has the contract's name, and comes back first."""
        request = self.send_named({"Umowa.pdf": draw_pdf("Aneks")})
        contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
        self.give_back(request, (DOCUMENT, enclosure, 1), (DOCUMENT, contract, 0))
        self.assertSigned(request, contract, enclosure)

    def test_the_ids_are_asked_for_where_the_process_does_not_tell_them(self):
        request = self.send_named({"Umowa.pdf": draw_pdf("Aneks")})
        contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
        process = self.autenti.processes[request.process_id]
        first, second = (file["id"] for file in process["files"])
        on_read = self.autenti._on_read

        def read(call, process_id):
            answer = on_read(call, process_id)
            data = answer.json()
            for file in data["files"]:
                file.pop("relationships", None)
            answer._content = json.dumps(data).encode()
            return answer

        self.autenti._on_read = read
        self.autenti.give_back(request.process_id, DOCUMENT, enclosure, [second])
        self.autenti.give_back(request.process_id, DOCUMENT, contract, [first])
        self.autenti.fail("list", 503)
        self.poll(request)
        # Without the listing it isn't certain; a person need not know why
        self.assertAsked(request, contract, enclosure)
        request.action_try_again()
        self.run_cron()
        self.assertSigned(request, contract, enclosure)

    def test_a_file_that_begins_with_what_was_sent_is_known_by_it(self):
        """All are renamed, and an enclosure is listed first."""
        prices = draw_pdf("Cennik")
        request = self.send_named({"Cennik.pdf": prices})
        signed, along = PDF + b"\n% signed", prices + b"\n% signed"
        self.give_back(request, ("1.pdf", along), ("2.pdf", signed))
        self.assertSigned(request, signed, along)

    def test_an_enclosure_with_swapped_names_is_not_taken_for_the_contract(self):
        prices = draw_pdf("Cennik")
        request = self.send_named({"Cennik.pdf": prices})
        signed, along = PDF + b"\n% signed", prices + b"\n% signed"
        self.give_back(request, (DOCUMENT, along), ("TEST Cennik.pdf", signed))
        self.assertSigned(request, signed, along)

    def test_a_picture_with_the_contracts_name_is_not_taken_for_the_contract(self):
        request = self.send_named({"Umowa.png": draw_picture()})
        signed, picture = PDF + b"\n% signed", draw_pdf("a picture")
        self.give_back(request, (DOCUMENT, picture), (DOCUMENT, signed))
        self.assertSigned(request, signed, picture)

    def test_files_written_anew_are_known_where_names_and_order_agree(self):
        request = self.send_named(
            {"Cennik.pdf": PDF + b"% prices", "Zdjęcie.PNG": draw_picture()}
        )
        signed, prices, picture = map(draw_pdf, ("a", "b", "c"))
        self.give_back(
            request,
            (DOCUMENT, signed),
            ("test cennik.PDF", prices),
            # As a Mac writes it
            ("TEST Zdje\u0328cie.pdf", picture),
        )
        self.assertSigned(request, signed, prices, picture)

    def test_where_names_and_order_disagree_a_person_is_asked(self):
        request = self.send_named({"Cennik.pdf": draw_pdf("Cennik")})
        contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
        self.give_back(request, ("TEST Cennik.pdf", contract), (DOCUMENT, enclosure))
        self.assertAsked(request, contract, enclosure)

    def test_enclosures_of_the_same_content_are_both_kept(self):
        prices = draw_pdf("Cennik")
        request = self.send_named({"a.pdf": prices, "b.pdf": prices})
        signed = [PDF + b"% s", prices + b"% s1", prices + b"% s2"]
        self.give_back(
            request, *((f"{number}.pdf", raw) for number, raw in enumerate(signed))
        )
        self.assertSigned(request, *signed)

    # === Names that made contracts wait for ever ===

    def test_names_with_dots_or_without_differing_stems_are_signed(self):
        for names in (
            ("Zał. 1. Cennik", "Zał. 1. Regulamin"),
            ("Cennik.pdf", "Cennik.png"),
            ("Cennik.pdf", "Cennik.PDF"),
            ("..", ".pdf"),
            ("Za\u0142\u0105cznik.pdf", "Zal\u0328a\u0328cznik.pdf"),
        ):
            for rewritten in (False, True):
                with self.subTest(names=names, rewritten=rewritten):
                    self.meet_autenti()
                    self.agreement = self._create_agreement(
                        self.seller, agreement_type_id=self.kind.id
                    )
                    sent = [PDF]
                    for name in names:
                        is_picture = name.endswith("png")
                        sent.append(draw_picture() if is_picture else draw_pdf(name))
                    request = self.send_named(dict(zip(names, sent[1:], strict=True)))
                    signed = [
                        draw_pdf(f"signed {number}")
                        if rewritten or not content.startswith(b"%PDF")
                        else content + b"% signed"
                        for number, content in enumerate(sent)
                    ]
                    at_autenti = self.autenti.processes[request.process_id]["files"]
                    self.give_back(
                        request,
                        *(
                            (file["filename"], content)
                            for file, content in zip(at_autenti[:], signed, strict=True)
                        ),
                    )
                    self.assertSigned(request, *signed)

    # === One file for all ===

    def test_one_signed_file_for_all_is_the_contract_at_once(self):
        """As Autenti does it, whatever the file is called."""
        for name in (DOCUMENT, "TEST Cennik.pdf", "TEST OWU.pdf", "Dokumenty.pdf"):
            with self.subTest(name=name):
                self.meet_autenti()
                self.agreement = self._create_agreement(
                    self.seller, agreement_type_id=self.kind.id
                )
                request = self.send_named(
                    {"Cennik.pdf": draw_pdf("Cennik"), "OWU.pdf": draw_pdf("OWU")}
                )
                merged = draw_pdf("all in one")
                self.give_back(request, (name, merged))
                self.assertSigned(request, merged, None, None)
                self.assertEqual(request.file_ids.mapped("signed_as"), ["part"] * 2)
                self.assertFalse(request.further_attachment_ids)
                self.assertIn(
                    f"/{request.signed_attachment_id.id}",
                    request.file_ids[0].action_open()["url"],
                )

    def test_one_file_that_is_an_enclosures_own_is_not_the_contract(self):
        prices = draw_pdf("Cennik")
        for places in ((), (1,)):
            with self.subTest(places=places):
                self.meet_autenti()
                self.agreement = self._create_agreement(
                    self.seller, agreement_type_id=self.kind.id
                )
                request = self.send_named({"Cennik.pdf": prices})
                content = draw_pdf("x") if places else prices + b"% signed"
                self.give_back(request, (DOCUMENT, content, *places))
                # The contract may still follow
                self.assertEqual(request.state, "sent")
                self.assertFalse(request.is_unclear)
                with freeze_time(datetime.now() + FURTHER_PATIENCE):
                    self.poll(request)
                    self.assertAsked(request, content)

    # === In doubt ===

    def test_in_doubt_nothing_is_accepted_and_a_person_is_asked(self):
        request = self.send_named({"Cennik.pdf": draw_pdf("Cennik")})
        contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
        self.give_back(request, ("1.pdf", enclosure), ("2.pdf", contract))
        self.assertAsked(request, contract, enclosure)
        # Nor asked again by itself
        with freeze_time(datetime.now() + timedelta(days=3)):
            self.run_cron()
        self.assertAsked(request, contract, enclosure)

    def test_a_person_is_still_asked_when_what_failed_before_works_again(self):
        request = self.send_named({"Cennik.pdf": draw_pdf("Cennik")})
        contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
        self.autenti.fail("download", 403)
        self.give_back(request, ("1.pdf", enclosure), ("2.pdf", contract))
        self.assertIn("permit", request.last_error)
        self.poll(request)
        self.assertAsked(request, contract, enclosure)
        request.action_check()
        self.assertAsked(request, contract, enclosure)
        # A look in which Autenti fails changes nothing for good either
        self.autenti.fail("read", 503)
        request.action_try_again()
        self.run_cron()
        self.poll(request)
        self.assertAsked(request, contract, enclosure)

    def test_names_alone_never_tell_the_contract_from_an_enclosure_of_its_name(self):
        request = self.send_named({"UMOWA.pdf": draw_pdf("Aneks")})
        contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
        self.give_back(request, (DOCUMENT, enclosure), ("document.pdf", contract))
        self.assertAsked(request, contract, enclosure)

    def test_the_salesperson_or_a_manager_chooses_the_contract(self):
        heard = self.listen()
        for user in (self.seller, self.manager):
            with self.subTest(user=user.name):
                self.meet_autenti()
                self.agreement = self._create_agreement(
                    self.seller, agreement_type_id=self.kind.id
                )
                request = self.send_named({"Umowa.pdf": draw_pdf("Aneks")})
                contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
                self.give_back(request, (DOCUMENT, enclosure), (DOCUMENT, contract))
                self.assertAsked(request, contract, enclosure)
                chosen = request.further_attachment_ids.filtered(
                    lambda file, contract=contract: file.raw == contract
                )
                chosen.with_user(user).action_autenti_choose()
                self.assertEqual(request.state, "signed")
                self.assertEqual(request.signed_attachment_id.raw, contract)
                self.assertEqual(request.further_attachment_ids.raw, enclosure)
                self.assertEqual(self.agreement.autenti_state, "signed")
                self.assertEqual(
                    self.agreement.autenti_signed_attachment_id.raw, contract
                )
                self.assertFalse(
                    self.activities(self.agreement, "attention", self.seller)
                )
                self.assertIn(
                    f"{user.name} has chosen",
                    "\n".join(text for _request, _kind, text in heard),
                )

    def test_nobody_else_chooses_and_nothing_is_chosen_twice(self):
        request = self.send_named({"Umowa.pdf": draw_pdf("Aneks")})
        self.give_back(request, (DOCUMENT, draw_pdf("a")), (DOCUMENT, draw_pdf("b")))
        first, second = request.further_attachment_ids
        with self.assertRaises(AccessError):
            first.with_user(self.colleague).action_autenti_choose()
        with self.assertRaises(AccessError):
            first.with_user(self.board_seller).action_autenti_choose()
        with self.assertRaisesRegex(UserError, "nothing to choose"):
            request.source_attachment_id.with_user(self.seller).action_autenti_choose()
        own = self.env["ir.attachment"].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "didn't come back"):
            own.create({"name": "a.pdf", "raw": PDF}).action_autenti_choose()
        first.with_user(self.seller).action_autenti_choose()
        with self.assertRaisesRegex(UserError, "nothing to choose"):
            second.with_user(self.manager).action_autenti_choose()
        self.assertEqual(request.signed_attachment_id.raw, first.raw)

    def test_what_was_fetched_in_doubt_is_kept_once(self):
        request = self.send_named({"Umowa.pdf": draw_pdf("Aneks")})
        contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
        self.give_back(request, (DOCUMENT, enclosure), (DOCUMENT, contract))
        request.with_user(self.seller).action_check()
        self.assertAsked(request, contract, enclosure)

    # === More than was sent ===

    def test_what_has_no_place_is_kept_as_a_further_file_with_a_note(self):
        request = self.send()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email, with_file=False)
        signed, more = PDF + b"% signed", draw_pdf("more")
        self.give_back(request, ("Więcej.pdf", more), ("x.pdf", signed))
        self.assertSigned(request, signed)
        self.assertEqual(request.further_attachment_ids.raw, more)
        self.assertIn(
            "Więcej - signed.pdf",
            request.message_ids[0:9].mapped("body").__str__(),
        )

    def test_each_source_keeps_autentis_id_whatever_breaks(self):
        for after in (False, True):
            for position in (1, 2):
                with self.subTest(after=after, position=position):
                    self.meet_autenti()
                    agreement = self._create_agreement(self.seller)
                    dialog = self.open_dialog(agreement)
                    dialog.file_ids = [
                        Command.create({"name": "a.pdf", "file": base64.b64encode(PDF)})
                    ]
                    dialog.action_send()
                    request = self.request_of(agreement)
                    self.autenti.fail("upload", 503, after=after, nth=position)
                    self.run_cron()
                    self.poll(request)
                    self.assertEqual(request.state, "sent")
                    ids = [f["id"] for f in self.autenti.sent[0]["files"]]
                    self.assertEqual(
                        [request.source_remote_id, request.file_ids.remote_id], ids
                    )
        self.assertEqual(errors.SERVER_ERROR, request.last_error_code)

    def test_nobody_changes_what_autenti_called_a_file(self):
        request = self.send_named({"a.pdf": draw_pdf("a")})
        with self.assertRaises(UserError):
            request.source_remote_id = "other"
        with self.assertRaises(UserError):
            request.file_ids.remote_id = "other"


class FileNamesCommon(AutentiCommon):
    EVIL = "Cennik\nsigned.pdf: is forged\r\u2028\u202efdp.exe\x7f/../a.pdf"
    CLEAN = "Cennik signed.pdf is forged fdp.exe .. a.pdf"

    def send_evil(self):
        self.agreement.name = "Umowa\nsigned.pdf: is forged"
        dialog = self.open_dialog()
        dialog.name = "Umowa\nsigned.pdf: is forged\u202e"
        dialog.signer_ids.write({"first_name": "Jan\nand all others"})
        dialog.file_ids = [
            Command.create({"name": self.EVIL, "file": base64.b64encode(PDF)})
        ]
        dialog.action_send()
        self.run_cron()
        return self.request_of(self.agreement)


class TestFileNames(FileNamesCommon):
    """Names that hide something, from a person or from Autenti."""

    def test_names_go_to_autenti_without_control_characters(self):
        request = self.send_evil()
        (process,) = self.autenti.sent
        names = [file["filename"] for file in process["files"]]
        self.assertEqual(names[1], f"TEST {self.CLEAN}")
        (meta, _other) = [
            json.loads(call.form["fileMeta"])
            for call in self.autenti.calls_of("upload")
        ][::-1]
        self.assertEqual(meta["filename"], f"TEST {self.CLEAN}")
        self.assertEqual(process["title"], "TEST Umowa signed.pdf: is forged")
        person = process["parties"][0]["party"]
        self.assertEqual(person["firstName"], "Jan and all others")
        self.assertEqual(request.file_ids.name, f"TEST {self.CLEAN}")

    def test_what_autenti_calls_a_file_is_cleaned(self):
        request = self.send()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email, with_file=False)
        self.autenti.give_back(request.process_id, "a.pdf", PDF + b"% signed")
        self.autenti.give_back(
            request.process_id, f"\x00\ud83d{self.EVIL}", draw_pdf("more")
        )
        self.poll(request)
        self.assertEqual(
            request.further_attachment_ids.name,
            "Cennik signed.pdf is forged fdp.exe .. a - signed.pdf",
        )

    def test_a_name_too_long_for_a_file_system_is_shortened(self):
        dialog = self.open_dialog()
        name = "Załącznik " * 40 + ".pdf"
        dialog.file_ids = [
            Command.create({"name": name, "file": base64.b64encode(PDF)})
        ]
        dialog.name = "Umówą " * 40
        dialog.action_send()
        self.run_cron()
        request = self.request_of(self.agreement)
        self.sign_by_all(request)
        files = self.env["ir.attachment"].search(
            [("autenti_request_id", "=", request.id)]
        )
        self.assertGreaterEqual(len(files), 5)
        for file in files:
            self.assertLessEqual(len(file.name.encode()), 255)
            self.assertTrue(file.name.endswith(".pdf"))

    def test_enclosures_that_only_look_different_are_the_same_file_twice(self):
        dialog = self.open_dialog()
        dialog.file_ids = [
            Command.create({"name": name, "file": base64.b64encode(PDF)})
            for name in ("a b.pdf", "a\nb.pdf")
        ]
        with self.assertRaisesRegex(UserError, "stands there more than once"):
            dialog.action_send()

    def test_the_contract_lists_enclosures_by_their_whole_names(self):
        for names, listed in (
            (
                ("Zał. 1. Cennik", "Zał. 2. Regulamin.pdf"),
                ["Zał. 1. Cennik", "Zał. 2. Regulamin"],
            ),
            (("Cennik.pdf", "Cennik.png"), ["Cennik.pdf", "Cennik.png"]),
            (("a\nb.pdf",), ["a b"]),
        ):
            record = self.agreement.with_context(autenti_enclosure_names=names)
            self.assertEqual(record._get_document_enclosure_names(), listed)
