# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL, PDF, USER

from .common import AutomationCommon


class TestSending(AutomationCommon):
    """A rule sends as the dialog would: in somebody's name, or not at all."""

    # === What is sent ===

    def test_the_rule_sends_what_the_dialog_proposes(self):
        self._create_sending_rule()
        self.set_off(self.agreement)
        self.assertFalse(self.request_of(self.agreement), "not within the click")
        self.run_sendings()
        self.run_cron()
        request = self.request_of(self.agreement)
        self.assertEqual(request.state, "sent")
        self.assertEqual(request.user_id, self.seller)
        self.assertEqual(
            request.signer_ids.mapped("email"), [CLIENT_EMAIL, self.seller.email]
        )
        sending = self.sendings(self.agreement)
        self.assertEqual((sending.state, sending.request_id), ("done", request))
        self.assertFalse(self.told(self.agreement))

    def test_it_goes_as_the_type_of_the_contract_says(self):
        self.agreement.agreement_type_id = self.env["agreement.type"].create(
            {
                "name": "Najem",
                "autenti_file_name": "umowa-najmu",
                "autenti_has_waiting_rules": True,
                "autenti_remind_days": 4,
            }
        )
        self._create_sending_rule()
        self.set_off(self.agreement)
        self.run_sendings()
        request = self.request_of(self.agreement)
        self.assertEqual(request.remind_days, 4)
        self.assertIn("umowa-najmu.pdf", request.source_attachment_id.name)

    def test_whoever_sets_it_off_or_the_responsible(self):
        self.give_to(self.colleague)
        for sender, user in (("responsible", self.colleague), ("user", self.manager)):
            rule = self._create_sending_rule(autenti_sender=sender)
            agreement = self._create_agreement(self.seller)
            self.set_off(agreement, self.manager)
            self.run_sendings()
            self.assertEqual(self.request_of(agreement).user_id, user)
            self.assertEqual(self.sendings(agreement).set_off_by_id, self.manager)
            rule.action_archive()

    def test_odoo_itself_sends_in_the_name_of_the_responsible(self):
        odoo = self.env["res.users"].browse(SUPERUSER_ID)
        for sender in ("responsible", "user"):
            rule = self._create_sending_rule(autenti_sender=sender)
            for user in (self.seller, self.colleague):
                agreement = self._create_agreement(self.seller)
                self.set_off(agreement, odoo)
                self.run_sendings()
                # Where nobody is responsible: who created it
                self.assertEqual(self.request_of(agreement).user_id, user)
                self.give_to(self.colleague)
            self.give_to(self.env["res.users"])
            rule.action_archive()

    def test_a_server_action_from_the_menu(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Wyślij",
                "state": "autenti_send",
                "model_id": self.env["ir.model"]._get_id("agreement"),
            }
        )
        action.with_user(self.seller).with_context(
            active_model="agreement",
            active_ids=self.agreement.ids,
            active_id=self.agreement.id,
        ).run()
        self.run_sendings()
        self.assertEqual(self.request_of(self.agreement).user_id, self.seller)

    def test_two_hundred_contracts_half_of_them_blocked(self):
        nobody = self.env["res.partner"].create({"name": "Bez Adresu"})
        good, blocked = (
            self.env["agreement"].concat(
                *(self._create_agreement(self.seller, **values) for _ in range(100))
            )
            for values in ({}, {"partner_id": nobody.id})
        )
        self._create_sending_rule()
        self.set_off(good + blocked)
        for _run in range(50):
            self.run_sendings()
            waiting = self.env["autenti.sending"].search([("state", "=", "waiting")])
            if not waiting:
                break
        sendings = self.env["autenti.sending"].search([])
        for agreements, state in ((good, "done"), (blocked, "failed")):
            found = sendings.filtered(lambda each, s=state: each.state == s)
            self.assertEqual(sorted(found.mapped("res_id")), sorted(agreements.ids))
        self.assertEqual(set(good.mapped("autenti_state")), {"to_send"})
        self.assertEqual(set(blocked.mapped("autenti_state")), {False})
        for agreement in blocked:
            [note] = self.told(agreement).values()
            self.assertIn("valid e-mail", note)

    # === What isn't ===

    def assertNotSent(self, agreement, told, why):
        self.run_sendings()
        self.assertFalse(self.request_of(agreement))
        self.assertEqual(self.sendings(agreement).state, "failed")
        self.assertIn(why, self.sendings(agreement).problem)
        notes = self.told(agreement)
        self.assertEqual(list(notes), [told])
        self.assertIn(why, notes[told])
        self.assertEqual(self.autenti.operations, [])

    def test_the_checklist_has_an_obstacle(self):
        self._create_sending_rule()
        self.contact.email = False
        self.set_off(self.agreement)
        self.assertNotSent(self.agreement, self.seller, "e-mail")

    def test_who_may_not_send_does_not_by_way_of_a_rule(self):
        self._create_sending_rule()
        self.set_off(self.agreement, self.clerk)
        self.assertNotSent(self.agreement, self.manager, "Ola Kos, who has set it off")

    def test_whose_record_it_is_may_not_send(self):
        self.give_to(self.clerk)
        self._create_sending_rule()
        self.set_off(self.agreement)
        self.assertNotSent(self.agreement, self.clerk, "Ola Kos may not send it")

    def test_the_sender_has_left_meanwhile(self):
        self._create_sending_rule()
        self.set_off(self.agreement)
        self.seller.action_archive()
        self.assertNotSent(self.agreement, self.manager, "Anna Nowak may not send it")

    def test_the_sender_has_lost_the_right_meanwhile(self):
        self._create_sending_rule()
        self.set_off(self.agreement)
        self.seller.group_ids -= self.env.ref(USER)
        self.assertNotSent(self.agreement, self.manager, "Anna Nowak may not send it")

    def test_nobody_is_responsible(self):
        odoo = self.env["res.users"].browse(SUPERUSER_ID)
        agreement = self._create_agreement(odoo, company_id=self.company.id)
        self._create_sending_rule()
        self.set_off(agreement, odoo)
        self.assertNotSent(agreement, self.manager, "Nobody is responsible")

    def test_another_companys_manager_is_not_told(self):
        odoo = self.env["res.users"].browse(SUPERUSER_ID)
        agreement = self._create_agreement(odoo, company_id=self.board_company.id)
        self._create_sending_rule()
        self.set_off(agreement, odoo)
        self.run_sendings()
        self.assertNotIn(self.manager, self.told(agreement))
        self.assertEqual(self.sendings(agreement).company_id, self.board_company)

    def test_in_a_copy_nothing_is_sent(self):
        self._create_sending_rule()
        self.send(self._create_agreement(self.seller))
        self.set_off(self.agreement)
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.env.invalidate_all()
        calls = len(self.autenti.calls)
        self.run_sendings()
        self.assertFalse(self.request_of(self.agreement))
        self.assertIn("may be a copy", self.sendings(self.agreement).problem)
        self.assertEqual(len(self.autenti.calls), calls)

    def test_a_bug_stays_with_its_document(self):
        other = self._create_agreement(self.seller)
        self._create_sending_rule()
        self.set_off(self.agreement + other)
        outcomes = [ZeroDivisionError, PDF, PDF, PDF]
        with (
            patch.object(
                self.registry["agreement"],
                "_autenti_render_pdf",
                side_effect=outcomes,
            ),
            mute_logger("odoo.addons.autenti_esign_automation.models.autenti_sending"),
        ):
            self.run_sendings()
        states = (self.sendings(self.agreement) + self.sendings(other)).mapped("state")
        self.assertEqual(sorted(states), ["done", "failed"])

    def test_a_contract_that_was_deleted_meanwhile(self):
        self._create_sending_rule()
        self.set_off(self.agreement)
        sending = self.sendings(self.agreement)
        self.agreement.sudo().unlink()
        self.run_sendings()
        self.assertEqual(sending.state, "failed")
        self.assertIn("deleted", sending.problem)
        with self.assertRaises(UserError):
            sending.action_open_record()

    # === Loops ===

    def test_what_is_out_or_signed_is_left_alone(self):
        self._create_sending_rule()
        request = self.send()
        self.set_off(self.agreement)
        self.assertFalse(self.sendings(self.agreement))
        self.sign_by_all(request)
        self.set_off(self.agreement)
        self.assertFalse(self.sendings(self.agreement))
        self.assertFalse(self.told(self.agreement))

    def test_it_is_handed_over_once(self):
        self._create_sending_rule()
        for _time in range(3):
            self.set_off(self.agreement)
            self.set_off(self.agreement, self.manager)
        self.assertEqual(len(self.sendings(self.agreement)), 1)

    def test_a_rule_about_any_change_ends(self):
        self._create_rule({"state": "autenti_send"})
        self.set_off(self.agreement)
        for _run in range(3):
            self.run_sendings()
            self.run_cron()
        self.assertEqual(len(self.sendings(self.agreement)), 1)
        self.sign_by_all(self.request_of(self.agreement))
        self.run_sendings()
        self.assertEqual(len(self.sendings(self.agreement)), 1)

    def test_what_was_declined_is_not_sent_again_and_again(self):
        self._create_rule(
            {"state": "autenti_send"},
            watch="autenti_state",
            filter_domain="[('autenti_state', '=', 'declined')]",
        )
        request = self.send()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Nie")
        self.poll(request)
        self.assertEqual(request.state, "declined")
        self.run_sendings()
        self.assertEqual(self.agreement.autenti_request_count, 1)
        [note] = self.told(self.agreement).values()
        self.assertIn("Send it yourself", note)

    def test_fetching_the_status_sends_nothing_again(self):
        self._create_rule(
            {"state": "autenti_send"},
            watch="autenti_state",
            filter_domain="[('autenti_state', '=', 'declined')]",
        )
        request = self.send()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Nie")
        request.with_user(self.seller).action_check()
        self.assertEqual(request.state, "declined")
        self.run_sendings()
        self.assertEqual(self.agreement.autenti_request_count, 1)
        self.assertEqual(self.sendings(self.agreement).state, "failed")

    def test_odoos_own_jobs_send_nothing_again(self):
        self._create_sending_rule()
        request = self.send()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Nie")
        self.poll(request)
        self.set_off(self.agreement, self.env.ref("base.user_root"))
        self.run_sendings()
        self.assertEqual(self.agreement.autenti_request_count, 1)
        [note] = self.told(self.agreement).values()
        self.assertIn("Send it yourself", note)

    def test_a_person_may_have_it_sent_again(self):
        self._create_sending_rule()
        request = self.send()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Nie")
        self.poll(request)
        self.set_off(self.agreement)
        self.run_sendings()
        self.assertEqual(self.agreement.autenti_request_count, 2)

    # === Setting it up ===

    def test_only_models_that_can_be_signed(self):
        model = self.env["ir.model"]._get_id
        action = self.env["ir.actions.server"].create(
            {"name": "x", "state": "autenti_send", "model_id": model("res.partner")}
        )
        self.assertIn("can't be signed with Autenti", action.warning)
        self.assertIn(model("agreement"), action.available_model_ids.ids)
        self.assertNotIn(model("res.partner"), action.available_model_ids.ids)
        action.model_id = model("agreement")
        self.assertFalse(action.warning)

    def test_who_may_not_set_up_rules_does_not(self):
        values = {
            "name": "x",
            "state": "autenti_send",
            "model_id": self.env["ir.model"]._get_id("agreement"),
        }
        for user in (self.clerk, self.seller, self.manager):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.env["ir.actions.server"].with_user(user).create(values)
