# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How long the evidence of a type of contract is kept."""

from odoo import fields, models


class AgreementType(models.Model):
    _inherit = "agreement.type"

    autenti_keep_files = fields.Integer(
        string="Keep files (months)",
        help="After the signing has ended, for so many months the sent and the signed "
        "file are kept. 0: for ever. Their SHA-256 stay in the audit trail.",
    )
    autenti_keep_callbacks = fields.Integer(
        string="Keep callbacks' bodies (months)",
        help="After the signing has ended, for so many months what Autenti posted is "
        "kept to the byte. 0: for ever. Its SHA-256 stays in the audit trail.",
    )
    autenti_keep_contacts = fields.Integer(
        string="Keep signers' contact data (months)",
        help="After the signing has ended, for so many months the signers' e-mails and "
        "phone numbers are kept. 0: for ever. Their names stay.",
    )

    _autenti_keep_not_negative = models.Constraint(
        "CHECK (autenti_keep_files >= 0 AND autenti_keep_callbacks >= 0 "
        "AND autenti_keep_contacts >= 0)",
        "A period can't be negative. 0 keeps for ever.",
    )
