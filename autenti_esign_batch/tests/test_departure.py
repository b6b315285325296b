# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from .common import BatchCommon


class TestDeparture(BatchCommon):
    """The one who sends many has left: nothing goes."""

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
