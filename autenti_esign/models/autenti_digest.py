# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The weekly summary of what waits for long, and for whom."""

from odoo import fields, models


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    waiting_days = fields.Integer(
        string="Weekly summary after (days)",
        default=7,
        help="Every week, salespeople and managers get a mail on what has waited for a "
        "signature longer than this; 0 for no mail.",
    )

    _waiting_days_positive = models.Constraint(
        "CHECK(waiting_days >= 0)", "Enter days, or 0 for never."
    )
