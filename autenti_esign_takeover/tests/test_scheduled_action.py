# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from .common import TakeoverCommon


class TestScheduledAction(TakeoverCommon):
    """Somebody has switched the job off."""

    def test_the_takeover_says_that_nothing_goes_on(self):
        self.send()
        self.env.ref("autenti_esign_takeover.ir_cron_autenti_takeover").active = False
        takeover = self.take_over(person=self.seller)
        self.assertTrue(takeover.service_problem)
