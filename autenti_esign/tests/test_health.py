# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..frozen import as_keeper
from ..models.autenti_check import CHECKS, is_public
from .common import BOARD_EMAIL, CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

REFUSED = {"error": "invalid_grant"}
UNKNOWN_KEY = {**REFUSED, "error_description": "unknown kid"}
UNKNOWN_USER = {**REFUSED, "error_description": "user not found"}


class TestHealth(AutentiCommon):
    """The health check: what it finds, what it says to do, whom it tells."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_user(
            "Zyta Min", "administrator@firma.example.com", "base.group_system"
        )
        cls.administrator.company_ids += cls.board_company
        cls.as_administrator = cls.board_connection.with_user(cls.administrator)
        cls.env["ir.config_parameter"].set_param(
            "web.base.url", "https://erp.example.com"
        )
        cls.own = "https://erp.example.com/autenti"

    def setUp(self):
        super().setUp()
        self.autenti.callback_urls = [self.own]

    def check(self, connection=None):
        """Click on Check Health."""
        connection = connection or self.as_administrator
        connection.action_check()
        return {check.name: check for check in connection.check_ids}

    def assertLevel(self, name, level, message="", hint="", connection=None):
        line = self.check(connection)[name]
        self.assertEqual((line.level, line.name), (level, name), line.message)
        self.assertIn(message, line.message)
        self.assertIn(hint, line.hint or "")
        if level != "green":
            self.assertTrue(line.hint, "it isn't told what to do")

    # === What is found ===

    def test_all_is_well(self):
        lines = self.check()
        # A fake that doesn't tell the time
        self.assertEqual(list(lines), [name for name, _ in CHECKS if name != "clock"])
        self.assertEqual({line.level for line in lines.values()}, {"green"})
        self.assertEqual(self.board_connection.health, "green")
        self.assertTrue(self.board_connection.checked_date)

    def test_a_click_tells_how_it_is(self):
        for kind, fail in (
            ("success", lambda: None),
            ("warning", lambda: self.autenti.fail("list_callbacks", 403)),
            ("danger", lambda: self.autenti.fail("read", 503)),
        ):
            with self.subTest(kind=kind):
                fail()
                action = self.as_administrator.action_check()
                self.assertEqual(action["params"]["type"], kind)

    def test_nothing_is_made_at_autenti(self):
        for connection in (self.board_connection, self.connection):
            self.check(connection.with_user(self.administrator))
        self.assertEqual(
            {call.request.method for call in self.autenti.calls} - {"GET"}, {"POST"}
        )
        self.assertEqual(
            {c.operation for c in self.autenti.calls if c.request.method == "POST"},
            {"token"},
        )

    def test_the_environment_does_not_answer(self):
        for outcome, told in (
            (requests.ConnectionError(), "can't be reached"),
            (requests.Timeout(), "in time"),
            (503, "technical problem"),
        ):
            with self.subTest(told=told):
                self.autenti.fail("read", outcome)
                calls = self.autenti.count("token")
                self.assertLevel("environment", "red", told)
                self.assertEqual(self.autenti.count("token"), calls)
                self.assertNotIn("key", self.board_connection.check_ids.mapped("name"))

    def test_who_asks_to_slow_down_isn_t_broken(self):
        self.autenti.fail("read", 429, headers={"Retry-After": "60"})
        # The limiter has a transaction of its own
        with self.enter_registry_test_mode():
            self.assertLevel("environment", "amber", "slow down")

    def test_the_clock(self):
        for seconds, level, told in (
            (0, "green", "right"),
            (-45, "amber", "seconds ahead"),
            (45, "amber", "seconds behind"),
            (-300, "red", "seconds ahead"),
            (300, "red", "seconds behind"),
        ):
            with self.subTest(seconds=seconds):
                moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
                header = {"Date": format_datetime(moment, usegmt=True)}
                self.autenti.fail("read", 401, headers=header)
                self.assertLevel("clock", level, told, "NTP" * (level != "green"))

    def test_the_client_id_or_secret_is_refused(self):
        self.autenti.fail("token", 401, data={"error": "invalid_client"})
        self.assertLevel("application", "red", "client ID", "both with Autenti's panel")

    def test_the_set_up_is_not_finished(self):
        for field in ("client_id", "client_secret", "key_ids"):
            with self.subTest(field=field):
                value = self.board_connection[field]
                self.board_connection[field] = False
                self.assertLevel("application", "red", "", "isn't finished")
                if field != "key_ids":
                    self.board_connection[field] = value

    def test_the_key_is_refused(self):
        self.autenti.fail("token", 400, data=UNKNOWN_KEY)
        self.assertLevel("key", "red", "doesn't accept the key", "paste the public key")

    def test_autenti_does_not_tell_why_it_refuses(self):
        self.autenti.fail("token", 400, data=REFUSED)
        lines = self.check()
        self.assertEqual(lines["application"].level, "green")
        self.assertEqual(lines["key"].level, "amber")
        self.assertEqual(lines["user"].level, "red")

    def test_the_representative_is_refused(self):
        self.autenti.fail("token", 400, data=UNKNOWN_USER)
        self.assertLevel("user", "red", BOARD_EMAIL, "the representative's")
        lines = {check.name: check.level for check in self.board_connection.check_ids}
        self.assertEqual((lines["application"], lines["key"]), ("green", "green"))
        self.assertNotIn("reading", lines)

    def test_the_representative_lacks_the_tax_id(self):
        self.board_company.vat = False
        self.assertLevel("user", "red", BOARD_EMAIL, "NIP")

    def test_each_salesperson_is_tried(self):
        connection = self.connection.with_user(self.administrator)
        self.assertLevel("user", "green", SELLER_EMAIL, connection=connection)
        asked = {claims["email"] for _header, claims in self.autenti.assertions}
        users = (self.seller, self.colleague, self.manager, self.administrator)
        self.assertEqual(asked, {user.email for user in users})

    def test_a_salesperson_without_a_last_name_is_told_of_as_another_person(self):
        self.colleague.autenti_last_name = False
        lines = self.connection.with_user(self.administrator)
        lines.action_check()
        [line] = lines.check_ids.filtered(
            lambda check: check.name == "user" and check.level == "amber"
        )
        self.assertIn(self.colleague.email, line.message)
        self.assertIn("in the form of this user", line.hint)

    def test_with_logins_who_is_not_connected_is_told(self):
        self.connection.account_access = "login"
        self.connection.key_ids.unlink()
        connection = self.connection.with_user(self.administrator)
        connection.action_check()
        lines = connection.check_ids.filtered(lambda c: c.name == "user")
        self.assertEqual(len(lines), 4)
        self.assertEqual(set(lines.mapped("level")), {"red"})
        self.assertIn("isn't connected to Odoo", lines[0].message)
        self.assertFalse(
            {"key", "key_age", "application"} & {*connection.check_ids.mapped("name")}
        )
        with self.enter_registry_test_mode():
            accounts = self.env["autenti.account"].with_user(self.colleague)
            code = self.autenti.log_in(self.colleague.email)
            accounts._log_in(self.connection.with_user(self.colleague).sudo(), code)
            connection.action_check()
        lines = connection.check_ids.filtered(lambda c: c.name == "user")
        self.assertEqual(lines.mapped("level"), ["green", *["amber"] * 3])

    def test_a_refused_salesperson_matters_who_has_sent(self):
        connection = self.connection.with_user(self.administrator)
        for level in ("amber", "red"):
            with self.subTest(level=level):
                # The first by name
                self.autenti.fail("token", 400, data=UNKNOWN_USER)
                connection.action_check()
                lines = connection.check_ids.filtered(lambda c: c.name == "user")
                self.assertEqual(lines.mapped("level"), ["green", level])
                self.assertIn(SELLER_EMAIL, lines[1].message)
            if level == "amber":
                self.send()

    def test_the_permission_to_read_is_missing(self):
        self.autenti.fail("read", 403, nth=2)
        self.assertLevel("reading", "red", BOARD_EMAIL, "permissions")

    def test_the_package_is_used_up(self):
        self.autenti.fail("create", 402)
        request = self.submit(self.board_agreement, self.board_seller)
        self.run_cron()
        self.assertLevel("package", "red", "wait for it: 1", "Buy documents")
        request.with_user(self.board_seller).action_try_again()
        self.run_cron()
        self.assertLevel("package", "green")

    def test_autenti_refuses_the_check_itself_for_want_of_a_package(self):
        self.autenti.fail("read", 402, nth=2)
        lines = self.check()
        self.assertEqual(self.board_connection.health, "red")
        self.assertEqual(lines["package"].level, "red")

    def test_the_age_of_the_key(self):
        self.assertLevel("key_age", "green")
        self.env.invalidate_all()
        with freeze_time(fields.Datetime.now() + timedelta(days=366)):
            self.assertLevel("key_age", "amber", "in use since", "new key")

    def test_the_address_of_this_erp(self):
        for url, expected in (
            ("https://erp.firma.pl/autenti", True),
            ("https://erp.firma.pl:8443/autenti", True),
            ("https://8.8.8.8/autenti", True),
            ("http://erp.firma.pl/autenti", False),
            ("https://localhost/autenti", False),
            ("https://odoo/autenti", False),
            ("https://odoo.local/autenti", False),
            ("https://10.1.2.3/autenti", False),
            ("https://[fd00::1]/autenti", False),
            ("https://127.0.0.1:8069/autenti", False),
        ):
            self.assertIs(is_public(url), expected, url)
        self.env["ir.config_parameter"].set_param("web.base.url", "http://localhost")
        self.assertLevel("address", "amber", "http://localhost/autenti", "web.base.url")

    # === Callbacks ===

    def test_callbacks_are_not_registered(self):
        self.autenti.callback_urls = ["https://crm.example.com/hook"]
        self.assertLevel("callbacks", "amber", "doesn't post", "Register Callbacks")

    def test_the_address_has_changed(self):
        self.assertLevel("callbacks", "green", "nothing has come")
        self.env["ir.config_parameter"].set_param("web.base.url", "https://new.pl")
        self.env.invalidate_all()
        self.as_administrator.action_is_real()
        self.assertLevel("callbacks", "amber", "former address", "Register Callbacks")

    def test_callbacks_may_not_be_listed(self):
        self.autenti.fail("list_callbacks", 403)
        self.assertLevel("callbacks", "amber", "doesn't permit", "permissions")

    def test_the_first_who_may_lists_them(self):
        self.autenti.fail("list_callbacks", 403)
        connection = self.connection.with_user(self.administrator)
        self.assertLevel("callbacks", "green", connection=connection)
        self.assertEqual(self.autenti.count("list_callbacks"), 2)

    def test_callbacks_come_or_do_not(self):
        self.check()
        request = self.send_by_board()
        self.sign(request, CLIENT_EMAIL, BOARD_EMAIL)
        self.assertEqual(request.state, "signed")
        # Autenti may still post it
        self.assertLevel("callbacks", "green", "nothing has come")
        two_hours_ago = fields.Datetime.now() - timedelta(hours=2)
        as_keeper(request).ended_date = two_hours_ago
        self.board_connection.registration_ids.flush_recordset()
        self.env.cr.execute(
            "UPDATE autenti_registration SET create_date = now() - interval '1 day'"
        )
        self.env.invalidate_all()
        self.assertLevel("callbacks", "amber", "without news", "firewall")
        self.env["autenti.callback"].create(
            {"event_id": "e1", "jwks_url": "x", "request_id": request.id}
        )
        self.assertLevel("callbacks", "green", "the last one came on")

    # === Who is told ===

    def activity(self, connection=None):
        return (connection or self.board_connection).activity_ids

    def test_a_red_line_is_an_activity_until_it_is_green_again(self):
        self.autenti.fail("token", 400, data=UNKNOWN_KEY)
        self.check()
        activity = self.activity()
        self.assertEqual(activity.user_id, self.administrator)
        self.assertIn("doesn't accept the key", activity.note)
        self.autenti.fail("token", 401, data={"error": "invalid_client"})
        self.check()
        self.assertEqual(self.activity(), activity, "one is enough")
        self.assertIn("client ID", activity.note)
        self.check()
        self.assertFalse(self.activity())

    def test_an_amber_line_is_no_activity(self):
        self.autenti.callback_urls = []
        self.check()
        self.assertEqual(self.board_connection.health, "amber")
        self.assertFalse(self.activity())

    def test_who_set_it_up_is_told_as_long_as_they_may_mend_it(self):
        maker = self._create_user(
            "Iza Kos", "iza@spolka.example.com", "base.group_system", self.board_company
        )
        connection = self.board_connection.with_user(maker).copy(
            {"active": False, "mode": "individual"}
        )
        connection_sudo = connection.sudo()
        self.assertEqual(connection_sudo._get_administrator(), maker)
        maker.group_ids -= self.env.ref("base.group_system")
        self.assertNotEqual(connection_sudo._get_administrator(), maker)

    def test_a_manager_is_told_where_there_is_no_administrator(self):
        self.env["res.users"].search(
            [("all_group_ids", "in", self.env.ref("base.group_system").ids)]
        ).active = False
        self.assertEqual(self.connection._get_administrator(), self.manager)

    # === By itself ===

    def test_every_connection_is_checked_every_day(self):
        cron = self.env.ref("autenti_esign.ir_cron_autenti_check")
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "days"))
        self.run_cron("check")
        for connection in (self.connection, self.board_connection):
            self.assertTrue(connection.check_ids)

    def test_an_archived_connection_is_left_alone(self):
        self.connection.active = False
        self.run_cron("check")
        self.assertFalse(self.connection.check_ids)

    def test_a_broken_connection_does_not_keep_others_from_being_checked(self):
        check_health = type(self.connection)._check_health

        def fail_once(connection):
            if connection == self.connection:
                raise ZeroDivisionError
            return check_health(connection)

        connections = self.registry["autenti.connection"]
        with (
            patch.object(connections, "_check_health", fail_once),
            mute_logger("odoo.addons.autenti_esign.models.autenti_connection_setup"),
        ):
            self.run_cron("check")
        self.assertTrue(self.board_connection.check_ids)

    def test_the_result_is_in_the_language_of_the_administrator(self):
        self.administrator.lang = "pl_PL"
        self.board_connection.activity_unlink([])
        with patch.object(
            self.registry["autenti.connection"],
            "_get_administrator",
            lambda connection: self.administrator,
        ):
            self.run_cron("check")
        line = self.board_connection.check_ids.filtered(lambda c: c.name == "user")
        self.assertIn("Autenti akceptuje", line.message)

    # === Who may ===

    def test_only_those_who_set_up_check_and_see(self):
        with self.assertRaises(AccessError):
            self.board_connection.with_user(self.board_seller).action_check()
        self.assertEqual(self.autenti.calls, [])
        self.check()
        for user in (self.board_seller, self.manager):
            lines = self.board_connection.check_ids.with_user(user)
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                lines.read(["message"])
        with self.assertRaises(AccessError):
            self.board_connection.with_user(self.board_seller).read(["health"])

    def test_another_environment_knows_nothing_yet(self):
        self.check()
        self.board_connection.environment = "production"
        self.assertFalse(self.board_connection.check_ids)
