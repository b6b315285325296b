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


ADDONS = {
    "autenti_esign_batch": Part(
        table="autenti_batch",
        xmlids="(^|_)autenti_batch(_|$)"
        "|^agreement_action_send_batch$"
        "|^field_autenti_request__batch_line_ids$",
    ),
}


def migrate(cr, version):
    for addon, part in ADDONS.items():
        if table_exists(cr, part.table):
            hand_over(cr, addon, part.xmlids)


def hand_over(cr, addon, xmlids):
    """Give records of the core to another addon, and have it loaded in this run.

    It is updated, not installed: that leaves scheduled actions and rules as people have
    set them.

    :param str addon:
    :param str xmlids: regular expression for the names of the records' external ids
    :raise UserError: Odoo doesn't find the addon, and would delete what it has no more
    """
    cr.execute(
        "UPDATE ir_module_module SET state = 'to upgrade' "
        "WHERE name = %s AND state IN ('uninstalled', 'to install') RETURNING id",
        [addon],
    )
    if not cr.rowcount:
        raise UserError(
            f"Put the folder {addon} into the addons path as well: it keeps what "
            f"{CORE} had until now. Then update again."
        )
    [addon_id] = cr.fetchone()
    cr.execute(
        "UPDATE ir_model_data SET module = %s WHERE module = %s AND name ~ %s",
        [addon, CORE, xmlids],
    )
    # Those of the database itself, most of which have no external id
    cr.execute(
        "UPDATE ir_model_constraint SET module = %s "
        "WHERE module = (SELECT id FROM ir_module_module WHERE name = %s) "
        "AND model IN (SELECT res_id FROM ir_model_data "
        "WHERE module = %s AND model = 'ir.model')",
        [addon_id, CORE, addon],
    )
