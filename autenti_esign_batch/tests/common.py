# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.autenti_esign.tests.common import AutentiCommon


class BatchCommon(AutentiCommon):
    """Contracts that are chosen in their list, to be sent together."""

    def open_batch(self, agreements, user=None):
        """Choose "Send with Autenti" in the list.

        :return: the batch, as the user sees it
        """
        user = user or self.seller
        action = self.env.ref("autenti_esign_batch.agreement_action_send_batch")
        opened = (
            action.with_user(user)
            .with_context(
                active_model="agreement",
                active_ids=agreements.ids,
                active_id=agreements[:1].id,
            )
            .run()
        )
        return self.env["autenti.batch"].with_user(user).browse(opened["res_id"])

    def create_agreements(self, count, **values):
        return self.env["agreement"].concat(
            *(self._create_agreement(self.seller, **values) for _ in range(count))
        )

    def send_batch(self, batch):
        batch.action_start()
        self.run_batches()

    def run_batches(self):
        """Run the job that sends what batches have."""
        self.run_cron("batch", "autenti_esign_batch")
