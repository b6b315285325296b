# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is measured on: databases, an emulator, and Odoo inside this process."""

import contextlib
import os
import tempfile
import uuid

from workspace import WORKSPACE
from workspace.databases import odoo_database
from workspace.servers import emulator, odoo_options

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

ALL = SQL("TRUE")


@contextlib.contextmanager
def emulated(label, **options):
    """Give a fresh database, and an emulator of its own.

    :param str label: tells it from others that are open at the same time
    :param options: as of `workspace.databases.odoo_database`
    :return: the database's name, the emulator's `Server`, the folder with its state
    """
    name = f"autenti_{label}_{os.getpid()}"
    with (
        tempfile.TemporaryDirectory(dir=WORKSPACE) as state,
        odoo_database(name, **options) as database,
        emulator(state) as autenti,
    ):
        yield database, autenti, state


@contextlib.contextmanager
def environment(database):
    """Give an Environment of Odoo's own user; what isn't committed is undone."""
    config.parse_config(
        [*odoo_options(database), "--log-level=error"], setup_logging=True
    )
    try:
        with Registry(database).cursor() as cr:
            yield Environment(cr, SUPERUSER_ID, {})
            cr.rollback()
    finally:
        # The next part may give the name to a database with other addons
        Registry.delete(database)


def copy_request(env, request_id, count):
    """Copy a request that is yet to be sent, its contract and its file, so often.

    :return: the new requests, in state `to_send`, due when the cron job runs
    """
    original = env["autenti.request"].browse(request_id)
    content = original.source_attachment_id.raw
    requests = original.browse()
    for _number in range(count):
        record = original._get_record().copy({"code": uuid.uuid4().hex})
        request = original.copy(
            {
                "res_id": record.id,
                "signer_ids": [
                    (0, 0, signer.copy_data()[0] | {"request_id": False})
                    for signer in original.signer_ids
                ],
            }
        )
        request._store_source("contract.pdf", content)
        requests += request
    return requests


def multiply(env, record, rows, values, where=ALL):
    """Copy a row of a table so often.

    :param dict values: SQL by column, with `nth` for the number of the copy; without
        `id` a sequence gives it
    :param where: SQL of the numbers that have a copy
    """
    columns = [
        name
        for name, f in record._fields.items()
        if f.column_type and f.store and (name != "id" or "id" in values)
    ]
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s, generate_series(1, %s) AS nth "
            "WHERE id = %s AND %s",
            SQL.identifier(record._table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(values.get(c, SQL.identifier(c)) for c in columns),
            SQL.identifier(record._table),
            rows,
            record.id,
            where,
        )
    )
