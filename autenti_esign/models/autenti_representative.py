# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who signs for a company besides its one representative, and until when."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..emails import clean_email
from . import autenti_guard  # noqa: F401 - has what is inherited


class AutentiRepresentative(models.Model):
    """A person who may sign for the company jointly with its representative."""

    _name = "autenti.representative"
    _description = "Autenti Representative"
    _inherit = ["autenti.guard"]
    _rec_names_search = ["first_name", "last_name", "basis"]
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    connection_id = fields.Many2one(
        "autenti.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    first_name = fields.Char(required=True)
    last_name = fields.Char(required=True)
    email = fields.Char(string="E-mail", required=True)
    phone = fields.Char(
        help="Gets the code by SMS for the advanced signature. Empty: the phone of the "
        "Odoo user."
    )
    basis = fields.Char(
        string="Basis of representation",
        required=True,
        help="A note that appears on the contract, such as: Member of the Management "
        "Board, joint representation.",
    )
    valid_from = fields.Date(help="Empty: has been valid all along.")
    valid_until = fields.Date(help="The last day. Empty: without an end.")
    user_id = fields.Many2one(
        "res.users",
        string="Odoo user",
        check_company=True,
        domain=[("share", "=", False)],
        help="Is told by an activity that it is their turn to sign.",
    )

    _dates_in_order = models.Constraint(
        "CHECK (valid_until >= valid_from)",
        "A representation ends after it has begun.",
    )

    @api.depends("first_name", "last_name", "basis")
    def _compute_display_name(self):
        for person in self:
            person.display_name = (
                f"{person.first_name} {person.last_name} ({person.basis})"
            )

    @api.constrains("email")
    def _check_email(self):
        for person in self:
            if not clean_email(person.email):
                raise ValidationError(
                    self.env._("Enter a valid e-mail of each representative.")
                )

    def _get_identity(self):
        """Tell who signs, as `autenti.connection._get_company_identity`.

        There is no `subject`: Odoo never acts as them.
        """
        self.ensure_one()
        return {
            "email": clean_email(self.email),
            "first_name": self.first_name,
            "last_name": self.last_name,
            "note": self.basis,
            "phone": self.phone or self.user_id.phone,
            "subject": False,
            "user": self.user_id,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }
