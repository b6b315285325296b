# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user
from odoo.tools import mute_logger

from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL

from .common import TakeoverCommon

A_DAY = timedelta(days=1)


class TestDeputy(TakeoverCommon):
    """Anna Nowak is away, and Piotr Zima stands in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = cls._create_user("Ewa Trzecia", "ewa.trzecia@firma.example.com")
        cls.today = cls.seller._autenti_get_own_today()

    def stand_in(self, begin=0, end=5, person=None, deputy=None, user=None):
        """Enter a deputy as the one who goes away does, from day to day from today."""
        person = person or self.seller
        return (
            self.env["autenti.deputy"]
            .with_user(user or person)
            .create(
                {
                    "user_id": person.id,
                    "deputy_id": (deputy or self.colleague).id,
                    "date_from": self.today + begin * A_DAY,
                    "date_to": self.today + end * A_DAY,
                }
            )
        )

    def run_job(self):
        self.run_cron("deputy", "autenti_esign_takeover")

    def decline(self, request):
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
        self.poll(request)
        self.assertEqual(request.state, "declined")

    def test_the_deputy_is_told_and_acts(self):
        request = self.send()
        self.stand_in()
        as_deputy = request.with_user(self.colleague)
        self.assertEqual(as_deputy.search([("id", "=", request.id)]), as_deputy)
        self.assertEqual(len(as_deputy.signer_ids), 2)
        self.assertTrue(as_deputy.may_act)
        as_deputy.action_check()
        as_deputy.action_remind()
        as_deputy.action_withdraw("x")
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(request.user_id, self.seller)

    def test_the_deputy_gets_what_happens_in_the_period(self):
        request = self.send()
        self.stand_in()
        self.decline(request)
        self.assertEqual(self.told(self.agreement).user_id, self.colleague)

    def test_who_is_away_still_acts(self):
        request = self.send()
        self.stand_in()
        request.with_user(self.seller).action_withdraw("x")
        self.assertEqual(request.state, "withdrawn")

    def test_a_deputy_sends_nothing_in_their_place(self):
        request = self.send()
        self.stand_in()
        as_deputy = request.with_user(self.colleague)
        self.assertFalse(as_deputy.may_correct)
        with self.assertRaisesRegex(UserError, "You stand in for Anna Nowak"):
            as_deputy.action_correct()

    def test_before_and_after_there_is_nothing(self):
        request = self.send()
        deputy = self.stand_in(begin=1, end=2)
        as_deputy = request.with_user(self.colleague)
        for day, may_see in ((0, False), (1, True), (2, True), (3, False)):
            noon = fields.Datetime.now().replace(hour=11) + day * A_DAY
            with self.subTest(day=day), freeze_time(noon):
                self.env.invalidate_all()
                seen = as_deputy.search([("id", "=", request.id)])
                self.assertEqual(bool(seen), may_see)
                if may_see:
                    as_deputy.read(["state"])
                else:
                    with self.assertRaises(AccessError):
                        as_deputy.read(["state"])
                    with self.assertRaises(AccessError):
                        as_deputy.action_withdraw("x")
        self.assertEqual(deputy.status, "planned")

    def test_days_are_those_of_who_is_away(self):
        self.seller.tz = "Pacific/Auckland"
        deputy = self.stand_in()
        deputy.sudo().write({"date_from": "2030-06-10", "date_to": "2030-06-11"})
        for moment, status in (
            ("2030-06-09 11:00", "planned"),
            ("2030-06-09 13:00", "running"),
            ("2030-06-11 11:00", "running"),
            ("2030-06-11 13:00", "over"),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.env.invalidate_all()
                self.assertEqual(deputy.status, status)
                principals = self.colleague._autenti_get_principals()
                self.assertEqual(bool(principals), status == "running")

    def test_open_activities_come_at_the_beginning_and_go_back_at_the_end(self):
        request = self.send()
        request._notify_salesperson("Uwaga")
        self.stand_in(begin=1, end=2)
        for day, user in (
            (0, self.seller),
            (1, self.colleague),
            (2, self.colleague),
            (3, self.seller),
        ):
            noon = fields.Datetime.now().replace(hour=11) + day * A_DAY
            with self.subTest(day=day), freeze_time(noon):
                self.run_job()
                self.assertEqual(self.told(self.agreement).user_id, user)

    def test_a_running_period_begins_at_once_and_ends_when_deleted(self):
        request = self.send()
        request._notify_salesperson("Uwaga")
        deputy = self.stand_in()
        self.assertEqual(self.told(self.agreement).user_id, self.colleague)
        deputy.deputy_id = self.third
        self.assertEqual(self.told(self.agreement).user_id, self.third)
        deputy.unlink()
        self.assertEqual(self.told(self.agreement).user_id, self.seller)

    def test_the_deputy_learns_that_only_who_is_away_can_sign(self):
        request = self.send()
        self.stand_in()
        self.sign(request, CLIENT_EMAIL)
        self.assertTrue(self.activities(self.agreement, "sign", self.seller))
        told = self.told(self.agreement)
        self.assertEqual(told.user_id, self.colleague)
        self.assertIn("turn of Anna Nowak", told.note)

    def test_news_reach_the_deputy_of_who_follows_them(self):
        request = self.send()
        news = self.env.ref("autenti_esign.mail_message_subtype_declined")
        self.agreement.message_subscribe(self.seller.partner_id.ids, news.ids)
        self.stand_in()
        before = self.env["mail.notification"].search([])
        self.decline(request)
        new = self.env["mail.notification"].search([]) - before
        self.assertIn(self.colleague.partner_id, new.res_partner_id)

    def test_the_deputy_is_told_of_the_period(self):
        before = self.env["mail.notification"].search([])
        self.stand_in(begin=1)
        new = self.env["mail.notification"].search([]) - before
        self.assertEqual(new.res_partner_id, self.colleague.partner_id)

    def test_a_deputy_who_leaves_gives_it_back(self):
        request = self.send()
        request._notify_salesperson("Uwaga")
        self.stand_in()
        self.colleague.action_archive()
        self.assertEqual(self.told(self.agreement).user_id, self.seller)
        self.assertEqual(request._get_in_charge(), self.seller)

    def test_a_deputy_who_is_deleted_gives_it_back(self):
        request = self.send()
        request._notify_salesperson("Uwaga")
        self.stand_in()
        self.colleague.unlink()
        self.assertEqual(self.told(self.agreement).user_id, self.seller)

    def test_of_who_was_archived_a_manager_is_in_charge_as_ever(self):
        request = self.send()
        self.stand_in()
        self.seller.action_archive()
        self.assertEqual(request._get_in_charge(), self.manager)

    def test_nobody_stands_in_where_they_may_not_work(self):
        request = self.send()
        self.stand_in()
        self.colleague.write(
            {
                "company_ids": [(6, 0, self.board_company.ids)],
                "company_id": self.board_company.id,
            }
        )
        self.assertEqual(request._get_in_charge(), self.seller)
        self.assertFalse(
            self.env["autenti.request"].with_user(self.colleague).search([])
        )

    # === What is refused ===

    def test_bad_periods_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "over already"):
            self.stand_in(begin=-5, end=-1)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.stand_in(begin=2, end=1)
        self.stand_in(begin=0, end=0)

    def test_bad_deputies_are_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.stand_in(deputy=self.seller)
        archived = self._create_user("Ewa Dawna", "ewa.dawna@firma.example.com")
        archived.active = False
        for deputy in (
            archived,
            self._create_user("Bez Praw", "bez@firma.example.com", groups=None),
            self.board_seller,
            new_test_user(self.env, "klient", groups="base.group_portal"),
        ):
            with (
                self.subTest(deputy=deputy.name),
                self.assertRaisesRegex(ValidationError, "can't stand in"),
            ):
                self.stand_in(deputy=deputy, user=self.env.user)

    def test_a_portal_user_has_no_deputy(self):
        client = new_test_user(self.env, "klient", groups="base.group_portal")
        with self.assertRaisesRegex(ValidationError, "no employee"):
            self.stand_in(person=client, user=self.env.user)

    def test_overlaps_and_chains_are_refused(self):
        self.stand_in(begin=5, end=10)
        for begin, end in ((0, 5), (10, 12), (6, 7), (0, 20)):
            with (
                self.subTest(begin=begin),
                self.assertRaisesRegex(ValidationError, "stands in for Anna Nowak"),
            ):
                self.stand_in(begin=begin, end=end, deputy=self.third)
        for person, deputy, words in (
            (self.colleague, self.seller, "away as well|needs another deputy"),
            (self.colleague, self.third, "needs another deputy"),
            (self.third, self.seller, "away as well"),
        ):
            with (
                self.subTest(person=person.name),
                self.assertRaisesRegex(ValidationError, words),
            ):
                self.stand_in(begin=10, end=12, person=person, deputy=deputy)
        self.stand_in(begin=11, end=12, person=self.colleague, deputy=self.third)
        self.stand_in(begin=11, end=12, deputy=self.third)

    def test_others_deputies_are_not_a_salespersons_business(self):
        with self.assertRaises(AccessError):
            self.stand_in(user=self.colleague)
        own = self.stand_in()
        as_deputy = own.with_user(self.colleague)
        self.assertEqual(as_deputy.deputy_id, self.colleague)
        with self.assertRaises(AccessError):
            as_deputy.date_to = date(2040, 1, 1)
        with self.assertRaises(AccessError):
            own.user_id = self.third
        with self.assertRaises(AccessError):
            as_deputy.unlink()
        with self.assertRaises(AccessError):
            own.with_user(self.third).read(["date_to"])

    def test_a_manager_enters_one_for_others_of_the_own_company(self):
        self.stand_in(user=self.manager)
        with self.assertRaises(AccessError):
            self.stand_in(
                person=self.board_seller, deputy=self.board_member, user=self.manager
            )

    def test_preferences_show_it_and_lead_there(self):
        self.assertFalse(self.seller.autenti_deputy_summary)
        self.stand_in()
        me = self.seller.with_user(self.seller)
        self.env.invalidate_all()
        form = Form(me, view="base.view_users_form_simple_modif")
        self.assertIn("Piotr Zima", form.autenti_deputy_summary)
        action = me.action_autenti_deputies()
        self.assertEqual(action["domain"], [("user_id", "=", self.seller.id)])
