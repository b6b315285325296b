# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.autenti_esign.tests.common import AutentiCommon


class MyTurnCommon(AutentiCommon):
    """Ewa Lis signs all contracts of her company, when the clients have."""

    def send_many(self, count):
        """Send contracts of the representative's company; nobody has signed yet.

        :return: the requests, in sudo, as they were made
        """
        requests = self.env["autenti.request"].sudo()
        for _number in range(count):
            agreement = self._create_agreement(self.board_seller)
            requests |= self.submit(agreement, self.board_seller)
        self.run_cron()
        return requests

    def have_signed(self, requests, email):
        """Have somebody sign these at Autenti, and Odoo look there."""
        for request in requests:
            self.autenti.sign(request.process_id, email)
        requests._schedule_now()
        self.run_cron()
