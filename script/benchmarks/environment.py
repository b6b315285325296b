# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo inside this process, on a database of the workspace."""

import contextlib
import uuid

from workspace.servers import odoo_options

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config


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
