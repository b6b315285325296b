# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError

from autenti_emulator.card import Line
from autenti_emulator.facts import SignatureType

from .common import PadesCommon


class TestTrust(PadesCommon):
    """Whom a connection trusts is for the administrator to say."""

    def test_a_certificate_tells_whose_it_is(self):
        trust = self.trust()
        self.assertIn("Emulator Signing CA", trust.name)
        self.assertTrue(trust.valid_until)

    def test_what_is_no_certificate_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "isn't a certificate"):
            self.trust(b"hello")

    def test_a_persons_certificate_is_refused(self):
        line = Line("Jan", "x@example.com", "", "", SignatureType.BASIC)
        certificate = self.authority.issue(line).signing_cert.dump()
        with self.assertRaisesRegex(ValidationError, "authority that issued it"):
            self.trust(certificate)

    def test_what_is_no_list_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "isn't a trusted list"):
            self.trust(b"<html/>", kind="list")

    def test_only_administrators_say_whom_to_trust(self):
        trust = self.trust()
        administrator = self._create_administrator()
        for user in (self.seller, self.manager):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                trust.with_user(user).unlink()
        with self.assertRaises(AccessError):
            trust.with_user(self.seller).read(["name"])
        self.assertTrue(trust.with_user(self.manager).read(["name"]))
        trust.with_user(administrator).unlink()

    def test_another_company_does_not_see_it(self):
        trust = self.trust()
        board_manager = self._create_user(
            "Obcy",
            "obcy@spolka.example.com",
            "autenti_esign.autenti_esign_group_manager",
            company=self.board_company,
        )
        seen = self.env["autenti.trust"].with_user(board_manager).search([])
        self.assertNotIn(trust, seen)

    def check(self):
        """Return the line of the health check that is about whom we trust."""
        lines = self.connection._check_trust()
        return lines[0] if lines else None

    def test_the_health_check_names_what_ends(self):
        self.assertIsNone(self.check())
        trust = self.trust()
        self.assertEqual(self.check()["level"], "green")
        for days, level in ((31, "green"), (29, "amber"), (-1, "amber")):
            with self.subTest(days=days):
                trust.valid_until = fields.Datetime.now() + timedelta(days=days)
                line = self.check()
                self.assertEqual(line["level"], level)
                if level == "amber":
                    self.assertIn("Emulator Signing CA", line["message"])
                    self.assertIn("present list", line["hint"])
        # A list that names no next one
        trust.valid_until = False
        self.assertEqual(self.check()["level"], "green")

    def test_the_line_is_on_the_form(self):
        self.trust().valid_until = fields.Datetime.now()
        self.connection.with_user(self._create_administrator()).action_check()
        names = self.connection.check_ids.mapped("name")
        self.assertEqual(names.count("trust"), 1)
