# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is in a database, to compare it with another one, or with itself later."""

import re

import psycopg2
import psycopg2.extras

# Columns that say that a row was written, not what is in it
TRACES = {"arch_prev", "write_date", "write_uid"}
# Columns by the names that they had in one addon with all in it
RENAMED = {
    "autenti_krs": "l10n_pl_krs",
    "autenti_regon": "l10n_pl_regon",
    "autenti_last_annex_number": "last_annex_number",
    "autenti_parent_id": "parent_id",
    "autenti_template": "document_template",
    "autenti_text": "document_text",
    "autenti_text_edited": "document_text_edited",
    "autenti_text_frozen": "document_text_frozen",
    "autenti_version": "document_version",
}


def query(database, text):
    with psycopg2.connect(dbname=database) as connection:
        with connection.cursor(cursor_factory=psycopg2.extras.DictCursor) as cursor:
            cursor.execute(text)
            return cursor.fetchall()


def get_rows(database, records):
    """Return what is in some tables.

    :param dict records: conditions of SQL by table
    :return: {(table, id): {column: value}}
    """
    return {
        (table, row["id"]): dict(row)
        for table, condition in records.items()
        for row in query(database, f"SELECT * FROM {table} WHERE {condition}")
    }


def find_changes(before, after):
    """Return what has become of rows, as of `get_rows`, that isn't as it was.

    :return: [((table, id), column, value before, value after)]
    """
    return [
        (place, column, value, found)
        for place, row in before.items()
        for column, value in row.items()
        for found in [after.get(place, {}).get(RENAMED.get(column, column), "is gone")]
        if column not in TRACES and found != rename(value)
    ]


def rename(value):
    """Return a value of JSON with the names of today; any other as it is.

    Its keys may be paths of fields.
    """
    if not isinstance(value, dict):
        return value
    return {
        ".".join(RENAMED.get(name, name) for name in path.split(".")): each
        for path, each in value.items()
    }


def get_places(database, addon):
    """Return where the records of an addon are, by their external ids."""
    text = f"SELECT name, model, res_id FROM ir_model_data WHERE module = '{addon}'"
    return {name: place for name, *place in query(database, text)}


def get_constraints(database, addon):
    """Return the names of what is dropped when an addon is uninstalled."""
    text = (
        "SELECT c.name FROM ir_model_constraint c "
        f"JOIN ir_module_module m ON m.id = c.module AND m.name = '{addon}'"
    )
    return sorted(name for [name] in query(database, text))


def get_structure(database):
    """Return all columns, indexes and constraints."""
    columns = query(
        database,
        "SELECT table_name, column_name, data_type, is_nullable "
        "FROM information_schema.columns WHERE table_schema = 'public'",
    )
    indexes = query(database, "SELECT indexdef FROM pg_indexes")
    constraints = query(
        database,
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
        "FROM pg_constraint",
    )
    return {tuple(row) for row in (*columns, *indexes, *constraints)}


def get_data(database, addon):
    """Return the texts of the records that an addon brings: rules, views, jobs, ...

    :return: {(model, name, column, text)}
    """
    records = query(
        database,
        f"SELECT model, name, res_id FROM ir_model_data WHERE module = '{addon}' "
        "AND name NOT LIKE '%_demo%'",
    )
    rows = {}
    for model in {record["model"] for record in records}:
        for row in query(database, f"SELECT * FROM {get_table(model)}"):
            rows[model, row["id"]] = row
    return {
        (record["model"], record["name"], column, text)
        for record in records
        for column, text in to_texts(rows[record["model"], record["res_id"]])
    }


def get_table(model):
    """Return the table of a model; those of actions have names of their own."""
    model = model.replace("actions.act_window", "act.window")
    model = model.replace("actions.report", "act.report.xml")
    return model.replace("actions", "act").replace(".", "_")


def to_texts(row):
    """Give columns and values of a row that are the same in all databases."""
    for column, value in row.items():
        if isinstance(value, dict) and "en_US" in value:
            # Odoo keeps translations that are there, for people may have made them
            value = value["en_US"]
        # Where another addon adds a column, older rows have NULL instead of false
        if value and isinstance(value, bool | str | dict) and column not in TRACES:
            yield column, re.sub(r"\d+", "#", str(value))
