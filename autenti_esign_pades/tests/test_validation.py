# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import json
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.autenti_esign.models.autenti_document import PATIENCE
from odoo.addons.autenti_esign.models.autenti_evidence import as_keeper
from odoo.addons.autenti_esign.tests.common import (
    CLIENT_EMAIL,
    PDF,
    SELLER_EMAIL,
    draw_pdf,
)

from autenti_emulator import render

from ..pades import isolation
from ..pades import report as codes
from ..texts import describe_finding
from .common import PadesCommon

ACTIVITY = "autenti_esign_pades.mail_activity_type_invalid"


def break_it(signed):
    """Change a byte that is signed."""
    return signed.replace(b"%PDF-1.3", b"%PDF-1.4", 1)


class TestValidation(PadesCommon):
    """A request is signed when its file was validated, and not before."""

    def activities_of(self, user):
        activity_type = self.env.ref(ACTIVITY)
        return self.agreement.activity_ids.filtered(
            lambda a: a.activity_type_id == activity_type and a.user_id == user
        )

    def as_user(self, request, user):
        return request.with_user(user).with_context(lang="en_US")

    def test_what_comes_back_is_stored_and_waits_for_its_validation(self):
        calls = []
        self.patch(isolation, "validate", lambda **arguments: calls.append(arguments))
        request = self.receive()
        self.assertTrue(request.signed_attachment_id)
        self.assertEqual(request.state, "sent")
        self.assertEqual(request.validation_state, "pending")
        self.assertFalse(calls)

    def test_fetching_the_status_validates_nothing_in_the_users_request(self):
        calls = []
        self.patch(isolation, "validate", lambda **arguments: calls.append(arguments))
        request = self.receive()
        cron = self.env.ref("autenti_esign_pades.ir_cron_autenti_validation")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search([("cron_id", "=", cron.id)])
        request.with_user(self.seller).action_check()
        request.with_user(self.seller).action_validate()
        after = triggers.search([("cron_id", "=", cron.id)])
        self.assertGreater(len(after), len(before))
        self.assertFalse(calls)

    def test_a_request_that_somebody_else_is_at_is_validated_soon(self):
        request = self.receive()
        cron = self.env.ref("autenti_esign_pades.ir_cron_autenti_validation")
        of_cron = [("cron_id", "=", cron.id)]
        self.env["ir.cron.trigger"].search(of_cron).unlink()
        with patch.object(type(request), "_lock", lambda request: request.browse()):
            self.run_validation()
        self.assertEqual(request.validation_state, "pending")
        self.assertTrue(self.env["ir.cron.trigger"].search(of_cron))
        self.run_validation()
        self.assertEqual(request.state, "signed")

    def test_a_proven_file_makes_the_request_signed(self):
        self.trust()
        request = self.receive()
        self.run_validation()
        self.assertEqual(request.validation_state, "green")
        self.assertEqual(request.state, "signed")
        seen = self.as_user(request, self.seller)
        self.assertIn("Jan Kowalski, Anna Nowak", seen.validation_sentence)
        self.assertIn("byte by byte", seen.validation_details)
        self.assertIn("Emulator Signing CA", seen.validation_details)
        self.assertTrue(self.agreement.autenti_signed_attachment_id)

    def enclose(self):
        self.agreement.agreement_type_id = self.env["agreement.type"].create(
            {
                "name": "Sale",
                "autenti_enclosure_ids": [
                    Command.create(
                        {
                            "name": f"{name}.pdf",
                            "file": base64.b64encode(draw_pdf(name)),
                        }
                    )
                    for name in ("prices", "terms")
                ],
            }
        )

    def same(self, signed):
        return signed

    def test_what_was_sent_along_is_proven_too(self):
        self.trust()
        self.enclose()
        request = self.receive(prices=self.same, terms=self.same)
        self.run_validation()
        self.assertEqual(request.validation_state, "green")
        self.assertEqual(request.state, "signed")
        seen = self.as_user(request, self.seller)
        self.assertIn("the files contain what was sent", seen.validation_sentence)
        details = seen.validation_details
        self.assertEqual(details.count("byte by byte"), 3)
        self.assertIn("terms.pdf", details)
        self.assertEqual(
            [file["sha256"] for file in request.validation_report["enclosures"]],
            [f.signed_attachment_id._autenti_get_sha256() for f in request.file_ids],
        )

    def test_a_broken_file_that_was_sent_along_stops_it(self):
        self.trust()
        self.enclose()
        request = self.receive(prices=self.same, terms=break_it)
        self.run_validation()
        self.assertEqual(request.validation_state, "red")
        self.assertEqual(request.state, "sent")
        sentence = self.as_user(request, self.seller).validation_sentence
        self.assertRegex(sentence, r"^TEST terms\.pdf: The signature of .* is broken")

    def test_another_file_than_was_sent_along_stops_it(self):
        self.trust()
        self.enclose()
        other = self.seal(draw_pdf("other"), "Jan Kowalski", "Anna Nowak")
        request = self.receive(prices=lambda signed: other, terms=self.same)
        self.run_validation()
        self.assertEqual(request.validation_state, "red")
        sentence = self.as_user(request, self.seller).validation_sentence
        self.assertIn("prices.pdf: The file isn't what was sent", sentence)

    def test_a_file_that_did_not_come_back_is_told(self):
        self.trust()
        self.enclose()
        request = self.receive(prices=self.same, terms=lambda signed: None)
        self.assertFalse(request.signed_attachment_id)
        with freeze_time(datetime.now() + PATIENCE):
            self.poll(request)
        self.run_validation()
        self.assertEqual(request.validation_state, "amber")
        sentence = self.as_user(request, self.seller).validation_sentence
        self.assertIn("terms.pdf: It was sent along", sentence)
        self.assertTrue(self.as_user(request, self.seller).validation_details)

    def receive_merged(self, *contents):
        """Have one signed file come back, of these files' pages."""
        request = self.send()
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email, with_file=False)
        signed = self.seal(render._merge(contents), "Jan Kowalski", "Anna Nowak")
        self.autenti.give_back(request.process_id, "terms.pdf", signed)
        self.poll(request)
        self.run_validation()
        return request

    def test_one_signed_file_for_all_is_proven_with_what_was_sent_along(self):
        self.trust()
        self.enclose()
        request = self.receive_merged(PDF, draw_pdf("prices"), draw_pdf("terms"))
        self.assertEqual(request.validation_state, "green")
        self.assertEqual(request.state, "signed")
        self.assertEqual(request.file_ids.mapped("signed_as"), ["part", "part"])

    def test_an_enclosure_that_is_missing_or_another_in_the_one_file_is_told(self):
        self.trust()
        self.enclose()
        for contents in (
            (PDF, draw_pdf("prices")),
            (PDF, draw_pdf("prices"), draw_pdf("other")),
        ):
            self.meet_autenti()
            agreement = self._create_agreement(
                self.seller, agreement_type_id=self.agreement.agreement_type_id.id
            )
            self.agreement = agreement
            request = self.receive_merged(*contents)
            self.assertNotEqual(request.validation_state, "green")

    def test_which_enclosure_comes_first_in_the_one_file_does_not_matter(self):
        self.trust()
        self.enclose()
        request = self.receive_merged(PDF, draw_pdf("terms"), draw_pdf("prices"))
        self.assertEqual(request.validation_state, "green")

    def test_an_unknown_authority_is_told_and_stops_nothing(self):
        request = self.receive()
        self.run_validation()
        self.assertEqual(request.validation_state, "amber")
        self.assertEqual(request.state, "signed")
        sentence = self.as_user(request, self.seller).validation_sentence
        self.assertIn("“Emulator Signing CA” isn't among", sentence)

    def test_a_red_file_is_kept_but_the_request_is_not_signed(self):
        self.trust()
        request = self.receive(break_it)
        self.run_validation()
        self.assertEqual(request.validation_state, "red")
        self.assertEqual(request.state, "sent")
        self.assertTrue(request.signed_attachment_id)
        self.assertFalse(self.agreement.autenti_signed_attachment_id)
        activity = self.activities_of(self.manager)
        self.assertIn("is broken", activity.note)
        self.assertIn("Don't rely on the contract", activity.note)
        self.assertFalse(self.activities_of(self.seller))

    def test_another_document_is_red(self):
        self.trust()
        other = draw_pdf("Zupełnie inna umowa")
        request = self.receive(lambda _signed: self.seal(other, "Jan", "Anna"))
        self.run_validation()
        self.assertEqual(request.validation_state, "red")
        self.assertEqual(request.state, "sent")

    def test_what_was_sent_without_signatures_is_red(self):
        request = self.receive(lambda _signed: PDF)
        self.run_validation()
        self.assertEqual(request.validation_state, "red")
        self.assertIn(
            "no signature", self.as_user(request, self.seller).validation_sentence
        )

    def test_a_file_that_stops_the_check_is_red(self):
        request = self.receive()
        self.patch(isolation, "SECONDS", 0.01)
        self.run_validation()
        self.assertEqual(request.validation_state, "red")
        self.assertEqual(request.state, "sent")

    def test_a_validation_that_fails_in_odoo_waits_for_the_next_run(self):
        request = self.receive()
        with (
            patch.object(isolation, "validate", side_effect=ZeroDivisionError),
            self.assertLogs("odoo.addons.autenti_esign_pades", "ERROR"),
        ):
            self.run_validation()
        self.assertEqual(request.validation_state, "pending")
        self.run_validation()
        self.assertEqual(request.state, "signed")

    def test_with_the_authority_added_the_next_check_is_green(self):
        request = self.receive()
        self.run_validation()
        self.trust()
        request.with_user(self.seller).action_validate()
        self.assertEqual(request.validation_state, "pending")
        self.run_validation()
        self.assertEqual(request.validation_state, "green")
        self.assertEqual(request.state, "signed")

    def test_a_manager_rejects_a_red_file_and_the_contract_can_be_sent_again(self):
        request = self.receive(break_it)
        self.run_validation()
        with self.assertRaises(AccessError):
            request.with_user(self.seller).action_reject_signed()
        request.with_user(self.manager).action_reject_signed()
        self.assertEqual(request.state, "failed")
        self.assertIn("is broken", request.reason)
        self.assertFalse(self.activities_of(self.manager))
        self.assertTrue(request.signed_attachment_id)
        self.send()

    def test_only_a_red_file_is_rejected(self):
        request = self.receive()
        with self.assertRaises(UserError):
            request.with_user(self.manager).action_reject_signed()
        self.run_validation()
        with self.assertRaises(UserError):
            request.with_user(self.manager).action_reject_signed()

    def test_without_a_signed_file_there_is_nothing_to_validate(self):
        request = self.send()
        with self.assertRaises(UserError):
            request.with_user(self.seller).action_validate()

    def test_a_stranger_has_nothing_validated(self):
        request = self.receive()
        with self.assertRaises(AccessError):
            request.with_user(self.board_seller).action_validate()

    def test_nobody_passes_off_a_report(self):
        request = self.receive()
        self.run_validation()
        self.assertEqual(request.validation_state, "amber")
        for values in (
            {"validation_state": "green"},
            {"validation_state": False},
            {"validation_report": {"verdict": "green", "findings": []}},
            {"validation_date": "2030-01-01 00:00:00"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                request.write(values)

    def test_the_report_is_plain_data(self):
        self.trust()
        request = self.receive()
        self.run_validation()
        report = request._get_validation_report()
        self.assertEqual(json.loads(json.dumps(report)), report)
        self.assertEqual(report["sha256"], request.signed_sha256)
        self.assertEqual(report["sent_sha256"], request.source_sha256)

    def test_every_finding_has_a_sentence(self):
        values = dict.fromkeys(
            (
                *("signer", "detail", "field", "issuer", "date", "revision"),
                *("level", "expected", "found", "asked"),
            ),
            "what it is",
        )
        for code in codes.SEVERITY:
            with self.subTest(code=code):
                finding = {"code": code, "pages": [1, 2], "keys": ["/A"], **values}
                sentence = describe_finding(self.env, finding)
                self.assertNotIn("%(", sentence)
                self.assertTrue(sentence.endswith("."))

    def test_what_a_stranger_wrote_does_not_become_markup(self):
        request = self.receive()
        self.run_validation()
        report = request.validation_report
        report["signatures"][0]["signer"] = "<script>x</script>"
        as_keeper(request).validation_report = report
        self.assertNotIn("<script>", request.validation_details)
