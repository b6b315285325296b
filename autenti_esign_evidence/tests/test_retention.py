# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError

from odoo.addons.autenti_esign.frozen import as_keeper
from odoo.addons.autenti_esign.tests.common import (
    CLIENT_EMAIL,
    SELLER_EMAIL,
    AutentiCommon,
)

from ..models.autenti_signer import FORGOTTEN

LOGGER = "odoo.addons.autenti_esign_evidence.models.autenti_request"


class TestRetention(AutentiCommon):
    """Evidence is kept for ever, or for as long as the type of contract says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type = cls.env["agreement.type"].create({"name": "Services"})
        cls.agreement.agreement_type_id = cls.type

    def setUp(self):
        super().setUp()
        self.request = self.send()
        self.sign(self.request, CLIENT_EMAIL, SELLER_EMAIL)
        self.callback = self.env["autenti.callback"].create(
            {
                "event_id": "1",
                "jwks_url": "x",
                "body": "[]",
                "state": "done",
                "request_id": self.request.id,
            }
        )
        self.files = self.request._get_kept_files()

    def let_pass(self, days):
        """Move the end of the request into the past, where nobody can by Odoo."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE autenti_request SET ended_date = %s WHERE id = %s",
            (datetime.now() - timedelta(days=days), self.request.id),
        )
        self.env.invalidate_all()

    def preview(self, user=None):
        action = (
            self.env["autenti.retention"]
            .with_user(user or self.manager)
            .action_preview()
        )
        return (
            self.env["autenti.retention"]
            .with_user(user or self.manager)
            .browse(action["res_id"])
        )

    def test_without_a_period_all_is_kept_for_ever(self):
        self.let_pass(40 * 365)
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertEqual(self.files.exists(), self.files)
        self.assertEqual(self.callback.body, "[]")
        self.assertEqual(self.request.signer_ids[0].email, CLIENT_EMAIL)
        self.assertFalse(self.preview().line_ids)

    def test_a_period_counts_from_the_end_of_the_signing(self):
        self.type.autenti_keep_files = 12
        self.let_pass(360)
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertEqual(self.files.exists(), self.files)
        self.let_pass(370)
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertFalse(self.files.exists())

    def test_what_is_out_for_signature_is_kept(self):
        self.type.autenti_keep_contacts = 1
        agreement = self._create_agreement(self.seller, agreement_type_id=self.type.id)
        request = self.send(agreement)
        self.let_pass(365)
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertEqual(request.signer_ids[0].email, CLIENT_EMAIL)

    def test_each_period_is_about_its_own(self):
        self.let_pass(100)
        for what, left in (
            ("contacts", (True, True, False)),
            ("callbacks", (True, False, False)),
            ("files", (False, False, False)),
        ):
            self.type[f"autenti_keep_{what}"] = 1
            self.run_cron("retention", "autenti_esign_evidence")
            with self.subTest(what=what):
                self.assertEqual(
                    (
                        bool(self.files.exists()),
                        bool(self.callback.body),
                        self.request.signer_ids[0].email != FORGOTTEN,
                    ),
                    left,
                )

    def test_a_body_that_came_with_an_event_of_strangers_goes_too(self):
        post = self.env["autenti.callback"].create(
            {"event_id": "0", "jwks_url": "x", "body": "[0]", "state": "ignored"}
        )
        as_keeper(self.callback).write({"body": False, "post_id": post.id})
        self.type.autenti_keep_callbacks = 1
        self.let_pass(100)
        self.assertEqual(self.preview().line_ids.description, "1 bodies")
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertFalse(post.body)
        self.assertFalse(self.preview().line_ids)

    def test_what_was_seen_to_is_not_looked_through_again_unless_more_comes(self):
        self.type.write({"autenti_keep_callbacks": 1, "autenti_keep_contacts": 1})
        self.let_pass(100)
        self.run_cron("retention", "autenti_esign_evidence")
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertTrue(self.request.callbacks_forgotten)
        self.assertTrue(self.request.contacts_forgotten)
        late = self.env["autenti.callback"].create(
            {
                "event_id": "2",
                "jwks_url": self.request.connection_id._get_urls().jwks_url,
                "process_id": self.request.process_id,
                "body": "[2]",
            }
        )
        late._match()
        self.assertEqual(late.request_id, self.request)
        self.assertFalse(self.request.callbacks_forgotten)
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertFalse(late.body)

    def test_what_is_not_old_enough_is_looked_through_later(self):
        self.type.write({"autenti_keep_callbacks": 1, "autenti_keep_contacts": 1})
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertFalse(self.request.callbacks_forgotten)
        self.assertFalse(self.request.contacts_forgotten)
        self.let_pass(100)
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertFalse(self.callback.body)
        self.assertEqual(self.request.signer_ids[0].email, FORGOTTEN)

    def test_nobody_notes_by_hand_that_nothing_is_left(self):
        for name in ("callbacks_forgotten", "contacts_forgotten"):
            with self.subTest(name=name), self.assertRaises(UserError):
                self.request.write({name: True})

    def test_it_is_written_down_and_the_chain_stays_whole(self):
        sha256 = self.request.signed_sha256
        self.type.write(
            {
                "autenti_keep_files": 1,
                "autenti_keep_callbacks": 1,
                "autenti_keep_contacts": 1,
            }
        )
        self.let_pass(100)
        # Odoo has a level of its own by the name of INFO
        with self.assertLogs(LOGGER, logging.INFO) as log:
            self.run_cron("retention", "autenti_esign_evidence")
        self.assertEqual(
            log.output,
            [
                f"INFO:{LOGGER}:Retention: user {self.env.uid} deletes {what} of "
                f"request {self.request.id}"
                for what in ("files", "callbacks", "contacts")
            ],
        )
        events = self.request.event_ids.filtered(lambda e: e.kind == "retention")
        self.assertEqual(len(events), 3)
        by_what = {event.data["what"]: event for event in events}
        self.assertIn("Services", by_what["files"].text)
        self.assertIn(
            sha256, [file["sha256"] for file in by_what["files"].data["deleted"]]
        )
        self.assertEqual(self.request._find_changed_evidence(), [])
        self.assertEqual(self.request.state, "signed")
        self.assertEqual(self.request.signed_sha256, sha256)
        self.assertEqual(self.request.signer_ids[0].name, "Jan Kowalski")
        self.assertFalse(self.request.signer_ids.filtered("phone"))
        self.assertIn("Services", self.agreement.message_ids[0].body)
        # Once and for all
        self.run_cron("retention", "autenti_esign_evidence")
        again = self.request.event_ids.filtered(lambda e: e.kind == "retention")
        self.assertEqual(again, events)

    def test_the_request_can_still_be_shown(self):
        self.type.autenti_keep_files = 1
        self.let_pass(100)
        self.run_cron("retention", "autenti_esign_evidence")
        request = self.request.with_user(self.seller)
        with self.assertRaisesRegex(UserError, "deleted"):
            request.action_open_signed()
        self.assertFalse(self.agreement.autenti_signed_attachment_id)
        with self.allow_pdf_render():
            names = [
                name for name, _content in request._get_evidence_package().get_files()
            ]
        self.assertNotIn("signed.pdf", names)

    def test_a_dry_run_shows_what_would_go_and_deletes_nothing(self):
        self.type.autenti_keep_files = 1
        self.type.autenti_keep_contacts = 1
        self.let_pass(100)
        events = self.request.event_ids
        with self.assertNoLogs(LOGGER, logging.INFO):
            preview = self.preview()
        self.assertEqual(
            {line.what: line.description for line in preview.line_ids},
            {
                "files": ", ".join(dict.fromkeys(self.files.mapped("name"))),
                "contacts": "Jan Kowalski, Anna Nowak",
            },
        )
        self.assertEqual(preview.line_ids.request_id, self.request)
        self.assertEqual(self.files.exists(), self.files)
        self.assertEqual(self.request.signer_ids[0].email, CLIENT_EMAIL)
        self.assertEqual(self.request.event_ids, events)
        # What it shows is what goes
        self.run_cron("retention", "autenti_esign_evidence")
        self.assertFalse(self.preview().line_ids)
        self.assertFalse(self.files.exists())

    def test_a_manager_sees_only_what_they_may(self):
        self.type.autenti_keep_files = 1
        self.let_pass(100)
        other = self._create_user(
            "Other", "o@x.example.com", self.manager_group(), self.board_company
        )
        self.assertFalse(self.preview(other).line_ids)
        for user in (self.seller, self.colleague):
            with self.assertRaises(AccessError):
                self.preview(user)

    def manager_group(self):
        return "autenti_esign.autenti_esign_group_manager"

    def test_only_an_administrator_deletes_before_the_job(self):
        self.type.autenti_keep_files = 1
        self.let_pass(100)
        with self.assertRaises(AccessError):
            self.preview().action_forget()
        administrator = self._create_administrator()
        self.preview(administrator).action_forget()
        self.assertFalse(self.files.exists())
        event = self.request.event_ids[-1]
        self.assertEqual(event.kind, "retention")
        self.assertEqual(event.author, administrator.name)

    def test_a_replaced_persons_e_mail_can_be_forgotten(self):
        other = "zofia.maj@klient.example.com"
        request = self.send(self._create_agreement(self.seller))
        self.autenti.replace(request.process_id, CLIENT_EMAIL, "Zofia Maj", other)
        self.sign(request, other, SELLER_EMAIL)
        person = self.env["res.partner"].create({"name": "Zofia Maj", "email": other})
        self.assertEqual(person._autenti_find_signings(), request.signer_ids[0])
        request._forget_contacts()
        self.assertFalse(request.signer_ids[0].actual_email)
        self.assertFalse(any(request.signer_ids.mapped("has_contact_data")))
        self.assertTrue(request.has_deviation)

    def test_a_job_that_does_not_run_is_in_the_health_check(self):
        connection = self.connection.with_user(self.manager)
        job = self.env.ref("autenti_esign_evidence.ir_cron_autenti_retention")
        for values in (
            {"nextcall": datetime.now() - timedelta(days=9)},
            {"nextcall": datetime.now(), "active": False},
        ):
            job.write(values)
            connection.action_check()
            [line] = connection.check_ids.filtered(lambda check: check.name == "jobs")
            self.assertEqual(line.level, "red")
            self.assertIn(job.name, line.message)

    def test_who_opens_a_file_that_is_gone_reads_where_that_is_told(self):
        with self.assertRaisesRegex(UserError, "audit trail"):
            self.env["ir.attachment"]._autenti_get_open_action()
