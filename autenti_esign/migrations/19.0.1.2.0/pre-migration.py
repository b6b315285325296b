# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What became addons of their own is handed over to them, with all that is in it."""

from typing import NamedTuple

from odoo.exceptions import UserError
from odoo.tools.sql import table_exists

CORE = "autenti_esign"


class Part(NamedTuple):
    """What an addon takes over from the core."""

    table: str  # that a database has where the core had the part
    xmlids: str  # regular expression of PostgreSQL, for their names
    is_needed: bool = False  # also where the core didn't have the part yet


ADDONS = {
    "autenti_esign_batch": Part(
        table="autenti_batch",
        xmlids="(^|_)autenti_batch(_|$)"
        "|^agreement_action_send_batch$"
        "|^field_autenti_request__batch_line_ids$",
    ),
    "autenti_esign_evidence": Part(
        table="autenti_event",
        xmlids="(^|_)autenti_(event|privacy|retention)(_|$)"
        "|^autenti_request_(check_evidence_action|view_form_evidence)$"
        "|^(constraint|field)_agreement_type__?autenti_keep_"
        "|^field_autenti_request__(card_attachment_id|event_(count|head|ids))$"
        "|^field_autenti_signer__has_contact_data$",
        # What the first release sent gets an audit trail by the update
        is_needed=True,
    ),
    "autenti_esign_first_contact": Part(
        table="autenti_contact", xmlids="(^|_)autenti_contact(_|$)"
    ),
}


def migrate(cr, version):
    for addon, part in ADDONS.items():
        if table_exists(cr, part.table):
            hand_over(cr, addon, part.xmlids)
        elif part.is_needed:
            load(cr, addon, "to install")
    # Its place in the form has moved to a view that is loaded after it
    cr.execute(
        """
        UPDATE ir_ui_view SET active = false FROM ir_model_data data
        WHERE data.res_id = ir_ui_view.id AND data.model = 'ir.ui.view'
        AND data.module = %s AND data.name = 'autenti_connection_view_form_waiting'
        """,
        [CORE],
    )
    # Rules stay as people have set them, but for this word
    cr.execute(
        "UPDATE ir_rule SET name = replace(name, 'timeline', 'audit trail') "
        "WHERE name LIKE 'Autenti timeline: %'"
    )


def hand_over(cr, addon, xmlids):
    """Give records of the core to another addon, and have it loaded in this run.

    It is updated, not installed: that leaves scheduled actions and rules as people have
    set them.

    :param str addon:
    :param str xmlids: regular expression for the names of the records' external ids
    :raise UserError: Odoo doesn't find the addon, and would delete what it has no more
    """
    addon_id = load(cr, addon, "to upgrade")
    cr.execute(
        "UPDATE ir_model_data SET module = %s WHERE module = %s AND name ~ %s",
        [addon, CORE, xmlids],
    )
    # Those of the database itself, most of which have no external id: of models, with
    # one, and foreign keys of fields that were added to models of others
    cr.execute(
        """
        UPDATE ir_model_constraint SET module = %s
        WHERE module = (SELECT id FROM ir_module_module WHERE name = %s)
        AND EXISTS (
            SELECT FROM ir_model_data handed
            LEFT JOIN ir_model_fields field
            ON handed.model = 'ir.model.fields' AND field.id = handed.res_id
            WHERE handed.module = %s AND (
                handed.model = 'ir.model'
                AND handed.res_id = ir_model_constraint.model
                OR handed.model = 'ir.model.constraint'
                AND handed.res_id = ir_model_constraint.id
                OR ir_model_constraint.name
                = replace(field.model, '.', '_') || '_' || field.name || '_fkey'
            )
        )
        """,
        [addon_id, CORE, addon],
    )


def load(cr, addon, state):
    """Have an addon loaded in this run.

    :param str state: as of `ir.module.module`
    :return: id of its `ir.module.module`
    :raise UserError: Odoo doesn't find the addon
    """
    cr.execute(
        "UPDATE ir_module_module SET state = %s "
        "WHERE name = %s AND state IN ('uninstalled', 'to install') RETURNING id",
        [state, addon],
    )
    if not cr.rowcount:
        raise UserError(
            f"Put the folder {addon} into the addons path as well: it keeps what "
            f"{CORE} had until now. Then update again."
        )
    return cr.fetchone()[0]
