# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a request ends before all have signed: by a person, or by its date.

Which field of Autenti's API holds a date for that isn't published, so that Odoo
withdraws what has expired.
"""

from odoo import models
from odoo.exceptions import UserError

from ..client import const
from .autenti_request import OPEN_STATES

# No reason to look at what has ended
ENDING_NEWS = {const.EVENT_SENT, const.EVENT_REMINDER_SENT, const.EVENT_WITHDRAWAL}


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def action_autenti_withdraw(self):
        """Ask why, then withdraw the document that is out for signature.

        :raise UserError: there is none
        """
        self.ensure_one()
        self.check_access("read")
        request = self.sudo().autenti_request_id.with_env(self.env)
        if request.sudo().state not in OPEN_STATES:
            raise UserError(self.env._("It isn't out for signature."))
        request._check_may_act()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_withdraw_action"
        )
        return {**action, "context": {"default_request_id": request.id}}
