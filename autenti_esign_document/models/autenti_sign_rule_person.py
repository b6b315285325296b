# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.autenti_esign.client import const
from odoo.addons.autenti_esign.models.autenti_signer import ROLES


class AutentiSignRulePerson(models.Model):
    """Who acts besides the client: whom a field leads to, or one and the same."""

    _name = "autenti.sign.rule.person"
    _description = "Person in What Can Be Signed with Autenti"
    _inherit = ["autenti.guard"]
    _order = "sequence, id"

    rule_id = fields.Many2one(
        "autenti.sign.rule", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    source_model = fields.Selection(related="rule_id.source_model")
    role = fields.Selection(ROLES, required=True, default=const.ROLE_SIGNER)
    path = fields.Char(
        string="By field",
        help="The field of the record that leads to their contact or e-mail.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Always the same",
        index="btree_not_null",
        domain="[('is_company', '=', False)]",
    )

    who = fields.Char(compute="_compute_who")

    @api.depends("path", "partner_id", "source_model")
    @api.depends_context("lang")
    def _compute_who(self):
        for person in self:
            rule = person.rule_id
            # A path may lead nowhere any more
            is_known = person.path and not rule._find_person_problem(person)
            labels = rule._get_labels(person.path) if is_known else [person.path or ""]
            person.who = person.partner_id.display_name or " > ".join(labels)

    @api.constrains("path", "partner_id", "rule_id")
    def _check_leads_to_somebody(self):
        for person in self.filtered("rule_id.active"):
            if problem := person.rule_id._find_person_problem(person):
                raise ValidationError(problem)

    def _find_contacts(self, record):
        """Return whom it is for a record, as `_follow` of the rule does."""
        if self.path:
            return self.rule_id._follow(record, self.path)
        contact = self.partner_id.sudo(False)
        contact.check_access("read")
        return contact, []
