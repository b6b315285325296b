# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import requests
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..client import const
from .common import (
    BOARD_EMAIL,
    CLIENT_EMAIL,
    SECRET,
    SELLER_EMAIL,
    AutentiCommon,
    private_key,
)


class TestConnection(AutentiCommon):
    """The set-up: who may do it, what is told when it is wrong, what stays secret."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()

    # === Who signs ===

    def test_the_representatives_data_are_required_in_their_mode(self):
        for field in (
            "representative_email",
            "representative_first_name",
            "representative_last_name",
            "representation_basis",
        ):
            for value in (False, " "):
                with (
                    self.subTest(field=field, value=value),
                    self.assertRaisesRegex(ValidationError, "representative's"),
                ):
                    self.board_connection[field] = value

    def test_the_representatives_email_is_one(self):
        with self.assertRaises(ValidationError):
            self.board_connection.representative_email = "ewa at spolka"

    def test_no_representative_is_needed_where_each_salesperson_signs(self):
        self.assertFalse(self.connection.representative_email)
        with self.assertRaises(ValidationError):
            self.connection.mode = "representative"

    # === One per company ===

    @mute_logger("odoo.sql_db")
    def test_a_company_has_one_active_connection(self):
        with self.assertRaises(UniqueViolation):
            self._create_connection(self.company)
        self.connection.active = False
        self.env.flush_all()
        self._create_connection(self.company)

    def test_a_branch_uses_the_connection_of_its_nearest_parent(self):
        branch = self._create_company(name="Oddział", parent_id=self.company.id)
        find = self.env["autenti.connection"]._find_for_company
        self.assertEqual(find(branch), self.connection)
        own = self._create_connection(branch)
        self.assertEqual(find(branch), own)
        self.assertEqual(find(self.company), self.connection)

    def test_a_salesperson_of_a_branch_sends_through_the_parents_connection(self):
        branch = self._create_company(name="Oddział", parent_id=self.company.id)
        seller = self._create_user("Olga Las", "olga@firma.example.com", company=branch)
        agreement = self._create_agreement(seller)
        self.assertEqual(agreement.company_id, branch)
        request = self.send(agreement, seller)
        self.assertEqual(request.connection_id, self.connection)
        self.assertEqual(request.company_id, branch)

    # === Environment ===

    def test_the_production_switch_chooses_the_environment(self):
        self.assertFalse(self.connection.is_production)
        self.connection.is_production = True
        self.assertEqual(self.connection.environment, "production")
        self.assertEqual(
            self.connection._get_urls().api_url, "https://api.autenti.com/api/v2"
        )
        self.connection.is_production = False
        self.assertEqual(self.connection.environment, "test")
        self.assertEqual(self.connection._get_urls(), const.ENVIRONMENTS["test"])

    def test_the_environment_stays_while_something_is_out(self):
        request = self.send()
        with self.assertRaisesRegex(ValidationError, "still out"):
            self.connection.environment = "production"
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.connection.environment = "production"
        self.assertEqual(request.environment, "test")

    def test_custom_addresses_are_two_web_addresses(self):
        good = "http://127.0.0.1:8090/api/v2"
        for api_url, jwks_url in (
            (False, False),
            (good, False),
            (False, good),
            (good, "file:///etc/passwd"),
            ("ftp://example.com", good),
        ):
            with (
                self.subTest(api_url=api_url, jwks_url=jwks_url),
                self.assertRaisesRegex(ValidationError, "Custom addresses"),
            ):
                self.connection.write(
                    {
                        "environment": "custom",
                        "custom_api_url": api_url,
                        "custom_jwks_url": jwks_url,
                    }
                )
        self.connection.write(
            {
                "environment": "custom",
                "custom_api_url": good,
                "custom_jwks_url": "http://127.0.0.1:8090/keys",
            }
        )
        self.assertEqual(
            self.connection._get_urls(), (good, "http://127.0.0.1:8090/keys")
        )

    def test_a_connection_that_was_used_is_not_deleted(self):
        self.send()
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.connection.unlink()

    # === Secrets ===

    def test_the_secret_is_set_in_the_form_and_never_shown_again(self):
        self.connection.client_secret = False
        with Form(self.connection.with_user(self.administrator)) as form:
            self.assertFalse(form.is_client_secret_set)
            form.client_secret_input = " n3w-secret "
        self.env.invalidate_all()
        connection = self.connection.with_user(self.administrator)
        self.assertTrue(connection.is_client_secret_set)
        self.assertFalse(connection.client_secret_input)
        self.assertEqual(self.connection.client_secret, "n3w-secret")

    def test_saving_the_form_without_a_new_secret_keeps_the_old_one(self):
        with Form(self.connection.with_user(self.administrator)) as form:
            form.client_id = "app-2"
        self.assertEqual(self.connection.client_secret, SECRET)

    def test_nobody_reads_the_secrets(self):
        self.env.flush_all()
        for user in (self.administrator, self.manager, self.seller):
            connection = self.connection.with_user(user)
            for field in ("client_secret",):
                self.env.invalidate_all()
                with self.subTest(user=user.name, field=field):
                    with self.assertRaises(AccessError):
                        connection.read([field])
                    with self.assertRaises(AccessError):
                        connection[field]  # pylint: disable=pointless-statement
                    with self.assertRaises(UserError):
                        connection.export_data([field])
                    with self.assertRaises(AccessError):
                        connection.search([(field, "=like", "s3%")])
                    with self.assertRaises(AccessError):
                        connection.search([], order=field)
                    with self.assertRaises(AccessError):
                        connection._read_group([], [field])
                    self.assertNotIn(field, connection.fields_get())
                    self.assertNotIn(field, connection.read()[0])
                    self.assertNotIn(field, connection.default_get([field]))

    def test_the_client_id_is_for_those_who_set_up(self):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.connection.with_user(self.seller).read(["client_id"])
        for user in (self.manager, self.administrator):
            self.assertEqual(self.connection.with_user(user).client_id, "app-1")

    def test_the_secret_is_not_written_into_by_a_manager(self):
        connection = self.connection.with_user(self.manager)
        for field in ("client_secret", "client_secret_input", "private_key_input"):
            with self.subTest(field=field), self.assertRaises(AccessError):
                connection.write({field: "mine"})

    def test_a_manager_does_not_say_where_the_secret_is_sent(self):
        connections = self.env["autenti.connection"].with_user(self.manager)
        for field in ("custom_api_url", "custom_jwks_url"):
            values = {field: "https://thief.example.com"}
            with self.subTest(field=field):
                with self.assertRaises(AccessError):
                    connections.browse(self.connection.id).write(values)
                with self.assertRaises(AccessError):
                    connections.create({**values, "active": False})

    def test_what_was_typed_as_a_secret_does_not_come_back(self):
        connection = self.connection.with_user(self.administrator)
        for field, value in (
            ("client_secret_input", "n3w-secret"),
            ("private_key_input", private_key()),
        ):
            with self.subTest(field=field):
                (saved,) = connection.web_save({field: value}, {field: {}})
                self.assertFalse(saved[field])
        self.assertEqual(self.connection.client_secret, "n3w-secret")

    def test_a_copy_brings_no_secret(self):
        self.connection.active = False
        copy = self.connection.copy()
        for field in ("client_id", "client_secret", "key_ids", "key_id"):
            self.assertFalse(copy[field], field)

    def test_no_secret_is_logged(self):
        with self.assertLogs("odoo.addons.autenti_esign", "DEBUG") as logs:
            self.send()
            self.autenti.fail("read", 500, data=SECRET.encode())
            self.poll(self.request_of(self.agreement))
        output = "\n".join(logs.output)
        assertion = self.autenti.calls_of("token")[0].form["assertion"]
        for secret in (SECRET, assertion, "token-1", "PRIVATE KEY", CLIENT_EMAIL):
            self.assertNotIn(secret, output)

    def test_a_salesperson_does_not_change_the_connection(self):
        key = self.connection.key_ids
        connection = self.connection.with_user(self.seller)
        for action in (
            connection.action_test,
            connection.action_generate_key,
            connection.action_switch_key,
            connection.action_discard_key,
            connection.action_register_callback,
            connection.unlink,
        ):
            with self.subTest(action=action.__name__), self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            connection.write({"mode": "individual"})
        self.assertEqual(self.connection.key_ids, key)
        self.assertEqual(self.autenti.calls, [])

    # === Buttons ===

    def test_the_test_button_asks_for_a_token_of_whom_the_connection_acts_as(self):
        action = self.board_connection.with_user(self.administrator).action_test()
        self.assertEqual(self.autenti.assertions[0][1]["email"], BOARD_EMAIL)
        self.assertIn(BOARD_EMAIL, action["params"]["message"])

    def test_the_test_button_asks_anew_each_time(self):
        for _time in range(2):
            self.connection.with_user(self.administrator).action_test()
        self.assertEqual(self.autenti.count("token"), 2)

    def test_an_administrator_needs_no_account_at_autenti(self):
        unknown = {"error": "invalid_grant", "error_description": "user not found"}
        connection = self.connection.with_user(self.administrator)
        for action in (connection.action_test, connection.action_register_callback):
            with self.subTest(action=action.__name__):
                self.autenti.fail("token", 400, data=unknown)
                action()
                _header, claims = self.autenti.assertions[-1]
                self.assertIn(claims["email"], connection._get_users().mapped("email"))
        self.assertTrue(connection.tested_date)
        self.assertEqual(self.autenti.callback_urls, [connection.callback_url])

    def test_where_nobody_is_accepted_it_is_told_of_the_first(self):
        unknown = {"error": "invalid_grant", "error_description": "user not found"}
        connection = self.connection.with_user(self.administrator)
        self.autenti.fail("token", 400, data={"error": "invalid_grant"})
        people = len(connection._get_users())
        for nth in range(2, people + 1):
            self.autenti.fail("token", 400, nth=nth, data=unknown)
        with self.assertRaisesRegex(UserError, "refuses to let Odoo act"):
            connection.action_test()
        self.assertEqual(self.autenti.count("token"), people)
        self.assertFalse(connection.tested_date)

    def test_the_test_button_tells_what_is_wrong(self):
        refused = {"error": "invalid_grant"}
        for outcome, data, told in (
            (401, {"error": "invalid_client"}, "client ID or the client secret"),
            (
                400,
                {**refused, "error_description": "unknown kid"},
                "paste the public key",
            ),
            (
                400,
                {**refused, "error_description": "user not found"},
                "doesn't know this e-mail",
            ),
            (400, refused, "refuses to let Odoo act"),
            (requests.ConnectionError(), b"", "can't be reached"),
            (requests.Timeout(), b"", "didn't answer in time"),
            (503, b"", "technical problem"),
            (200, {"nothing": 1}, "can't be understood"),
        ):
            with self.subTest(told=told):
                self.autenti.fail("token", outcome, data=data)
                with self.assertRaisesRegex(UserError, told) as caught:
                    self.board_connection.with_user(self.administrator).action_test()
                self.assertNotIn(SECRET, str(caught.exception))

    def test_the_settings_lead_to_the_connection_of_the_company(self):
        settings = self.env["res.config.settings"].with_user(self.administrator)
        action = settings.create({}).action_autenti_connection()
        self.assertEqual(action["res_id"], self.connection.id)
        self.connection.active = False
        action = settings.create({}).action_autenti_connection()
        self.assertFalse(action["res_id"])
        self.assertEqual(action["context"]["default_company_id"], self.company.id)
