# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Have checked again what the former validator stopped, maybe without a fault."""
    cr.execute(
        """
        UPDATE autenti_request SET validation_state = 'pending'
        WHERE signed_attachment_id IS NOT NULL
            AND (
                (validation_state = 'red' AND state = 'sent')
                OR validation_report -> 'findings' @> '[{"code": "not_checked"}]'
            )
        """
    )
