# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from stdnum.pl import regon

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    """The numbers by which a Polish contract names a party besides the tax id."""

    _inherit = "res.partner"

    autenti_krs = fields.Char(
        string="KRS",
        help="Number in the National Court Register of Poland, ten digits. Contracts "
        "show it.",
    )
    autenti_regon = fields.Char(
        string="REGON",
        help="Number in the register of Polish businesses, 9 or 14 digits. Contracts "
        "show it.",
    )

    @api.constrains("autenti_krs", "autenti_regon")
    def _check_autenti_register_numbers(self):
        for partner in self:
            if partner.autenti_krs and not re.fullmatch(
                r"\d{10}", partner.autenti_krs.strip()
            ):
                raise ValidationError(
                    self.env._("%s: a KRS number has ten digits.", partner.display_name)
                )
            if partner.autenti_regon and not regon.is_valid(partner.autenti_regon):
                raise ValidationError(
                    self.env._(
                        "%s: this isn't a REGON number. Check its digits.",
                        partner.display_name,
                    )
                )

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "autenti_krs", "autenti_regon"]

    def _autenti_get_register_numbers(self):
        """Name the partner's numbers in public registers, each with its label."""
        numbers = (
            ("KRS %s", self.autenti_krs),
            (self.env._("Tax ID: %s"), self.vat),
            ("REGON %s", self.autenti_regon),
        )
        # A number stays on one line with its label
        return [
            (label % number).replace(" ", "\N{NO-BREAK SPACE}")
            for label, number in numbers
            if number
        ]
