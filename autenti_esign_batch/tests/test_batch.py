# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import contextlib
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL, PDF, SELLER_EMAIL

from .common import BatchCommon


class TestBatch(BatchCommon):
    """Many contracts are looked through, then sent one by one, as by the user."""

    def test_a_manager_sees_nothing_of_another_company(self):
        """Who sends for two companies has a batch for each."""
        self.seller.company_ids += self.board_company
        chosen = (self.agreement + self.board_agreement).with_user(self.seller)
        action = chosen.with_context(
            allowed_company_ids=self.seller.company_ids.ids
        ).action_autenti_send_batch()
        batches = self.env["autenti.batch"].search(action["domain"])
        self.assertEqual(len(batches), 2)
        for batch in batches:
            lines = batch.line_ids + batch.blocked_line_ids
            records = {line._get_record().company_id for line in lines}
            self.assertEqual(records, {batch.company_id})
        lines = self.env["autenti.batch.line"].with_user(self.manager)
        seen = lines.search([("batch_id", "in", batches.ids)])
        self.assertEqual(seen.mapped("res_id"), self.agreement.ids)

    def test_what_can_be_sent_is_sent_and_the_rest_is_told(self):
        nobody = self.env["res.partner"].create({"name": "Bez Adresu"})
        good = self.create_agreements(2)
        blocked = self._create_agreement(self.seller, partner_id=nobody.id)
        out = self._create_agreement(self.seller)
        self.send(out)
        batch = self.open_batch(good + blocked + out)
        self.assertEqual((batch.ready_count, batch.blocked_count), (2, 2))
        problems = batch.blocked_line_ids.mapped("problem")
        self.assertIn("valid e-mail", problems[0])
        self.assertIn("already out", problems[1])
        self.assertEqual(self.request_of(good[0]), self.env["autenti.request"])
        batch.message = "Prosimy o podpis."
        self.send_batch(batch)
        self.assertEqual(batch.state, "done")
        self.assertEqual(batch.done_count, 2)
        self.run_cron()
        for agreement in good:
            request = self.request_of(agreement)
            self.assertEqual(request.state, "sent")
            self.assertEqual(request.user_id, self.seller)
            self.assertEqual(request.message, "Prosimy o podpis.")
        batch.invalidate_recordset()
        self.assertEqual(batch.out_count, 2)
        self.assertFalse(self.request_of(blocked))
        self.assertEqual(len(self.autenti.sent), 3)

    def test_what_looks_signed_on_paper_does_not_go_with_the_others(self):
        new, on_paper = self.create_agreements(2)
        on_paper.signature_date = date(2026, 1, 1)
        batch = self.open_batch(new + on_paper)
        self.assertEqual((batch.ready_count, batch.blocked_count), (1, 1))
        self.assertIn("signed on paper", batch.blocked_line_ids.problem)
        on_paper.signature_date = False
        batch.action_check()
        self.assertEqual(batch.ready_count, 2)

    def test_a_copy_of_what_is_signed_goes_with_the_others(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        copy = self.agreement.with_user(self.seller).copy()
        self.assertFalse(copy._autenti_find_problem("BASIC"))
        self.assertEqual(self.open_batch(copy).ready_count, 1)

    def test_the_dry_run_makes_no_document_and_asks_autenti_nothing(self):
        with patch.object(
            self.registry["agreement"],
            "_autenti_render_pdf",
            side_effect=AssertionError,
        ):
            batch = self.open_batch(self.create_agreements(3))
        self.assertEqual(batch.ready_count, 3)
        self.assertEqual(self.autenti.operations, [])

    def test_two_hundred_contracts(self):
        agreements = self.create_agreements(200)
        batch = self.open_batch(agreements)
        self.assertEqual(batch.ready_count, 200)
        batch.action_start()
        # A run ends when its time is up; the scheduler begins the next one at once
        for _run in range(50):
            self.run_batches()
            if batch.state == "done":
                break
        self.assertEqual((batch.state, batch.done_count), ("done", 200))
        requests = batch.line_ids.request_id.sudo()
        self.assertEqual(sorted(requests.mapped("res_id")), sorted(agreements.ids))

    def interrupt_at(self, number, batch):
        """Render PDFs; the user clicks on "Interrupt" while a certain one is made."""
        rendered = []

        def render(record):
            rendered.append(record.id)
            if len(rendered) == number:
                batch.action_pause()
                batch.env.flush_all()
            return PDF

        return patch.object(self.registry["agreement"], "_autenti_render_pdf", render)

    def test_it_is_interrupted_and_resumed_and_nothing_is_sent_twice(self):
        agreements = self.create_agreements(4)
        batch = self.open_batch(agreements)
        with self.interrupt_at(2, batch):
            self.send_batch(batch)
        self.assertEqual(batch.state, "paused")
        self.assertEqual((batch.done_count, batch.ready_count), (2, 2))
        self.run_batches()
        self.assertEqual(batch.done_count, 2)
        self.send_batch(batch)
        self.assertEqual((batch.state, batch.done_count), ("done", 4))
        for agreement in agreements:
            self.assertEqual(agreement.autenti_request_count, 1)

    def test_what_goes_wrong_with_one_stays_with_it(self):
        agreements = self.create_agreements(3)
        batch = self.open_batch(agreements)
        self.send(agreements[0])

        def render(record):
            if record == agreements[1]:
                raise MemoryError
            return PDF

        with (
            patch.object(self.registry["agreement"], "_autenti_render_pdf", render),
            self.assertLogs("odoo.addons.autenti_esign_batch", "ERROR"),
        ):
            self.send_batch(batch)
        self.assertEqual(batch.line_ids.mapped("state"), ["failed", "failed", "done"])
        problems = batch.line_ids.mapped("problem")
        self.assertIn("already out", problems[0])
        self.assertIn("in its log", problems[1])
        self.assertEqual(batch.state, "done")

    def test_a_sending_of_which_nothing_went_has_failed(self):
        agreements = self.create_agreements(2)
        batch = self.open_batch(agreements)
        for agreement in agreements:
            self.send(agreement)
        self.send_batch(batch)
        self.assertEqual((batch.state, batch.failed_count), ("failed", 2))
        self.assertFalse(batch.service_problem)

    def test_a_failed_sending_goes_on_after_a_new_check(self):
        batch = self.open_batch(self.create_agreements(1))
        with patch.object(
            self.registry["agreement"],
            "_autenti_render_pdf",
            side_effect=UserError("No ink"),
        ):
            self.send_batch(batch)
        self.assertEqual(batch.state, "failed")
        batch.action_check()
        self.send_batch(batch)
        self.assertEqual((batch.state, batch.done_count), ("done", 1))

    def test_what_was_mended_goes_after_a_new_check(self):
        partner = self.env["res.partner"].create({"name": "Ewa Nowa"})
        batch = self.open_batch(
            self._create_agreement(self.seller, partner_id=partner.id)
        )
        with self.assertRaisesRegex(UserError, "Nothing can be sent"):
            batch.action_start()
        partner.email = "ewa.nowa@klient.example.com"
        batch.action_check()
        self.send_batch(batch)
        self.assertEqual(batch.done_count, 1)

    # === Only what the user may send ===

    def test_what_the_user_may_not_send_is_blocked(self):
        self.env["ir.rule"].create(
            {
                "name": "Own contracts only",
                "model_id": self.env["ir.model"]._get_id("agreement"),
                "domain_force": "[('create_uid', '=', user.id)]",
                "perm_read": False,
            }
        )
        own = self._create_agreement(self.seller)
        foreign = self._create_agreement(self.colleague)
        batch = self.open_batch(own + foreign)
        self.assertEqual((batch.ready_count, batch.blocked_count), (1, 1))
        self.assertEqual(batch.blocked_line_ids.res_id, foreign.id)

    def test_a_right_that_was_lost_meanwhile_stops_the_document(self):
        batch = self.open_batch(self.create_agreements(1))
        self.seller.group_ids -= self.env.ref("autenti_esign.autenti_esign_group_user")
        batch.sudo().action_start()
        self.run_batches()
        self.assertEqual(batch.sudo().line_ids.state, "failed")
        self.assertFalse(self.autenti.operations)

    def test_nobody_sees_or_runs_the_batch_of_another(self):
        batch = self.open_batch(self.create_agreements(1))
        self.env.flush_all()
        for user, may_see in ((self.colleague, False), (self.manager, True)):
            other = batch.with_user(user)
            self.env.invalidate_all()
            with self.subTest(user=user.name):
                self.assertEqual(bool(other.search([("id", "=", batch.id)])), may_see)
                for name in ("action_start", "action_pause", "action_check"):
                    with self.assertRaises(AccessError):
                        getattr(other, name)()
                with self.assertRaises(AccessError):
                    other.write({"message": "x"})

    def test_nobody_writes_a_document_into_a_batch_or_takes_it_over(self):
        batch = self.open_batch(self.create_agreements(1))
        line = batch.line_ids
        with self.assertRaises(AccessError):
            line.write({"res_id": self.agreement.id})
        with self.assertRaises(AccessError):
            batch.write({"line_ids": [(1, line.id, {"res_id": self.agreement.id})]})
        with self.assertRaises(AccessError):
            line.create(
                {
                    "batch_id": batch.id,
                    "res_model": "agreement",
                    "res_id": self.agreement.id,
                    "name": "x",
                }
            )
        for name in ("create_uid", "user_id"):
            with contextlib.suppress(AccessError):
                batch.write({name: self.manager.id})
            self.env.flush_all()
            batch.invalidate_recordset()
            self.assertEqual(batch.user_id, self.seller)

    def test_an_open_form_hears_of_the_progress(self):
        batch = self.open_batch(self.create_agreements(2))
        told = []
        with patch.object(
            self.registry["bus.bus"],
            "_sendone",
            lambda bus, target, kind, message: told.append((kind, message)),
        ):
            self.send_batch(batch)
            progress = {"model": "autenti.batch", "id": batch.id}
            self.assertEqual(told.count(("autenti_esign/changed", progress)), 2)
            self.run_cron()
        self.assertGreater(told.count(("autenti_esign/changed", progress)), 2)

    def test_the_toast_is_in_the_language_of_its_reader(self):
        self.seller.lang = "pl_PL"
        batch = self.open_batch(self.agreement)
        toasts = []
        self.patch(
            self.registry["res.users"],
            "_bus_send",
            lambda user, kind, message, **options: toasts.append(message),
        )
        self.send_batch(batch)
        (toast,) = (each for each in toasts if "title" in each)
        self.assertNotIn("On their way", toast["message"])
        self.assertIn("Autenti", toast["message"])

    # === As all models of ours ===

    def test_it_is_guarded(self):
        guard = self.env.registry["autenti.guard"]
        for name in ("autenti.batch", "autenti.batch.line"):
            self.assertTrue(issubclass(self.env.registry[name], guard))

    def test_a_batch_stays_in_a_company_of_its_user(self):
        companies = self.seller.company_ids
        batches = self.env["autenti.batch"].with_user(self.seller)
        batch = batches.with_context(allowed_company_ids=companies.ids).create({})
        with self.assertRaises(AccessError):
            batch.company_id = self.board_company
