# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from random import randint

from odoo import fields, models


class AutentiDocumentTag(models.Model):
    _name = "autenti.document.tag"
    _description = "Tag of Documents for Autenti"
    _inherit = ["autenti.guard"]
    _order = "name"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer(default=lambda self: randint(1, 11))

    _name_uniq = models.Constraint("unique (name)", "There is a tag of this name.")
