# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import fields, models
from odoo.exceptions import AccessError

from .. import monitoring_token

_logger = logging.getLogger(__name__)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    autenti_is_monitored = fields.Boolean(
        compute="_compute_autenti_is_monitored", export_string_translation=False
    )

    def _compute_autenti_is_monitored(self):
        self.autenti_is_monitored = monitoring_token.is_set(self.env)

    def action_autenti_make_monitoring_token(self):
        """Make a token, which ends the one before, and show it this one time."""
        self._autenti_check_administrator()
        token = monitoring_token.make(self.env)
        _logger.info("User %s made a token for monitoring", self.env.uid)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Token for Monitoring"),
            "res_model": "autenti.monitoring.token",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_token": token},
        }

    def action_autenti_remove_monitoring_token(self):
        """Let nobody ask any more."""
        self._autenti_check_administrator()
        monitoring_token.remove(self.env)
        _logger.info("User %s removed the token for monitoring", self.env.uid)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _autenti_check_administrator(self):
        if not self.env.is_system():
            raise AccessError(self.env._("Only an administrator may do this."))
