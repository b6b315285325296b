# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from odoo.addons.autenti_esign.tests.common import (
    BOARD_EMAIL,
    SECRET,
    SELLER_EMAIL,
    AutentiCommon,
)
from odoo.addons.autenti_esign.tests.fake_autenti import answer

from ..first_contact import contact
from ..first_contact.findings import FACTS, OTHERWISE, Finding, Report


class TestFirstContact(AutentiCommon):
    """The button Try Every Assumption: who may, where, and what is shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        try:
            return super()._request_handler(session, request, **options)
        except (AssertionError, KeyError):
            # The fake knows what contracts need, and nothing else
            return answer(405)

    def open(self, user=None, connection=None):
        """Click on Try Every Assumption."""
        user = user or self.administrator
        connection = (connection or self.connection).with_user(user)
        action = connection.action_try_assumptions()
        return self.env[action["res_model"]].with_user(user).browse(action["res_id"])

    def test_managers_and_administrators_try(self):
        for user in (self.manager, self.administrator):
            with self.subTest(user=user.name):
                dialog = self.open(user)
                dialog.action_try()
                self.assertIn("TOKEN_PATH", dialog.line_ids.mapped("constant"))

    def test_a_salesperson_may_not(self):
        with self.assertRaises(AccessError):
            self.open(self.seller)
        with self.assertRaises(AccessError):
            values = {"connection_id": self.connection.id}
            self.env["autenti.contact"].with_user(self.seller).create(values)

    def test_another_companys_manager_may_not(self):
        values = {"connection_id": self.board_connection.id}
        with self.assertRaises(AccessError):
            self.open(self.manager, self.board_connection)
        with self.assertRaises(AccessError):
            contacts = self.env["autenti.contact"].with_user(self.manager)
            contacts.create(values).action_try()
        self.assertFalse(self.autenti.calls)

    def test_production_is_left_alone(self):
        connection = self.connection
        dialog = self.open()
        connection.environment = "production"
        with self.assertRaisesRegex(UserError, "test environment"):
            self.open()
        with self.assertRaisesRegex(UserError, "test environment"):
            dialog.action_try()
        connection.write(
            {
                "environment": "custom",
                "custom_api_url": "https://API.autenti.com/api/v2/",
                "custom_jwks_url": "https://autenti.com/keys",
            }
        )
        with self.assertRaisesRegex(UserError, "test environment"):
            dialog.action_try()
        self.assertFalse(self.autenti.calls)

    def test_another_database_is_left_alone(self):
        dialog = self.open()
        self.connection._note_use()
        set_param = self.env["ir.config_parameter"].set_param
        for parameter in ("web.base.url", "database.uuid"):
            set_param(parameter, "https://another.example.com")
            with self.subTest(parameter=parameter), self.assertRaises(UserError) as it:
                dialog.action_try()
            self.assertIn("An administrator opens the connection", str(it.exception))
            self.assertFalse(self.autenti.calls)

    def test_nothing_is_sent_without_an_address(self):
        self.open().action_try()
        operations = {call.operation for call in self.autenti.calls}
        self.assertNotIn("send", operations)

    def test_what_is_no_address_gets_nothing(self):
        dialog = self.open()
        dialog.send_to = "my address"
        with self.assertRaisesRegex(UserError, "no valid e-mail"):
            dialog.action_try()
        self.assertFalse(self.autenti.calls)

    def test_a_second_click_does_nothing_again(self):
        dialog = self.open()
        dialog.action_try()
        lines, count = dialog.line_ids, len(self.autenti.calls)
        dialog.action_try()
        self.assertEqual((dialog.line_ids, len(self.autenti.calls)), (lines, count))

    def test_the_address_is_handed_on(self):
        dialog = self.open()
        dialog.send_to = " me@firma.example.com "
        report = Report([], [], 0)
        with patch.object(contact, "Contact") as walk:
            walk.return_value.run.return_value = report
            dialog.action_try()
        self.assertEqual(walk.call_args.kwargs["send_to"], "me@firma.example.com")

    def test_it_acts_as_who_has_an_account_at_autenti(self):
        for connection, user, email in (
            (self.connection, self.administrator, self.administrator.email),
            (self.connection, self.manager, self.manager.email),
            (self.board_connection, self.administrator, BOARD_EMAIL),
        ):
            with self.subTest(email=email), patch.object(contact, "Contact") as walk:
                walk.return_value.run.return_value = Report([], [], 0)
                self.open(user, connection).action_try()
                self.assertEqual(walk.call_args.args[1].email, email)

    def test_what_is_otherwise_comes_first_and_is_told(self):
        finding = Finding(FACTS[0], "404", OTHERWISE)
        report = Report([finding], ["Drafts: 1"], 3)
        dialog = self.open()
        with patch.object(contact.Contact, "run", return_value=report):
            dialog.action_try()
        self.assertEqual(dialog.line_ids[0].result, "otherwise")
        self.assertIn("TEST_JWKS_URL", dialog.changes)
        self.assertEqual((dialog.stays, dialog.calls), ("Drafts: 1", 3))

    def test_the_result_is_downloaded_as_text_and_json_without_secrets(self):
        dialog = self.open()
        dialog.action_try()
        text = base64.b64decode(dialog.text_file).decode()
        data = base64.b64decode(dialog.json_file).decode()
        self.assertIn("First contact with Autenti's API", text)
        self.assertEqual(len(json.loads(data)["facts"]), len(dialog.line_ids))
        shown = "".join(dialog.line_ids.mapped("seen"))
        for private in (SECRET, SELLER_EMAIL, "Nowak", "PRIVATE KEY", "eyJ", "app-1"):
            self.assertNotIn(private, text + data + shown)
