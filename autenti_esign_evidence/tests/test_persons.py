# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tools import SQL

from odoo.addons.autenti_esign.tests.common import AutentiCommon


class TestPersons(AutentiCommon):
    """Whose signings they are."""

    def test_nobody_gets_the_signings_of_somebody_else(self):
        self.contact.email = "janxkowalski@klient.example.com"
        self.send()
        for email in ("jan_kowalski@klient.example.com", "%@klient.example.com"):
            person = self.env["res.partner"].create({"name": "Jan", "email": email})
            with self.subTest(email=email):
                self.assertFalse(person._autenti_find_signings())
                self.assertEqual(person._autenti_export_signings(), [])

    def test_a_person_gets_their_signings_however_the_e_mail_is_spelled(self):
        self.contact.email = "jan@żabka.pl"
        request = self.send()
        for email in ("jan@xn--abka-99a.pl", "Jan <JAN@żabka.pl>", "jan@żabka\u3002pl"):
            person = self.env["res.partner"].create({"name": "Jan", "email": email})
            with self.subTest(email=email):
                self.assertEqual(person._autenti_find_signings(), request.signer_ids[0])

    def test_no_foreign_key_takes_the_audit_trail_along(self):
        cascades = self.env.execute_query(
            SQL(
                "SELECT confrelid::regclass::text FROM pg_constraint "
                "WHERE contype = 'f' AND confdeltype = 'c' "
                "AND conrelid = 'autenti_event'::regclass"
            )
        )
        self.assertEqual(cascades, [])
