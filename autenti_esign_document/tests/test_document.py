# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user

from odoo.addons.autenti_esign.models.autenti_sign_checks import BLOCKING
from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL, SELLER_EMAIL

from .common import AUTHORITY, PRICES, DocumentCommon


class TestDocument(DocumentCommon):
    """From a file that is dropped to the signed one."""

    def blocking(self, dialog):
        return [each["text"] for each in dialog.checklist if each["level"] == BLOCKING]

    def test_what_is_dropped_can_be_sent_as_it_is(self):
        self.assertEqual(self.document.name, "Pełnomocnictwo")
        self.assertEqual(self.document.state, "draft")
        self.assertEqual(self.document.user_id, self.seller)
        self.assertSendable(self.document.with_user(self.seller))

    def test_signed(self):
        request = self.send(self.document)
        self.assertEqual(self.document.state, "out")
        self.assertEqual(request.source_attachment_id.raw, AUTHORITY)
        self.assertEqual(
            request.signer_ids.mapped("email"), [CLIENT_EMAIL, SELLER_EMAIL]
        )
        self.sign_by_all(request)
        document = self.seen(self.seller)
        self.assertEqual(document.state, "signed")
        signed = document.autenti_signed_attachment_id
        self.assertTrue(signed.raw.startswith(b"%PDF"))
        self.assertEqual(
            (signed.res_model, signed.res_id), (document._name, document.id)
        )
        self.assertNotEqual(signed, document.attachment_id)

    def test_without_a_client_whoever_signs_is_entered_in_the_dialog(self):
        self.document.partner_id = False
        dialog = self.open_dialog(self.document)
        self.assertTrue(dialog.is_blocked)
        self.type_in(dialog)
        self.assertEqual(self.blocking(dialog), [])
        dialog.action_send()
        request = self.request_of(self.document)
        self.run_cron()
        self.assertEqual(request.state, "sent")
        self.assertFalse(self.document.partner_id)

    def test_the_client_is_known_from_the_first_who_signs(self):
        self.document.partner_id = False
        dialog = self.open_dialog(self.document)
        person = dialog.signer_ids._prepare_contact(self.contact)
        dialog.signer_ids = [Command.clear(), Command.create(person)]
        dialog.action_send()
        self.assertEqual(self.document.partner_id, self.contact)

    def test_a_client_without_an_e_mail_blocks(self):
        self.contact.email = False
        dialog = self.open_dialog(self.document)
        [problem] = self.blocking(dialog)
        self.assertIn("e-mail", problem)
        with self.assertRaisesRegex(UserError, "e-mail"):
            dialog.action_send()
        self.assertEqual(self.document.state, "draft")

    def test_without_a_file_nothing_can_be_sent(self):
        self.document.attachment_id.unlink()
        with self.assertRaisesRegex(UserError, "Add the PDF that is to be signed"):
            self.open_dialog(self.document)

    def test_the_file_is_the_one_of_the_document_not_the_latest_of_its_chatter(self):
        self._attach(self.seller, "Inny.pdf", PRICES, res_id=self.document.id)
        request = self.send(self.document)
        self.assertEqual(request.source_attachment_id.raw, AUTHORITY)

    def test_two_send_it_at_the_same_time(self):
        mine = self.open_dialog(self.document)
        other = self.open_dialog(self.document, self.manager)
        mine.action_send()
        with self.assertRaisesRegex(UserError, "out for signature"):
            other.action_send()
        self.assertEqual(len(self.document.autenti_request_ids), 1)

    def test_how_it_ended(self):
        for state in ("declined", "expired", "failed", "withdrawn"):
            document = self._create_document(self.seller, partner_id=self.client.id)
            self.send(document)._set_state(state, reason="Za drogo")
            with self.subTest(state=state):
                self.assertEqual(document.state, "ended")
                self.assertSendable(document.with_user(self.seller))

    def test_found_by_its_state(self):
        self.send(self.document)
        draft = self._create_document(self.seller)
        documents = self.env["autenti.document"].with_user(self.seller)
        self.assertEqual(documents.search([("state", "=", "draft")]), draft)
        self.assertEqual(documents.search([("state", "=", "out")]), self.document)
        board = documents.with_context(read_group_expand=True).web_read_group(
            [], ["state"], ["__count"]
        )
        self.assertEqual(
            {group["state"]: group["__count"] for group in board["groups"]},
            {"draft": 1, "out": 1, "signed": 0, "ended": 0},
        )

    def test_nobody_writes_its_state(self):
        with self.assertRaises(AccessError):
            self.seen(self.seller).state = "signed"

    def test_what_was_sent_is_not_deleted(self):
        self.send(self.document)._set_state("declined", reason="Za drogo")
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.seen(self.seller).unlink()
        self.seen(self.seller).action_archive()

    def test_a_draft_is_deleted_with_its_files(self):
        file = self.document.attachment_id
        self.seen(self.seller).unlink()
        self.assertFalse(file.exists())

    def test_an_archived_one_is_not_sent(self):
        self.document.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.open_dialog(self.document)

    def test_followers_hear_of_the_signed_one(self):
        self.seen(self.seller).message_subscribe(self.colleague.partner_id.ids)
        self.sign_by_all(self.send(self.document))
        told = self.document.message_ids.filtered(
            lambda message: self.colleague.partner_id in message.notified_partner_ids
        )
        self.assertEqual(told.subtype_id.mapped("name"), ["Signed by all"])

    def test_the_form_of_a_salesperson(self):
        form = Form(self.env["autenti.document"].with_user(self.seller))
        form.name = "Zgoda"
        form.partner_id = self.client
        document = form.save()
        self.assertEqual(document.company_id, self.company)
        self.assertEqual(document.user_id, self.seller)

    def test_somebody_is_responsible(self):
        # Else whoever saves it doesn't see it any more
        with Form(self.seen(self.seller)) as form:
            user = form.user_id
            form.user_id = self.env["res.users"]
            with self.assertRaisesRegex(AssertionError, "user_id is a required field"):
                form.save()
            form.user_id = user

    def test_buttons_below_the_banner(self):
        self.send(self.document)
        document = self.seen(self.seller)
        for name in ("remind", "withdraw", "correct"):
            with self.subTest(action=name):
                action = getattr(document, f"action_autenti_{name}")()
                self.assertIn("type", action)


class TestPortal(DocumentCommon, HttpCase):
    """Clients find documents beside their contracts."""

    def test_a_client_sees_it_and_gets_the_signed_file(self):
        user = new_test_user(
            self.env,
            login="jan",
            groups="base.group_portal",
            context={"no_reset_password": True},
            partner_id=self.contact.id,
            email=CLIENT_EMAIL,
        )
        user.lang = "en_US"
        request = self.send(self.document)
        self.authenticate("jan", "jan")
        page = self.url_open("/my/signatures").text
        self.assertIn("Pełnomocnictwo", page)
        self.assertIn("Waiting for you", page)
        self.assertIn(f"/my/signatures/{request.id}/sign", page)
        self.sign_by_all(request)
        file = f"/my/signatures/{request.id}/signed"
        self.assertIn(file, self.url_open("/my/signatures").text)
        self.assertTrue(self.url_open(file).content.startswith(b"%PDF"))
        with self.assertRaises(AccessError):
            self.document.with_user(user).read(["name"])
