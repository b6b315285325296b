# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import MissingError


class AutentiDialog(models.AbstractModel):
    """Base of our dialogs, whose data Odoo deletes when they are some hours old."""

    _name = "autenti.dialog"
    _inherit = ["autenti.guard"]
    _description = "Dialog of Autenti e-Signature"

    def _fetch_field(self, field):
        """Override: who left a dialog open overnight learns what to do about it."""
        result = super()._fetch_field(field)
        if self and field._get_cache(self.env).keys().isdisjoint(self._ids):
            raise MissingError(
                self.env._(
                    "The dialog was open for so long that Odoo has forgotten what was "
                    "in it. Close it and open it again."
                )
            )
        return result
