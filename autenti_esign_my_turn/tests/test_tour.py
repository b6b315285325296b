# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase

from odoo.addons.autenti_esign.tests.common import BOARD_EMAIL, CLIENT_EMAIL

from .common import MyTurnCommon

BOARD = "/odoo/action-autenti_esign_my_turn.autenti_request_action"


class TestTour(MyTurnCommon, HttpCase):
    """The representative signs in a browser."""

    def setUp(self):
        super().setUp()
        self.requests = self.send_many(3)
        self.have_signed(self.requests, CLIENT_EMAIL)

    def test_one_after_the_other(self):
        fetch_link = self.env.registry["autenti.request"]._ask_for_link

        def sign_at_once(request, signer):
            url = fetch_link(request, signer)
            self.autenti.sign(request.process_id, BOARD_EMAIL)
            return url

        self.patch(self.env.registry["autenti.request"], "_ask_for_link", sign_at_once)
        self.start_tour(BOARD, "autenti_my_turn_sign", login=BOARD_EMAIL)
        self.env.invalidate_all()
        mine = self.requests.signer_ids.filtered(
            lambda signer: signer.user_id == self.board_member
        )
        self.assertEqual(sorted(mine.mapped("status")), ["signed", "signed", "turn"])

    def test_links_of_several(self):
        self.start_tour(BOARD, "autenti_my_turn_links", login=BOARD_EMAIL)
        self.assertEqual(self.autenti.count("link"), 3)
