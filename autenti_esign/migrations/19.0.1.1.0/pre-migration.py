# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    # Odoo neither drops indexes nor changes what they are made of
    cr.execute("DROP INDEX IF EXISTS autenti_callback__process_id_index")
    cr.execute("DROP INDEX IF EXISTS autenti_callback__request_id_index")
