# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Merging contacts: all that is theirs goes along, or nothing is merged.

Where a constraint keeps rows from moving to the other contact, Odoo deletes all rows of
the first one in this table, by SQL.
"""

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys_generic(self, model, src_records, dst_record):
        """Override to move what can be signed first, so that none of it is deleted."""
        kept = self._autenti_get_kept_tables()
        self.env.flush_all()
        for table, column in self._get_fk_on(self.env[model]._table):
            if table in kept:
                self._autenti_move(kept[table], column, src_records, dst_record)
        return super()._update_foreign_keys_generic(model, src_records, dst_record)

    @api.model
    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        """Override: what was sent for signature is no part of something else."""
        sent_sudo = (
            self.env["autenti.request"]
            .sudo()
            .search(
                [
                    ("res_model", "=", referenced_model),
                    ("res_id", "in", src_records.ids),
                ]
            )
        )
        if sent_sudo:
            raise UserError(
                self.env._(
                    "This can't be merged into another record, for it was sent for "
                    "signature, which is evidence that must stay: %s.",
                    self._autenti_list(sent_sudo),
                )
            )
        return super()._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )

    @api.model
    def _autenti_get_kept_tables(self):
        """Return the models whose rows must not go in a merge, by their tables."""
        signable = self.env.registry["autenti.sign.mixin"]
        return {
            model._table: self.env[name].sudo().with_context(active_test=False)
            for name, model in self.env.registry.items()
            if model._auto
            and not model._abstract
            and not model._transient
            and (issubclass(model, signable) or name.startswith("autenti."))
        }

    @api.model
    def _autenti_move(self, model, column, src_records, dst_record):
        """Have the rows of a table refer to the record that stays.

        :raise UserError: some can't, and which
        """
        rows = model.search([(column, "in", src_records.ids)], order="id")
        if not rows or self._autenti_try_to_move(rows, column, dst_record):
            return
        stuck = [
            row.id
            for row in rows
            if not self._autenti_try_to_move(row, column, dst_record)
        ]
        raise UserError(
            self.env._(
                "These contacts can't be merged: the other contact has contracts with "
                "the same numbers, and Odoo would delete one of each. In the way: "
                "%s.\nChange the numbers of those that aren't signed, or archive one "
                "of the contacts instead of merging them.",
                self._autenti_list(rows.browse(stuck) or rows),
            )
        )

    @api.model
    def _autenti_try_to_move(self, rows, column, dst_record):
        """Move rows, all of them or none, and tell whether that was possible."""
        query = SQL(
            "UPDATE %s SET %s = %s WHERE id IN %s",
            SQL.identifier(rows._table),
            SQL.identifier(column),
            dst_record.id,
            rows._ids,
        )
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query)
        except psycopg2.IntegrityError:
            return False
        return True

    @api.model
    def _autenti_list(self, rows):
        """Name rows for the user; those of other companies are only counted."""
        companies = self.env.user.company_ids
        own = rows.filtered(
            lambda row: (
                "company_id" not in row._fields
                or not row.company_id
                or row.company_id in companies
            )
        )
        names = own.mapped("display_name")
        if others := len(rows) - len(own):
            names.append(self.env._("%s of another company", others))
        return ", ".join(names)
