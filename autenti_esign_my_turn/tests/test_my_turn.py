# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time
from odoo.tools.safe_eval import safe_eval

from odoo.addons.autenti_esign.tests.common import BOARD_EMAIL, CLIENT_EMAIL

from .common import MyTurnCommon

MANY = 100


class TestMyTurn(MyTurnCommon):
    """What waits for Ewa Lis is hers alone to sign, and to find."""

    def wait_for_me(self, count):
        requests = self.send_many(count)
        self.have_signed(requests, CLIENT_EMAIL)
        return requests

    def as_me(self, requests=()):
        model = self.env["autenti.request"].with_user(self.board_member)
        return model.browse([request.id for request in requests])

    def find_by_filter(self, name):
        """Find what a filter of the board shows the representative."""
        requests = self.as_me()
        view = self.env.ref("autenti_esign_my_turn.autenti_request_view_search")
        arch = etree.fromstring(requests.get_view(view.id, "search")["arch"])
        [found] = arch.xpath(f"//filter[@name='{name}']")
        domain = safe_eval(found.get("domain"), {"uid": self.board_member.id})
        return requests.search(domain)

    # === One after the other ===

    def test_all_that_waits_is_offered_the_longest_wait_first(self):
        later = self.wait_for_me(2)
        waiting = later[::-1]
        for days, request in enumerate(waiting):
            request.turn_date = f"2026-01-{10 + days}"
        action = self.as_me().action_sign_in_turn()
        self.assertEqual(action["params"]["request_ids"], waiting.ids)

    def test_of_those_chosen_only_what_waits_is_offered(self):
        requests = self.send_many(3)
        self.have_signed(requests[:2], CLIENT_EMAIL)
        for action in ("action_sign_in_turn", "action_get_my_links"):
            with self.subTest(action=action):
                window = getattr(self.as_me(requests[1:]), action)()
                self.assertEqual(window["params"]["request_ids"], requests[1].ids)
                with self.assertRaisesRegex(UserError, "Nothing waits"):
                    getattr(self.as_me(requests[2]), action)()

    def test_from_the_list_one_begins_anywhere(self):
        requests = self.wait_for_me(3)
        action = self.as_me(requests[1]).action_sign_from_here()
        ids = action["params"]["request_ids"]
        self.assertEqual(ids[0], requests[1].id)
        self.assertCountEqual(ids, requests.ids)
        self.assertTrue(action["params"]["is_begun"])

    def test_a_hundred_are_signed_one_after_the_other(self):
        requests = self.send_many(MANY)
        clients, mine = (
            requests.signer_ids.filtered(lambda signer, side=side: signer.side == side)
            for side in ("client", "company")
        )
        # As `have_signed`, without asking Autenti two hundred times
        clients._set_status("signed")
        mine._set_status("turn")
        window = self.as_me().action_sign_in_turn()
        ids = window["params"]["request_ids"]
        self.assertCountEqual(ids, requests.ids)
        self.assertEqual(self.autenti.count("link"), 0, "none before the click")
        links = {self.as_me().browse(id_).action_sign_now()["url"] for id_ in ids}
        self.assertEqual(len(links), MANY)
        self.assertEqual(self.autenti.count("link"), MANY)
        mine._set_status("signed")
        with self.assertRaisesRegex(UserError, "Nothing waits"):
            self.as_me().action_sign_in_turn()
        self.assertEqual(self.find_by_filter("signed_this_week"), self.as_me(requests))

    # === What was signed ===

    def test_what_i_have_signed_this_week_is_found(self):
        requests = self.wait_for_me(2)
        self.assertEqual(self.find_by_filter("my_turn"), self.as_me(requests))
        self.assertFalse(self.find_by_filter("signed_this_week"))
        self.sign(requests[0], BOARD_EMAIL)
        for name in ("signed_this_week", "signed_by_me"):
            self.assertEqual(self.find_by_filter(name), self.as_me(requests[0]))
        self.assertEqual(self.find_by_filter("my_turn"), self.as_me(requests[1]))
        with freeze_time("2040-01-01"):
            self.assertFalse(self.find_by_filter("signed_this_week"))
            self.assertTrue(self.find_by_filter("signed_by_me"))

    # === Whose links ===

    def test_nobody_gets_the_links_of_others(self):
        requests = self.wait_for_me(2)
        for user in (self.board_seller, self.manager, self.seller):
            model = self.env["autenti.request"].with_user(user)
            theirs = model.browse(requests.ids)
            with self.subTest(user=user.name):
                for chosen in (model, theirs):
                    with self.assertRaisesRegex(UserError, "Nothing waits"):
                        chosen.action_get_my_links()
                    with self.assertRaisesRegex(UserError, "Nothing waits"):
                        chosen.action_sign_in_turn()
                with self.assertRaisesRegex(UserError, "Nothing waits"):
                    theirs[0].action_sign_from_here()
                with self.assertRaises(UserError):
                    theirs[0].action_sign_now()
        self.assertEqual(self.autenti.count("link"), 0)

    def test_who_may_not_use_autenti_gets_nothing(self):
        stranger = self._create_user("Bez Praw", "bez@firma.example.com", groups=None)
        requests = self.env["autenti.request"].with_user(stranger)
        with self.assertRaises(AccessError):
            requests.action_sign_in_turn()
        with self.assertRaises(AccessError):
            requests.action_get_my_links()

    def test_a_window_carries_no_link(self):
        requests = self.wait_for_me(1)
        window = self.as_me(requests).action_get_my_links()
        self.assertEqual(window["params"], {"request_ids": requests.ids})

    def test_what_is_over_meanwhile_gives_no_link(self):
        [request] = self.wait_for_me(1)
        request.with_user(self.board_seller).action_withdraw("x")
        with self.assertRaisesRegex(UserError, "isn't your turn"):
            self.as_me(request).action_sign_now()
