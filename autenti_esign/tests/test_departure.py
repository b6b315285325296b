# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..client import auth, const
from .common import CLIENT_EMAIL, USER, AutentiCommon
from .fake_autenti import answer

UNKNOWN = {"error": "invalid_grant", "error_description": "no such user"}


class TestDeparture(AutentiCommon):
    """The one who sent a contract has left: others are told, and can act."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.board_manager = cls._create_user(
            "Olga Szef",
            "olga.szef@spolka.example.com",
            "autenti_esign.autenti_esign_group_manager",
            company=cls.board_company,
        )

    def archive(self, user):
        user.action_archive()

    def take_group(self, user):
        user.group_ids -= self.env.ref(USER)

    def move(self, user):
        user.write(
            {
                "company_ids": [Command.set(self.board_company.ids)],
                "company_id": self.board_company.id,
            }
        )

    def dismiss(self, user):
        user.active = False

    @property
    def departures(self):
        return (self.archive, self.take_group, self.move, self.dismiss)

    def each_departure(self):
        """Go through the ways in which a salesperson leaves, each with a contract."""
        for number, leave in enumerate(self.departures):
            user = self._create_user("Adam Gość", f"adam{number}@firma.example.com")
            agreement = self._create_agreement(user)
            with self.subTest(leave=leave.__name__):
                yield user, agreement, lambda user=user, leave=leave: leave(user)

    def told(self, agreement, kind="attention"):
        """Return who has an open activity, as user -> note."""
        self.env.invalidate_all()
        activity_type = self.env.ref(f"autenti_esign.mail_activity_type_{kind}")
        return {
            activity.user_id: activity.note
            for activity in agreement.activity_ids
            if activity.activity_type_id == activity_type
        }

    def remove_account(self, *users):
        """Have Autenti know some users no more, whoever asks and however often."""
        emails = {user.email for user in users}
        take_assertion = type(self.autenti)._on_token

        def on_token(autenti, call):
            given = take_assertion(autenti, call)
            if autenti._token_users and autenti._token_users[-1] in emails:
                autenti._token_users[-1] = None
                return answer(400, UNKNOWN)
            return given

        self.patch(type(self.autenti), "_on_token", on_token)
        auth.token_cache.clear()

    def let_expire(self, request):
        request.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self.poll(request)

    # === Who is told ===

    def test_a_manager_is_told_of_a_refusal_when_the_salesperson_has_left(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            leave()
            self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
            self.poll(request)
            self.assertEqual(request.state, "declined")
            told = self.told(agreement)
            self.assertEqual(list(told), [self.manager])
            self.assertIn("Za drogo", told[self.manager])

    def test_what_was_told_is_handed_over_when_the_salesperson_leaves(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
            self.poll(request)
            self.assertEqual(list(self.told(agreement)), [user])
            leave()
            told = self.told(agreement)
            self.assertEqual(list(told), [self.manager])
            self.assertIn("Za drogo", told[self.manager])

    def test_a_manager_is_told_of_the_turn_of_who_has_left(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            leave()
            self.sign(request, CLIENT_EMAIL)
            self.assertFalse(self.told(agreement, "sign"))
            told = self.told(agreement)
            self.assertEqual(list(told), [self.manager])
            self.assertIn("It's the turn of Adam Gość", told[self.manager])
            self.assertIn(user.email, told[self.manager])

    def test_a_manager_is_told_when_who_leaves_was_about_to_sign(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            self.sign(request, CLIENT_EMAIL)
            self.assertEqual(list(self.told(agreement, "sign")), [user])
            leave()
            self.assertIn(
                "It's the turn of Adam Gość", self.told(agreement)[self.manager]
            )

    def test_a_manager_is_told_of_the_turn_of_a_representative_who_has_left(self):
        request = self.send_by_board()
        self.archive(self.board_member)
        self.sign(request, CLIENT_EMAIL)
        told = self.told(self.board_agreement)
        self.assertEqual(list(told), [self.board_seller], "who sent it is still here")
        self.assertIn("It's the turn of Ewa Lis", told[self.board_seller])
        self.archive(self.board_seller)
        self.assertEqual(list(self.told(self.board_agreement)), [self.board_manager])

    def test_a_manager_is_told_of_an_expiry(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            leave()
            self.let_expire(request)
            self.assertEqual(request.state, "expired")
            self.assertEqual(list(self.told(agreement)), [self.manager])

    def test_without_a_manager_an_administrator_of_the_company_is_told(self):
        administrator = self._create_administrator()
        self.board_manager.active = False
        request = self.send_by_board()
        self.archive(self.board_seller)
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Nie")
        self.poll(request)
        self.assertEqual(list(self.told(self.board_agreement)), [administrator])

    def test_a_manager_reads_it_in_the_own_language(self):
        self.seller.lang, self.manager.lang = "en_US", "pl_PL"
        request = self.send()
        self.archive(self.seller)
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Nie")
        self.poll(request)
        self.assertIn("został odrzucony", self.told(self.agreement)[self.manager])

    def test_who_leaves_is_not_written_to_every_week(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            request.sent_date = fields.Datetime.now() - timedelta(days=9)
            self.assertIn(user, request._get_by_reader())
            leave()
            readers = request._get_by_reader()
            self.assertNotIn(user, readers)
            self.assertIn(self.manager, readers)

    # === Who can act ===

    def test_a_manager_withdraws_and_sends_anew_what_a_leaver_has_sent(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            leave()
            self.assertIsNone(request.with_user(self.manager).action_withdraw("x"))
            process = self.autenti.processes[request.process_id]
            self.assertEqual(process["status"], const.PROCESS_WITHDRAWN)
            self.env.flush_all()
            again = self.send(agreement, self.manager)
            self.assertEqual(again.user_id, self.manager)
            self.assertIn(self.manager, again.signer_ids.user_id)

    def test_a_manager_corrects_what_a_leaver_has_sent_and_signs_it(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            as_manager = request.with_user(self.manager)
            self.assertFalse(as_manager.may_correct, "who sent it is still here")
            with self.assertRaisesRegex(UserError, "only they can send it again"):
                as_manager.action_correct()
            leave()
            self.env.invalidate_all()
            self.assertTrue(as_manager.may_correct)
            action = as_manager.action_correct()
            dialog = self.env["autenti.send"].with_user(self.manager)
            dialog.browse(action["res_id"]).action_send()
            self.assertEqual(request.state, "withdrawn")
            again = self.request_of(agreement)
            self.assertEqual(again.replaces_id, request)
            self.assertEqual(again.sender_email, self.manager.email)

    def test_a_leaver_and_a_colleague_can_do_nothing(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            leave()
            for name in ("action_withdraw", "action_remind", "action_correct"):
                with self.assertRaises(AccessError):
                    getattr(request.with_user(self.colleague), name)()

    def test_a_manager_does_all_else_for_a_leaver(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            leave()
            as_manager = request.with_user(self.manager)
            as_manager.action_check()
            as_manager.action_remind()
            as_manager.action_try_again()
            agreement.with_user(self.manager).action_autenti_sign()

    # === What Autenti lets happen ===

    def test_what_expires_is_withdrawn_by_another_one_whom_autenti_knows(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            leave()
            self.remove_account(user)
            self.let_expire(request)
            self.assertEqual(request.state, "expired")
            self.assertEqual(
                self.autenti.calls_of("withdraw")[-1].user, self.manager.email
            )

    def test_an_expiry_needs_no_account_of_who_is_still_here(self):
        request = self.send()
        self.remove_account(self.seller)
        self.let_expire(request)
        self.assertEqual(request.state, "expired")

    def test_a_new_representative_ends_what_the_former_one_has_sent(self):
        request = self.send_by_board()
        self.board_connection.write(
            {
                "representative_email": "nowy.prezes@spolka.example.com",
                "representative_first_name": "Nowy",
                "representative_last_name": "Prezes",
            }
        )
        self.archive(self.board_member)
        self.remove_account(self.board_member)
        request.with_user(self.board_seller).action_withdraw("x")
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(
            self.autenti.calls_of("withdraw")[-1].user,
            "nowy.prezes@spolka.example.com",
        )

    def test_nobody_is_asked_in_the_name_of_others_while_the_sender_can_mend_it(self):
        request = self.send()
        self.remove_account(self.seller)
        self.poll(request)
        self.assertIn("doesn't know this e-mail", request.last_error)
        self.assertEqual(list(self.told(self.agreement)), [self.seller])

    def test_nothing_is_sent_in_the_name_of_another_one(self):
        request = self.submit()
        self.archive(self.seller)
        self.remove_account(self.seller)
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        self.assertEqual(self.autenti.processes, {})
        told = self.told(self.agreement)
        self.assertIn("doesn't work with Autenti e-Signature", told[self.manager])
        request.with_user(self.manager).action_withdraw("x")
        self.assertEqual(request.state, "withdrawn")
        self.assertNotIn("panel", request.reason)

    def refuse_everybody(self):
        users = self.env["res.users"].with_context(active_test=False).search([])
        self.remove_account(*users)

    def test_a_manager_ends_it_here_when_autenti_lets_nobody_in(self):
        for user, agreement, leave in self.each_departure():
            request = self.send(agreement, user)
            leave()
            with self.subTest(request=request.id):
                self.refuse_everybody()
                action = request.with_user(self.manager).action_withdraw("Odszedł")
                self.assertIn("Odoo only", action["params"]["message"])
                self.assertIn(request.process_id, action["params"]["message"])
                self.assertEqual(request.state, "withdrawn")
                self.assertIn("Odszedł", request.reason)
                self.assertIn("can still be signed there", request.reason)
                self.assertIn("can still be signed there", agreement.autenti_problem)
                dialog = self.open_dialog(agreement, self.manager)
                self.assertFalse(dialog.is_blocked)

    def test_a_manager_corrects_when_autenti_lets_nobody_in(self):
        request = self.send()
        self.archive(self.seller)
        self.refuse_everybody()
        action = request.with_user(self.manager).action_correct()
        dialog = self.env["autenti.send"].with_user(self.manager)
        dialog.browse(action["res_id"]).action_send()
        self.assertEqual(request.state, "withdrawn")
        self.assertIn("can still be signed there", request.reason)
        self.assertEqual(self.request_of(self.agreement).state, "to_send")

    def test_a_salesperson_is_sent_to_a_manager_when_autenti_lets_nobody_in(self):
        request = self.send()
        self.refuse_everybody()
        with self.assertRaisesRegex(UserError, "A manager .* can end it in Odoo"):
            request.with_user(self.seller).action_withdraw("x")
        self.assertEqual(request.state, "sent")

    def test_a_manager_can_end_it_here_whatever_autenti_refuses(self):
        request = self.send()
        for status in (403, 404):
            self.autenti.fail("read", status)
            with self.assertRaises(UserError):
                request.with_user(self.manager).action_withdraw("x")
            self.assertEqual(request.state, "sent")
            self.autenti.fail("read", status)
            with self.assertRaises(UserError):
                request.with_user(self.seller).action_withdraw("x", only_here=True)
            self.assertEqual(request.state, "sent")
        self.autenti.fail("withdraw", 403)
        withdraw = self.env["autenti.withdraw"].with_user(self.manager)
        withdraw = withdraw.create(
            {"request_id": request.id, "reason": "x", "only_here": True}
        )
        self.assertTrue(withdraw.may_end_here)
        self.assertEqual(withdraw.action_withdraw()["params"]["type"], "warning")
        self.assertEqual(request.state, "withdrawn")

    def call_back(self, request, event_type):
        self.env["autenti.callback"].create(
            {
                "event_id": f"e{len(request.callback_ids)}",
                "event_type": event_type,
                "process_id": request.process_id,
                "jwks_url": const.ENVIRONMENTS["test"].jwks_url,
            }
        )
        self.run_cron()

    def test_news_of_what_was_ended_here_only_are_told(self):
        request = self.send()
        self.archive(self.seller)
        self.refuse_everybody()
        request.with_user(self.manager).action_withdraw("x")
        self.call_back(request, const.EVENT_WITHDRAWAL)
        self.assertFalse(self.told(self.agreement))
        told = []
        tell = self.registry["autenti.request"]._notify_salesperson
        self.patch(
            self.registry["autenti.request"],
            "_notify_salesperson",
            lambda request, message: told.append(message) or tell(request, message),
        )
        for _callback in range(9):
            self.call_back(request, "EVENT:ANYTHING")
        self.assertEqual(len(told), 1)
        self.assertIn(
            "somebody may have signed", self.told(self.agreement)[self.manager]
        )

    def test_where_the_company_has_nobody_left_an_administrator_is_told(self):
        request = self.send()
        for user in self.env["res.users"].search(
            [("company_ids", "in", self.company.ids), ("id", "!=", self.env.uid)]
        ):
            self.archive(user)
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
        self.poll(request)
        (told,) = self.told(self.agreement)
        self.assertTrue(told.has_group("base.group_system"))
        self.assertNotIn(self.company, told.company_ids)

    def test_an_expiry_that_autenti_refuses_is_told_to_a_manager(self):
        request = self.send()
        self.archive(self.seller)
        self.refuse_everybody()
        self.let_expire(request)
        self.assertEqual(request.state, "sent")
        self.assertTrue(request.next_check_at, "it is tried again")
        told = self.told(self.agreement)
        self.assertIn("a manager can end it in Odoo", told[self.manager])

    # === By their own login ===

    def test_a_login_that_has_ended_keeps_no_manager_from_ending_it(self):
        self.connection.account_access = "login"
        self.connect(self.seller)
        request = self.send()
        self.env["autenti.account"]._find(self.connection, self.seller)._end()
        request.expires_at = fields.Datetime.now() + timedelta(days=1)
        self.poll(request)
        self.assertEqual(request.next_check_at, request.expires_at)
        self.archive(self.seller)
        action = request.with_user(self.manager).action_withdraw("x")
        self.assertIn("Odoo only", action["params"]["message"])
        self.assertEqual(request.state, "withdrawn")

    def test_another_login_ends_it_where_autenti_lets_it(self):
        self.connection.account_access = "login"
        self.connect(self.seller)
        request = self.send()
        self.env["autenti.account"]._find(self.connection, self.seller)._end()
        self.archive(self.seller)
        self.connect(self.manager)
        self.let_expire(request)
        self.assertEqual(request.state, "expired")
        self.assertEqual(self.autenti.calls_of("withdraw")[-1].user, self.manager.email)

    def connect(self, user):
        connection = self.connection.with_user(user)
        code = self.autenti.log_in(user.email)
        with self.enter_registry_test_mode():
            self.env["autenti.account"].with_user(user)._log_in(connection, code)
        self.env.invalidate_all()
