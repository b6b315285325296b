# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from odoo.addons.autenti_esign.signature_types import SIGNATURE_TYPES


class ContractTemplate(models.Model):
    """How contracts of a template are signed.

    A contract inherits the fields of the templates' model as columns of its own. Those
    below it reads from its template instead; see `contract.contract`.
    """

    _inherit = "contract.template"

    autenti_signing_disabled = fields.Boolean(
        string="Disable electronic signing",
        help="Contracts of this template, and their annexes, can't be sent for "
        "signature with Autenti.",
    )
    autenti_signature_type = fields.Selection(
        SIGNATURE_TYPES,
        string="Signature with Autenti",
        help="The signature that is proposed when a contract of this template is sent; "
        "the basic one if there is none here.",
    )
    autenti_report_id = fields.Many2one(
        "ir.actions.report",
        string="Document for Autenti",
        domain="[('model', '=', 'contract.contract'),"
        " ('report_type', '=', 'qweb-pdf')]",
        help="The report that makes the document to be signed; the usual report of "
        "contracts if there is none here.",
    )
