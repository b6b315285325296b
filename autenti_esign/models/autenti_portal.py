# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain


class AutentiRequest(models.Model):
    """What a client sees on the portal.

    Clients have no rights on requests: what they may see goes through these methods.
    """

    _inherit = "autenti.request"

    @api.model
    def _find_for_portal(self):
        """Find the requests that the current user's contact is a party of, in sudo.

        Those are the ones made out to the contact, or to one of the company that the
        contact stands for, and those that the contact signs as a client. Of a contract
        that was sent several times, the latest one counts. Employees, who can make a
        client's contact a part of their own, see none that they may not read anyway.

        :rtype: autenti.request, newest first
        """
        partner = self.env.user.partner_id
        theirs = (
            Domain("partner_id", "=", partner.id)
            | Domain("partner_id.commercial_partner_id", "=", partner.id)
            | Domain(
                "signer_ids",
                "any",
                [("partner_id", "=", partner.id), ("side", "=", "client")],
            )
        )
        latest = self.sudo()._read_group(
            Domain("sent_date", "!=", False) & theirs,
            ["res_model", "res_id"],
            ["id:max"],
        )
        found = self.sudo().browse(
            sorted((request_id for _model, _record, request_id in latest), reverse=True)
        )
        if self.env.user._is_internal():
            return found.sudo(False)._filtered_access("read").sudo()
        return found

    def _is_turn_of_portal_user(self):
        """Tell if the current user's contact is the one to sign now."""
        self.ensure_one()
        signer = self.next_signer_id
        return (
            self.turn == "client"
            and signer.status == "turn"
            and signer.partner_id == self.env.user.partner_id
        )


class AutentiSignMixin(models.AbstractModel):
    _name = "autenti.sign.mixin"
    _inherit = ["autenti.sign.mixin"]

    def _autenti_find_for_portal(self):
        """Find the record's request if the current user's contact is a party of it.

        :rtype: autenti.request, in sudo, maybe empty
        """
        self.ensure_one()
        return (
            self.env["autenti.request"]
            ._find_for_portal()
            .filtered_domain([("res_model", "=", self._name), ("res_id", "=", self.id)])
        )
