# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL

from .common import AutomationCommon

LOGGER = "odoo.addons.autenti_esign_automation.models.base_automation"
FAIL = "raise UserError('Zamówienie jest zablokowane')"


class TestReactions(AutomationCommon):
    """Rules react to ends; what goes wrong in one costs no signature."""

    def watch(self, state, *actions, model="agreement", **values):
        """Make a rule for one end of the signing."""
        field = "state" if model == "autenti.request" else "autenti_state"
        return self._create_rule(
            *(actions or [{"state": "code", "code": self.note("record")}]),
            model=model,
            watch=field,
            filter_domain=f"[('{field}', '=', '{state}')]",
            **values,
        )

    def note(self, record):
        return f"{record}.message_post(body='Regulamin: ' + {record}.display_name)"

    def noted(self, record):
        bodies = record.sudo().message_ids.mapped("body")
        return len([body for body in bodies if "Regulamin: " in body])

    def decline(self, request):
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Nie")
        self.poll(request)

    def expire(self, request):
        request.expires_at = fields.Datetime.now() - timedelta(hours=1)
        self.poll(request)

    def test_each_end_sets_off_its_rule_once(self):
        for state, end in (
            ("signed", self.sign_by_all),
            ("declined", self.decline),
            ("expired", self.expire),
        ):
            with self.subTest(state=state):
                rule = self.watch(state)
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                self.assertEqual(self.noted(agreement), 0)
                end(request)
                self.assertEqual(request.state, state)
                self.assertEqual(self.noted(agreement), 1)
                agreement.name = "Inna nazwa"
                self.run_cron()
                self.assertEqual(self.noted(agreement), 1)
                rule.action_archive()

    def test_the_state_of_a_request_is_a_trigger_of_odoos_own(self):
        signed = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "autenti.request"),
                ("field_id.name", "=", "state"),
                ("value", "=", "signed"),
            ]
        )
        self._create_rule(
            {"state": "code", "code": self.note("record._get_record()")},
            model="autenti.request",
            trigger="on_state_set",
            trg_selection_field_id=signed.id,
        )
        self._create_rule(
            {"state": "code", "code": self.note("record")},
            model="autenti.request",
            trigger="on_state_set",
            trg_selection_field_id=signed.id,
        )
        request = self.send()
        with mute_logger(LOGGER):
            # The first calls what a rule may not
            self.sign_by_all(request)
        self.assertEqual(self.noted(request), 1)

    def test_the_signed_file_is_there_already(self):
        self.watch(
            "signed",
            {
                "state": "code",
                "code": "record.message_post(body='Regulamin: %s' % "
                "record.autenti_signed_attachment_id.name)",
            },
        )
        request = self.send()
        self.sign_by_all(request)
        name = request.signed_attachment_id.name
        bodies = " ".join(self.agreement.message_ids.mapped("body"))
        self.assertIn(f"Regulamin: {name}", bodies)

    def assertUnharmed(self, request):
        self.assertEqual(request.state, "signed")
        self.assertTrue(request.signed_attachment_id.raw.startswith(b"%PDF-"))
        self.assertFalse(request.last_error)
        self.assertFalse(request.failures)

    def test_a_rule_that_fails_costs_no_signature(self):
        for code in (
            FAIL,
            "1 / 0",
            "env['agreement'].search([('no_field', '=', 1)])",
            "record.write({'partner_id': -1})\nenv.cr.flush()",
            "env.cr.execute('SELECT nonsense')",
            "record.write({'autenti_state': 'declined'})",
        ):
            with self.subTest(code=code):
                rule = self.watch("signed", {"state": "code", "code": code})
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                with mute_logger(
                    LOGGER, "odoo.sql_db", "odoo.addons.base.models.ir_actions"
                ):
                    self.sign_by_all(request)
                self.assertUnharmed(request)
                if "autenti_state" not in code:
                    notes = self.told(agreement)
                    self.assertEqual(list(notes), [self.seller], code)
                    self.assertIn("Regulamin", notes[self.seller])
                rule.action_archive()

    def test_what_a_failed_rule_did_is_undone_and_the_next_rule_goes_on(self):
        self.watch(
            "signed",
            {"state": "code", "code": "record.write({'name': 'połowa'})"},
            {"state": "code", "code": FAIL},
        )
        self.watch("signed", name="Drugi")
        request = self.send()
        with mute_logger(LOGGER):
            self.sign_by_all(request)
        self.assertUnharmed(request)
        self.assertNotEqual(self.agreement.name, "połowa")
        self.assertEqual(self.noted(self.agreement), 1)
        [note] = self.told(self.agreement).values()
        self.assertIn("Zamówienie jest zablokowane", note)

    def test_the_failure_is_told_in_the_language_of_who_reads_it(self):
        self.seller.lang = "pl_PL"
        self.watch("signed", {"state": "code", "code": FAIL})
        request = self.send()
        with mute_logger(LOGGER):
            self.sign_by_all(request)
        [note] = self.told(self.agreement).values()
        self.assertIn("Reguła automatyzacji „Regulamin”", note)

    def test_a_condition_that_cannot_be_read(self):
        rule = self.watch("signed")
        request = self.send()
        rule.flush_recordset()
        self.env.cr.execute(
            "UPDATE base_automation SET filter_domain = %s WHERE id = %s",
            ["[('no_field', '=', no_name)]", rule.id],
        )
        self.env.invalidate_all()
        with mute_logger(LOGGER):
            self.sign_by_all(request)
        self.assertUnharmed(request)

    def test_a_rule_on_a_request_that_fails(self):
        self.watch("signed", {"state": "code", "code": FAIL}, model="autenti.request")
        request = self.send()
        with mute_logger(LOGGER):
            self.sign_by_all(request)
        self.assertUnharmed(request)
        self.assertEqual(list(self.told(self.agreement)), [self.seller])

    def test_a_rule_on_activities_that_fails_does_not_go_on_for_ever(self):
        self._create_rule({"state": "code", "code": FAIL}, model="mail.activity")
        self.watch("signed", {"state": "code", "code": FAIL})
        request = self.send()
        with mute_logger(LOGGER):
            self.sign_by_all(request)
        self.assertUnharmed(request)

    def test_a_rule_on_any_change_of_a_request_keeps_nothing_from_being_sent(self):
        self._create_rule({"state": "code", "code": FAIL}, model="autenti.request")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.submit()
        self.env["base.automation"].search([]).action_archive()
        request = self.submit()
        self.env.flush_all()
        self._create_rule({"state": "code", "code": FAIL}, model="autenti.request")
        with mute_logger(LOGGER):
            self.run_cron()
            self.assertEqual(request.state, "sent")
            for signer in request.signer_ids:
                self.autenti.sign(request.process_id, signer.email)
            self.env.cr.execute(
                "UPDATE autenti_request SET next_check_at = now() AT TIME ZONE 'UTC' "
                "- interval '1 minute'"
            )
            self.env.invalidate_all()
            self.run_cron()
        self.assertUnharmed(request)

    def test_who_changes_a_record_gets_the_error_of_the_rule(self):
        self._create_rule(
            {"state": "code", "code": FAIL}, filter_domain="[('name', '=', 'Nie')]"
        )
        with self.assertRaises(UserError):
            self.agreement.with_user(self.seller).name = "Nie"

    def test_a_rule_that_changes_what_it_watches_ends(self):
        self._create_rule(
            {
                "state": "code",
                "code": "record.write({'name': record.name + 'x'})",
            }
        )
        request = self.send()
        self.sign_by_all(request)
        self.assertUnharmed(request)
