# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from . import autenti_source_reference  # noqa: F401 - is inherited


class AutentiBatchLine(models.Model):
    _name = "autenti.batch.line"
    _inherit = ["autenti.source.reference", "autenti.batch.line"]
