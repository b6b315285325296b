# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class AutentiRequest(models.Model):
    """What graphs and pivots are made of."""

    _inherit = "autenti.request"

    # A kanban board shows all states, in the order of a request's life
    state = fields.Selection(group_expand=True)
    agreement_type_id = fields.Many2one(
        "agreement.type",
        string="Type",
        compute="_compute_agreement_type_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="Type of the contract at the time when it was sent.",
    )
    days_to_sign = fields.Float(
        string="Days to sign (median)",
        compute="_compute_days_to_sign",
        aggregator="median",
        help="From sending to the last signature. Groups show the median.",
    )
    decline_rate = fields.Float(
        compute="_compute_decline_rate",
        aggregator="avg",
        help="Share of the declined ones in those that were signed, declined or "
        "expired.",
    )

    @api.depends("res_model", "res_id")
    def _compute_agreement_type_id(self):
        for request in self:
            record = request._get_record()
            request.agreement_type_id = record and record._autenti_get_type()

    @api.depends("sent_date", "signed_date")
    def _compute_days_to_sign(self):
        for request in self:
            has_both = request.sent_date and request.signed_date
            time = has_both and request.signed_date - request.sent_date
            request.days_to_sign = time and time.total_seconds() / 86400

    @api.depends("state")
    def _compute_decline_rate(self):
        for request in self:
            request.decline_rate = request.state == "declined"

    def _read_group_select(self, aggregate_spec, query):
        """Override of `base`: count only those that an aggregate is about."""
        if aggregate_spec == "days_to_sign:median":
            return SQL(
                "PERCENTILE_CONT(0.5) WITHIN GROUP "
                "(ORDER BY EXTRACT(EPOCH FROM %s - %s) / 86400)",
                self._field_to_sql(self._table, "signed_date", query),
                self._field_to_sql(self._table, "sent_date", query),
            )
        if aggregate_spec == "decline_rate:avg":
            state = self._field_to_sql(self._table, "state", query)
            return SQL(
                "AVG(CASE WHEN %s = 'declined' THEN 1 ELSE 0 END) "
                "FILTER (WHERE %s IN ('signed', 'declined', 'expired'))::float8",
                state,
                state,
            )
        return super()._read_group_select(aggregate_spec, query)
