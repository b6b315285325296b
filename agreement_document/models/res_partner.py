# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from stdnum.pl import regon

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    """The numbers by which a Polish contract names a party besides the tax id."""

    _inherit = "res.partner"

    l10n_pl_krs = fields.Char(
        string="KRS",
        help="Number in the National Court Register of Poland, ten digits. Contracts "
        "show it.",
    )
    l10n_pl_regon = fields.Char(
        string="REGON",
        help="Number in the register of Polish businesses, 9 or 14 digits. Contracts "
        "show it.",
    )

    @api.constrains("l10n_pl_krs", "l10n_pl_regon")
    def _check_register_numbers(self):
        for partner in self:
            if partner.l10n_pl_krs and not re.fullmatch(
                r"\d{10}", partner.l10n_pl_krs.strip()
            ):
                raise ValidationError(
                    self.env._("%s: a KRS number has ten digits.", partner.display_name)
                )
            if partner.l10n_pl_regon and not regon.is_valid(partner.l10n_pl_regon):
                raise ValidationError(
                    self.env._(
                        "%s: this isn't a REGON number. Check its digits.",
                        partner.display_name,
                    )
                )

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "l10n_pl_krs", "l10n_pl_regon"]

    def _get_party_description(self):
        """Describe the partner as a party of a contract, on one line.

        :rtype: str
        """
        self.ensure_one()
        address = self._display_address(without_company=True)
        parts = [line.strip() for line in address.splitlines() if line.strip()]
        parts += self._get_register_numbers()
        return ", ".join(parts)

    def _get_register_numbers(self):
        """Name the partner's numbers in public registers, each with its label."""
        numbers = (
            ("KRS %s", self.l10n_pl_krs),
            (self.env._("Tax ID: %s"), self.vat),
            ("REGON %s", self.l10n_pl_regon),
        )
        # A number stays on one line with its label
        return [
            (label % number).replace(" ", "\N{NO-BREAK SPACE}")
            for label, number in numbers
            if number
        ]
