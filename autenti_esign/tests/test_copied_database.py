# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from uuid import uuid4

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .. import parallel
from ..client import webhook
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon


class TestCopiedDatabase(AutentiCommon):
    """A copy of the database leaves the real contracts alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()
        cls.move("web.base.url", "https://erp.example.com")

    @classmethod
    def move(cls, parameter="database.uuid", value=None):
        cls.env["ir.config_parameter"].set_param(parameter, value or str(uuid4()))
        cls.env.invalidate_all()

    def go_elsewhere(self):
        """Go to each other place, from the one where the connection is used."""
        get_param = self.env["ir.config_parameter"].get_param
        for parameter, value in (
            # By the database manager, by hand, by a careless configuration
            ("database.uuid", str(uuid4())),
            ("web.base.url", "https://test.example.com"),
            ("web.base.url", "http://erp.example.com"),
        ):
            home = get_param(parameter)
            self.move(parameter, value)
            yield value
            self.move(parameter, home)

    def assertAsksNothing(self, do, *args, **options):
        calls = len(self.autenti.calls)
        try:
            with self.env.cr.savepoint():
                do(*args, **options)
        except UserError as error:
            self.assertIn("An administrator opens the connection", str(error))
        self.env.invalidate_all()
        self.assertEqual(self.autenti.operations[calls:], [])

    # === What stops ===

    def test_nothing_is_withdrawn_reminded_or_read(self):
        request = self.send()
        past = fields.Datetime.now() - timedelta(hours=1)
        request.write({"expires_at": past, "next_reminder_at": past})
        for _place in self.go_elsewhere():
            self.assertAsksNothing(self.poll, request)
            self.assertEqual(request.state, "sent")
            self.assertFalse(request.last_error)
        # At home it goes on as if nothing had happened
        self.poll(request)
        self.assertEqual(request.state, "expired")

    def test_no_run_waits_for_a_signed_file_of_the_original(self):
        request = self.send()
        for signer in request.signer_ids:
            self.sign(request, signer.email, with_file=False)
        request.next_check_at = fields.Datetime.now()
        for _place in self.go_elsewhere():
            run = parallel.Run(request.browse())
            run.limit = 8
            self.assertFalse(run.has_more(), "it would run again and again for ever")
            self.assertFalse(request._get_next_moment())
        run = parallel.Run(request.browse())
        run.limit = 8
        self.assertTrue(run.has_more())

    def test_nothing_is_asked_by_people(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        mine = request.with_user(self.seller)
        for _place in self.go_elsewhere():
            for do in (
                mine.action_check,
                mine.action_remind,
                mine.action_withdraw,
                mine.action_sign_now,
            ):
                self.assertAsksNothing(do)
            self.assertEqual(request.state, "sent")

    def test_no_button_promises_what_a_copy_never_does(self):
        other = self._create_agreement(self.seller)
        out = self.send(other).with_user(self.seller)
        self.assertEqual(out.state, "sent")
        waiting = self.submit(self._create_agreement(self.seller))
        waiting = waiting.with_user(self.seller)
        for _place in self.go_elsewhere():
            for do in (
                out.action_remind_all,
                other.with_user(self.seller).action_autenti_remind,
                (out + waiting).action_remind_all,
                waiting.action_try_again,
                waiting.action_check,
            ):
                with (
                    self.subTest(do=do.__name__),
                    self.assertRaisesRegex(UserError, "An administrator opens the"),
                    self.env.cr.savepoint(),
                ):
                    do()
            self.assertFalse(out.sudo().next_reminder_at)

    def test_nothing_is_set_up_by_accident(self):
        connection = self.connection.with_user(self.manager)
        connection.action_test()
        connection.action_register_callback()
        self.board_connection.action_test()
        for _place in self.go_elsewhere():
            for do in (
                connection.action_test,
                connection.action_register_callback,
                connection.action_list_callbacks,
                connection.registration_ids.action_remove,
                connection.action_check,
                lambda: self.run_cron("check"),
            ):
                self.assertAsksNothing(do)
            self.assertTrue(connection.is_elsewhere)

    def test_nothing_is_sent_and_the_dialog_says_why(self):
        self.send()
        other = self._create_agreement(self.seller)
        for _place in self.go_elsewhere():
            dialog = self.open_dialog(other)
            self.assertIn("may be a copy", dialog.service_problem)
            self.assertTrue(dialog.is_blocked)
            self.assertAsksNothing(dialog.action_send)
        self.assertFalse(self.request_of(other))

    def test_what_waits_to_be_sent_waits(self):
        request = self.submit()
        self.connection.with_user(self.manager).action_test()
        for _place in self.go_elsewhere():
            self.assertAsksNothing(self.run_cron)
            self.assertEqual(request.state, "to_send")
        self.run_cron()
        self.assertEqual(request.state, "sent")

    def test_no_login_is_renewed(self):
        self.connection.account_access = "login"
        account = self.env["autenti.account"].create(
            {
                "user_id": self.seller.id,
                "connection_id": self.connection.id,
                "environment": "test",
                "access_token": "access",
                "access_expires_at": fields.Datetime.now() - timedelta(hours=1),
                "refresh_token": "refresh",
            }
        )
        identity = self.connection._get_company_identity(self.seller)
        self.connection._note_use()
        for _place in self.go_elsewhere():
            self.assertAsksNothing(self.connection._renew_login, identity)
            self.assertAsksNothing(account._refresh)
            self.assertEqual(account.sudo().refresh_token, "refresh")
            self.assertEqual(account.state, "connected")

    def test_nobody_logs_in(self):
        self.connection.account_access = "login"
        self.send_by_board()
        self.connection._note_use()
        accounts = self.env["autenti.account"].with_user(self.seller)
        code = self.autenti.log_in(SELLER_EMAIL)
        mine = self.connection.with_user(self.seller).sudo()
        for _place in self.go_elsewhere():
            self.assertAsksNothing(accounts._log_in, mine, code)

    def test_no_weekly_summary_is_mailed(self):
        request = self.send()
        request.turn_date = fields.Datetime.now() - timedelta(days=30)
        self.assertEqual(request._find_long_waiting(), request)
        for _place in self.go_elsewhere():
            self.assertFalse(request._find_long_waiting())

    def test_a_callback_is_turned_away_to_come_again(self):
        self.send()
        self.send_by_board()
        for _place in self.go_elsewhere():
            calls = len(self.autenti.calls)
            with self.assertRaises(webhook.CallbackRejected) as caught:
                self.env["autenti.callback"]._receive(b"[]", "a..b")
            self.assertEqual(caught.exception.status, 503)
            self.assertEqual(len(self.autenti.calls), calls)
        self.assertFalse(self.env["autenti.callback"].search([]))

    # === What is said ===

    def test_the_forms_say_so(self):
        request = self.send()
        self.assertFalse(request.service_problem)
        self.assertFalse(self.connection.service_problem)
        for _place in self.go_elsewhere():
            for record in (request, self.connection):
                said = record.with_user(self.seller).service_problem
                self.assertIn("set up", said)
                self.assertIn("erp.example.com", said)

    def test_the_health_check_is_red(self):
        connection = self.connection.with_user(self.manager)
        connection.action_check()
        self.assertEqual(connection.check_ids[0].level, "green")
        for _place in self.go_elsewhere():
            connection.action_check()
            line = connection.check_ids.filtered(lambda c: c.name == "database")
            self.assertEqual(line.level, "red")
            self.assertIn("administrator", line.hint)

    # === Which is the real one ===

    def test_an_administrator_says_that_it_is_the_real_one(self):
        request = self.send()
        archived = self.board_connection
        archived.active = False
        self.move("web.base.url", "https://new.example.com")
        self.move()
        self.assertTrue(archived.is_elsewhere)
        self.connection.with_user(self.administrator).action_is_real()
        self.env.invalidate_all()
        self.assertFalse((self.connection + archived).filtered("is_elsewhere"))
        self.assertIn("real database", self.connection.message_ids[0].body)
        self.sign_by_all(request)

    def test_an_administrator_says_that_it_is_a_copy(self):
        request = self.send()
        self.move()
        self.connection.with_user(self.administrator).action_is_copy()
        self.env.invalidate_all()
        self.assertFalse(self.connection.active)
        self.assertFalse(self.board_connection.active)
        self.assertAsksNothing(self.poll, request)
        self.assertEqual(request.state, "sent")
        # A slip of the hand can be undone
        self.connection.with_user(self.administrator).action_is_real()
        self.sign_by_all(request)

    def test_nobody_else_says_so(self):
        self.send()
        self.move()
        for user in (self.seller, self.manager):
            connection = self.connection.with_user(user)
            for do in (connection.action_is_real, connection.action_is_copy):
                with self.assertRaises(AccessError):
                    do()
            with self.assertRaises(AccessError):
                connection.database_uuid = "mine"
        self.assertTrue(self.connection.is_elsewhere)

    # === Painless where nothing can happen ===

    def test_the_address_may_change_until_the_connection_is_used(self):
        self.move("web.base.url", "https://later.example.com")
        request = self.send()
        self.assertEqual(self.connection.database_url, "https://later.example.com")
        self.assertFalse(self.connection.is_elsewhere)
        self.sign_by_all(request)

    def test_who_enters_a_secret_anew_sets_it_up_here(self):
        self.move()
        connection = self.connection.with_user(self.administrator)
        connection.client_secret_input = "another"
        self.assertFalse(connection.is_elsewhere)
        self.send()

    def test_a_secret_takes_over_no_contracts(self):
        self.send()
        self.move()
        connection = self.connection.with_user(self.administrator)
        connection.client_secret_input = "another"
        self.assertTrue(connection.is_elsewhere)

    def test_a_manager_sets_up_a_connection(self):
        company = self._create_company(name="Nowa sp. z o.o.")
        self.manager.company_ids += company
        connection = (
            self.env["autenti.connection"]
            .with_user(self.manager)
            .create({"company_id": company.id})
        )
        self.assertFalse(connection.is_elsewhere)
        self.assertEqual(
            connection.sudo().database_uuid,
            self.env["ir.config_parameter"].get_param("database.uuid"),
        )

    def test_a_production_connection_made_from_it_is_of_this_database(self):
        self.connection.with_user(self.manager).action_test()
        self.move()
        self.connection.with_user(self.administrator).action_is_real()
        action = self.connection.with_user(self.manager).action_prepare_production()
        production = self.env["autenti.connection"].browse(action["res_id"])
        production.client_secret = "secret"
        self.assertFalse(production.is_elsewhere)
