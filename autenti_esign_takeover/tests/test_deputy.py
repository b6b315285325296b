# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, time, timedelta

from psycopg2.errors import CheckViolation, ExclusionViolation

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

    def get_noon(self, day):
        return datetime.combine(self.today, time(11)) + day * A_DAY

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
            with self.subTest(day=day), freeze_time(self.get_noon(day)):
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
            with self.subTest(day=day), freeze_time(self.get_noon(day)):
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

    def test_a_deputy_who_is_back_gets_it_again(self):
        request = self.send()
        request._notify_salesperson("Uwaga")
        self.stand_in()
        self.colleague.action_archive()
        self.assertEqual(self.told(self.agreement).user_id, self.seller)
        self.colleague.action_unarchive()
        self.assertEqual(self.told(self.agreement).user_id, self.colleague)

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
        with self.assertRaisesRegex(ValidationError, "ends after it has begun"):
            self.stand_in(begin=2, end=1)
        deputy = self.stand_in(begin=0, end=0)
        with self.assertRaisesRegex(ValidationError, "ends after it has begun"):
            deputy.date_from = self.today + A_DAY

    def test_a_period_is_a_year_at_most(self):
        deputy = self.stand_in(begin=0, end=365)
        for last_day in (self.today + 366 * A_DAY, date.max):
            with (
                self.subTest(last_day=last_day),
                self.assertRaisesRegex(ValidationError, "a year at most"),
            ):
                deputy.date_to = last_day

    def test_the_end_of_time_breaks_nothing(self):
        values = {"user_id": self.seller.id, "deputy_id": self.colleague.id}
        deputies = self.env["autenti.deputy"].with_user(self.seller)
        deputy = deputies.create(
            {**values, "date_from": "9999-12-01", "date_to": "9999-12-31"}
        )
        self.assertEqual(deputy.status, "planned")
        self.run_job()
        self.assertFalse(self.colleague._autenti_get_principals())

    def test_what_is_no_date_is_told_of(self):
        values = {
            "user_id": self.seller.id,
            "deputy_id": self.colleague.id,
            "date_from": str(self.today),
            "date_to": str(self.today),
        }
        deputies = self.env["autenti.deputy"].with_user(self.seller)
        deputy = deputies.create(values)
        for bad in ("jutro", "2030-02-30", "31.12.2030", 20301231, True, {"a": 1}):
            with self.subTest(bad=bad):
                with self.assertRaisesRegex(ValidationError, "is no date"):
                    deputies.create({**values, "date_from": bad})
                with self.assertRaisesRegex(ValidationError, "is no date"):
                    deputy.write({"date_to": bad})

    def test_an_import_tells_what_is_wrong(self):
        deputies = self.env["autenti.deputy"].with_user(self.seller)
        columns = ["user_id/.id", "deputy_id/.id", "date_from", "date_to"]
        people = [str(self.seller.id), str(self.colleague.id)]
        today = str(self.today)
        for period, words in (
            (["jutro", today], "jutro"),
            ([today, "2000-01-01"], "ends after it has begun"),
            ([today, "9999-12-31"], "a year at most"),
            (["2000-01-01", "2000-01-02"], "over already"),
        ):
            with self.subTest(period=period), mute_logger("odoo.sql_db"):
                result = deputies.load(columns, [[*people, *period]])
                self.assertFalse(result["ids"])
                self.assertIn(words, result["messages"][0]["message"])

    def test_two_who_enter_at_once_are_told_apart_by_the_database(self):
        self.stand_in()
        deputies = self.env.registry["autenti.deputy"]
        # Neither sees what the other one hasn't committed yet
        self.patch(deputies, "_check_against", lambda *_others: None)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ExclusionViolation) as caught,
        ):
            self.stand_in(begin=5, end=6, deputy=self.third)
        self.assertEqual(
            caught.exception.diag.constraint_name, "autenti_deputy_overlap_exclusion"
        )

    # === Declining ===

    def get_notices(self):
        """Return all notifications that the database has of people."""
        return self.env["mail.notification"].search([])

    def test_a_deputy_declines_and_others_are_told(self):
        request = self.send()
        request._notify_salesperson("Uwaga")
        deputy = self.stand_in(user=self.manager)
        self.assertEqual(self.told(self.agreement).user_id, self.colleague)
        as_deputy = deputy.with_user(self.colleague)
        self.assertTrue(as_deputy.may_decline)
        before = self.get_notices()
        action = as_deputy.action_decline()
        # The breadcrumbs don't lead back to what isn't there any more
        self.assertEqual(action["params"]["next"]["target"], "main")
        self.assertFalse(deputy.exists())
        self.assertEqual(self.told(self.agreement).user_id, self.seller)
        told = (self.get_notices() - before).res_partner_id
        self.assertEqual(told, (self.seller | self.manager).partner_id)

    def test_the_message_leads_to_where_one_declines(self):
        before = self.get_notices()
        deputy = self.stand_in()
        message = (self.get_notices() - before).mail_message_id
        self.assertEqual((message.model, message.res_id), (deputy._name, deputy.id))
        self.assertIn("decline", message.body)
        action = deputy.with_user(self.colleague).get_formview_action()
        view = self.env.ref("autenti_esign_takeover.autenti_deputy_view_form")
        form = Form(deputy.with_user(self.colleague), view=view)
        self.assertEqual(action["res_id"], deputy.id)
        self.assertTrue(form.may_decline)

    def test_who_is_named_later_is_told_as_well(self):
        deputy = self.stand_in()
        before = self.get_notices()
        deputy.deputy_id = self.third
        told = (self.get_notices() - before).res_partner_id
        self.assertEqual(told, self.third.partner_id)

    def test_nobody_is_told_of_what_they_enter_themselves(self):
        before = self.get_notices()
        self.stand_in(user=self.manager, deputy=self.manager)
        self.assertEqual(self.get_notices(), before)

    def test_nobody_declines_for_the_deputy(self):
        deputy = self.stand_in()
        for user in (self.seller, self.manager, self.third):
            as_other = deputy.with_user(user)
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                as_other.action_decline()
        self.assertFalse(deputy.with_user(self.manager).may_decline)
        self.assertTrue(deputy.exists())

    def test_what_is_over_is_not_declined(self):
        deputy = self.stand_in(end=0)
        with freeze_time(fields.Datetime.now() + 3 * A_DAY):
            self.env.invalidate_all()
            with self.assertRaisesRegex(UserError, "over already"):
                deputy.with_user(self.colleague).action_decline()

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
