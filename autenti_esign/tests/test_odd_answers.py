# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import json

from odoo.exceptions import UserError

from ..client import const
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon
from .fake_autenti import answer

ODD = ("\0", "\ud83d", "\ude00\ud83d", "\x1b[0m", "\ufffe")


class TestOddAnswers(AutentiCommon):
    """What no database can keep, and what nobody can mean, stops no contract."""

    def test_a_reason_that_no_database_can_keep_is_told(self):
        for odd in ODD:
            with self.subTest(odd=odd):
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.autenti.reject(request.process_id, CLIENT_EMAIL, f"Zła{odd} kwota")
                self.poll(request)
                self.env.flush_all()
                self.assertEqual(request.state, "declined")
                self.assertRegex(request.reason, r"^Jan Kowalski: Zła\S* kwota$")
                note = self.activities(agreement, "attention", self.seller).note
                self.assertIn("kwota", note)

    def test_a_status_that_no_database_can_keep_is_shown(self):
        for odd in ODD:
            with self.subTest(odd=odd):
                request = self.send(self._create_agreement(self.seller))
                process = self.autenti.processes[request.process_id]
                process["status"] = f"ON{odd}_THE_MOON"
                process["parties"][0]["participationStatus"] = f"LOST{odd}"
                process["parties"][0]["party"]["id"] = f"party{odd}"
                with self.assertLogs("odoo.addons.autenti_esign", "WARNING"):
                    self.poll(request)
                self.env.flush_all()
                self.assertIn("_THE_MOON", request.remote_status)
                self.assertFalse(request.last_error)

    def test_an_error_that_no_database_can_keep_is_shown(self):
        for odd in ODD:
            with self.subTest(odd=odd):
                request = self.send(self._create_agreement(self.seller))
                self.autenti.fail("read", answer(402, {"message": f"No{odd} more"}))
                self.poll(request)
                self.env.flush_all()
                self.assertRegex(request.last_error, r"Autenti says: No\S* more")

    def test_a_signed_file_with_any_name_and_id_is_the_contract(self):
        for odd in ODD:
            with self.subTest(odd=odd):
                request = self.send(self._create_agreement(self.seller))
                process = self.autenti.processes[request.process_id]
                process["files"][0]["id"] = f"FILE{odd}"
                for email in (CLIENT_EMAIL, SELLER_EMAIL):
                    self.autenti.sign(request.process_id, email, with_file=False)
                content = request.source_attachment_id.raw + b"\n% signed\n"
                self.autenti._add_file(
                    request.process_id, f"Umowa{odd}.pdf", const.FILE_SIGNED, content
                )
                self.poll(request)
                self.env.flush_all()
                self.assertEqual(request.signed_attachment_id.raw, content)

    def test_ids_that_are_numbers_lead_to_a_signed_contract(self):
        request = self.submit()
        self.autenti.fail("create", answer(data={"id": 17, "status": "DRAFT"}))
        body = {"title": "T", "status": "DRAFT", "files": [], "parties": []}
        self.autenti.processes["17"] = {**body, "id": 17}
        self.run_cron()
        self.assertEqual(request.process_id, "17")
        self.assertEqual(request.state, "sent")
        process = self.autenti.processes["17"]
        process["status"] = const.PROCESS_COMPLETED
        self.autenti.add_signed_file("17")
        process["files"][1]["id"] = 5
        self.autenti.contents["5"] = b"%PDF-1.7 signed"
        self.poll(request)
        self.assertEqual(request.signed_attachment_id.raw, b"%PDF-1.7 signed")

    def test_a_time_that_nobody_means_is_the_time_of_the_look(self):
        for moment in (
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59-12:00",
        ):
            with self.subTest(moment=moment):
                request = self.send(self._create_agreement(self.seller))
                for email in (CLIENT_EMAIL, SELLER_EMAIL):
                    self.autenti.sign(request.process_id, email, at=moment)
                self.poll(request)
                self.assertEqual(request.state, "signed")
                dates = request.signer_ids.mapped("signed_date")
                self.assertEqual({d.year for d in dates}, {request.ended_date.year})

    def test_what_autenti_asks_for_and_we_cannot_do_is_named(self):
        request = self.send()
        options = [{"id": "x", "description": "Confirm by a video call\0"}]
        challenge = {"classifiers": 7, "attributes": {"options": options}}
        header = base64.b64encode(json.dumps(challenge).encode()).decode()
        self.autenti.fail("withdraw", 403, headers={const.CHALLENGE_HEADER: header})
        with self.assertRaisesRegex(
            UserError, "this version can't do: Confirm by a video call"
        ):
            request.with_user(self.seller).action_withdraw()
        self.assertEqual(request.state, "sent")
