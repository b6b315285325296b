# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.modules.neutralize import get_neutralization_queries

from .common import AutentiCommon


class TestNeutralize(AutentiCommon):
    """A copied database that was neutralized reaches nobody."""

    def neutralize(self):
        self.env.flush_all()
        for query in get_neutralization_queries(["autenti_esign"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()

    def test_no_secret_stays_and_every_connection_is_off_and_for_tests(self):
        self.connection.environment = "production"
        self.board_connection.write(
            {
                "environment": "custom",
                "custom_api_url": "https://autenti.example.com/api/v2",
                "custom_jwks_url": "https://autenti.example.com/keys",
            }
        )
        self.connection.action_generate_key()
        account = self.env["autenti.account"].create(
            {
                "user_id": self.seller.id,
                "connection_id": self.connection.id,
                "environment": "production",
                "refresh_token": "r3fresh",
            }
        )
        self.connection.with_user(self.manager).action_register_callback()
        self.connection.action_check()
        self.neutralize()
        for connection in self.connection + self.board_connection:
            self.assertFalse(connection.active)
            self.assertEqual(connection.environment, "test")
            for name in (
                "client_id",
                "client_secret",
                "custom_api_url",
                "custom_jwks_url",
                "public_jwk",
                "tested_date",
                "registration_ids",
                "check_ids",
            ):
                self.assertFalse(connection[name], name)
            self.assertEqual(set(connection.key_ids.mapped("state")), {"retired"})
            self.assertFalse(any(connection.key_ids.mapped("private_key")))
        self.assertFalse(account.exists())

    def test_nothing_that_was_out_is_asked_for(self):
        request = self.send()
        self.neutralize()
        calls = len(self.autenti.calls)
        self.poll(request)
        self.assertEqual(len(self.autenti.calls), calls)
        self.assertIn("isn't finished", request.last_error)

    def test_nothing_is_sent(self):
        self.neutralize()
        with self.assertRaisesRegex(UserError, "isn't connected"):
            self.open_dialog()

    def test_a_new_key_is_used_at_once_and_has_an_id_of_its_own(self):
        self.connection.key_id = "klucz-7"
        self.neutralize()
        self.connection.action_generate_key()
        self.assertFalse(self.connection.key_id)
        self.assertEqual(
            self.connection._get_key("active").thumbprint,
            self.connection.key_thumbprint,
        )
