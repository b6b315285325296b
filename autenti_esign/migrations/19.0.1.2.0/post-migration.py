# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, api

ACTIVITY_TYPE = "autenti_esign.mail_activity_type_callback"


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    drop_dead_letters(env)


def drop_dead_letters(env):
    """A callback is a hint and done once it was heard; its request tells the rest."""
    env.cr.execute("UPDATE autenti_callback SET state = 'done' WHERE state = 'dead'")
    env.cr.execute("DROP INDEX IF EXISTS autenti_callback__dead_idx")
    if kind := env.ref(ACTIVITY_TYPE, raise_if_not_found=False):
        env["mail.activity"].search([("activity_type_id", "=", kind.id)]).unlink()
        kind.unlink()
