# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.fields import Command

from odoo.addons.autenti_esign.tests.common import USER

from .common import BatchCommon


class TestDeparture(BatchCommon):
    """The one who sends many has left: nothing goes, and a manager is told."""

    def move(self):
        self.seller.write(
            {
                "company_ids": [Command.set(self.board_company.ids)],
                "company_id": self.board_company.id,
            }
        )

    def take_group(self):
        self.seller.group_ids -= self.env.ref(USER)

    def told(self, batch):
        """Return who has an open activity on a batch, as user -> note."""
        self.env.invalidate_all()
        return {each.user_id: each.note for each in batch.sudo().activity_ids}

    def start(self, *agreements):
        batch = self.open_batch(self.env["agreement"].concat(*agreements))
        batch.action_start()
        return batch.sudo()

    def test_nothing_more_goes_in_the_name_of_who_has_left(self):
        batch = self.start(self.agreement)
        self.seller.action_archive()
        self.run_batches()
        self.assertEqual(batch.line_ids.state, "failed")
        self.assertIn("no login to Odoo any more", batch.line_ids.problem)
        self.assertFalse(self.autenti.operations)

    def test_a_manager_learns_what_was_not_sent_and_why(self):
        kept, other = self.create_agreements(2, name="Umowa dzierżawy")
        batch = self.start(kept, other, self.agreement)
        self.manager.lang = "pl_PL"
        self.send(self.agreement)
        self.seller.action_archive()
        self.run_batches()
        self.assertEqual(batch.state, "failed")
        told = self.told(batch)
        self.assertEqual(list(told), [self.manager])
        [note] = told.values()
        self.assertIn("nie zostały wysłane", note)
        self.assertEqual(note.count("no login to Odoo any more"), 1, "said once")
        for name in batch.line_ids.mapped("name"):
            self.assertIn(f"- {name}", note)
        mine = batch.with_user(self.manager)
        mine.activity_ids.action_feedback("Wyślę sama")
        self.assertFalse(self.told(batch))
        self.assertIn("Wyślę sama", mine.message_ids[:1].body)

    def test_nobody_is_told_when_all_had_gone_before(self):
        batch = self.start(self.agreement)
        self.run_batches()
        self.seller.action_archive()
        self.run_batches()
        self.assertEqual(batch.line_ids.state, "done")
        self.assertFalse(self.told(batch))

    def test_who_is_still_there_needs_nobody_else(self):
        batch = self.start(self.agreement)
        self.send(self.agreement)
        self.run_batches()
        self.assertEqual(batch.line_ids.state, "failed")
        self.assertFalse(self.told(batch))

    def test_it_is_the_same_when_they_work_elsewhere(self):
        for leave in (self.move, self.take_group):
            with self.subTest(leave=leave.__name__):
                seller = self._create_user("Adam Gość", f"{leave.__name__}@example.com")
                self.seller, stays = seller, self.seller
                batch = self.start(self._create_agreement(seller))
                leave()
                self.run_batches()
                self.seller = stays
                self.assertEqual(batch.line_ids.state, "failed")
                self.assertEqual(list(self.told(batch)), [self.manager])

    def test_titles_are_for_those_who_may_read_the_record(self):
        batch = self.start(self.agreement)
        self.env["ir.rule"].create(
            {
                "name": "Secret",
                "model_id": self.env["ir.model"]._get_id("autenti.batch.line"),
                "domain_force": "[('create_uid', '=', user.id)]",
            }
        )
        self.seller.action_archive()
        self.run_batches()
        self.assertEqual(list(self.told(batch)), [self.manager])
        note = batch.activity_ids.note
        self.assertIn("has no login to Odoo any more", note)
        self.assertNotIn(batch.line_ids.name, note)

    def test_where_the_company_has_nobody_left_an_administrator_is_told(self):
        batch = self.start(self.agreement)
        for user in self.env["res.users"].search(
            [("company_ids", "in", self.company.ids), ("id", "!=", self.env.uid)]
        ):
            user.action_archive()
        self.run_batches()
        (told,) = self.told(batch)
        self.assertTrue(told.has_group("base.group_system"))
