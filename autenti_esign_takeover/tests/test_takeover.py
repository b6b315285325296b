# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import requests
from lxml import etree
from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from odoo.addons.autenti_esign.client import auth, const
from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL, SELLER_EMAIL
from odoo.addons.autenti_esign.tests.fake_autenti import answer

from .common import TakeoverCommon


class TestTakeover(TakeoverCommon):
    """A manager gives open requests of one salesperson to another one."""

    def assertUntouched(self, request):
        """Check that a request is still wholly Anna's."""
        self.assertEqual(request.user_id, self.seller)
        self.assertEqual(request.sender_email, SELLER_EMAIL)
        self.assertEqual(request.sender_subject, f"user-{self.seller.id}")
        self.assertFalse(request.sent_by_id)

    # === What moves ===

    def test_all_open_requests_of_a_person_go_to_another(self):
        ended = self.send()
        ended.with_user(self.seller).action_withdraw("x")
        second, third = (self._create_agreement(self.seller) for _ in range(2))
        open_ones = self.send(second) | self.submit(third)
        takeover = self.take_over(person=self.seller)
        self.assertEqual(takeover.state, "running")
        self.assertEqual(open_ones.user_id, self.seller, "not before it was tried")
        self.run_takeovers()
        self.assertEqual(takeover.state, "done")
        self.assertEqual((takeover.done_count, takeover.failed_count), (2, 0))
        self.assertEqual(open_ones.user_id, self.colleague)
        self.assertEqual(ended.user_id, self.seller)

    def test_the_taker_sees_it_among_the_own_and_acts(self):
        request = self.send()
        as_taker = request.with_user(self.colleague)
        with self.assertRaises(AccessError):
            as_taker.read(["state"])
        self.take_over(request)
        self.run_takeovers()
        mine = as_taker.search([("user_id", "=", self.colleague.id)])
        self.assertEqual(mine, as_taker)
        self.assertEqual(self.agreement.autenti_user_id, self.colleague)
        as_taker.action_check()
        self.assertEqual(self.autenti.calls_of("read")[-1].user, self.colleague.email)
        as_taker.action_remind()
        as_taker.action_withdraw("x")
        self.assertEqual(
            self.autenti.calls_of("withdraw")[-1].user, self.colleague.email
        )

    def test_the_taker_is_told_from_then_on(self):
        request = self.send()
        self.take_over(request)
        self.run_takeovers()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
        self.poll(request)
        self.assertEqual(request.state, "declined")
        self.assertEqual(self.told(self.agreement).user_id, self.colleague)

    def test_what_was_told_already_moves_along(self):
        request = self.send()
        request._notify_salesperson("Coś nie tak")
        self.take_over(request)
        self.run_takeovers()
        told = self.told(self.agreement)
        self.assertEqual(told.user_id, self.colleague)
        self.assertIn("Coś nie tak", told.note)

    def test_the_taker_follows_what_the_former_followed(self):
        request = self.send()
        news = self.env.ref("autenti_esign.mail_message_subtype_signed")
        self.agreement.message_subscribe(self.seller.partner_id.ids, news.ids)
        self.take_over(request)
        self.run_takeovers()
        followers = self.agreement.message_follower_ids
        theirs = followers.filtered(lambda f: f.partner_id == self.colleague.partner_id)
        self.assertIn(news, theirs.subtype_ids)
        self.assertNotIn(self.seller.partner_id, followers.partner_id)

    def test_who_when_and_from_whom_is_written_down(self):
        request = self.send()
        self.take_over(request)
        heard = self.listen()
        self.run_takeovers()
        [text] = [text for _request, kind, text in heard if kind == "note"]
        self.assertEqual(
            text,
            "Maria Wilk has given the signature request from Anna Nowak to Piotr Zima.",
        )
        self.assertIn(text, self.agreement.message_ids[0].body)
        self.assertEqual(
            self.agreement.message_ids[0].author_id, self.manager.partner_id
        )
        self.assertEqual(request._get_sender(), self.seller)
        self.take_over(request, taker=self.manager)
        self.run_takeovers()
        self.assertEqual(request.user_id, self.manager)
        self.assertEqual(request._get_sender(), self.seller, "who sent it stays so")

    def test_the_taker_gets_one_message(self):
        self.send()
        self.send(self._create_agreement(self.seller))
        takeover = self.take_over(person=self.seller)
        before = self.env["mail.notification"].search([])
        self.run_takeovers()
        new = self.env["mail.notification"].search([]) - before
        self.assertEqual(new.res_partner_id, self.colleague.partner_id)
        self.assertEqual(len(new), 1)
        self.assertEqual(takeover.with_user(self.colleague).done_count, 2)

    def test_titles_are_for_those_who_may_read_the_request(self):
        request = self.send()
        line = self.take_over(request).line_ids
        for user, title in ((self.manager, request.name), (self.colleague, "…")):
            with self.subTest(user=user.name):
                self.assertEqual(line.with_user(user).name, title)
        self.run_takeovers()
        self.env.invalidate_all()
        self.assertEqual(line.with_user(self.colleague).name, request.name)

    def test_where_one_represents_the_company_the_account_stays(self):
        manager = self._create_user(
            "Olga Szef",
            "olga.szef@spolka.example.com",
            "autenti_esign.autenti_esign_group_manager",
            company=self.board_company,
        )
        request = self.send_by_board()
        account = request.sender_email, request.sender_subject
        self.take_over(request, taker=manager, user=manager)
        self.run_takeovers()
        self.assertEqual(request.user_id, manager)
        self.assertEqual((request.sender_email, request.sender_subject), account)
        self.assertFalse(request.former_signer_note)

    # === Who signs ===

    def test_who_was_to_sign_is_named_and_replaced_with_a_click(self):
        request = self.send()
        with Form(self.open_take_over(default_person_id=self.seller.id)) as dialog:
            self.assertIn("Anna Nowak is still to sign", dialog.note)
            dialog.taker_id = self.colleague
        self.take_over(request)
        self.run_takeovers()
        self.assertIn("Anna Nowak", request.former_signer_note)
        self.assertIn("Anna Nowak", self.told(self.agreement).note)
        as_taker = request.with_user(self.colleague)
        self.assertTrue(as_taker.may_correct)
        action = as_taker.action_correct()
        dialog = self.env["autenti.send"].with_user(self.colleague)
        dialog.browse(action["res_id"]).action_send()
        self.assertEqual(request.state, "withdrawn")
        again = self.request_of(self.agreement)
        self.assertEqual(again.user_id, self.colleague)
        self.assertIn(self.colleague, again.signer_ids.user_id)
        self.assertFalse(again.former_signer_note)

    def test_what_another_one_would_sign_does_not_go_out(self):
        request = self.submit()
        self.take_over(request)
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        self.assertEqual(self.autenti.processes, {})
        self.assertIn("Anna Nowak", request.last_error)
        self.assertEqual(self.told(self.agreement).user_id, self.colleague)

    def test_given_back_it_goes_out_as_ever(self):
        request = self.submit()
        for taker in (self.colleague, self.seller):
            self.take_over(request, taker=taker)
            self.run_takeovers()
        self.run_cron()
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.former_signer_note)

    def test_who_has_signed_already_is_not_in_the_way(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertFalse(request.former_signer_note)

    # === What Autenti says ===

    def refuse(self, email):
        """Have Autenti let somebody in no more."""
        take_assertion = type(self.autenti)._on_token

        def on_token(autenti, call):
            given = take_assertion(autenti, call)
            if autenti._token_users and autenti._token_users[-1] == email:
                autenti._token_users[-1] = None
                return answer(400, {"error": "invalid_grant"})
            return given

        self.patch(type(self.autenti), "_on_token", on_token)
        auth.token_cache.clear()

    def test_refused_by_autenti_nothing_moves_and_the_reason_is_shown(self):
        first, second = (self._create_agreement(self.seller) for _ in range(2))
        of_both = self.send(first) | self.send(second)
        activities = self.env["mail.activity"].search([])
        for outcome, words in (
            (403, "access to all documents"),
            (404, "may not see it"),
            (requests.Timeout("late"), "Try again in a minute"),
        ):
            with self.subTest(outcome=outcome):
                takeover = self.take_over(of_both)
                self.autenti.fail("read", outcome)
                self.autenti.fail("read", outcome, nth=2)
                self.run_takeovers()
                self.assertEqual(takeover.failed_count, 2)
                self.assertIn(words, takeover.line_ids[0].problem)
                for request in of_both:
                    self.assertUntouched(request)
                    self.assertFalse(request.last_error)
                self.assertEqual(self.env["mail.activity"].search([]), activities)

    def test_what_failed_in_part_says_so_and_is_found(self):
        first, second = (self._create_agreement(self.seller) for _ in range(2))
        smooth, rough = (
            self.take_over(self.send(agreement)) for agreement in (first, second)
        )
        self.assertEqual(rough.outcome, "Running")
        self.autenti.fail("read", 403, nth=2)
        self.run_takeovers()
        self.assertEqual(smooth.outcome, "Done")
        self.assertEqual(rough.outcome, "Done, 1 failed")
        view = rough.get_view(view_type="search")
        [failed] = etree.fromstring(view["arch"]).xpath("//filter[@name='failed']")
        found = rough.search(safe_eval(failed.get("domain")))
        self.assertEqual(found, rough)

    def test_an_account_that_is_refused_is_not_tried_for_each(self):
        of_both = self.send() | self.send(self._create_agreement(self.seller))
        self.refuse(self.colleague.email)
        takeover = self.take_over(of_both)
        count = self.autenti.count("token")
        self.run_takeovers()
        self.assertEqual(self.autenti.count("token"), count + 1)
        self.assertEqual(takeover.failed_count, 2)
        for request in of_both:
            self.assertUntouched(request)

    def test_tried_again_it_moves(self):
        request = self.send()
        takeover = self.take_over(request)
        self.autenti.fail("read", 403)
        self.run_takeovers()
        with self.assertRaises(AccessError):
            takeover.with_user(self.colleague).action_try_again()
        takeover.action_try_again()
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)
        self.assertFalse(takeover.failed_count)

    def test_in_odoo_only_it_moves_and_is_read_as_before(self):
        request = self.send()
        takeover = self.take_over(request)
        self.autenti.fail("read", 404)
        self.run_takeovers()
        self.assertIn("access to all documents", takeover.line_ids.problem)
        takeover.action_take_over_here()
        self.autenti.fail("read", 404)
        self.run_takeovers()
        self.assertEqual(takeover.done_count, 1)
        self.assertEqual(request.user_id, self.colleague)
        self.assertEqual(request.sender_email, SELLER_EMAIL)
        self.run_cron()
        self.assertEqual(self.autenti.calls_of("read")[-1].user, SELLER_EMAIL)
        self.refuse(SELLER_EMAIL)
        self.poll(request)
        self.assertEqual(self.autenti.calls_of("read")[-1].user, self.colleague.email)

    def test_in_odoo_only_a_timeout_still_stops_it(self):
        request = self.send()
        takeover = self.take_over(request)
        takeover.action_take_over_here()
        self.autenti.fail("read", requests.Timeout("late"))
        self.run_takeovers()
        self.assertEqual(takeover.failed_count, 1)
        self.assertUntouched(request)

    def test_what_only_the_sender_may_do_is_done_as_the_sender(self):
        request = self.send()
        self.take_over(request)
        self.run_takeovers()
        as_taker = request.with_user(self.colleague)
        for operation in ("remind", "withdraw"):
            self.autenti.fail(operation, 403)
            getattr(as_taker, f"action_{operation}")()
            users = [call.user for call in self.autenti.calls_of(operation)]
            self.assertEqual(users, [self.colleague.email, SELLER_EMAIL])
        self.assertEqual(request.state, "withdrawn")

    def test_where_the_sender_is_refused_as_well_it_says_what_the_taker_lacks(self):
        request = self.send()
        self.take_over(request)
        self.run_takeovers()
        self.autenti.fail("withdraw", 403)
        self.autenti.fail("withdraw", 404, nth=2)
        with self.assertRaisesRegex(UserError, "doesn't permit this"):
            request.with_user(self.colleague).action_withdraw("x")
        self.assertEqual(request.state, "sent")

    def test_what_nobody_knows_of_the_sender_is_found_out(self):
        request = self.send()
        self.take_over(request)
        self.run_takeovers()
        self.autenti.fail("withdraw", 403)
        self.autenti.fail("withdraw", requests.Timeout("late"), nth=2, after=True)
        request.with_user(self.colleague).action_withdraw("x")
        self.assertEqual(request.ending, "withdrawn")
        self.poll(request)
        self.assertEqual(request.state, "withdrawn")

    def test_a_login_that_is_missing_is_named(self):
        request = self.send()
        self.connection.account_access = "login"
        takeover = self.take_over(request)
        self.run_takeovers()
        self.assertIn("isn't connected to Odoo", takeover.line_ids.problem)
        self.assertUntouched(request)

    # === What else happens at the time ===

    def test_what_is_being_worked_on_waits_and_is_not_lost(self):
        request = self.send()
        takeover = self.take_over(request)
        is_free, model = [], self.registry["autenti.request"]
        lock = model._lock
        self.patch(
            model, "_lock", lambda request: lock(request) if is_free else request[:0]
        )
        self.run_takeovers()
        self.assertEqual(takeover.state, "running")
        self.assertUntouched(request)
        is_free.append(True)
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)

    def test_what_somebody_changes_at_once_is_tried_again(self):
        request = self.send()
        takeover = self.take_over(request)
        take_over, calls = self.registry["autenti.request"]._take_over, []

        def collide(request, taker, only_here):
            calls.append(request.id)
            if len(calls) == 1:
                raise SerializationFailure("changed meanwhile")
            return take_over(request, taker, only_here)

        self.patch(self.registry["autenti.request"], "_take_over", collide)
        self.env.flush_all()
        self.run_takeovers()
        self.assertEqual(takeover.state, "running")
        self.assertUntouched(request)
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)

    def test_a_bug_leaves_it_whole(self):
        request = self.send()
        takeover = self.take_over(request)
        self.env.flush_all()

        def stumble(request, former, taker):
            raise ZeroDivisionError

        self.patch(self.registry["autenti.request"], "_move_record", stumble)
        logger = "odoo.addons.autenti_esign_takeover.models.autenti_takeover_line"
        with mute_logger(logger):
            self.run_takeovers()
        self.assertIn("went wrong in Odoo itself", takeover.line_ids.problem)
        self.assertUntouched(request)

    def test_of_two_managers_the_second_hears_who_has_it(self):
        request = self.send()
        first = self.take_over(request)
        other = self._create_user(
            "Olga Szef",
            "olga@firma.example.com",
            "autenti_esign.autenti_esign_group_manager",
        )
        second = self.take_over(request, taker=other, user=other)
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)
        self.assertEqual(first.done_count, 1)
        self.assertIn("Piotr Zima has taken it over", second.line_ids.problem)

    def test_what_has_ended_meanwhile_stays(self):
        request = self.send()
        takeover = self.take_over(request)
        request.with_user(self.seller).action_withdraw("x")
        self.run_takeovers()
        self.assertIn("ended meanwhile", takeover.line_ids.problem)
        self.assertUntouched(request)

    def test_who_has_lost_the_right_meanwhile_gives_nothing_away(self):
        for number, spoil in enumerate(
            (
                lambda user: user.write({"group_ids": [Command.clear()]}),
                lambda user: user.action_archive(),
                lambda user: user.unlink(),
            )
        ):
            boss = self._create_user(
                "Szef",
                f"boss{number}@firma.example.com",
                "autenti_esign.autenti_esign_group_manager",
            )
            request = self.send(self._create_agreement(self.seller))
            takeover = self.take_over(request, user=boss).with_env(self.env)
            self.env.flush_all()
            spoil(boss)
            self.env.invalidate_all()
            self.run_takeovers()
            self.assertIn("may not give it away", takeover.line_ids.problem)
            self.assertUntouched(request)

    # === Who may, and to whom ===

    def test_a_salesperson_takes_nothing(self):
        request = self.send()
        for user in (self.colleague, self.seller):
            with (
                self.subTest(user=user.name),
                self.assertRaisesRegex(UserError, "no open signature requests"),
            ):
                self.take_over(person=self.seller, user=user)
        with self.assertRaises(AccessError):
            self.take_over(request, user=self.colleague)
        takeovers = self.env["autenti.takeover"].with_user(self.colleague)
        with self.assertRaises(AccessError):
            takeovers.create({"name": "x", "taker_id": self.colleague.id})
        arch = takeovers.get_views([(False, "list")])["views"]["list"]["arch"]
        self.assertNotIn("<button", arch)
        as_manager = takeovers.with_user(self.manager)
        arch = as_manager.get_views([(False, "list")])["views"]["list"]["arch"]
        self.assertIn("<button", arch)

    def test_the_job_believes_no_line_that_was_written_past_the_dialog(self):
        request = self.send()
        takeover = (
            self.env["autenti.takeover"]
            .with_user(self.colleague)
            ._begin(request, self.colleague)
        )
        self.run_takeovers()
        self.assertIn("may not give it away", takeover.line_ids.problem)
        self.assertUntouched(request)

    def test_of_a_company_that_one_may_not_see_nothing_moves(self):
        request = self.send_by_board()
        with self.assertRaisesRegex(UserError, "no open signature requests"):
            self.take_over(person=self.board_seller)
        with self.assertRaises(AccessError):
            self.take_over(request)
        self.assertEqual(request.user_id, self.board_seller)

    def test_the_dialog_tells_of_companies_that_are_not_chosen(self):
        self.send_by_board()
        dialog = self.env["autenti.take.over"].with_user(self.manager)
        with Form(dialog.with_context(default_person_id=self.board_seller.id)) as form:
            self.assertEqual(form.count, 0)
            self.assertIn("companies that you don't work in now stay: 1", form.note)
            form.taker_id = self.manager

    def test_the_dialog_tells_others_nothing(self):
        self.send()
        self.send_by_board()
        dialog = self.env["autenti.take.over"].with_user(self.colleague)
        for person in (self.seller, self.board_seller):
            form = Form(dialog.with_context(default_person_id=person.id))
            self.assertEqual(form.count, 0)
            self.assertFalse(form.note)

    def test_nobody_who_can_not_work_on_it_takes_it(self):
        request = self.send()
        archived = self._create_user("Ewa Dawna", "ewa.dawna@firma.example.com")
        archived.active = False
        takers = (
            archived,
            self._create_user("Bez Praw", "bez@firma.example.com", groups=None),
            self.board_seller,
        )
        for taker in takers:
            with (
                self.subTest(taker=taker.name),
                self.assertRaisesRegex(UserError, "can't take over requests of Firma"),
            ):
                self.take_over(request, taker=taker)
        client = new_test_user(self.env, "klient", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.take_over(request, taker=client)
        client.company_ids += self.company
        with self.assertRaises(UserError):
            self.take_over(request, taker=client)
        self.assertUntouched(request)

    def test_who_has_left_when_the_job_comes_takes_nothing(self):
        request = self.send()
        takeover = self.take_over(request)
        self.colleague.active = False
        self.run_takeovers()
        self.assertIn("can't take over", takeover.line_ids.problem)
        self.assertUntouched(request)

    def test_from_oneself_to_oneself_is_refused(self):
        self.send()
        with self.assertRaisesRegex(UserError, "Anna Nowak's already"):
            self.take_over(person=self.seller, taker=self.seller)

    def test_without_open_requests_it_says_so(self):
        with self.assertRaisesRegex(UserError, "no open signature requests"):
            self.take_over(person=self.colleague, taker=self.seller)

    def test_the_list_leaves_out_what_has_ended(self):
        ended, request = self.send(), self.send(self._create_agreement(self.seller))
        ended.with_user(self.seller).action_withdraw("x")
        chosen = (ended | request).with_user(self.manager)
        action = chosen.action_take_over()
        model = self.env["autenti.take.over"].with_user(self.manager)
        with Form(model.with_context(**action["context"])) as form:
            self.assertEqual(form.count, 1)
            self.assertEqual(form.titles, request.name)
            self.assertIn("Left out: 1", form.note)
            form.taker_id = self.colleague
        form.record.action_take_over()
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)
        self.assertEqual(ended.user_id, self.seller)

    def test_the_dialog_offers_who_can_take(self):
        self.send()
        with Form(self.open_take_over(default_person_id=self.seller.id)) as form:
            self.assertEqual(form.count, 1)
            candidates = self.env["res.users"].browse(form.candidate_ids.ids)
            self.assertIn(self.colleague, candidates)
            self.assertNotIn(self.seller, candidates)
            self.assertNotIn(self.board_seller, candidates)
            form.taker_id = self.colleague

    def test_managers_see_takeovers_of_their_companies(self):
        takeover = self.take_over(self.send()).with_env(self.env)
        other = self._create_user(
            "Olga Szef",
            "olga.szef@spolka.example.com",
            "autenti_esign.autenti_esign_group_manager",
            company=self.board_company,
        )
        peer = self._create_user(
            "Jan Szef",
            "jan.szef@firma.example.com",
            "autenti_esign.autenti_esign_group_manager",
        )
        model = self.env["autenti.takeover"]
        for user, may_see in (
            (peer, True),
            (self.colleague, True),
            (self.seller, False),
            (other, False),
        ):
            with self.subTest(user=user.name):
                self.assertEqual(bool(model.with_user(user).search([])), may_see)
                lines = takeover.line_ids.with_user(user).search([])
                self.assertEqual(bool(lines), may_see)
        with self.assertRaises(AccessError):
            takeover.with_user(peer).action_try_again()

    def test_an_administrator_may_as_well(self):
        request = self.send()
        self.take_over(request, user=self._create_administrator())
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)

    def test_what_was_withdrawn_at_autenti_meanwhile_is_seen_by_the_taker(self):
        request = self.send()
        self.take_over(request)
        self.autenti.processes[request.process_id]["status"] = const.PROCESS_WITHDRAWN
        self.run_takeovers()
        self.run_cron()
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(self.told(self.agreement).user_id, self.colleague)
