# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common import TakeoverCommon


class TestLeaving(TakeoverCommon):
    """A user is archived or deleted while requests are open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()

    def as_administrator(self, users):
        return users.with_user(self.administrator).with_context(
            allowed_company_ids=self.administrator.company_ids.ids
        )

    def test_an_archived_user_is_followed_by_the_offer(self):
        request = self.send()
        action = self.as_administrator(self.seller).action_archive()
        self.assertFalse(self.seller.active)
        model = self.env[action["res_model"]].with_user(self.administrator)
        with Form(model.with_context(**action["context"])) as form:
            self.assertEqual(form.person_id, self.seller)
            self.assertEqual(form.count, 1)
            form.taker_id = self.colleague
        form.record.action_take_over()
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)
        self.assertEqual(self.told(self.agreement).user_id, self.colleague)

    def test_several_are_offered_together(self):
        leaving = self.send_of_two()
        action = self.as_administrator(leaving).action_archive()
        model = self.env[action["res_model"]].with_user(self.administrator)
        form = Form(model.with_context(**action["context"]))
        self.assertEqual(form.count, 2)

    def in_other_company(self, users):
        """Act as the administrator, who has chosen the board's company alone."""
        chosen = {"allowed_company_ids": self.board_company.ids}
        return users.with_user(self.administrator).with_context(**chosen)

    def keep_out_of_their_company(self):
        self.administrator.write(
            {
                "company_id": self.board_company.id,
                "company_ids": [Command.set(self.board_company.ids)],
            }
        )

    def send_of_two(self):
        """Send one request of Anna Nowak and one of Piotr Zima, in one company."""
        self.send()
        self.send(self._create_agreement(self.colleague), self.colleague)
        return self.seller | self.colleague

    def test_requests_of_a_company_that_is_not_chosen_are_told_of(self):
        self.send()
        user = self.in_other_company(self.seller)
        action = user.action_autenti_take_over()
        model = user.env[action["res_model"]].with_context(**action["context"])
        form = Form(model)
        self.assertEqual(form.count, 0)
        self.assertIn("companies that you don't work in now stay: 1", form.note)

    def test_where_all_are_elsewhere_no_empty_dialog_opens(self):
        for users in (self.send_of_two(), self.seller):
            with self.subTest(users=users.mapped("name")):
                users.active = True
                action = self.in_other_company(users).action_archive()
                self.assertFalse(any(users.mapped("active")))
                self.assertEqual(action["tag"], "display_notification")
                self.assertFalse(action["params"]["next"])
                message = action["params"]["message"]
                self.assertIn(f"{self.company.name} ({len(users)})", message)
                self.assertIn(users[0].name, message)

    def test_companies_that_one_may_not_see_are_not_named(self):
        people = self.send_of_two()
        self.keep_out_of_their_company()
        self.assertFalse(self.in_other_company(people).action_archive())
        self.assertFalse(any(people.mapped("active")))

    def test_what_can_be_taken_over_is_offered_after_what_is_elsewhere(self):
        people = self.send_of_two()
        self.send(self.board_agreement, self.board_seller)
        action = self.in_other_company(people | self.board_seller).action_archive()
        self.assertIn(f"{self.company.name} (2)", action["params"]["message"])
        dialog = action["params"]["next"]
        self.assertEqual(dialog["context"]["default_person_id"], self.board_seller.id)

    def test_without_open_requests_nothing_is_asked(self):
        self.assertFalse(self.as_administrator(self.seller).action_archive())
        self.assertFalse(self.seller.active)

    def test_whoever_archives_by_another_way_can(self):
        self.send()
        self.seller.active = False
        self.assertFalse(self.seller.active)
        self.assertFalse(self.seller.sudo().action_archive(), "was archived before")

    def test_a_user_with_open_requests_is_not_deleted(self):
        self.send()
        users = self.as_administrator(self.seller)
        with self.assertRaises(RedirectWarning) as caught:
            users.unlink()
        message, action, _button = caught.exception.args[:3]
        self.assertIn("Anna Nowak has open signature requests: 1", message)
        model = self.env[action["res_model"]].with_user(self.administrator)
        form = Form(model.with_context(**action["context"]))
        self.assertEqual(form.count, 1)

    def test_several_who_are_deleted_are_told_of_together(self):
        people = self.send_of_two()
        with self.assertRaises(RedirectWarning) as caught:
            self.as_administrator(people).unlink()
        message, action, _button = caught.exception.args[:3]
        self.assertIn("Anna Nowak has open signature requests: 1", message)
        self.assertIn("Piotr Zima has open signature requests: 1", message)
        model = self.env[action["res_model"]].with_user(self.administrator)
        form = Form(model.with_context(**action["context"]))
        self.assertEqual(form.count, 2)

    def test_deleting_opens_no_empty_dialog(self):
        people = self.send_of_two()
        with self.assertRaisesRegex(UserError, "Choose these companies") as caught:
            self.in_other_company(people).unlink()
        self.assertIn(f"{self.company.name} (2)", str(caught.exception))
        self.keep_out_of_their_company()
        with self.assertRaisesRegex(UserError, "Have somebody take") as caught:
            self.in_other_company(people).unlink()
        self.assertNotIn(self.company.name, str(caught.exception))

    def test_who_has_sent_something_stays_as_evidence(self):
        request = self.send()
        self.take_over(request)
        self.run_takeovers()
        for user in (self.seller, self.colleague):
            if user == self.colleague:
                request.with_user(user).action_withdraw("x")
            with self.assertRaisesRegex(UserError, "Archive the user instead"):
                self.as_administrator(user).unlink()

    def test_others_are_deleted_as_ever(self):
        user = new_test_user(self.env, "nowy", groups="base.group_user")
        self.as_administrator(user).unlink()
        self.assertFalse(user.exists())

    def test_the_form_of_the_user_counts_and_offers(self):
        self.send()
        user = self.as_administrator(self.seller)
        self.assertEqual(user.autenti_open_request_count, 1)
        action = user.action_autenti_take_over()
        self.assertEqual(action["context"], {"default_person_id": self.seller.id})
