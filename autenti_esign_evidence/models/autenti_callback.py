# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from odoo.addons.autenti_esign.frozen import as_keeper


class AutentiCallback(models.Model):
    _inherit = "autenti.callback"

    def _tells_of_others(self):
        """Tell if the post that began with this one is about other requests too."""
        posted = self.search([("post_id", "=", self.id)])
        return bool(posted.filtered(lambda c: c.request_id != self.request_id))

    def _match(self):
        """Override: what comes late has to be forgotten as well."""
        result = super()._match()
        late = self.request_id.filtered("callbacks_forgotten")
        as_keeper(late).callbacks_forgotten = False
        return result
