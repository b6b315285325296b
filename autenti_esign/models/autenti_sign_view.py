# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The same button, status and history in the form of every signable model."""

from lxml import etree

from odoo import api, models
from odoo.tools.template_inheritance import apply_inheritance_specs


class AutentiSignMixin(models.AbstractModel):
    _name = "autenti.sign.mixin"
    _inherit = ["autenti.sign.mixin"]

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override to put the signing into forms with a sheet.

        So a signable model needs no view for it, and all look and work alike.
        """
        arch, view = super()._get_view(view_id, view_type, **options)
        sheet = arch.find("sheet") if view_type == "form" else None
        if sheet is None:
            return arch, view
        if arch.find("header") is None:
            arch.insert(0, etree.Element("header"))
        if arch.find(".//div[@name='button_box']") is None:
            box = {"class": "oe_button_box", "name": "button_box"}
            sheet.insert(0, etree.Element("div", box))
        parts = self.env.ref("autenti_esign.sign_form").sudo()._get_combined_arch()
        arch = apply_inheritance_specs(arch, list(parts))
        header = arch.find("header")
        for status_bar in header.findall("field[@widget='statusbar']"):
            # It belongs at the right end
            header.append(status_bar)
        return arch, view
