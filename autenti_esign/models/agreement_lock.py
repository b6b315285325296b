# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from .autenti_request import OPEN_STATES

PARTY_FIELDS = (
    *("name", "street", "street2", "zip", "city", "country_id.code"),
    *("vat", "autenti_krs", "autenti_regon"),
)
# Belong to how people work on a contract, not to what it says
WORK_FIELDS = ("activity_", "message_", "rating_", "website_message_")


class Agreement(models.Model):
    """What a contract said when it was sent, and what happens to it afterwards."""

    _inherit = "agreement"

    def _autenti_is_content(self, name):
        return not name.startswith((*WORK_FIELDS, "autenti_")) or name in (
            "autenti_text",
            "autenti_parent_id",
        )

    def _autenti_check_not_locked(self, names):
        locked = self.filtered(
            lambda agreement: (
                agreement.agreement_type_id.autenti_lock
                and agreement.autenti_state in OPEN_STATES
            )
        )
        if locked:
            raise UserError(
                self.env._(
                    "%(contract)s is out for signature, and contracts of its type are "
                    "locked meanwhile. Withdraw it first to change: %(fields)s.",
                    contract=locked[0].display_name,
                    fields=", ".join(self._autenti_get_labels(names)),
                )
            )

    def _autenti_get_shown_fields(self):
        others = ()
        if self.agreement_type_id.autenti_report_id:
            others = super()._autenti_get_shown_fields()
        return (
            *("name", "code", "agreement_type_id.name", "start_date", "end_date"),
            *("autenti_parent_id.code", "autenti_text", "partner_id.name"),
            *(f"commercial_partner_id.{name}" for name in PARTY_FIELDS),
            *(f"company_id.partner_id.{name}" for name in PARTY_FIELDS),
            *others,
        )

    def _autenti_submitted(self, request):
        self.autenti_text_frozen = True
        return super()._autenti_submitted(request)
