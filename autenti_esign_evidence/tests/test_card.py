# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.autenti_esign.tests.common import (
    CLIENT_EMAIL,
    PDF,
    SELLER_EMAIL,
    AutentiCommon,
)

from ..models.autenti_request import PATIENCE

LOGGER = "odoo.addons.autenti_esign_evidence.models.autenti_request"
CARD = PDF + b"\n% card\n"


class TestCard(AutentiCommon):
    """Autenti's signature card is kept beside the signed file, where there is one."""

    def setUp(self):
        super().setUp()
        self.request = self.send()
        self.sign_at(datetime.now())

    def sign_at(self, moment):
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(
                self.request.process_id, email, at=f"{moment:%Y-%m-%dT%H:%M:%SZ}"
            )

    def sign_late(self):
        self.request = self.send(self._create_agreement(self.seller))
        self.sign_at(datetime.now() - PATIENCE)

    def get_files(self):
        with self.allow_pdf_render():
            return dict(
                self.request.with_user(self.seller)._get_evidence_package().get_files()
            )

    def assertSignedWithoutCard(self):
        self.assertEqual(self.request.state, "signed")
        self.assertFalse(self.request.card_attachment_id)
        files = self.get_files()
        self.assertNotIn("signature-card.pdf", files)
        self.assertIn(b"no signature card", files["README.txt"])

    def test_it_is_evidence_like_the_signed_file(self):
        self.autenti.add_card(self.request.process_id, CARD)
        self.poll(self.request)
        self.assertEqual(self.request.state, "signed")
        card = self.request.card_attachment_id
        self.assertEqual(card.raw, CARD)
        self.assertNotEqual(self.request.signed_attachment_id, card)
        self.assertNotEqual(self.agreement.autenti_signed_attachment_id, card)
        with self.assertRaises(UserError):
            card.unlink()
        with self.assertRaises(UserError):
            self.request.card_attachment_id = False
        (event,) = self.request.event_ids.filtered(lambda e: "card" in e.text)
        self.assertEqual(
            event.data["kept"],
            [{"id": card.id, "name": card.name, "sha256": card._autenti_get_sha256()}],
        )
        self.assertEqual(self.request._find_changed_evidence(), [])
        files = self.get_files()
        self.assertEqual(files["signature-card.pdf"], card._autenti_get_file())
        self.assertIn(b"signature-card.pdf", files["README.txt"])
        self.assertNotIn(b"no signature card", files["README.txt"])

    def test_it_is_searched_by_an_index(self):
        """PostgreSQL looks there whenever any file of Odoo's is deleted."""
        self.env.cr.execute(
            "SELECT FROM pg_indexes WHERE tablename = 'autenti_request' "
            "AND indexdef LIKE '%(card_attachment_id)%'"
        )
        self.assertEqual(self.env.cr.rowcount, 1)

    def test_a_user_who_looks_fetches_it_too(self):
        self.autenti.add_card(self.request.process_id, CARD)
        self.request.with_user(self.seller).action_check()
        self.assertEqual(self.request.state, "signed")
        self.assertEqual(self.request.card_attachment_id.raw, CARD)

    def test_without_one_the_package_says_so(self):
        self.poll(self.request)
        self.assertSignedWithoutCard()

    def test_it_waits_for_the_signed_file_but_is_fetched_once(self):
        process = self.autenti.processes[self.request.process_id]
        signed = process["files"].pop()
        self.autenti.add_card(self.request.process_id, CARD)
        for _time in range(2):
            self.poll(self.request)
            self.assertEqual(self.request.state, "sent")
            self.assertEqual(self.request.card_attachment_id.raw, CARD)
        process["files"].append(signed)
        self.poll(self.request)
        self.assertEqual(self.request.state, "signed")
        self.assertEqual(self.autenti.count("download"), 2)

    @mute_logger(LOGGER)
    def test_one_that_is_refused_keeps_no_contract_unsigned(self):
        self.autenti.add_card(self.request.process_id, CARD)
        self.autenti.fail("download", 403)
        self.poll(self.request)
        self.assertSignedWithoutCard()

    @mute_logger(LOGGER)
    def test_it_is_tried_for_some_time_and_no_longer(self):
        self.autenti.add_card(self.request.process_id, b"no PDF")
        self.poll(self.request)
        self.assertEqual(self.request.state, "sent")
        self.sign_late()
        self.autenti.add_card(self.request.process_id, CARD)
        self.autenti.fail("download", 503)
        self.poll(self.request)
        self.assertSignedWithoutCard()

    @mute_logger(LOGGER)
    def test_no_pdf_is_no_card(self):
        self.sign_late()
        self.autenti.add_card(self.request.process_id, b"no PDF")
        self.poll(self.request)
        self.assertSignedWithoutCard()

    def test_a_failure_that_passes_costs_nothing(self):
        self.autenti.add_card(self.request.process_id, CARD)
        for status in (503, 503, 503, 404, 404):
            self.autenti.fail("download", status)
            self.poll(self.request)
            self.assertEqual(self.request.state, "sent")
        self.poll(self.request)
        self.assertEqual(self.request.state, "signed")
        self.assertEqual(self.request.card_attachment_id.raw, CARD)
