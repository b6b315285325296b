# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who signs for a company besides its one representative, and until when."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..client import const
from ..emails import clean_email


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
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, export_string_translation=False
    )
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


class AutentiConnection(models.Model):
    _name = "autenti.connection"
    _inherit = ["autenti.connection"]

    representative_valid_from = fields.Date(
        string="Valid from", copy=False, help="Empty: has been valid all along."
    )
    representative_valid_until = fields.Date(
        string="Valid until",
        copy=False,
        help="The last day of the representation. After it nothing is sent. Empty: "
        "without an end.",
    )
    is_representation_joint = fields.Boolean(
        string="Two sign jointly",
        copy=False,
        help="Each contract is signed by the representative and, after them, by "
        "another one from the list below. Who sends it chooses which.",
    )
    representative_ids = fields.One2many(
        "autenti.representative", "connection_id", string="Other representatives"
    )

    _representation_in_order = models.Constraint(
        "CHECK (representative_valid_until >= representative_valid_from)",
        "A representation ends after it has begun.",
    )

    @api.constrains("mode", "is_representation_joint", "representative_ids")
    def _check_representation_joint(self):
        for connection in self:
            if connection._is_joint() and not connection.representative_ids:
                raise ValidationError(
                    self.env._(
                        "Two sign jointly: enter at least one other representative."
                    )
                )

    @api.constrains("representative_email", "representative_ids")
    def _check_representatives_differ(self):
        for connection in self:
            people = connection.representative_ids
            emails = [*people.mapped("email"), connection.representative_email]
            emails = [clean_email(email) for email in emails if email]
            if len(set(emails)) < len(emails):
                raise ValidationError(
                    self.env._("Each representative needs an e-mail of their own.")
                )

    def _is_joint(self):
        return self.mode == "representative" and self.is_representation_joint

    def _get_company_identity(self, user):
        identity = super()._get_company_identity(user)
        if self.mode == "representative":
            identity["valid_from"] = self.representative_valid_from
            identity["valid_until"] = self.representative_valid_until
        return identity

    def _get_company_identities(self, user, second=None):
        """Tell who sign for the company, in order; Odoo acts as the first of them.

        :param user: res.users record, the sender
        :param second: autenti.representative record, maybe empty
        :return: list of what `_get_company_identity` returns
        """
        first = self._get_company_identity(user)
        return [first, second._get_identity()] if second else [first]

    def _get_second_representative(self):
        """Propose who signs jointly: the first one who may today.

        :return: an autenti.representative, empty where one signs alone
        """
        if not self._is_joint():
            return self.env["autenti.representative"]
        return self.representative_ids.filtered(
            lambda person: not self._find_validity_problem(person._get_identity())
        )[:1]

    def _find_validity_problem(self, identity):
        """Say why somebody doesn't represent the company today, else False."""
        today = self.env["res.users"]._autenti_get_today()
        name = f"{identity['first_name']} {identity['last_name']}"
        start, end = identity.get("valid_from"), identity.get("valid_until")
        if end and end < today:
            return self.env._(
                "%(name)s represented %(company)s until %(date)s. An administrator "
                "enters who represents it now in the connection to Autenti.",
                name=name,
                company=self.company_id.name,
                date=format_date(self.env, end),
            )
        if start and start > today:
            return self.env._(
                "%(name)s represents %(company)s from %(date)s on, not yet.",
                name=name,
                company=self.company_id.name,
                date=format_date(self.env, start),
            )
        return False

    def _read_phone(self, identity):
        """Return where codes by SMS reach a signer, such as "+48600700800", or ""."""
        partner = identity["user"].partner_id
        return partner._autenti_read_phone(identity["phone"], self.company_id)

    def _prepare_company_signers(self, identities, signature_type):
        """Prepare the company's signers, in order, as values of autenti.signer.

        :param list identities: of `_get_company_identities`
        :return: list of dicts, without `sequence`
        """
        gets_code = signature_type == const.SIGNATURE_ADVANCED
        return [
            {
                "side": "company",
                "role": const.ROLE_SIGNER,
                "user_id": identity["user"].id,
                "partner_id": identity["user"].partner_id.id,
                "first_name": identity["first_name"],
                "last_name": identity["last_name"],
                "email": identity["email"],
                "note": identity["note"],
                "signature_type": signature_type,
                "phone": gets_code and self._read_phone(identity),
            }
            for identity in identities
        ]
