# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.autenti_esign.tests.common import (
    BOARD_EMAIL,
    CLIENT_EMAIL,
    PDF,
    SELLER_EMAIL,
    AutentiCommon,
    draw_pdf,
)
from odoo.addons.autenti_esign.tests.test_enclosures import (
    PRICES,
    TERMS,
    EnclosuresCommon,
)
from odoo.addons.autenti_esign.tests.test_signed_files import (
    DOCUMENT,
    SignedFilesCommon,
)

from .. import check_audit_trail
from ..hooks import post_init_hook


class TestAuditTrail(AutentiCommon):
    """Everything that happens to a request is written down, for good."""

    def setUp(self):
        super().setUp()
        self.request = self.send()
        self.sign(self.request, CLIENT_EMAIL, SELLER_EMAIL)
        self.events = self.request.event_ids

    def check(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.request._find_changed_evidence()

    def run_sql(self, statement, *arguments):
        self.env.flush_all()
        self.env.cr.execute(SQL(statement, *arguments))
        self.env.invalidate_all()

    # === What it tells ===

    def test_it_tells_the_life_of_a_request(self):
        self.assertEqual(
            self.events.mapped("kind"),
            [
                "created",
                "file",
                "remote",  # Autenti has made a process
                "remote",  # and taken the file
                "state",  # sent
                "remote",  # completed
                "signature",
                "signature",
                "file",
                "state",  # signed
            ],
        )
        self.assertEqual(self.events.mapped("number"), list(range(1, 11)))
        self.assertEqual(self.events[0].author, self.seller.name)
        self.assertEqual(self.events[-1].data, {"state": "signed"})
        self.assertEqual(
            [file["sha256"] for file in self.events[1].data["kept"]],
            [self.request.source_sha256],
        )
        self.assertEqual(
            [file["sha256"] for file in self.events[-2].data["kept"]],
            [self.request.signed_sha256] * 2,
        )

    def test_it_tells_of_errors_once(self):
        agreement = self._create_agreement(self.seller)
        request = self.submit(agreement)
        for _time in range(2):
            self.autenti.fail("create")
            request.next_check_at = "2020-01-01"
            self.run_cron()
        errors = request.event_ids.filtered(lambda event: event.kind == "error")
        self.assertEqual(errors.mapped("text"), [request.last_error])

    def test_it_tells_of_callbacks_that_were_worked_on(self):
        request = self.send_by_board()
        callback = self.env["autenti.callback"].create(
            {
                "event_id": "event-1",
                "event_type": "DOCUMENT:SIGNED",
                "jwks_url": self.board_connection._get_urls().jwks_url,
                "key_id": "key-1",
                "process_id": request.process_id,
                "body": "[]",
            }
        )
        self.sign(request, CLIENT_EMAIL, BOARD_EMAIL)
        self.assertEqual(callback.state, "done")
        event = request.event_ids.filtered(lambda event: event.kind == "callback")
        self.assertEqual(event.data["event"], "event-1")
        self.assertEqual(
            event.data["body_sha256"],
            # sha256sum of the two bytes
            "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
        )

    def test_it_holds_no_contact_data(self):
        written = json.dumps([event._to_entry() for event in self.events])
        for secret in (CLIENT_EMAIL, SELLER_EMAIL):
            self.assertNotIn(secret, written)

    def test_who_may_see_a_request_sees_its_audit_trail_and_nobody_else(self):
        for user in (self.seller, self.manager):
            self.assertEqual(
                self.env["autenti.event"]
                .with_user(user)
                .search([("request_id", "=", self.request.id)]),
                self.events,
            )
        for user in (self.colleague, self.board_seller):
            self.assertFalse(
                self.env["autenti.event"]
                .with_user(user)
                .search([("request_id", "=", self.request.id)])
            )

    # === Nobody changes it ===

    def test_nobody_changes_deletes_or_adds_entries(self):
        values = {"text": "Nothing has happened."}
        added = {
            **values,
            "request_id": self.request.id,
            "number": 12,
            "moment": "2026-01-01",
            "kind": "note",
            "previous": self.request.event_head,
            "sha256": "0" * 64,
        }
        for user in self._everybody():
            events = self.events.with_user(user)
            # As by a server action that an administrator writes
            for each in (events, events.sudo()):
                with self.subTest(user=user.name, sudo=each.env.su):
                    with self.assertRaises(UserError):
                        each[-1].write(values)
                    with self.assertRaises(UserError):
                        each[-1].unlink()
                    with self.assertRaises(UserError):
                        each.create(added)
        self.assertEqual(self.check(), [])

    def test_no_context_opens_it(self):
        for value in (True, 1, {}, "autenti_keeper"):
            event = self.events[0].with_context(autenti_keeper=value)
            with self.assertRaises(UserError):
                event.text = "Nothing has happened."

    def test_nobody_changes_a_request_that_was_signed(self):
        for user in self._everybody():
            request = self.request.with_user(user)
            for values in (
                {"state": "sent"},
                {"name": "Other"},
                {"signed_sha256": "0" * 64},
                {"source_attachment_id": False},
                {"signed_attachment_id": False},
                {"sent_date": "2020-01-01"},
                {"reason": "Because"},
                {"res_id": self.board_agreement.id},
                {"user_id": self.manager.id},
                {"event_count": 0},
                {"event_head": False},
                {"signer_ids": [(5, 0, 0)]},
                {"event_ids": [(5, 0, 0)]},
            ):
                for each in (request, request.sudo()):
                    with (
                        self.subTest(user=user.name, values=values),
                        self.assertRaises(UserError),
                    ):
                        each.write(values)

    def test_nobody_changes_or_deletes_who_has_signed(self):
        for user in self._everybody():
            signer = self.request.signer_ids[0].with_user(user).sudo()
            for values in (
                {"first_name": "Adam"},
                {"email": "other@example.com"},
                {"signed_date": "2020-01-01"},
                {"status": "waiting"},
                {"comment": "I never signed."},
            ):
                with self.subTest(values=values), self.assertRaises(UserError):
                    signer.write(values)
            with self.assertRaises(UserError):
                signer.unlink()

    def test_nobody_changes_or_deletes_a_callback_of_a_request(self):
        callback = self.env["autenti.callback"].create(
            {
                "event_id": "1",
                "jwks_url": "x",
                "body": "[]",
                "signature": "x..x",
                "public_key": "{}",
            }
        )
        callback.body = "[1]"
        callback.request_id = self.request
        for values in (
            {"body": "[]"},
            {"event_id": "2"},
            {"request_id": False},
            {"signature": "y..y"},
            {"public_key": False},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                callback.write(values)
        with self.assertRaises(UserError):
            callback.unlink()

    def _everybody(self):
        root, administrator = (
            self.env.ref("base.user_root"),
            self._create_administrator(),
        )
        return self.seller, self.manager, administrator, root

    # === It shows when somebody did all the same ===

    def test_untouched_all_is_well(self):
        self.assertEqual(self.check(), [])
        action = self.request.with_user(self.manager).action_check_audit_trail()
        self.assertEqual(action["params"]["type"], "success")

    def test_each_change_in_the_database_is_found(self):
        middle, last = self.events[5], self.events[-1]
        for statement, arguments, number in (
            ("UPDATE autenti_event SET text = 'x' WHERE id = %s", (middle.id,), 6),
            ("UPDATE autenti_event SET author = 'x' WHERE id = %s", (middle.id,), 6),
            ("UPDATE autenti_event SET kind = 'note' WHERE id = %s", (middle.id,), 6),
            ("UPDATE autenti_event SET data = '{}' WHERE id = %s", (last.id,), 10),
            (
                "UPDATE autenti_event SET moment = moment - interval '1 day' "
                "WHERE id = %s",
                (middle.id,),
                6,
            ),
            ("DELETE FROM autenti_event WHERE id = %s", (middle.id,), 6),
            ("DELETE FROM autenti_event WHERE id = %s", (last.id,), 10),
            ("DELETE FROM autenti_event WHERE request_id = %s", (self.request.id,), 1),
            (
                "UPDATE autenti_event SET number = 112 - number WHERE request_id = %s",
                (self.request.id,),
                1,
            ),
        ):
            with self.subTest(statement=statement):
                savepoint = self.env.cr.savepoint()
                self.run_sql(statement, *arguments)
                (problem,) = self.check()
                self.assertRegex(problem, f"entry {number}")
                savepoint.close(rollback=True)
                self.env.invalidate_all()
        self.assertEqual(self.check(), [])

    def test_an_entry_that_was_sealed_anew_breaks_the_next_link(self):
        entry = self.events[5]._to_entry() | {"text": "x"}
        self.run_sql(
            "UPDATE autenti_event SET text = 'x', sha256 = %s WHERE id = %s",
            check_audit_trail.hash_entry(entry),
            self.events[5].id,
        )
        (problem,) = self.check()
        self.assertRegex(problem, "entry 7")
        action = self.request.with_user(self.manager).action_check_audit_trail()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn(problem, action["params"]["message"])

    def test_another_file_is_found(self):
        file = self.request.signed_attachment_id
        self.run_sql(
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = %s WHERE id = %s",
            PDF,
            file.id,
        )
        (problem,) = self.check()
        self.assertIn(file.name, problem)

    def test_a_missing_file_is_found(self):
        file = self.request.signed_attachment_id
        self.run_sql(
            "UPDATE ir_attachment SET store_fname = 'aa/none' WHERE id = %s", file.id
        )
        (problem,) = self.check()
        self.assertIn(file.name, problem)

    def test_a_program_checks_it_without_odoo(self):
        path = Path(self.enterContext(self._folder())) / "audit-trail.json"
        data = {
            "entries": [event._to_entry() for event in self.events],
            "length": self.request.event_count,
            "head": self.request.event_head,
        }
        for change, code in ((None, 0), ("x", 1)):
            if change:
                data["entries"][3]["text"] = change
            path.write_text(json.dumps(data))
            result = subprocess.run(
                [sys.executable, "-I", check_audit_trail.__file__, path],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn("entry 4", result.stderr)

    def _folder(self):
        return tempfile.TemporaryDirectory()

    # === What others tell ===

    def test_each_fetch_of_a_clients_link_is_written_down(self):
        request = self.send(self._create_agreement(self.seller))
        for user in (self.seller, self.manager, self.seller):
            request.with_user(user).action_fetch_client_link()
        events = request.event_ids.filtered(lambda event: event.kind == "link")
        names = ["Anna Nowak", "Maria Wilk", "Anna Nowak"]
        self.assertEqual(events.mapped("author"), names)
        told = "Maria Wilk has fetched the personal signing link of Jan Kowalski."
        self.assertEqual(events[1].text, told)
        self.assertTrue(events[1].moment)
        self.assertEqual(events[1].data["user"], self.manager.id)
        self.assertFalse(request._find_changed_evidence())

    # === Older requests ===

    def test_the_trails_of_older_requests_begin_with_what_is_known(self):
        self.run_sql("DELETE FROM autenti_event WHERE request_id = %s", self.request.id)
        self.run_sql(
            "UPDATE autenti_request SET event_count = NULL, event_head = NULL "
            "WHERE id = %s",
            self.request.id,
        )
        others = self.env["autenti.event"].search_count([])
        post_init_hook(self.env)
        (event,) = self.request.event_ids
        self.assertIn("UTC: signed by Jan Kowalski", event.text)
        self.assertEqual(event.data["state"], "signed")
        self.assertEqual(
            [file["sha256"] for file in event.data["kept"]],
            [self.request.source_sha256, self.request.signed_sha256],
        )
        self.assertEqual(self.check(), [])
        self.assertEqual(self.env["autenti.event"].search_count([]), others + 1)


class TestSignedFiles(SignedFilesCommon):
    def test_a_choice_of_the_contract_is_written_down(self):
        request = self.send_named({"Umowa.pdf": draw_pdf("Aneks")})
        contract, enclosure = draw_pdf("contract"), draw_pdf("enclosure")
        self.give_back(request, (DOCUMENT, enclosure), (DOCUMENT, contract))
        chosen = request.further_attachment_ids[0]
        chosen.with_user(self.seller).action_autenti_choose()
        self.assertEqual(request.state, "signed")
        self.assertIn(
            f"{self.seller.name} has chosen",
            "\n".join(request.event_ids.mapped("text")),
        )
        self.assertEqual(request._find_changed_evidence(), [])


class TestEnclosures(EnclosuresCommon):
    def test_the_hashes_of_all_files_are_written_down(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        kept = [request.signed_attachment_id.raw]
        kept += request.file_ids.signed_attachment_id.mapped("raw")
        told = [
            file["sha256"]
            for event in request.event_ids
            for file in (event.data or {}).get("kept", ())
        ]
        for content in (PDF, PRICES, TERMS, *kept):
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
