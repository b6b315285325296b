# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        """Override: what was sent of a record by a rule stays what it was sent of."""
        documents_sudo = self.env["autenti.document"].sudo()._find_for(src_records)
        sent_sudo = documents_sudo.filtered("autenti_request_ids")
        if sent_sudo:
            raise UserError(
                self.env._(
                    "This can't be merged into another record, for it was sent for "
                    "signature, which is evidence that must stay: %s.",
                    ", ".join(sent_sudo.mapped("name")),
                )
            )
        documents_sudo.unlink()
        return super()._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )
