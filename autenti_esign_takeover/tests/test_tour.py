# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase

from .common import TakeoverCommon


class TestTour(TakeoverCommon, HttpCase):
    """A manager takes over all that somebody has left, in a browser."""

    def test_take_over_all(self):
        request = self.send()
        self.seller.action_archive()
        self.start_tour(
            "/odoo/action-autenti_esign_takeover.autenti_takeover_action",
            "autenti_take_over_all",
            login=self.manager.login,
        )
        takeover = self.env["autenti.takeover"].search([])
        self.assertEqual(takeover.line_ids.request_id, request)
        self.assertEqual(takeover.taker_id, self.colleague)
        self.run_takeovers()
        self.assertEqual(request.user_id, self.colleague)
