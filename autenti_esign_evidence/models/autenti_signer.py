# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ..package import to_text

# Stands where an e-mail was
FORGOTTEN = "-"


class AutentiSigner(models.Model):
    _inherit = "autenti.signer"

    has_contact_data = fields.Boolean(
        compute="_compute_has_contact_data",
        search="_search_has_contact_data",
    )

    @api.depends("actual_email", "email", "phone")
    def _compute_has_contact_data(self):
        for signer in self:
            signer.has_contact_data = (
                signer.email != FORGOTTEN or signer.phone or signer.actual_email
            )

    def _search_has_contact_data(self, operator, value):
        if operator != "in":
            return NotImplemented
        return (
            Domain("email", "!=", FORGOTTEN)
            | Domain("phone", "!=", False)
            | Domain("actual_email", "!=", False)
        )

    def _export_signing(self):
        request = self.request_id
        record = request.sudo()._get_record()
        return {
            "title": request.name,
            "document": record.display_name if record else "",
            "company": request.company_id.name,
            "environment": request.environment,
            "process": request.process_id or "",
            "state": request.state,
            "sent_at": to_text(request.sent_date),
            "ended_at": to_text(request.ended_date),
            "name": self.name,
            "email": self.email,
            "phone": self.phone or "",
            "side": self.side,
            "role": self.role,
            "signature": self.signature_type or "",
            "basis_of_representation": self.note or "",
            "status": self.shown_status or "",
            "signed_at": to_text(self.signed_date),
            "acted_by": self.actor_name,
            "comment": self.comment or "",
            "sha256_of_sent_file": request.source_sha256 or "",
            "sha256_of_signed_file": request.signed_sha256 or "",
        }
