# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import email_normalize

OWN_FIELDS = [
    "autenti_email",
    "autenti_first_name",
    "autenti_last_name",
    "autenti_position",
]


class ResUsers(models.Model):
    _inherit = "res.users"

    autenti_email = fields.Char(
        string="Autenti e-mail",
        compute="_compute_autenti_email",
        store=True,
        readonly=False,
        help="E-mail of the own Autenti account. Needed where each salesperson signs.",
    )
    autenti_first_name = fields.Char(
        string="First name in signatures",
        compute="_compute_autenti_names",
        store=True,
        readonly=False,
    )
    autenti_last_name = fields.Char(
        string="Last name in signatures",
        compute="_compute_autenti_names",
        store=True,
        readonly=False,
    )
    autenti_position = fields.Char(
        string="Position in the company",
        help="Appears on the contract, such as: Sales Director, attorney-in-fact.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + OWN_FIELDS

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + OWN_FIELDS

    @api.depends("email")
    def _compute_autenti_email(self):
        for user in self:
            user.autenti_email = user.autenti_email or user.email

    @api.depends("name")
    def _compute_autenti_names(self):
        for user in self:
            first, last = user.partner_id._autenti_split_name()
            user.autenti_first_name = user.autenti_first_name or first
            user.autenti_last_name = user.autenti_last_name or last

    def _autenti_get_identity(self):
        """Tell who signs when the user signs for the company.

        :return: as `autenti.connection._get_company_identity`
        """
        self.ensure_one()
        return {
            "email": email_normalize(self.autenti_email or self.email),
            "first_name": self.autenti_first_name,
            "last_name": self.autenti_last_name,
            "note": self.autenti_position,
            "subject": f"user-{self.id}",
            "user": self,
        }
