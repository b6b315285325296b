# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.autenti_esign.tests.common import draw_pdf
from odoo.addons.autenti_esign.tests.test_enclosures import OFFICE_FILES

from .common import AUTHORITY, PRICES, DocumentCommon


class TestFiles(DocumentCommon):
    """Whose the files of a document are, and when they can be changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.document.with_user(cls.seller)

    def enclose(self, name="Cennik.pdf", content=PRICES):
        file = self._attach(self.seller, name, content)
        self.mine.enclosure_ids += file
        return file

    def switch_to_production(self):
        connection = self.connection.with_user(self._create_administrator())
        production = connection.browse(connection.action_prepare_production()["res_id"])
        production.write({"client_id": "prod", "client_secret_input": "prod-secret"})
        production.action_generate_key()
        production.action_test()
        action = production.action_switch_on()
        switch = self.env[action["res_model"]].with_user(connection.env.user)
        switch.browse(action["res_id"]).action_switch_on()
        self.env.invalidate_all()

    def assertOwned(self, file, document=None):
        document = document or self.document
        self.assertEqual((file.res_model, file.res_id), (document._name, document.id))

    def test_an_enclosure_goes_along(self):
        self.assertOwned(self.enclose())
        self.enclose("Umowa.docx", OFFICE_FILES["docx"])
        request = self.send(self.document)
        self.assertEqual(
            [file.attachment_id.raw for file in request.file_ids],
            [PRICES, OFFICE_FILES["docx"]],
        )

    def test_enclosures_of_one_name_are_numbered(self):
        for content in (PRICES, AUTHORITY, draw_pdf("Inny")):
            self.enclose(content=content)
        request = self.send(self.document)
        names = [
            self.env["autenti.send"]._unmark(each.name) for each in request.file_ids
        ]
        self.assertEqual(
            sorted(names), ["Cennik (2).pdf", "Cennik (3).pdf", "Cennik.pdf"]
        )

    def test_enclosures_that_change_while_the_dialog_is_open_are_shown_first(self):
        former = self.enclose()
        dialog = self.open_dialog(self.document)
        by_hand = {"name": "Ręczny.pdf", "file": base64.b64encode(PRICES)}
        dialog.file_ids = [Command.create(by_hand)]
        self.mine.enclosure_ids -= former
        self.enclose("Nowy.pdf", AUTHORITY)
        answer = dialog.with_context(autenti_shown_sha256=False).action_send()
        self.assertIn("enclosures", answer["params"]["message"])
        self.assertEqual(answer["params"]["next"]["res_id"], dialog.id)
        self.assertFalse(self.document.autenti_request_id)
        self.assertEqual(
            sorted(dialog.file_ids.mapped("name")), ["Nowy.pdf", "Ręczny.pdf"]
        )
        dialog.action_send()
        request = self.document.autenti_request_id
        self.assertEqual(
            sorted(each.attachment_id.raw for each in request.file_ids),
            sorted([AUTHORITY, PRICES]),
        )

    def test_an_enclosure_with_new_content_is_taken_over(self):
        enclosure = self.enclose()
        dialog = self.open_dialog(self.document)
        enclosure.with_user(self.seller).raw = AUTHORITY
        dialog.action_send()
        self.assertFalse(self.document.autenti_request_id)
        dialog.action_send()
        files = self.document.autenti_request_id.file_ids
        self.assertEqual(files.attachment_id.raw, AUTHORITY)

    def test_what_is_sent_again_takes_along_what_there_is_now(self):
        former = self.enclose()
        request = self.send(self.document)
        request.with_user(self.seller).action_withdraw()
        self.mine.enclosure_ids -= former
        self.enclose("Nowy.pdf", AUTHORITY)
        action = self.mine.action_autenti_send_again()
        dialog = (
            self.env["autenti.send"].with_user(self.seller).browse(action["res_id"])
        )
        self.assertEqual(dialog.file_ids.mapped("name"), ["Nowy.pdf"])

    def test_what_odoo_makes_is_offered_only_where_it_makes_something(self):
        self.assertFalse(self.open_dialog(self.document).has_report)
        self.assertTrue(self.open_dialog(self.agreement).has_report)

    def test_a_bad_enclosure_blocks_and_is_named(self):
        self.enclose("Wirus.pdf", b"MZ\x90")
        dialog = self.open_dialog(self.document)
        with self.assertRaisesRegex(UserError, "Wirus.pdf"):
            dialog.action_send()

    def test_what_is_taken_out_is_gone(self):
        file = self.enclose()
        self.mine.enclosure_ids -= file
        self.assertFalse(file.exists())

    def test_a_file_of_another_record_is_copied(self):
        theirs = self._attach(
            self.seller,
            "U.pdf",
            PRICES,
            res_model="agreement",
            res_id=self.agreement.id,
        )
        self.mine.attachment_id = theirs
        self.assertNotEqual(self.document.attachment_id, theirs)
        self.assertOwned(self.document.attachment_id)
        self.assertEqual(theirs.res_model, "agreement")

    def test_a_copy_of_a_public_file_is_not_public(self):
        public = self._attach(
            self.seller, "U.pdf", PRICES, res_model=False, public=True
        )
        public.generate_access_token()
        self.mine.attachment_id = public
        self.assertOwned(self.mine.attachment_id)
        self.assertFalse(self.mine.attachment_id.public)
        self.assertFalse(self.mine.attachment_id.access_token)

    def test_two_documents_do_not_share_a_file(self):
        other = self._create_document(self.seller)
        other.with_user(self.seller).attachment_id = self.mine.attachment_id
        self.assertOwned(other.attachment_id, other)
        self.assertOwned(self.document.attachment_id)

    def test_nobody_takes_a_file_that_they_may_not_read(self):
        theirs = self._create_document(self.colleague).attachment_id
        for values in ({"attachment_id": theirs.id}, {"enclosure_ids": theirs.ids}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.mine.write(values)

    def test_nor_one_by_what_only_the_database_takes_for_an_id(self):
        theirs = str(self._create_document(self.colleague).attachment_id.id)
        for values in ({"attachment_id": theirs}, {"enclosure_ids": [(4, theirs)]}):
            with self.subTest(values=values):
                with self.assertRaises(AccessError):
                    self.mine.write(values)
                with self.assertRaises(AccessError):
                    self.mine.create({"name": "Cudze", **values})
        self.assertEqual(self.mine.attachment_id.raw, AUTHORITY)

    def test_nor_by_a_default(self):
        theirs = self._create_document(self.colleague).attachment_id
        for name, value in (
            ("attachment_id", theirs.id),
            ("enclosure_ids", theirs.ids),
        ):
            documents = self.mine.with_context(**{f"default_{name}": value})
            with self.subTest(name=name), self.assertRaises(AccessError):
                documents.default_get([name])

    def test_a_file_that_is_out_is_not_replaced(self):
        enclosure = self.enclose()
        self.send(self.document)
        file = self.mine.attachment_id
        for change in (
            lambda: self.mine._replace_file("Inne.pdf", PRICES),
            lambda: self.mine._enclose_file("Inne.pdf", PRICES),
            lambda: self.mine.write({"attachment_id": False}),
            lambda: self.mine.write({"enclosure_ids": [(5,)]}),
            lambda: file.write({"raw": PRICES}),
            lambda: file.write({"name": "Inne.pdf"}),
            lambda: file.unlink(),
            lambda: enclosure.with_user(self.seller).unlink(),
        ):
            with self.assertRaisesRegex(UserError, "Withdraw it first"):
                change()
        self.assertEqual(file.raw, AUTHORITY)

    def test_nor_is_one_that_is_signed(self):
        request = self.send(self.document)
        self.sign_by_all(request)
        self.assertTrue(self.mine.files_locked)
        with self.assertRaisesRegex(UserError, "Make a copy"):
            self.mine._replace_file("Inne.pdf", PRICES)

    def test_the_signed_one_is_shown(self):
        self.assertEqual(self.mine.shown_attachment_id.raw, AUTHORITY)
        self.sign_by_all(self.send(self.document))
        signed = self.mine.autenti_signed_attachment_id
        self.assertTrue(signed)
        self.assertEqual(self.mine.shown_attachment_id, signed)

    def test_what_was_signed_for_a_test_does_not_hide_what_is_sent_next(self):
        self.sign_by_all(self.send(self.document))
        self.switch_to_production()
        self.assertTrue(self.mine.autenti_is_rehearsed)
        self.mine._replace_file("Inne.pdf", PRICES)
        self.assertTrue(self.mine.autenti_signed_attachment_id)
        self.assertEqual(self.mine.shown_attachment_id.raw, PRICES)

    def test_a_file_that_is_replaced_while_the_dialog_is_open(self):
        dialog = self.open_dialog(self.document)
        dialog = dialog.with_context(autenti_shown_sha256=dialog.pdf_sha256)
        self.mine._replace_file("Inne.pdf", PRICES)
        dialog.invalidate_recordset()
        answer = dialog.action_send()
        self.assertEqual(answer["params"]["title"], "Nothing was sent")
        self.assertEqual(dialog.attachment_id, self.mine.attachment_id)
        self.assertEqual(base64.b64decode(dialog.pdf), PRICES)
        self.assertFalse(dialog.pdf_problem)
        self.assertFalse(self.document.autenti_request_ids)

    def test_after_a_refusal_another_one_is_sent(self):
        self.send(self.document)._set_state("declined", reason="Za drogo")
        former = self.mine.attachment_id
        self.mine._replace_file("Inne.pdf", PRICES)
        self.assertFalse(former.exists())
        first = self.request_of(self.document)
        second = self.send(self.document)
        self.assertEqual(first.source_attachment_id.raw, AUTHORITY)
        self.assertEqual(second.source_attachment_id.raw, PRICES)

    def test_a_copy_has_its_own_files_and_nothing_that_was_sent(self):
        self.enclose()
        self.mine.tag_ids = [(0, 0, {"name": "Pilne"})]
        self.sign_by_all(self.send(self.document))
        copy = self.document.with_user(self.manager).copy()
        self.assertEqual(copy.name, "Pełnomocnictwo (copy)")
        self.assertEqual(copy.user_id, self.manager)
        self.assertEqual(copy.state, "draft")
        self.assertEqual(copy.tag_ids, self.document.tag_ids)
        self.assertFalse(copy.autenti_request_ids)
        self.assertFalse(copy.autenti_signed_attachment_id)
        self.assertEqual(copy.attachment_id.raw, AUTHORITY)
        self.assertEqual(copy.enclosure_ids.raw, PRICES)
        for file in copy.attachment_id + copy.enclosure_ids:
            self.assertOwned(file, copy)
        self.assertOwned(self.document.attachment_id)
        self.assertSendable(copy)

    def test_several_are_copied_at_once(self):
        other = self._create_document(self.seller, PRICES)
        copies = (self.document + other).with_user(self.seller).copy()
        self.assertEqual(
            [copy.attachment_id.raw for copy in copies], [AUTHORITY, PRICES]
        )
