# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _autenti_split_name(self):
        """Propose first and last name; a person has to look at them.

        The last word is the last name, for that is right for most; who has two last
        names knows.

        :return: (first name, last name), each maybe empty
        :rtype: tuple[str, str]
        """
        first, _space, last = (self.name or "").strip().rpartition(" ")
        return first.strip(), last

    def _autenti_get_description(self):
        """Describe the partner as a party of a contract, on one line.

        :rtype: str
        """
        self.ensure_one()
        address = self._display_address(without_company=True)
        parts = [line.strip() for line in address.splitlines() if line.strip()]
        if self.vat:
            parts.append(self.env._("Tax ID: %s", self.vat))
        return ", ".join(parts)

    def _autenti_get_tax_id(self):
        """Split the tax id as Autenti wants it: country and number apart.

        :return: (ISO country code, digits and letters of the number or "")
        :rtype: tuple[str, str]
        """
        vat = re.sub(r"[^A-Z0-9]", "", (self.vat or "").upper())
        if vat[:2].isalpha():
            return vat[:2], vat[2:]
        return self.country_id.code or "PL", vat
