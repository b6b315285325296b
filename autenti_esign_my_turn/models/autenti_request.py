# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    def action_sign_in_turn(self):
        """Open the window in which the user signs one after the other.

        :raise UserError: none of these waits for the user; of all, where none is chosen
        """
        return self._open_window("in_turn", self._get_my_turn())

    def action_sign_from_here(self):
        """Let the user sign this one now, and then whatever else waits for them.

        :raise UserError: it isn't the user's turn
        """
        self.ensure_one()
        first = self._get_my_turn()
        rest = self.browse()._find_my_turn() - first
        return self._open_window("in_turn", first + rest, is_begun=True)

    def action_get_my_links(self):
        """Open the window with the user's own signing links to these.

        The browser fetches each by `action_sign_now`; they are kept nowhere.

        :raise UserError: none of these waits for the user
        """
        return self._open_window("links", self._get_my_turn())

    def _get_my_turn(self):
        waiting = self._find_my_turn()
        if not waiting:
            raise UserError(self.env._("Nothing waits for your signature here."))
        return waiting

    def _find_my_turn(self):
        """Find what waits for the current user, the longest wait first.

        :return: those among these; where there are none, among all
        """
        is_theirs = [("user_id", "=", self.env.uid), ("status", "=", "turn")]
        domain = Domain("state", "=", "sent") & Domain("signer_ids", "any", is_theirs)
        if self:
            domain &= Domain("id", "in", self.ids)
        return self.search(domain, order="turn_date, id").filtered("is_my_turn")

    def _open_window(self, name, requests, **params):
        return {
            "type": "ir.actions.client",
            "tag": f"autenti_esign_my_turn.{name}",
            "params": {"request_ids": requests.ids, **params},
        }
