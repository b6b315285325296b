# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from . import autenti_guard  # noqa: F401 - has what is inherited


class AutentiRateLimit(models.Model):
    """When a connection may call next; see `rate_limiter.py`.

    Not in the connection's own row, which may be changed by who waits for an answer.
    """

    _name = "autenti.rate.limit"
    _description = "Autenti Rate Limit"
    _inherit = ["autenti.guard"]
    _rec_name = "connection_id"
    _log_access = False

    connection_id = fields.Many2one(
        "autenti.connection", required=True, readonly=True, ondelete="cascade"
    )
    # As `rate_limiter.MOMENTS`
    next_call_at = fields.Float(readonly=True)
    next_extra_at = fields.Float(readonly=True)
    next_turn_at = fields.Float(readonly=True)
    paused_until = fields.Float(readonly=True)

    _connection_uniq = models.UniqueIndex(
        "(connection_id)", "A connection has one limit."
    )
