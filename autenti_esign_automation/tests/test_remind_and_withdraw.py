# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import SUPERUSER_ID, fields

from odoo.addons.autenti_esign.frozen import as_keeper

from .common import AutomationCommon


class TestRemindAndWithdraw(AutomationCommon):
    """Rules remind and withdraw by Autenti's job, for those who may."""

    def make_rule(self, state, **action):
        return self._create_rule(
            {"state": state, **action},
            watch="name",
            filter_domain="[('name', 'ilike', 'wyślij')]",
        )

    def send_days_ago(self, agreement=None):
        request = self.send(agreement)
        self.put_back(request)
        return request

    def put_back(self, request):
        as_keeper(request).sent_date = fields.Datetime.now() - timedelta(days=3)
        self.env.flush_all()

    def reminders(self):
        return self.autenti.count("remind")

    def test_it_reminds(self):
        self.make_rule("autenti_remind")
        request = self.send_days_ago()
        self.set_off(self.agreement)
        self.assertEqual(self.reminders(), 0, "not within the click")
        self.run_cron()
        self.assertEqual(request.reminder_count, 1)

    def test_it_reminds_once_a_day_at_most(self):
        self.make_rule("autenti_remind")
        request = self.send()
        self.set_off(self.agreement)
        self.run_cron()
        self.assertEqual(request.reminder_count, 0, "it was sent today")
        self.put_back(request)
        for _time in range(3):
            self.set_off(self.agreement)
            self.run_cron()
        self.assertEqual(request.reminder_count, 1)

    def test_a_rule_about_each_change_of_a_request_ends(self):
        self._create_rule({"state": "autenti_remind"})
        request = self.send_days_ago()
        self.set_off(self.agreement)
        for _run in range(4):
            self.run_cron()
            self.poll(request)
        self.assertEqual(request.reminder_count, 1)

    def test_nobody_is_reminded_of_what_is_not_out(self):
        self.make_rule("autenti_remind")
        self.set_off(self.agreement)
        self.run_cron()
        self.assertFalse(self.told(self.agreement))
        self.assertEqual(self.autenti.operations, [])

    def test_it_withdraws(self):
        for reason, told in (
            ("Oferta wygasła", "Oferta wygasła"),
            (False, "Umorzenie"),
        ):
            with self.subTest(reason=reason):
                rule = self.make_rule(
                    "autenti_withdraw", autenti_reason=reason, name="Umorzenie"
                )
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.set_off(agreement)
                self.assertEqual(request.state, "sent", "not within the click")
                self.run_cron()
                self.assertEqual(request.state, "withdrawn")
                self.assertIn(told, request.reason)
                self.assertEqual(
                    self.autenti.processes[request.process_id]["status"], "WITHDRAWN"
                )
                rule.action_archive()

    def test_it_withdraws_what_was_not_sent_yet(self):
        self.make_rule("autenti_withdraw")
        request = self.submit()
        self.set_off(self.agreement)
        self.run_cron()
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(self.autenti.sent, [])

    def test_what_all_have_signed_is_not_withdrawn(self):
        self.make_rule("autenti_withdraw")
        request = self.send()
        for signer in request.signer_ids:
            self.autenti.sign(request.process_id, signer.email)
        self.set_off(self.agreement)
        self.run_cron()
        self.poll(request)
        self.assertEqual(request.state, "signed")

    def test_who_may_not_act_does_not_by_way_of_a_rule(self):
        for state, count in (
            ("autenti_remind", "remind"),
            ("autenti_withdraw", "withdraw"),
        ):
            with self.subTest(state=state):
                rule = self.make_rule(state)
                agreement = self._create_agreement(self.seller)
                request = self.send_days_ago(agreement)
                self.set_off(agreement, self.clerk)
                self.poll(request)
                self.assertEqual(self.autenti.count(count), 0)
                self.assertEqual(request.state, "sent")
                notes = self.told(agreement)
                self.assertEqual(list(notes), [self.seller])
                self.assertIn("Ola Kos, who has set it off", notes[self.seller])
                rule.action_archive()

    def test_odoo_itself_may(self):
        self.make_rule("autenti_withdraw")
        request = self.send()
        self.set_off(self.agreement, self.env["res.users"].browse(SUPERUSER_ID))
        self.run_cron()
        self.assertEqual(request.state, "withdrawn")

    def test_it_withdraws_in_reaction_to_the_signature_of_another_one(self):
        """Two offers: who signs one has the other withdrawn."""
        other = self._create_agreement(self.seller, name="Wariant B")
        other_request = self.send(other)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Wycofaj wariant",
                "state": "autenti_withdraw",
                "model_id": self.env["ir.model"]._get_id("agreement"),
            }
        )
        self._create_rule(
            {
                "state": "code",
                "code": f"env['ir.actions.server'].browse({action.id}).with_context("
                f"active_model='agreement', active_ids=[{other.id}], "
                f"active_id={other.id}).run()",
            },
            watch="autenti_state",
            filter_domain="[('autenti_state', '=', 'signed')]",
        )
        self.sign_by_all(self.send())
        self.run_cron()
        self.assertEqual(other_request.state, "withdrawn")
        self.assertEqual(
            self.autenti.count("withdraw"), 1, "the signed one stays as it is"
        )
