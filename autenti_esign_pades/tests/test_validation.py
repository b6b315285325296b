# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import json
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.autenti_esign.frozen import as_keeper
from odoo.addons.autenti_esign.models.autenti_request_sync import FURTHER_PATIENCE
from odoo.addons.autenti_esign.tests.common import (
    CLIENT_EMAIL,
    PDF,
    SELLER_EMAIL,
    draw_pdf,
)

from autenti_emulator import render

from ..models import autenti_request
from ..models.autenti_request import RETRY, RETRY_LIMIT
from ..pades import isolation, versions
from ..pades import report as codes
from ..texts import describe_finding
from .common import PadesCommon

ACTIVITY = "autenti_esign_pades.mail_activity_type_invalid"
LOGGER = "odoo.addons.autenti_esign_pades.models.autenti_connection"


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

    def get_notes(self):
        """Return the notes on the contract, oldest first."""
        return self.agreement.message_ids.sorted("id").mapped("body")

    def test_signed_checked_and_here_are_one_note(self):
        self.trust()
        request = self.receive()
        before = self.get_notes()
        self.assertIn("Anna Nowak has signed.", before[-1])
        self.run_validation()
        [note] = self.get_notes()[len(before) :]
        self.assertIn("Signed with Autenti by Jan Kowalski and Anna Nowak.", note)
        self.assertIn("are genuine", note)
        signed = self.agreement.autenti_signed_attachment_id
        self.assertIn(f"/web/content/{signed.id}", note)
        self.assertIn("was checked", str(request.message_ids.mapped("body")))

    def test_a_file_that_is_not_valid_is_told_and_nothing_is_called_signed(self):
        self.trust()
        self.receive(break_it)
        before = self.get_notes()
        self.run_validation()
        [note] = self.get_notes()[len(before) :]
        self.assertIn("The signed file was checked.", note)
        self.assertIn("is broken", note)

    def test_what_could_not_be_checked_is_told_once_it_could(self):
        self.trust()
        request = self.receive()
        before = len(self.get_notes())
        self.fail_to_check(request)
        [note] = self.get_notes()[before:]
        self.assertIn("Signed with Autenti by", note)
        self.assertIn("could not be checked here", note)
        request.with_user(self.seller).action_validate()
        self.run_validation()
        [_signed, note] = self.get_notes()[before:]
        self.assertIn("are genuine", note)
        # The same once more is no news
        request.with_user(self.seller).action_validate()
        self.run_validation()
        self.assertEqual(len(self.get_notes()), before + 2)

    def test_a_check_that_goes_wrong_each_time_is_told_once(self):
        self.trust()
        request = self.receive()
        before = len(self.get_notes())
        for _attempt in range(2):
            with (
                patch.object(type(request), "_apply_validation", side_effect=KeyError),
                self.assertLogs("odoo.addons.autenti_esign_pades", "ERROR"),
            ):
                self.run_validation()
            self.assertEqual(request.state, "sent")
        [note] = self.get_notes()[before:]
        self.assertIn("can't be checked", note)
        self.assertTrue(self.activities(self.agreement, "attention", self.seller))
        self.run_validation()
        self.assertEqual(request.state, "signed")
        self.assertFalse(self.activities(self.agreement, "attention", self.seller))

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
        with freeze_time(datetime.now() + FURTHER_PATIENCE):
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

    def assertUnchecked(self, request):
        self.assertEqual(request.validation_state, "unchecked")
        self.assertEqual(request.state, "signed")
        self.assertTrue(self.agreement.autenti_signed_attachment_id)
        sentence = self.as_user(request, self.seller).validation_sentence
        self.assertIn("says nothing about the file", sentence)
        self.assertFalse(self.activities_of(self.manager))

    def fail_to_check(self, request, error=OSError):
        with (
            patch.object(isolation, "validate", side_effect=error),
            self.assertLogs("odoo.addons.autenti_esign_pades", "ERROR"),
        ):
            self.run_validation()

    def test_a_file_that_stops_the_check_is_signed_and_could_not_be_checked(self):
        request = self.receive()
        self.patch(isolation, "SECONDS", 0.01)
        self.run_validation()
        self.assertUnchecked(request)

    def test_a_checker_that_fails_in_any_way_says_nothing_about_the_file(self):
        for error in (
            ZeroDivisionError("a bug"),
            ImportError("No module named 'pyhanko'"),
            MemoryError(),
            OSError("no space left"),
        ):
            with self.subTest(error=error):
                self.meet_autenti()
                self.agreement = self._create_agreement(self.seller)
                request = self.receive()
                self.fail_to_check(request, error)
                self.assertUnchecked(request)

    def test_a_library_that_is_missing_says_nothing_about_the_file(self):
        request = self.receive()
        # The process of the check finds none of its libraries
        self.patch(isolation.sys, "path", [])
        self.patch(isolation.os, "environ", {"PYTHONNOUSERSITE": "1"})
        self.patch(isolation.sys, "executable", "/usr/bin/env")
        self.run_validation()
        self.assertUnchecked(request)

    def test_a_stored_file_that_is_damaged_here_says_nothing_about_the_file(self):
        for name in ("signed_attachment_id", "source_attachment_id"):
            with self.subTest(name=name):
                self.meet_autenti()
                self.agreement = self._create_agreement(self.seller)
                request = self.receive()
                attachment = request[name]
                self.env.cr.execute(
                    "UPDATE ir_attachment SET store_fname = NULL WHERE id = %s",
                    (attachment.id,),
                )
                self.env.invalidate_all()
                with self.assertLogs("odoo.addons.autenti_esign_pades", "ERROR"):
                    self.run_validation()
                self.assertUnchecked(request)

    def test_what_could_not_be_checked_is_checked_again_with_growing_pauses(self):
        request = self.receive()
        self.fail_to_check(request)
        now = datetime.now()
        pauses = []
        for _attempt in range(3):
            pauses.append(request.next_validation_at - now)
            now = request.next_validation_at
            with freeze_time(now - RETRY / 2):
                # Not before it is due
                self.run_validation()
            with freeze_time(now):
                self.fail_to_check(request)
        self.assertEqual(
            [round(pause / RETRY) for pause in pauses],
            [1, 2, 4],
        )
        self.trust()
        with freeze_time(request.next_validation_at):
            self.run_validation()
        self.assertEqual(request.validation_state, "green")
        self.assertFalse(request.next_validation_at)
        self.assertEqual(request.validation_attempts, 0)

    def test_the_pauses_end_at_a_week_and_each_failure_is_not_told(self):
        request = self.receive()
        self.fail_to_check(request)
        told, heard = len(request.message_ids), self.listen()
        for _attempt in range(15):
            with freeze_time(request.next_validation_at):
                self.fail_to_check(request)
                pause = request.next_validation_at - datetime.now()
        self.assertEqual(pause, RETRY_LIMIT)
        self.assertEqual(len(request.message_ids), told)
        self.assertEqual(heard, [])

    def test_after_an_update_all_that_are_unchecked_are_checked(self):
        self.trust()
        addon = self.env.ref("base.module_autenti_esign_pades")
        for update in (
            lambda: addon.write({"latest_version": "19.0.99.0.0"}),
            lambda: self.patch(
                versions, "get_versions", lambda: {"pyHanko": "99.0", "lxml": None}
            ),
        ):
            self.meet_autenti()
            self.agreement = self._create_agreement(self.seller)
            request = self.receive()
            self.fail_to_check(request)
            self.run_validation()
            self.assertUnchecked(request)
            update()
            self.run_validation()
            self.assertEqual(request.validation_state, "green")

    def test_what_is_not_valid_after_all_is_told_to_a_manager(self):
        self.trust()
        request = self.receive(break_it)
        self.fail_to_check(request)
        self.assertUnchecked(request)
        request.with_user(self.seller).action_validate()
        self.run_validation()
        self.assertEqual(request.validation_state, "red")
        self.assertEqual(request.state, "signed")
        self.assertTrue(self.activities_of(self.manager))

    def test_what_is_not_valid_stays_so_if_an_enclosure_can_not_be_checked(self):
        self.trust()
        self.enclose()
        request = self.receive(break_it, prices=self.same, terms=self.same)
        validate = isolation.validate

        def fail_for_enclosures(**arguments):
            if arguments["sent"] == request.source_attachment_id.raw:
                return validate(**arguments)
            report = codes.Report(moment="", sha256="", sent_sha256="", size=0)
            report.find(codes.NOT_CHECKED, detail="30 s")
            return report.to_dict()

        self.patch(isolation, "validate", fail_for_enclosures)
        self.run_validation()
        self.assertEqual(request.validation_state, "red")
        self.assertEqual(request.state, "sent")

    def test_what_waits_to_be_checked_again_keeps_nothing_new_waiting(self):
        first = self.receive()
        self.fail_to_check(first)
        as_keeper(first).next_validation_at = "2020-01-01"
        self.patch(autenti_request, "BATCH", 1)
        self.meet_autenti()
        self.agreement = self._create_agreement(self.seller)
        second = self.receive()
        found = self.env["autenti.request"].search(
            second._get_validation_domain(), order="validation_attempts, id", limit=1
        )
        self.assertEqual(found, second)

    def test_a_manager_finds_what_could_not_be_checked_and_the_health_check_counts(
        self,
    ):
        request = self.receive()
        self.fail_to_check(request)
        view = self.env.ref("autenti_esign.autenti_request_view_search")
        arch = self.env["autenti.request"].with_user(self.manager).get_view(view.id)
        self.assertIn('name="unchecked"', arch["arch"])
        found = self.env["autenti.request"].with_user(self.manager)
        self.assertEqual(
            found.search([("validation_state", "=", "unchecked")]), request
        )
        lines = {line["name"]: line for line in self.connection.sudo()._check_more()}
        self.assertEqual(lines["unchecked"]["level"], "amber")
        self.assertIn("couldn't be checked: 1", lines["unchecked"]["message"])

    def test_the_health_check_says_which_library_does_not_fit(self):
        connection = self.connection.sudo()
        for found, level, message in (
            (versions.get_versions(), "green", "with pyHanko"),
            ({"pyHanko": "0.33.0"}, "amber", "pyHanko 0.33.0; tested is 0.34 - 0.38"),
            ({"pyHanko": "1.2"}, "amber", "pyHanko 1.2; tested is"),
            ({"pyHanko": None, "lxml": "5"}, "amber", "are missing: pyHanko."),
        ):
            with (
                self.subTest(found=found),
                patch.object(versions, "get_versions", return_value=found),
            ):
                line = connection._check_validator()
                self.assertEqual(line["level"], level)
                self.assertIn(message, line["message"])
                self.assertEqual(bool(line.get("hint")), level != "green")
                if level != "green":
                    with self.assertLogs(LOGGER, "WARNING") as said:
                        connection._register_hook()
                    self.assertIn(message, said.output[0])
        connection._check_health()
        self.assertIn("validator", connection.check_ids.mapped("name"))

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
