# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was sent for signature is kept by the database itself.

Rows also go by ways that ask no `unlink`: by cascades of foreign keys, and by SQL such
as that which merges contacts. A foreign key can't refer to the records of many models.
"""

from odoo.orm.table_objects import TableObject
from odoo.tools import SQL

FUNCTION = "autenti_keep_sent"
# Of Odoo's IntegrityErrors, so that whoever wants to delete reads the message
CREATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM autenti_request WHERE res_model = TG_ARGV[0] AND res_id = OLD.id
    ) THEN
        RAISE EXCEPTION 'It was sent for signature, which is evidence that must stay.'
        USING ERRCODE = 'restrict_violation',
            TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN OLD;
END
$$
"""


class DeleteGuard(TableObject):
    """Has the database refuse to delete what was sent for signature.

    :param message: for whoever wants to delete; see `TableObject.get_error_message`
    """

    def __init__(self, message):
        super().__init__()
        self.message = message

    def get_definition(self, registry):
        return "BEFORE DELETE"

    def apply_to_database(self, model):
        cr = model.env.cr
        name = SQL.identifier(self.full_name(model))
        table = SQL.identifier(model._table)
        cr.execute(CREATE_FUNCTION)
        cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", name, table))
        cr.execute(
            SQL(
                "CREATE TRIGGER %s BEFORE DELETE ON %s FOR EACH ROW "
                "EXECUTE FUNCTION %s(%s)",
                *(name, table, SQL.identifier(FUNCTION), model._name),
            )
        )


def drop_guards(cr):
    """Let the records be deleted again, of all models."""
    function = SQL.identifier(FUNCTION)
    cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", function))
