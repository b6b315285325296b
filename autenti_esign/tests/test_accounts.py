# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import html
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.fernet import Fernet

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, HttpCase, new_test_user
from odoo.tools import config

from ..client import const
from ..secret_store import KEY_OPTION
from .common import CLIENT_EMAIL, MANAGER, SELLER_EMAIL, AutentiCommon, private_key

CONTROLLER = "odoo.addons.autenti_esign.controllers.main"
LOGIN_PAGE = const.ENVIRONMENTS["test"].api_url + const.AUTHORIZATION_PATH
PREFERENCES = "base.view_users_form_simple_modif"


class TestAccounts(AutentiCommon, HttpCase):
    """Each salesperson connects their own Autenti account, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.account_access = "login"
        cls.env["ir.config_parameter"].set_param("web.base.url", cls.base_url())
        cls.env["autenti.key"].search([]).unlink()

    # === What a browser does ===

    def enter(self, user):
        """Log in to Odoo."""
        self.authenticate(user.login, user.login)

    def start_login(self, user=None, **options):
        """Click on "Connect my Autenti account".

        :return: the parameters with which the login page is opened
        """
        self.enter(user or self.seller)
        response = self.open_connect(**options)
        self.assertEqual(response.status_code, 303)
        page, _, query = response.headers["Location"].partition("?")
        self.assertEqual(page, LOGIN_PAGE)
        return {name: value for name, [value] in parse_qs(query).items()}

    def open_connect(self, **options):
        options.setdefault("timeout", 30)
        url = f"/autenti/connect/{self.connection.id}"
        return self.url_open(url, allow_redirects=False, **options)

    def come_back(self, **query):
        return self.url_open(f"/autenti?{urlencode(query)}", allow_redirects=False)

    def connect(self, user=None):
        """Connect an account.

        :return: it, in sudo
        """
        user = user or self.seller
        state = self.start_login(user)["state"]
        code = self.autenti.log_in(user.email)
        response = self.come_back(state=state, code=code)
        self.assertEqual(response.status_code, 303)
        account = self.account_of(user)
        self.assertEqual(account.state, "connected")
        return account

    def test_a_copy_leads_nobody_to_the_login_page(self):
        self.connection._note_use()
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.enter(self.seller)
        response = self.open_connect()
        self.assertEqual(response.status_code, 200)
        self.assertIn("may be a copy", response.text)

    def account_of(self, user):
        self.env.invalidate_all()
        return self.env["autenti.account"].search([("user_id", "=", user.id)])

    def assertTold(self, response, told):
        self.assertRegex(html.unescape(response.text).partition("<main>")[2], told)

    def assertNothingChanged(self, response, told):
        self.assertTold(response, told)
        self.assertFalse(self.env["autenti.account"].search([]))
        self.assertEqual(self.autenti.count("token"), 0)

    # === What Autenti does ===

    def end_login(self):
        """Have Autenti revoke all logins, and the access tokens run out."""
        self.autenti.logins.clear()
        self.run_out()

    def run_out(self):
        accounts = self.env["autenti.account"].search([])
        accounts.access_expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()

    @contextmanager
    def assertLeadsToLogin(self):
        """Expect that link; `assertRaises` would undo what is committed before it."""
        try:
            yield
        except RedirectWarning as warning:
            message, action, button, _context = warning.args
        else:
            self.fail("Nobody is led to the login.")
        self.assertIn("isn't connected to Odoo, or its login has ended", message)
        self.assertEqual(action["url"], f"/autenti/connect/{self.connection.id}")
        self.assertTrue(button)

    def assertDialogLeadsToLogin(self):
        """Expect the dialog to have the link to the login, and to send nothing."""
        dialog = self.open_dialog()
        self.assertTrue(dialog.is_blocked)
        (blocking,) = (each for each in dialog.checklist if each["level"] == "blocking")
        self.assertIn("isn't connected to Odoo, or its login has", blocking["text"])
        action = blocking["action"]
        self.assertEqual(action["url"], f"/autenti/connect/{self.connection.id}")
        with self.assertRaisesRegex(UserError, "isn't connected to Odoo"):
            dialog.action_send()

    # === Connecting ===

    def test_the_user_is_led_to_autenti(self):
        query = self.start_login()
        self.assertGreaterEqual(len(query.pop("state")), 32)
        self.assertEqual(
            query,
            {
                "client_id": "app-1",
                "redirect_uri": f"{self.base_url()}/autenti",
                "scope": "full",
                "response_type": "code",
                "response_mode": "query",
            },
        )

    def test_who_sets_up_is_asked_for_notifications_too(self):
        query = self.start_login(self.manager)
        self.assertEqual(query["scope"], "full notification_management")

    def test_the_user_comes_back_connected(self):
        account = self.connect()
        (call,) = self.autenti.calls_of("token")
        self.assertEqual(call.form["redirect_uri"], f"{self.base_url()}/autenti")
        self.assertEqual(account.connection_id, self.connection)
        self.assertEqual(account.environment, "test")
        self.assertEqual(account.email, SELLER_EMAIL)
        self.assertTrue(account.connected_date)
        self.assertIn(account.refresh_token, self.autenti.logins)

    def test_the_user_comes_back_to_the_page_before(self):
        page = f"/odoo/agreements/{self.agreement.id}"
        for referrer, expected in (
            (self.base_url() + page, page),
            (f"{self.base_url()}{page}?debug=1", page),
            (None, "/odoo"),
            ("https://evil.example.com/odoo", "/odoo"),
            (f"{self.base_url()}@evil.example.com/odoo", "/odoo"),
            (f"{self.base_url()}//evil.example.com", "/odoo"),
            (f"{self.base_url()}/web/login", "/odoo"),
        ):
            with self.subTest(referrer=referrer):
                headers = {"Referer": referrer} if referrer else None
                state = self.start_login(headers=headers)["state"]
                code = self.autenti.log_in(SELLER_EMAIL)
                response = self.come_back(state=state, code=code)
                self.assertEqual(urlsplit(response.headers["Location"]).path, expected)
                self.assertURLEqual(response.headers["Location"], expected)

    def test_a_state_is_good_once(self):
        self.connect()
        state = self.start_login()["state"]
        self.come_back(state=state, code=self.autenti.log_in(SELLER_EMAIL))
        account = self.account_of(self.seller)
        before = account.refresh_token
        response = self.come_back(state=state, code=self.autenti.log_in("x@b.example"))
        self.assertTold(response, "was used already")
        self.env.invalidate_all()
        self.assertEqual(account.refresh_token, before)
        self.assertEqual(self.autenti.count("token"), 2)

    def test_a_state_of_nobody_changes_nothing(self):
        self.start_login()
        for state in ("guess", "", "ó"):
            with self.subTest(state=state):
                response = self.come_back(state=state, code=self.autenti.log_in("a@b"))
                self.assertNothingChanged(response, "wasn't started in this browser")

    def test_a_wrong_state_does_not_spoil_the_right_one(self):
        state = self.start_login()["state"]
        self.come_back(state="guess", code="x")
        response = self.come_back(state=state, code=self.autenti.log_in(SELLER_EMAIL))
        self.assertEqual(response.status_code, 303)

    def test_a_state_of_another_session_changes_nothing(self):
        state = self.start_login()["state"]
        code = self.autenti.log_in(SELLER_EMAIL)
        for user in (self.colleague, self.seller):
            with self.subTest(user=user.name):
                self.enter(user)
                response = self.come_back(state=state, code=code)
                self.assertNothingChanged(response, "wasn't started in this browser")

    def test_who_logs_in_to_odoo_in_the_meantime_gets_no_account(self):
        state = self.start_login()["state"]
        login = self.colleague.login
        params = {"db": self.env.cr.dbname, "login": login, "password": login}
        answer = self.url_open("/web/session/authenticate", json={"params": params})
        self.assertEqual(answer.json()["result"]["uid"], self.colleague.id)
        code = self.autenti.log_in(SELLER_EMAIL)
        response = self.come_back(state=state, code=code)
        self.assertNothingChanged(response, "wasn't started in this browser")

    def test_a_stranger_changes_nothing(self):
        response = self.come_back(state="guess", code="c")
        self.assertNothingChanged(response, "wasn't started in this browser")

    def test_a_login_that_takes_too_long_changes_nothing(self):
        with patch(f"{CONTROLLER}.LOGIN_SECONDS", -1):
            state = self.start_login()["state"]
        response = self.come_back(state=state, code=self.autenti.log_in(SELLER_EMAIL))
        self.assertNothingChanged(response, "is too long ago")

    def test_a_user_who_refuses_changes_nothing(self):
        state = self.start_login()["state"]
        response = self.come_back(state=state, error="access_denied")
        self.assertNothingChanged(response, "you refused")

    def test_a_code_that_autenti_refuses_changes_nothing(self):
        state = self.start_login()["state"]
        response = self.come_back(state=state, code="made-up")
        self.assertTold(response, "login has ended")
        self.assertFalse(self.account_of(self.seller))

    def test_the_address_of_strangers_stays(self):
        response = self.url_open("/autenti")
        self.assertTold(response, "There is nothing to do for you")

    def test_without_odoo_s_login_there_is_no_way_to_autenti_s(self):
        response = self.open_connect()
        self.assertIn("/web/login", response.headers["Location"])

    def test_only_a_connection_with_logins_leads_to_autenti(self):
        self.connection.account_access = "key"
        self.enter(self.seller)
        self.assertEqual(self.open_connect().status_code, 404)
        self.connection.account_access = "login"
        self.enter(self.board_seller)
        self.assertEqual(self.open_connect().status_code, 404)
        stranger = new_test_user(self.env, "portal", "base.group_portal")
        self.enter(stranger)
        self.assertEqual(self.open_connect().status_code, 404)
        self.connection.unlink()
        self.enter(self.seller)
        self.assertEqual(self.open_connect().status_code, 404)

    # === Sending ===

    def test_without_a_login_the_click_leads_to_it(self):
        self.assertDialogLeadsToLogin()
        self.assertEqual(self.autenti.calls, [])

    def test_odoo_acts_by_the_login(self):
        self.connect()
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")
        users = {c.user for c in self.autenti.calls if c.operation != "token"}
        self.assertEqual(users, {SELLER_EMAIL})
        self.assertEqual(self.autenti.assertions, [])
        self.assertEqual(self.autenti.count("token"), 1)

    def test_each_salesperson_acts_by_their_own_login(self):
        self.connect()
        self.connect(self.colleague)
        self.send()
        self.send(self._create_agreement(self.colleague), self.colleague)
        senders = [call.user for call in self.autenti.calls_of("send")]
        self.assertEqual(senders, [SELLER_EMAIL, self.colleague.email])

    def test_an_old_login_is_renewed(self):
        account = self.connect()
        first = account.refresh_token
        self.run_out()
        self.send()
        self.assertEqual(self.autenti.count("token"), 2)
        (_code, call) = self.autenti.calls_of("token")
        self.assertEqual(call.form["refresh_token"], first)
        self.assertNotEqual(account.refresh_token, first)
        self.assertIn(account.refresh_token, self.autenti.logins)

    def test_a_refresh_token_stays_when_autenti_gives_no_new_one(self):
        account = self.connect()
        first = account.refresh_token
        self.run_out()
        self.autenti.fail(
            "token", 200, data=b'{"access_token": "token-1", "expires_in": 1800}'
        )
        self.send()
        self.assertEqual(account.refresh_token, first)

    def test_an_access_token_that_is_refused_is_renewed_once(self):
        self.connect()
        request = self.send()
        self.autenti.fail("read", 401)
        self.poll(request)
        self.assertFalse(request.last_error)
        self.assertEqual(self.autenti.count("read"), 2 + self.reads_while_sending())
        self.assertEqual(self.autenti.count("token"), 2)

    def reads_while_sending(self):
        return self.autenti.operations.index("send") - (
            self.autenti.operations.index("upload") + 1
        )

    def test_a_login_that_has_ended_is_told_at_the_next_click(self):
        account = self.connect()
        self.end_login()
        self.assertDialogLeadsToLogin()
        self.env.invalidate_all()
        self.assertEqual(account.state, "expired")
        self.assertFalse(account.refresh_token)
        self.assertDialogLeadsToLogin()
        # Autenti isn't asked again
        self.assertEqual(self.autenti.count("token"), 2)
        self.connect()
        self.open_dialog()

    def test_an_autenti_that_is_down_does_not_keep_the_dialog_shut(self):
        self.connect()
        self.run_out()
        self.autenti.fail("token", 503)
        self.open_dialog()
        self.assertEqual(self.account_of(self.seller).state, "connected")

    def test_a_login_that_ends_before_sending_needs_a_person(self):
        self.connect()
        request = self.submit()
        self.end_login()
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        self.assertFalse(request.next_check_at)
        self.assertEqual(self.autenti.operations, [])
        (activity,) = self.activities(self.agreement, "attention", self.seller)
        self.assertIn("login has ended", activity.note)
        self.connect()
        self.assertFalse(self.activities(self.agreement, "attention", self.seller))
        self.run_cron()
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.last_error)

    def test_a_login_that_ends_while_the_contract_is_out_needs_a_person(self):
        self.connect()
        request = self.send()
        self.end_login()
        self.poll(request)
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.next_check_at)
        self.assertIn("login has ended", request.last_error)
        self.assertTrue(self.activities(self.agreement, "attention", self.seller))
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.autenti.sign(request.process_id, SELLER_EMAIL)
        self.connect()
        self.run_cron()
        self.assertEqual(request.state, "signed")

    def test_with_a_time_to_sign_it_goes_on_after_the_login_as_well(self):
        self.connect()
        request = self.send()
        request.expires_at = fields.Datetime.now() + timedelta(days=9)
        self.end_login()
        self.poll(request)
        self.assertEqual(request.next_check_at, request.expires_at)
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.connect()
        self.run_cron()
        self.assertEqual(request.signer_ids[0].status, "signed")
        self.assertFalse(request.last_error)

    def test_the_login_of_one_does_not_go_on_with_the_contracts_of_another(self):
        self.connect()
        request = self.submit()
        self.end_login()
        self.run_cron()
        self.connect(self.colleague)
        self.assertFalse(request.next_check_at)

    def test_only_the_owner_of_the_contract_is_led_to_the_login(self):
        self.connect()
        request = self.send()
        self.end_login()
        with self.assertLeadsToLogin():
            request.with_user(self.seller).action_check()
        with self.assertRaisesRegex(UserError, "The salesperson connects it"):
            request.with_user(self.manager).action_check()

    def test_contracts_of_a_representative_need_no_login(self):
        self.board_connection._add_key(private_key())
        self.board_connection.account_access = "login"
        self.send_by_board()
        self.assertEqual(self.autenti.logins, {})

    def test_another_environment_needs_another_login(self):
        account = self.connect()
        self.connection.environment = "production"
        self.connection.active = True
        self.assertDialogLeadsToLogin()
        self.connection.environment = "test"
        self.open_dialog()
        self.assertEqual(self.account_of(self.seller), account)

    # === Secrets ===

    def test_nobody_reads_a_token(self):
        account = self.connect()
        administrator = self._create_user(
            "Adam Root", "adam@firma.example.com", f"base.group_system,{MANAGER}"
        )
        for user in (self.seller, self.manager, administrator):
            mine = account.with_user(user)
            self.assertEqual(mine.state, "connected")
            for field in ("access_token", "refresh_token", "access_expires_at"):
                with self.subTest(user=user.name, field=field):
                    self.env.invalidate_all()
                    with self.assertRaises(AccessError):
                        mine.read([field])
                    with self.assertRaises(AccessError):
                        mine.search([(field, "!=", False)])
                    with self.assertRaises(AccessError):
                        mine.search([], order=field)
                    self.assertNotIn(field, mine.fields_get())

    def test_a_salesperson_sees_the_own_account_alone_and_writes_none(self):
        account = self.connect()
        self.assertEqual(account.with_user(self.seller).state, "connected")
        for user in (self.colleague, self.board_seller):
            with self.subTest(user=user.name):
                self.assertFalse(account.with_user(user).search([]))
                with self.assertRaises(AccessError):
                    account.with_user(user).read(["state"])
        for operation in ("write", "create", "unlink"):
            with self.assertRaises(AccessError):
                account.with_user(self.seller).check_access(operation)

    def test_tokens_are_encrypted(self):
        options = {**config.options, KEY_OPTION: Fernet.generate_key().decode()}
        with patch.object(config, "options", options):
            account = self.connect()
            for token in (account.access_token, account.refresh_token):
                self.assertNotIn("token-", token)
                self.assertNotIn("refresh-", token)
            self.run_out()
            self.send()

    def test_no_secret_is_logged(self):
        with self.assertLogs("odoo.addons.autenti_esign", "DEBUG") as logs:
            account = self.connect()
            request = self.send()
            secrets = ["code-", account.access_token, account.refresh_token]
            self.end_login()
            self.poll(request)
        output = "\n".join(logs.output)
        for secret in (*secrets, SELLER_EMAIL):
            self.assertNotIn(secret, output)

    # === Preferences ===

    def test_the_preferences_tell_the_state(self):
        def state():
            self.env.invalidate_all()
            form = Form(self.seller.with_user(self.seller), view=PREFERENCES)
            self.assertEqual(form.autenti_account_access, "login")
            return form.autenti_account_state

        self.assertEqual(state(), "missing")
        self.connect()
        self.assertEqual(state(), "connected")
        self.end_login()
        self.assertDialogLeadsToLogin()
        self.assertEqual(state(), "expired")

    def test_the_preferences_tell_which_way_is_used(self):
        self.connection.account_access = "key"
        seller = self.seller.with_company(self.company)
        self.assertEqual(seller.autenti_account_access, "key")
        board_seller = self.board_seller.with_company(self.board_company)
        self.assertFalse(board_seller.autenti_account_access)

    def test_the_buttons_of_the_preferences(self):
        me = self.seller.with_user(self.seller)
        action = me.action_autenti_connect()
        self.assertEqual(action["url"], f"/autenti/connect/{self.connection.id}")
        self.connect()
        self.connect(self.colleague)
        # Whatever record is named, it is about who clicks
        action = self.colleague.with_user(self.seller).action_autenti_disconnect()
        self.assertIn("isn't connected any more", action["params"]["message"])
        self.assertFalse(self.account_of(self.seller))
        self.assertTrue(self.account_of(self.colleague))
        self.assertDialogLeadsToLogin()

    # === Administrator ===

    def test_a_connection_by_logins_needs_no_key(self):
        self.connect(self.manager)
        self.assertIn("Test Connection", self.connection.setup_hint)
        self.assertTrue(self.connection.is_key_ready)
        self.connection.with_user(self.manager).action_test()
        self.env.invalidate_all()
        self.assertFalse(self.connection.setup_hint)
        self.connection.account_access = "key"
        self.assertIn("key pair", self.connection.setup_hint)
        self.assertFalse(self.connection.is_key_ready)

    def test_the_administrator_tests_by_the_own_login(self):
        connection = self.connection.with_user(self.manager)
        for action in (connection.action_test, connection.action_register_callback):
            with self.assertLeadsToLogin():
                action()
        self.connect(self.manager)
        self.assertIn(self.manager.email, connection.action_test()["params"]["message"])
        self.assertEqual(self.autenti.count("token"), 2)
