# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL

from .common import SALESMAN, SaleCommon


class TestResponsible(SaleCommon):
    """An order is given to another salesperson while it is out for signature."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague.group_ids += cls.env.ref(SALESMAN)
        cls.leaver = cls._create_user("Adam Gość", "adam@firma.example.com")

    def told(self):
        self.env.invalidate_all()
        return self.order.activity_ids.filtered(
            lambda a: (
                a.activity_type_id
                == self.env.ref("autenti_esign.mail_activity_type_attention")
            )
        ).user_id

    def reject(self, request):
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
        self.poll(request)
        self.assertEqual(request.state, "declined")

    def test_the_present_salesperson_is_told(self):
        request = self.send_order()
        self.order.user_id = self.colleague
        self.reject(request)
        self.assertEqual(self.told(), self.colleague)

    def test_what_was_told_goes_to_the_new_salesperson(self):
        request = self.send_order()
        self.reject(request)
        self.assertEqual(self.told(), self.seller)
        self.order.user_id = self.colleague
        self.assertEqual(self.told(), self.colleague)

    def test_without_a_salesperson_who_sent_it_is_told(self):
        request = self.send_order()
        self.order.user_id = False
        self.seller.group_ids += self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        self.reject(request)
        self.assertEqual(self.told(), self.seller)

    def test_a_salesperson_who_can_not_act_is_passed_over(self):
        self.seller.group_ids += self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        for spoil in (
            lambda: self.order.write({"user_id": self.outsider().id}),
            lambda: self.leaver.write({"active": False}),
        ):
            order = self.order = self._create_order(self.seller)
            request = self.send_order()
            order.user_id = self.leaver
            spoil()
            self.reject(request)
            self.assertEqual(self.told(), self.seller)

    def outsider(self):
        return self._create_user("Ewa Obca", "ewa@firma.example.com", groups=SALESMAN)

    def test_when_both_have_left_a_manager_is_told(self):
        request = self.send_order()
        self.order.user_id = self.leaver
        self.leaver.action_archive()
        self.seller.action_archive()
        self.reject(request)
        self.assertEqual(self.told(), self.manager)

    def test_the_present_salesperson_sees_the_request_and_can_act(self):
        request = self.send_order().with_user(self.colleague)
        with self.assertRaises(AccessError):
            request.action_withdraw("x")
        self.order.user_id = self.colleague
        self.assertEqual(request.search([("id", "=", request.id)]), request)
        self.assertEqual(len(request.signer_ids), 2)
        request.action_check()
        request.action_remind()
        self.assertTrue(request.can_sign_in_person)
        self.assertTrue(request.may_correct)
        self.order.with_user(self.colleague).action_autenti_withdraw()
        request.action_withdraw("x")
        self.assertEqual(request.state, "withdrawn")
        with self.assertRaises(AccessError):
            self.send_order(self._create_order(self.seller)).with_user(
                self.colleague
            ).read(["state"])

    def test_the_present_salesperson_corrects_it_and_signs(self):
        request = self.send_order()
        self.order.user_id = self.colleague
        action = request.with_user(self.colleague).action_correct()
        dialog = self.env["autenti.send"].with_user(self.colleague)
        dialog.browse(action["res_id"]).action_send()
        self.assertEqual(request.state, "withdrawn")
        again = self.request_of(self.order)
        self.assertEqual(again.sender_email, self.colleague.email)

    def answer_for(self, user):
        """Have the colleague answer for what a user has sent, as a deputy does."""
        model = self.registry["autenti.request"]
        search = model._search_is_responsible

        def search_is_responsible(requests, operator, value):
            domain = search(requests, operator, value)
            is_deputy = requests.env.uid == self.colleague.id
            return domain | Domain("user_id", "=", user.id) if is_deputy else domain

        def compute(requests):
            for request in requests:
                people = request.sudo().user_id
                is_deputy = requests.env.uid == self.colleague.id
                request.is_responsible = is_deputy and people == user

        self.patch(model, "_search_is_responsible", search_is_responsible)
        self.patch(model, "_compute_is_responsible", compute)

    def test_who_answers_for_a_request_reads_its_order_and_no_other(self):
        self.send_order()
        other = self._create_order(self.seller)
        agreement = self.agreement
        while agreement.id != other.id:
            if other.id < agreement.id:
                other = self._create_order(self.seller)
            else:
                agreement = self._create_agreement(self.seller)
        self.assertEqual(agreement.id, other.id, "only the models differ")
        self.send(agreement)
        orders = self.env["sale.order"].with_user(self.colleague)
        self.assertNotIn(self.order, orders.search([]))
        self.answer_for(self.seller)
        self.env.invalidate_all()
        self.assertEqual(orders.search([]) & (self.order | other), self.order)
        order = self.order.with_user(self.colleague)
        self.assertTrue(order.order_line.mapped("name"))
        for records in (order, order.order_line):
            self.assertFalse(records.has_access("write"))
            self.assertFalse(records.has_access("unlink"))
        with self.assertRaises(AccessError):
            other.with_user(self.colleague).read(["name"])

    def test_who_has_given_it_away_can_still_act(self):
        request = self.send_order()
        self.order.user_id = self.colleague
        request.with_user(self.seller).action_withdraw("x")
        self.assertEqual(request.state, "withdrawn")
