# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    drop_callback_job(env)
    rename_activity_type(env)
    settle_connections(env)


def drop_callback_job(env):
    """The job of requests works on their callbacks now."""
    job = env.ref("autenti_esign.ir_cron_autenti_callback", raise_if_not_found=False)
    if job:
        action = job.ir_actions_server_id
        job.unlink()
        action.unlink()


def rename_activity_type(env):
    """Give it its new name, where nobody has chosen another one."""
    kind = env.ref(
        "autenti_esign.mail_activity_type_connection", raise_if_not_found=False
    )
    if kind and kind.name == "Mend the connection to Autenti":
        kind.name = "Fix the connection to Autenti"


def settle_connections(env):
    """Take this database for the one that the connections were set up in."""
    connections = env["autenti.connection"].with_context(active_test=False).search([])
    connections._settle(connections._get_place()[1])
