# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a company, or a type of contract, sets up for the time of waiting."""

from typing import NamedTuple

from odoo import fields, models


class WaitingRules(NamedTuple):
    """Days, each 0 for never."""

    remind_days: int
    expiry_days: int


class AgreementType(models.Model):
    _inherit = "agreement.type"

    autenti_has_waiting_rules = fields.Boolean(
        string="Own reminders and expiry",
        help="Contracts of this type have their own days, not those of the company.",
    )
    autenti_remind_days = fields.Integer(
        string="Remind every (days)",
        help="Days between two reminders that Autenti sends to those whose turn it is; "
        "0 for none.",
    )
    autenti_expiry_days = fields.Integer(
        string="Expires after (days)",
        help="Days that the signers have. What isn't signed by then is withdrawn at "
        "Autenti; 0 for no end.",
    )

    _autenti_days_positive = models.Constraint(
        "CHECK(autenti_remind_days >= 0 AND autenti_expiry_days >= 0)",
        "Enter days, or 0 for never.",
    )


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def _autenti_get_waiting_rules(self, connection):
        """Return the `WaitingRules` for the record.

        :param connection: the autenti.connection through which it is sent
        """
        self.ensure_one()
        return WaitingRules(connection.remind_days, connection.expiry_days)


class Agreement(models.Model):
    _inherit = "agreement"

    def _autenti_get_waiting_rules(self, connection):
        kind = self.agreement_type_id
        if kind.autenti_has_waiting_rules:
            return WaitingRules(kind.autenti_remind_days, kind.autenti_expiry_days)
        return super()._autenti_get_waiting_rules(connection)
