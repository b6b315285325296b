# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from odoo.addons.autenti_esign.client.payload import MAX_MESSAGE
from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL, draw_pdf

from .common import BatchCommon


class TestLines(BatchCommon):
    """What of each document is seen and changed before it is sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["agreement.type"].create(
            {
                "name": "Umowa",
                "autenti_message": "Contract {{ object.code }}",
                "autenti_signature_type": "QUALIFIED",
                "autenti_has_waiting_rules": True,
                "autenti_expiry_days": 9,
            }
        )
        cls.today = cls.env["res.users"].with_user(cls.seller)._autenti_get_today()

    def open_two(self):
        agreements = self.create_agreements(2)
        agreements[0].agreement_type_id = self.kind
        batch = self.open_batch(agreements)
        return agreements, batch, batch.line_ids

    def test_each_document_gets_what_its_type_says(self):
        agreements, batch, (first, second) = self.open_two()
        self.assertEqual(first.email, CLIENT_EMAIL)
        self.assertEqual(first.expiry_date, self.today + timedelta(days=9))
        self.assertFalse(second.expiry_date)
        self.send_batch(batch)
        one, other = map(self.request_of, agreements)
        self.assertEqual(one.message, f"Contract {agreements[0].code}")
        self.assertFalse(other.message)
        self.assertEqual(one.signer_ids[0].signature_type, "QUALIFIED")
        self.assertEqual(other.signer_ids[0].signature_type, "BASIC")
        self.assertTrue(one.expires_at)
        self.assertFalse(other.expires_at)

    def test_what_is_entered_for_all_wins_over_the_type(self):
        agreements, batch, _lines = self.open_two()
        batch.write({"message": "To all", "signature_type": "BASIC"})
        self.send_batch(batch)
        request = self.request_of(agreements[0])
        self.assertEqual(request.message, "To all")
        self.assertEqual(request.signer_ids[0].signature_type, "BASIC")

    def test_the_email_and_the_deadline_of_one_are_changed_in_the_form(self):
        agreements, batch, _lines = self.open_two()
        day = self.today + timedelta(days=30)
        with Form(batch) as form, form.line_ids.edit(1) as line:
            line.email = "other@klient.example.com"
            line.expiry_date = day
        self.send_batch(batch)
        one, other = map(self.request_of, agreements)
        self.assertEqual(one.signer_ids[0].email, CLIENT_EMAIL)
        self.assertEqual(other.signer_ids[0].email, "other@klient.example.com")
        self.assertEqual(other.expires_at.date(), day)

    def test_the_pdf_is_shown_as_it_would_be_sent(self):
        _agreements, _batch, (first, _second) = self.open_two()
        action = first.action_open_pdf()
        self.assertRegex(action["url"], r"^/autenti/preview/\d+/[0-9a-f]{64}$")
        self.assertEqual(self.autenti.operations, [])

    def test_another_pdf_of_one_is_sent_instead(self):
        agreements, batch, (first, second) = self.open_two()
        content = draw_pdf("Negotiated")
        with Form(batch) as form, form.line_ids.edit(1) as line:
            line.upload_name = "Negotiated.pdf"
            line.upload = base64.b64encode(content)
        for line, is_replaced in ((first, False), (second, True)):
            shown = first.env["autenti.send"].browse(
                int(line.action_open_pdf()["url"].split("/")[3])
            )
            self.assertEqual(base64.b64decode(shown.pdf) == content, is_replaced)
        self.send_batch(batch)
        one, other = map(self.request_of, agreements)
        self.assertNotEqual(one.source_attachment_id.raw, content)
        self.assertEqual(other.source_attachment_id.raw, content)

    def test_what_can_not_be_is_refused_when_it_is_entered(self):
        _agreements, _batch, (first, _second) = self.open_two()
        for values, message in (
            ({"email": "nobody"}, "valid e-mail"),
            ({"email": False}, "Enter the e-mail"),
            ({"expiry_date": self.today - timedelta(days=2)}, "has passed"),
            ({"upload": base64.b64encode(b"MZ\x90 no PDF")}, "PDF"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, message),
            ):
                first.write(values)

    def test_what_is_no_file_is_refused_in_a_sentence(self):
        _agreements, _batch, (first, _second) = self.open_two()
        for upload in ("abc", "12.34 Kb", "zażółć", 7, {"a": "b"}):
            with (
                self.subTest(upload=upload),
                self.assertRaisesRegex(ValidationError, "once more|PDF"),
            ):
                first.upload = upload

    def test_a_file_that_is_taken_away_takes_its_name_along(self):
        _agreements, _batch, (first, _second) = self.open_two()
        for nothing in (False, "", None):
            content = base64.b64encode(draw_pdf("Negotiated"))
            first.write({"upload": content, "upload_name": "Negotiated.pdf"})
            first.write({"upload": nothing})
            self.assertFalse(first.upload_name)

    def test_what_cannot_be_sent_like_that_is_told_before_the_start(self):
        _agreements, batch, (first, second) = self.open_two()
        batch.signature_type = "ADVANCED"
        self.assertEqual((first.state, second.state), ("blocked", "blocked"))
        self.assertIn("phone number", first.problem)
        self.assertFalse(batch.ready_count)
        batch.signature_type = "BASIC"
        self.assertEqual(batch.ready_count, 2)

    def test_the_form_tells_whom_a_changed_signature_blocks(self):
        _agreements, batch, (first, second) = self.open_two()
        batch.signature_type = "ADVANCED"
        result = batch._onchange_shared()
        self.assertIsNone(result)
        batch.signature_type = "BASIC"
        spec = {"signature_type": {}, "line_ids": {"fields": {"state": {}}}}
        changes = {"signature_type": "ADVANCED"}
        told = batch.onchange(changes, list(changes), spec)["warning"]
        for part in ("phone number", first.name, second.name):
            self.assertIn(part, told["message"])

    def test_a_message_too_long_is_told_before_the_start(self):
        _agreements, batch, (first, second) = self.open_two()
        batch.message = "x" * (MAX_MESSAGE + 1)
        self.assertEqual((first.state, second.state), ("blocked", "blocked"))
        self.assertIn("message is too long", first.problem)
        batch.message = "x" * MAX_MESSAGE
        self.assertEqual(batch.ready_count, 2)

    def test_a_message_of_a_type_too_long_is_told_before_the_start(self):
        self.kind.autenti_message = "x" * (MAX_MESSAGE + 1)
        _agreements, batch, _ready = self.open_two()
        self.assertEqual((batch.blocked_count, batch.ready_count), (1, 1))
        self.assertIn("message is too long", batch.blocked_line_ids.problem)
        batch.message = "To all"
        self.assertEqual(batch.ready_count, 2)

    def test_a_deadline_that_has_passed_meanwhile_sends_nothing(self):
        agreements, batch, (first, _second) = self.open_two()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE autenti_batch_line SET expiry_date = '2020-01-01' WHERE id = %s",
            [first.id],
        )
        self.env.invalidate_all()
        self.send_batch(batch)
        self.assertEqual(first.state, "failed")
        self.assertIn("has passed", first.problem)
        self.assertFalse(self.request_of(agreements[0]))
        self.assertTrue(self.request_of(agreements[1]))

    def test_nothing_else_of_a_line_is_changed_by_hand(self):
        agreements, batch, (first, _second) = self.open_two()
        for values in (
            {"state": "done"},
            {"res_id": agreements[1].id},
            {"problem": "x"},
            {"name": "x"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                batch.write({"line_ids": [Command.update(first.id, values)]})

    def test_a_sending_begins_by_its_button_alone(self):
        _agreements, batch, _lines = self.open_two()
        with self.assertRaises(AccessError):
            batch.state = "running"

    def test_nobody_else_changes_a_line(self):
        _agreements, _batch, (first, _second) = self.open_two()
        for user in (self.manager, self.colleague):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                first.with_user(user).email = "x@klient.example.com"
        with self.assertRaises(AccessError):
            first.with_user(self.manager).action_open_pdf()

    def test_what_is_sent_stays(self):
        _agreements, batch, (first, _second) = self.open_two()
        self.send_batch(batch)
        with self.assertRaisesRegex(UserError, "sent already"):
            first.email = "x@klient.example.com"
