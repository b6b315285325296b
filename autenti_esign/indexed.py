# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Conditions for which PostgreSQL uses an index also where OR joins them."""

from odoo.fields import Domain
from odoo.tools import SQL


def is_any_of(name, query, column="id"):
    """Return the domain of records whose field holds an id that a query finds.

    With OR beside it, PostgreSQL tries each row of a table for `IN (SELECT ...)`. An
    array it looks up.

    :param str name: of a stored field, or `id`
    :param query: odoo.tools.Query
    :param str column: of the query, with the ids
    """
    return Domain.custom(
        to_sql=lambda model, alias, outer: SQL(
            "%s = ANY(ARRAY%s)",
            model._field_to_sql(alias, name, outer),
            query.subselect(SQL.identifier(query.table, column)),
        )
    )
