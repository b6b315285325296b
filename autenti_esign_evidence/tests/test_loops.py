# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from itertools import cycle

from odoo.tools import mute_logger

from odoo.addons.autenti_esign.tests.common import CLIENT_EMAIL, PDF, SELLER_EMAIL
from odoo.addons.autenti_esign.tests.test_loops import FAILURES, LoopsCommon


class TestCardLoops(LoopsCommon):
    """A signature card that fails for ever is asked for ever more seldom."""

    @mute_logger(
        "odoo.addons.autenti_esign.models.autenti_request_sync",
        "odoo.addons.autenti_esign_evidence.models.autenti_request",
    )
    def test_a_card_that_never_comes_is_no_loop(self):
        requests = [
            self.prepare_card(failures, f"card {name}")
            for name, failures in FAILURES.items()
        ]
        counts = self.play()
        for request in requests:
            with self.subTest(request=request.name):
                # A card isn't worth a word
                self.assertNoLoop(request, counts)

    def prepare_card(self, failures, name):
        agreement = self._create_agreement(self.seller, name=name, code=name)
        request = self.send(agreement)
        self.autenti.add_card(request.process_id, PDF)
        for email in (CLIENT_EMAIL, SELLER_EMAIL):
            self.autenti.sign(request.process_id, email)
        self.autenti.broken[request.process_id] = ("download", cycle(failures))
        return request
