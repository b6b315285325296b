# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import hashlib
import io
from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation
from reportlab.lib.pdfencrypt import StandardEncryption

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger
from odoo.tools.pdf import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    PdfReader,
    PdfWriter,
    create_string_object,
)
from odoo.tools.safe_eval import safe_eval

from ..client import assumptions, const
from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon, draw_pdf


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def sign_pdf():
    """Make a PDF with a signature field that holds a signature (ISO 32000-1, 12.8)."""
    writer = PdfWriter()
    writer.add_page(PdfReader(io.BytesIO(PDF)).pages[0])
    signature = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Sig"),
            NameObject("/Contents"): create_string_object("signature"),
        }
    )
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Sig"),
            NameObject("/T"): create_string_object("Signature1"),
            NameObject("/V"): writer._addObject(signature),
        }
    )
    form = DictionaryObject(
        {NameObject("/Fields"): ArrayObject([writer._addObject(field)])}
    )
    writer._root_object[NameObject("/AcroForm")] = writer._addObject(form)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


class TestSendDialog(AutentiCommon):
    """What the salesperson sees before sending, and what isn't sent."""

    def upload(self, dialog, content):
        dialog.write({"source": "upload", "upload": base64.b64encode(content)})

    def assertNotSent(self, dialog, message):
        with self.assertRaisesRegex(UserError, message):
            dialog.action_send()
        self.assertFalse(self.request_of(self.agreement))
        self.assertEqual(self.autenti.calls, [])

    # === What it proposes ===

    def test_the_clients_first_contact_with_an_email_signs_first(self):
        self.client.child_ids = [
            Command.clear(),
            Command.create({"name": "Bez Adresu"}),
            Command.create({"name": "Maria Anna Kowal", "email": "m@k.example.com"}),
        ]
        dialog = self.open_dialog()
        client = dialog.signer_ids
        self.assertEqual(client.first_name, "Maria Anna")
        self.assertEqual(client.last_name, "Kowal")
        self.assertEqual(client.email, "m@k.example.com")
        self.assertEqual(dialog.company_signer_name, "Anna Nowak")
        self.assertEqual(dialog.company_signer_email, SELLER_EMAIL)

    def test_a_person_as_the_client_signs_themselves(self):
        self.agreement.partner_id = self.contact
        client = self.open_dialog().signer_ids[0]
        self.assertEqual(client.partner_id, self.contact)
        self.assertEqual(client.first_name, "Jan")
        self.assertEqual(client.last_name, "Kowalski")

    def test_a_companys_name_is_not_taken_for_a_persons(self):
        self.client.child_ids = [Command.clear()]
        client = self.open_dialog().signer_ids[0]
        self.assertFalse(client.first_name)
        self.assertFalse(client.last_name)

    def test_a_contract_without_partner_leaves_the_client_to_be_entered(self):
        self.agreement.partner_id = False
        client = self.open_dialog().signer_ids[0]
        self.assertFalse(client.email)
        self.assertFalse(client.last_name)

    def test_another_contact_brings_their_own_data(self):
        other = self.env["res.partner"].create(
            {
                "name": "Zofia Maj",
                "email": "zofia@klient.example.com",
                "parent_id": self.client.id,
            }
        )
        with Form(self.open_dialog()) as form, form.signer_ids.edit(0) as line:
            line.partner_id = other
            self.assertEqual(line.first_name, "Zofia")
            self.assertEqual(line.last_name, "Maj")
            self.assertEqual(line.email, "zofia@klient.example.com")

    def test_autenti_writes_in_the_clients_language(self):
        self.assertEqual(self.open_dialog().language, "pl")
        self.client.lang = "en_US"
        self.assertEqual(self.open_dialog().language, "en")
        for code, expected in (
            ("fr_FR", "fr"),
            ("uk_UA", "uk"),
            ("nb_NO", "no"),
            ("ja_JP", "en"),
        ):
            with self.subTest(code=code):
                self.env["res.lang"]._activate_lang(code)
                self.client.lang = code
                dialog = self.open_dialog(self._create_agreement(self.seller))
                self.assertEqual(dialog.language, expected)

    def test_autenti_writes_in_the_language_of_the_clients_company(self):
        self.client.lang = "en_US"
        self.contact.lang = False
        self.agreement.partner_id = self.contact
        self.seller.lang = "pl_PL"
        self.assertEqual(self.open_dialog().language, "en")

    def test_each_language_that_autenti_knows_can_be_chosen(self):
        field = self.env["autenti.send"]._fields["language"]
        offered = dict(field._description_selection(self.env))
        self.assertEqual(offered.keys(), const.LANGUAGES)
        dialog = self.open_dialog()
        dialog.language = "uk"
        dialog.action_send()
        self.run_cron()
        [process] = self.autenti.sent
        self.assertEqual(process["processLanguage"], "uk")

    def test_the_previewed_file_is_the_very_file_that_is_sent(self):
        dialog = self.open_dialog()
        self.assertEqual(base64.b64decode(dialog.pdf), PDF)
        self.assertEqual(dialog.pdf_sha256, hashlib.sha256(PDF).hexdigest())
        changed = draw_pdf("The report would look like this by now")
        with patch.object(
            self.registry["agreement"], "_autenti_render_pdf", lambda record: changed
        ):
            dialog.action_send()
        self.assertEqual(self.request_of(self.agreement).source_attachment_id.raw, PDF)

    # === The preview is what is sent ===

    @contextmanager
    def drawn(self):
        """Have the document say what it was made of, and count how often it is made.

        :return: list of what was said
        """
        made = []

        def render(record):
            context = record.env.context
            made.append(
                f"{record.name}: {context['autenti_client_people']}"
                f" {context['autenti_enclosure_names']} {len(made)}"
            )
            return draw_pdf(made[-1])

        with patch.object(self.registry["agreement"], "_autenti_render_pdf", render):
            yield made

    def edit(self, dialog, **changes):
        """Do what the browser does before the form is saved, and return its values."""
        dialog.env.invalidate_all()
        specification = {"pdf_sha256": {}, "pdf_problem": {}, "signer_ids": {}}
        [values] = dialog.web_read(specification)
        result = dialog.onchange({**values, **changes}, list(changes), specification)
        return {**values, **changes, **result["value"]}

    def click(self, dialog, shown):
        """Click on Send in the browser, which has drawn a file of this SHA-256."""
        return dialog.with_context(autenti_shown_sha256=shown).action_send()

    def test_a_form_that_was_changed_has_no_preview_before_it_is_made(self):
        with self.drawn() as made:
            dialog = self.open_dialog()
            before = dialog.pdf_sha256
            person = dialog.signer_ids
            for values in ({"first_name": "Zofia"}, {"role": "APPROVER"}):
                with self.subTest(values=values):
                    changes = [Command.update(person.id, values)]
                    values = self.edit(dialog, signer_ids=changes)
                    self.assertFalse(values["pdf_sha256"])
            changes = [Command.update(person.id, {"email": "inny@k.example.com"})]
            values = self.edit(dialog, signer_ids=changes)
            self.assertEqual(values["pdf_sha256"], before)
            self.assertEqual(len(made), 1, "typing makes no document")

    def test_what_the_preview_shows_is_sent_after_each_kind_of_change(self):
        attachment = self._attach(self.agreement, draw_pdf("Attached"))
        second = Command.create(
            {"first_name": "Ewa", "last_name": "Nowa", "email": "ewa@k.example.com"}
        )
        enclosure = {"name": "OWU.pdf", "file": base64.b64encode(PDF).decode()}
        for changes in (
            {"signer_ids": lambda one: [Command.update(one, {"last_name": "Maj"})]},
            {"signer_ids": lambda one: [second]},
            {"signer_ids": lambda one: [Command.update(one, {"sequence": 9}), second]},
            {"signer_ids": lambda one: [Command.delete(one), second]},
            {"file_ids": lambda one: [Command.create(enclosure)]},
            {"source": "attachment", "attachment_id": attachment.id},
            {
                "source": "upload",
                "upload": base64.b64encode(draw_pdf("Uploaded")).decode(),
            },
        ):
            with self.subTest(changes=changes), self.drawn() as made:
                agreement = self._create_agreement(self.seller)
                attachment.res_id = agreement.id
                dialog = self.open_dialog(agreement)
                first = dialog.pdf_sha256
                changes = {
                    name: value(dialog.signer_ids.id) if callable(value) else value
                    for name, value in changes.items()
                }
                preview = dialog.action_preview(changes)
                self.assertNotEqual(preview["pdf_sha256"], first)
                shown = base64.b64decode(dialog.pdf)
                self.assertEqual(
                    preview["pdf_sha256"], hashlib.sha256(shown).hexdigest()
                )
                count = len(made)
                dialog.web_save(changes, {})
                action = self.click(dialog, first)
                self.assertEqual(action["tag"], "display_notification")
                self.assertFalse(self.request_of(agreement))
                self.click(dialog, preview["pdf_sha256"])
                request = self.request_of(agreement)
                self.assertEqual(request.source_attachment_id.raw, shown)
                self.assertEqual(len(made), count, "what was shown isn't made again")

    def test_a_preview_leaves_the_form_as_it_is_saved(self):
        dialog = self.open_dialog()
        person = dialog.signer_ids
        values = {"first_name": "Zofia"}
        dialog.action_preview({"signer_ids": [Command.update(person.id, values)]})
        self.assertEqual(person.first_name, "Jan")

    def test_a_half_filled_form_has_a_preview(self):
        dialog = self.open_dialog()
        changes = {"name": False, "signer_ids": [Command.create({})]}
        self.assertTrue(dialog.action_preview(changes)["pdf_sha256"])

    def test_what_has_changed_since_the_preview_is_shown_before_it_is_sent(self):
        with self.drawn() as made:
            dialog = self.open_dialog()
            shown = dialog.pdf_sha256
            self.agreement.name = "Aneks"
            action = self.click(dialog, shown)
            self.assertIn("Look at the new preview", action["params"]["message"])
            self.assertEqual(action["params"]["next"]["res_id"], dialog.id)
            self.assertFalse(self.request_of(self.agreement))
            self.assertIn("Aneks", made[-1])
            self.click(dialog, dialog.pdf_sha256)
            request = self.request_of(self.agreement)
            self.assertEqual(request.source_attachment_id.raw, draw_pdf(made[-1]))
            self.assertEqual(request.shown_values["name"], "Aneks")

    def test_a_template_that_has_changed_since_the_preview_is_shown_first(self):
        kind = self.env["agreement.type"].create({"name": "Service"})
        kind.document_template = "<p>First terms</p>"
        self.agreement.agreement_type_id = kind
        with self.drawn() as made:
            dialog = self.open_dialog()
            shown = dialog.pdf_sha256
            kind.document_template = "<p>Other terms</p>"
            action = self.click(dialog, shown)
            self.assertIn("Look at the new preview", action["params"]["message"])
            self.assertFalse(self.request_of(self.agreement))
            self.click(dialog, dialog.pdf_sha256)
        request = self.request_of(self.agreement)
        self.assertEqual(request.source_attachment_id.raw, draw_pdf(made[-1]))
        self.assertIn("Other terms", request.shown_values["document_text"])

    def test_a_preview_of_yesterday_is_not_what_is_sent(self):
        (self.seller + self.env.user).tz = False
        with self.drawn() as made:
            with freeze_time("2030-06-14 21:59:00"):
                dialog = self.open_dialog().with_context(tz=False)
                shown = dialog.pdf_sha256
                dialog.flush_recordset()
            # In Warsaw it is the next day now, in UTC it isn't
            with freeze_time("2030-06-14 22:01:00"):
                self.click(dialog, shown)
        self.assertEqual(len(made), 2)

    def test_what_nobody_has_seen_is_made_as_it_is_now(self):
        with self.drawn() as made:
            dialog = self.open_dialog()
            dialog.flush_recordset()
            self.seller.autenti_last_name = "Nowa"
            dialog.action_send()
            request = self.request_of(self.agreement)
            self.assertEqual(len(made), 2)
            self.assertEqual(request.source_attachment_id.raw, draw_pdf(made[-1]))

    def test_the_file_of_another_record_is_not_sent_as_this_ones(self):
        other = self._create_agreement(self.seller, name="Other")
        with self.drawn() as made:
            dialog = self.open_dialog()
            dialog.flush_recordset()
            dialog.res_id = other.id
            dialog.action_send()
            request = self.request_of(other)
            self.assertIn("Other", made[-1])
            self.assertEqual(request.source_attachment_id.raw, draw_pdf(made[-1]))

    def test_what_was_mended_on_the_way_is_shown(self):
        with self.drawn() as made:
            dialog = self.open_dialog()
            dialog.flush_recordset()
            dialog.action_take_over(False)
            self.assertEqual(dialog.pdf_sha256, sha256(draw_pdf(made[1])))

    def test_a_pdf_from_the_contract_can_be_sent(self):
        content = draw_pdf("Attached")
        attachment = self._attach(self.agreement, content)
        request = self.send(source="attachment", attachment_id=attachment.id)
        self.assertEqual(request.source_attachment_id.raw, content)

    def test_the_pdfs_of_the_contract_and_no_others_are_offered(self):
        attachment = self._attach(self.agreement, draw_pdf("Attached"))
        self._attach(self._create_agreement(self.seller), PDF)
        self._attach(self.agreement, b"no PDF", "umowa.txt")
        self.assertEqual(self._offered_attachments(), attachment)

    def test_a_pdf_of_any_type_is_offered_and_what_only_claims_to_be_one_is_not(self):
        kinds = (
            *("application/x-pdf", "application/octet-stream", "APPLICATION/PDF"),
            *("text/plain", "image/png", "nonsense"),
        )
        for number, mimetype in enumerate(kinds):
            attachment = self._attach(self.agreement, draw_pdf(mimetype), f"{number}")
            attachment.sudo().mimetype = mimetype
        claimed = self._attach(self.agreement, b"no PDF", "zzz.pdf")
        claimed.sudo().mimetype = "application/pdf"
        gone = self._attach(self.agreement, draw_pdf("Gone"), "gone.pdf")
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = 'no/file' WHERE id = %s", (gone.id,)
        )
        gone.invalidate_recordset()
        self._attach(self.agreement, b"", "empty.pdf")
        self.env["ir.attachment"].with_user(self.seller).create(
            {
                "name": "link.pdf",
                "type": "url",
                "url": "https://example.com/link.pdf",
                "mimetype": "application/pdf",
                "res_model": "agreement",
                "res_id": self.agreement.id,
            }
        )
        offered = self._offered_attachments()
        found = {mimetype.lower() for mimetype in offered.mapped("mimetype")}
        self.assertEqual(found, set(map(str.lower, kinds)))
        self.assertEqual(len(offered), len(kinds))
        for attachment in offered:
            dialog = self.open_dialog()
            dialog.write({"source": "attachment", "attachment_id": attachment.id})
            self.assertFalse(dialog.pdf_problem)

    def _offered_attachments(self):
        """Search as the browser does, with the field's domain and the form's values."""
        dialog = self.open_dialog()
        domain = dialog.fields_get(["attachment_id"])["attachment_id"]["domain"]
        (values,) = dialog.web_read({"pdf_attachment_ids": {}})
        attachments = self.env["ir.attachment"].with_user(self.seller)
        found = attachments.web_name_search(
            "", {"display_name": {}}, domain=safe_eval(domain, values)
        )
        return self.env["ir.attachment"].browse([each["id"] for each in found])

    def test_what_is_chosen_in_the_browser_is_checked_and_not_its_size(self):
        content = draw_pdf("Chosen")
        attachment = self._attach(self.agreement, content)
        dialog = self.open_dialog().with_context(bin_size=True)
        for values in (
            {"source": "attachment", "attachment_id": attachment.id},
            {"source": "upload", "upload": base64.b64encode(content).decode()},
        ):
            with self.subTest(source=values["source"]):
                (saved,) = dialog.web_save(values, {"pdf_problem": {}})
                self.assertFalse(saved["pdf_problem"])
                self.assertEqual(dialog.pdf_sha256, hashlib.sha256(content).hexdigest())

    def test_a_pdf_from_the_computer_can_be_sent(self):
        content = draw_pdf("Uploaded")
        request = self.send(source="upload", upload=base64.b64encode(content))
        self.assertEqual(request.source_attachment_id.raw, content)
        (process,) = self.autenti.sent
        self.assertEqual(self.autenti.contents[process["files"][0]["id"]], content)

    def test_the_form_itself_can_be_filled_in_and_sent(self):
        form = Form(self.open_dialog())
        form.message = "Prosimy o podpis."
        form.signature_type = "QUALIFIED"
        with form.signer_ids.edit(0) as line:
            line.email = "inny@klient.example.com"
        form.save().action_send()
        request = self.request_of(self.agreement)
        self.assertEqual(request.message, "Prosimy o podpis.")
        self.assertEqual(
            request.signer_ids.mapped("signature_type"), ["QUALIFIED", "QUALIFIED"]
        )
        self.assertEqual(request.signer_ids[0].email, "inny@klient.example.com")

    def test_several_people_of_the_client_sign_before_the_company(self):
        dialog = self.open_dialog()
        dialog.signer_ids = [
            Command.create(
                {
                    "first_name": "Zofia",
                    "last_name": "Maj",
                    "email": "zofia@klient.example.com",
                    "sequence": 5000,
                }
            )
        ]
        dialog.action_send()
        signers = self.request_of(self.agreement).signer_ids
        self.assertEqual(
            signers.mapped("last_name"), ["Kowalski", "Maj", "Nowak"], "company last"
        )
        self.assertEqual(signers.mapped("sequence"), [1, 2, 3])

    def _attach(self, record, content, name="umowa.pdf"):
        return (
            self.env["ir.attachment"]
            .with_user(self.seller)
            .create(
                {
                    "name": name,
                    "raw": content,
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        )

    # === Bad input ===

    def test_bad_people_are_named_and_nothing_is_sent(self):
        for values, message in (
            ({"email": False}, "Jan Kowalski: enter a valid e-mail"),
            ({"email": "jan at klient"}, "Jan Kowalski: enter a valid e-mail"),
            ({"email": "a@b.pl, c@d.pl"}, "Jan Kowalski: enter a valid e-mail"),
            ({"first_name": " "}, "enter first name and last name"),
            ({"first_name": "\u200b"}, "enter first name and last name"),
            ({"last_name": "\xa0\u2060"}, "enter first name and last name"),
            ({"last_name": False}, "enter first name and last name"),
            ({"email": SELLER_EMAIL}, "more than once"),
            ({"email": SELLER_EMAIL.upper()}, "more than once"),
        ):
            with self.subTest(values=values):
                dialog = self.open_dialog()
                dialog.signer_ids[0].write(values)
                self.assertNotSent(dialog, message)

    def test_all_that_is_missing_is_told_at_once(self):
        dialog = self.open_dialog()
        dialog.signer_ids[0].write({"email": False, "last_name": False})
        self.upload(dialog, b"")
        with self.assertRaises(UserError) as caught:
            dialog.action_send()
        for part in ("enter a valid e-mail", "enter first name", "There is no PDF"):
            self.assertIn(part, str(caught.exception))

    def test_bad_files_are_told_and_not_sent(self):
        too_large = PDF + b"%" * assumptions.MAX_FILE_BYTES + b"\n%%EOF\n"
        for content, message in (
            (b"", "There is no PDF"),
            (b"PK\x03\x04 a word processor's file", "isn't a PDF"),
            (PDF[: len(PDF) // 2], "damaged"),
            (b"%PDF-1.7\nnonsense\n%%EOF\n", "damaged"),
            (too_large, "larger than the 10 MB"),
            (draw_pdf(encrypt=StandardEncryption("secret")), "password"),
            (
                draw_pdf(draw_more=lambda canvas: canvas.acroForm.textfield(name="x")),
                "form fields",
            ),
            (sign_pdf(), "already signed"),
        ):
            with self.subTest(message=message):
                dialog = self.open_dialog()
                self.upload(dialog, content)
                self.assertRegex(dialog.pdf_problem, message)
                self.assertNotSent(dialog, message)

    def test_a_file_that_would_stop_the_server_is_told_and_not_sent(self):
        message = "takes more time or memory"
        # Its table of contents has no end
        table = b"<</Type/XRef/Size 1000000000/W[0 1 0]/Root 1 0 R/Length 0>>"
        for head in (
            table,
            b"<</Type/XRef/Size 3/W[1 4 1]/Root 1 0 R/Prev 9/Length 0>>",
        ):
            content = b"%%PDF-1.7\n3 0 obj\n%s\nstream\n\nendstream\nendobj\n" % head
            content += b"startxref\n9\n%%EOF\n"
            with self.subTest(head=head):
                dialog = self.open_dialog()
                self.upload(dialog, content)
                self.assertRegex(dialog.pdf_problem, f"{message}|damaged")
                self.assertTrue(dialog.is_blocked)
                with self.assertRaisesRegex(UserError, f"{message}|damaged"):
                    dialog.action_send()

    def test_the_advanced_signature_needs_a_phone_number(self):
        for phone, expected in (
            (False, None),
            ("12", None),
            ("600 700 800", "+48600700800"),
            ("+44 20 7946 0958", "+442079460958"),
            ("0049 (30) 123-456", "+4930123456"),
        ):
            with self.subTest(phone=phone):
                agreement = self._create_agreement(self.seller)
                dialog = self.open_dialog(agreement)
                dialog.signature_type = "ADVANCED"
                dialog.signer_ids.phone = phone
                dialog.company_signer_phone = "+48 500 600 700"
                if not expected:
                    self.assertNotSent(
                        dialog, "Jan Kowalski: enter a mobile phone number"
                    )
                    continue
                dialog.action_send()
                request = self.request_of(agreement)
                self.assertEqual(
                    request.signer_ids.mapped("phone"), [expected, "+48500600700"]
                )

    def test_other_signatures_send_no_phone_number(self):
        self.contact.phone = "+48600700800"
        request = self.send()
        self.assertFalse(any(request.signer_ids.mapped("phone")))

    def test_the_advanced_signature_needs_a_phone_number_of_ours_too(self):
        self.contact.phone = "600 700 800"
        dialog = self.open_dialog()
        dialog.write({"signature_type": "ADVANCED", "company_signer_phone": False})
        self.assertNotSent(dialog, "Anna Nowak: enter a mobile phone number")

    def test_somebody_signs_for_the_client(self):
        dialog = self.open_dialog()
        dialog.signer_ids.unlink()
        self.assertNotSent(dialog, "signs for the client")

    def test_a_title_is_needed(self):
        for name in (" ", "\n\t", "\u200b", "\xa0\u2028"):
            with self.subTest(name=name):
                dialog = self.open_dialog()
                dialog.name = name
                self.assertNotSent(dialog, "Enter a title")

    def test_each_enclosure_needs_a_name(self):
        for name in (False, "", " ", "\u200b\xa0"):
            with self.subTest(name=name):
                dialog = self.open_dialog()
                file = {"name": name, "file": base64.b64encode(PDF)}
                dialog.file_ids = [Command.clear(), Command.create(file)]
                self.assertTrue(dialog.is_blocked)
                self.assertNotSent(dialog, "Enter a file name for each enclosure")

    def test_a_file_without_a_name_of_its_own_is_named_after_the_contract(self):
        kind = self.env["agreement.type"].create(
            {"name": "Sale", "autenti_file_name": "\u200b {{ object.start_date }}"}
        )
        self.agreement.with_user(self.seller).agreement_type_id = kind
        request = self.send()
        name = request.source_attachment_id.name
        self.assertEqual(name, f"TEST {self.agreement.id}.pdf")

    def test_a_tax_id_that_cannot_exist_is_named(self):
        self.seller.autenti_position = "Dyrektor"
        self.company.write({"vat": "PL12345", "country_id": self.env.ref("base.pl").id})
        dialog = self.open_dialog()
        self.assertTrue(dialog.is_blocked)
        self.assertNotSent(dialog, "“PL12345” is no valid tax ID")

    def test_an_archived_contract_is_not_sent(self):
        dialog = self.open_dialog()
        self.agreement.active = False
        self.assertNotSent(dialog, "archived")

    def test_what_the_dialog_said_of_the_connection_must_still_be_true(self):
        dialog = self.open_dialog()
        self.connection.active = False
        self.connection.flush_recordset()
        self.connection.copy(
            {
                "active": True,
                "environment": "production",
                "client_id": "x",
                "client_secret": "y",
            }
        ).action_generate_key()
        self.assertNotSent(dialog, "changed meanwhile")

    # === When there is nothing to open ===

    def test_a_type_with_signing_disabled_is_refused_by_the_server(self):
        dialog = self.open_dialog()
        self.agreement.agreement_type_id = self.env["agreement.type"].create(
            {"name": "Paper only", "autenti_disabled": True}
        )
        self.assertTrue(self.agreement.autenti_disabled)
        with self.assertRaisesRegex(UserError, "disabled for this type"):
            self.open_dialog()
        self.assertNotSent(dialog, "disabled for this type")

    def test_a_template_is_not_signed(self):
        self.agreement.is_template = True
        with self.assertRaisesRegex(UserError, "It is a template"):
            self.open_dialog()

    def test_a_second_click_while_it_is_out_opens_no_dialog(self):
        request = self.submit()
        action = self.agreement.with_user(self.seller).action_autenti_sign()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(self.request_of(self.agreement), request)

    def test_two_open_dialogs_lead_to_one_request(self):
        first, second = self.open_dialog(), self.open_dialog()
        first.action_send()
        with self.assertRaisesRegex(UserError, "already out for signature"):
            second.action_send()
        self.assertEqual(self.agreement.autenti_request_count, 1)

    @mute_logger("odoo.sql_db")
    def test_two_clicks_in_the_same_moment_lead_to_one_request(self):
        first, second = self.open_dialog(), self.open_dialog()
        first.action_send()
        # Neither click sees the other's request yet
        with (
            patch.object(
                self.registry["agreement"],
                "_autenti_check_record",
                lambda record: (),
            ),
            self.assertRaises(UniqueViolation),
        ):
            second.action_send()

    def test_without_connection_the_salesperson_is_sent_to_an_administrator(self):
        self.connection.active = False
        with self.assertRaisesRegex(UserError, "isn't connected to Autenti yet"):
            self.open_dialog()
        with self.assertRaises(RedirectWarning):
            self.open_dialog(user=self.manager)

    def test_a_connection_without_secret_or_key_is_told_in_the_dialog(self):
        for field in ("client_id", "client_secret"):
            with self.subTest(field=field):
                before = self.connection[field]
                self.connection[field] = False
                dialog = self.open_dialog()
                self.assertTrue(dialog.is_blocked)
                self.assertNotSent(dialog, "isn't finished")
                self.connection[field] = before
        self.connection.key_ids.unlink()
        self.assertNotSent(self.open_dialog(), "isn't finished")

    def test_a_user_without_the_group_gets_no_dialog(self):
        outsider = self._create_user("Ewa Obca", "ewa@firma.example.com", groups="")
        with self.assertRaises(AccessError):
            self.open_dialog(user=outsider)

    # === When it was left open ===

    def test_a_dialog_left_overnight_says_to_open_it_again(self):
        request = self.send(self._create_agreement(self.seller))
        administrator = self._create_administrator()
        for model, values, user, clicks in (
            ("autenti.send", None, self.seller, ["action_send"]),
            (
                "autenti.withdraw",
                {"request_id": request.id, "reason": "x"},
                self.seller,
                ["action_withdraw"],
            ),
            (
                "autenti.switch",
                {"connection_id": self.connection.id},
                administrator,
                ["action_switch_on"],
            ),
        ):
            dialogs = self.env[model].with_user(user)
            dialog = self.open_dialog() if values is None else dialogs.create(values)
            self.assertSaysToOpenAgain(dialog, clicks)

    # === What a forged dialog can't do ===

    def forge(self, **values):
        """Make a dialog by RPC, as somebody would who doesn't use ours."""
        signer = {"first_name": "Jan", "last_name": "K", "email": "jan@k.example.com"}
        return (
            self.env["autenti.send"]
            .with_user(self.seller)
            .create(
                {
                    "res_model": "agreement",
                    "res_id": self.agreement.id,
                    "connection_id": self.connection.id,
                    "mode": self.connection.mode,
                    "environment": self.connection.environment,
                    "company_signer_name": "Prezes Fałszywy",
                    "company_signer_email": "prezes@example.com",
                    "name": "Umowa",
                    "language": "pl",
                    "signer_ids": [Command.create(signer)],
                    **values,
                }
            )
        )

    def test_the_companys_side_comes_from_the_set_up(self):
        self.forge().action_send()
        company = self.request_of(self.agreement).signer_ids[-1]
        self.assertEqual(company.side, "company")
        self.assertEqual(company.name, "Anna Nowak")
        self.assertEqual(company.email, SELLER_EMAIL)
        self.assertEqual(company.user_id, self.seller)

    def test_the_connection_comes_from_the_contracts_company(self):
        with self.assertRaises(AccessError):
            self.forge(connection_id=self.board_connection.id)
        dialog = self.forge()
        dialog.sudo().connection_id = self.board_connection
        self.assertNotSent(dialog, "changed meanwhile")

    def test_a_pdf_that_was_not_checked_is_checked_again(self):
        dialog = self.forge()
        self.assertFalse(dialog.pdf_problem)
        forged = {"pdf": base64.b64encode(b"not a PDF"), "pdf_problem": False}
        with self.assertRaises(AccessError):
            dialog.write(forged)
        dialog.sudo().write(forged)
        self.assertNotSent(dialog, "isn't a PDF")

    def test_a_made_up_pdf_is_refused(self):
        made_up = base64.b64encode(draw_pdf("Made up"))
        dialog = self.forge()
        for values in (
            {"pdf": made_up},
            {"pdf_sha256": "0" * 64},
            {"pdf_problem": False},
            {"pdf_key": "x"},
        ):
            with self.subTest(values=values):
                with self.assertRaises(AccessError):
                    dialog.write(values)
                with self.assertRaises(AccessError):
                    dialog.web_save({**values, "message": "x"}, {})
                with self.assertRaises(AccessError):
                    self.forge(**values)
        dialog.action_send()
        self.assertEqual(self.request_of(self.agreement).source_attachment_id.raw, PDF)

    def test_a_made_up_pdf_is_no_default(self):
        made_up = base64.b64encode(draw_pdf("Made up")).decode()
        defaults = {"pdf": made_up, "pdf_sha256": "0" * 64, "pdf_key": "x"}
        for name, value in defaults.items():
            self.env["ir.default"].set("autenti.send", name, value, self.seller.id)
        context = {f"default_{name}": value for name, value in defaults.items()}
        record = self.agreement.with_user(self.seller).with_context(**context)
        action = record.action_autenti_sign()
        dialog = record.env["autenti.send"].browse(action["res_id"])
        dialog.action_send()
        self.assertEqual(self.request_of(self.agreement).source_attachment_id.raw, PDF)

    def test_a_preview_is_no_way_to_enter_what_odoo_makes(self):
        dialog = self.open_dialog()
        made_up = base64.b64encode(draw_pdf("Made up")).decode()
        dialog.action_preview({"pdf": made_up, "pdf_key": "x"})
        dialog.action_send()
        self.assertEqual(self.request_of(self.agreement).source_attachment_id.raw, PDF)

    def test_a_file_that_the_user_may_not_read_is_not_sent(self):
        attachment = self.env["ir.attachment"].create(
            {
                "name": "secret.pdf",
                "raw": draw_pdf("Secret"),
                "res_model": "agreement",
                "res_id": self.board_agreement.id,
            }
        )
        with self.assertRaises(AccessError):
            self.forge(source="attachment", attachment_id=attachment.id).action_send()
        self.assertFalse(self.request_of(self.agreement))

    def test_a_record_that_the_user_may_not_write_is_not_sent(self):
        with self.assertRaises(AccessError):
            self.forge(res_id=self.board_agreement.id).action_send()
        self.assertFalse(self.request_of(self.board_agreement))

    def test_a_model_that_is_not_signable_is_refused(self):
        with self.assertRaisesRegex(UserError, "can't be signed"):
            self.forge(res_model="res.partner", res_id=self.client.id).action_send()

    def test_dialogs_of_others_stay_theirs(self):
        dialog = self.open_dialog()
        self.env.flush_all()
        self.env.invalidate_all()
        for records in (dialog, dialog.signer_ids):
            with self.subTest(model=records._name), self.assertRaises(AccessError):
                records.with_user(self.colleague).read(
                    ["name" if records == dialog else "email"]
                )
        with self.assertRaises(AccessError):
            dialog.with_user(self.colleague).action_send()
        self.assertFalse(self.request_of(self.agreement))

    def test_the_clients_mail_address_is_the_one_that_was_entered(self):
        dialog = self.open_dialog()
        dialog.signer_ids[0].email = "Jan Kowalski <JAN@Klient.example.com>"
        dialog.action_send()
        signer = self.request_of(self.agreement).signer_ids[0]
        self.assertEqual(signer.email, "jan@klient.example.com")
        self.assertEqual(self.contact.email, CLIENT_EMAIL, "the partner stays")
