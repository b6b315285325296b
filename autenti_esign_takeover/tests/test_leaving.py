# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import RedirectWarning, UserError
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
        self.send()
        self.send(self._create_agreement(self.colleague), self.colleague)
        leaving = self.seller | self.colleague
        action = self.as_administrator(leaving).action_archive()
        model = self.env[action["res_model"]].with_user(self.administrator)
        form = Form(model.with_context(**action["context"]))
        self.assertEqual(form.count, 2)

    def test_requests_of_a_company_that_is_not_chosen_are_told_of(self):
        self.send()
        chosen = {"allowed_company_ids": self.board_company.ids}
        user = self.seller.with_user(self.administrator).with_context(**chosen)
        action = user.action_archive()
        model = user.env[action["res_model"]].with_context(**action["context"])
        form = Form(model)
        self.assertEqual(form.count, 0)
        self.assertIn("companies that you don't work in now stay: 1", form.note)

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
