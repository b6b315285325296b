# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Takes over what was a part of `autenti_esign` until 19.0.1.1.0.

Odoo installs this addon right before it updates that one. What people have written then
stays where it is, under the names that it has now.
"""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, make_index_name, rename_column

OLD = "autenti_esign"
NEW = "agreement_document"
# Fields of each model, by their old name
FIELDS = {
    "agreement": {
        "autenti_text": "document_text",
        "autenti_text_edited": "document_text_edited",
        "autenti_text_frozen": "document_text_frozen",
        "autenti_version": "document_version",
        "autenti_company_signer": "company_signer",
        "autenti_representation_basis": "representation_basis",
        "autenti_parent_id": "parent_id",
        "autenti_annex_ids": "annex_ids",
        "autenti_annex_count": "annex_count",
        "autenti_last_annex_number": "last_annex_number",
    },
    "agreement.type": {"autenti_template": "document_template"},
    "res.partner": {"autenti_krs": "l10n_pl_krs", "autenti_regon": "l10n_pl_regon"},
}
# What views and buttons call
METHODS = {
    "action_autenti_fill_text": "action_fill_document_text",
    "action_autenti_new_version": "action_new_document_version",
    "action_autenti_new_annex": "action_new_annex",
    "action_autenti_annexes": "action_annexes",
    "_autenti_get_lang": "_get_document_lang",
    "_autenti_get_report_parties": "_get_document_parties",
    "_autenti_split_text": "_split_document_text",
    "_autenti_get_enclosure_names": "_get_document_enclosure_names",
    "_autenti_get_date": "_get_document_date",
    "_autenti_get_description": "_get_party_description",
}
# Records of other models by their name in `ir.model.data`
RECORDS = (
    *("agreement_report", "agreement_report_action", "agreement_report_default_text"),
    *("agreement_report_document", "document_layout", "paperformat_agreement"),
)
# Where people may have named a field, a method or a template
TEXTS = {
    "agreement_type": ("document_template",),
    "base_automation": ("filter_domain", "filter_pre_domain"),
    "ir_act_report_xml": (
        *("report_name", "report_file", "print_report_name", "attachment"),
    ),
    "ir_act_server": ("code", "crud_model_name", "update_path", "value"),
    "ir_act_window": ("context", "domain"),
    "ir_embedded_actions": ("context", "domain"),
    "ir_exports_line": ("name",),
    "ir_filters": ("context", "domain", "sort"),
    "ir_model_fields": ("compute", "depends", "domain", "related"),
    "ir_rule": ("domain_force",),
    "ir_ui_view": ("arch_db", "arch_prev", "key"),
    "ir_ui_view_custom": ("arch",),
    "mail_template": (
        *("body_html", "email_cc", "email_from", "email_to", "lang", "partner_to"),
        *("reply_to", "scheduled_date", "subject"),
    ),
}


def pre_init_hook(env):
    cr = env.cr
    if not _is_update(cr):
        return
    for model, fields in FIELDS.items():
        for old, new in fields.items():
            _rename_field(cr, model, old, new)
    cr.execute(
        SQL(
            "UPDATE ir_model_data SET module = %s WHERE module = %s AND name IN %s",
            *(NEW, OLD, RECORDS),
        )
    )
    replace_names(cr, TEXTS)
    env.invalidate_all()
    env.registry.clear_all_caches()


def _is_update(cr):
    """Tell if there is an older `autenti_esign`, which had it all."""
    cr.execute(
        SQL(
            "SELECT FROM ir_model_data WHERE module = %s AND name = %s",
            *(OLD, "agreement_report_action"),
        )
    )
    return bool(cr.rowcount)


def _rename_field(cr, model, old, new):
    table = model.replace(".", "_")
    if column_exists(cr, table, old):
        rename_column(cr, table, old, new)
    cr.execute(
        SQL(
            "ALTER INDEX IF EXISTS %s RENAME TO %s",
            SQL.identifier(make_index_name(table, old)),
            SQL.identifier(make_index_name(table, new)),
        )
    )
    _rename_foreign_key(cr, table, f"{table}_{old}_fkey", f"{table}_{new}_fkey")
    cr.execute(
        SQL(
            "UPDATE ir_model_fields SET name = %s WHERE model = %s AND name = %s",
            *(new, model, old),
        )
    )
    cr.execute(
        SQL(
            "UPDATE ir_model_data SET module = %s, name = %s "
            "WHERE module = %s AND name = %s AND model = 'ir.model.fields'",
            *(NEW, f"field_{table}__{new}", OLD, f"field_{table}__{old}"),
        )
    )


def _rename_foreign_key(cr, table, old, new):
    cr.execute(SQL("SELECT FROM pg_constraint WHERE conname = %s", old))
    if not cr.rowcount:
        return
    cr.execute(
        SQL(
            "ALTER TABLE %s RENAME CONSTRAINT %s TO %s",
            *map(SQL.identifier, (table, old, new)),
        )
    )
    cr.execute(
        SQL(
            "UPDATE ir_model_constraint SET name = %s, "
            "module = (SELECT id FROM ir_module_module WHERE name = %s) "
            "WHERE name = %s",
            *(new, NEW, old),
        )
    )


def replace_names(cr, texts):
    """Give what people have written the new names of fields, methods and templates.

    :param dict texts: names of columns by their table; those that aren't there are left
        out
    """
    names = dict(METHODS)
    for fields in FIELDS.values():
        names |= fields
        names |= {f"default_{old}": f"default_{new}" for old, new in fields.items()}
    names |= {rf"{OLD}\.{name}": f"{NEW}.{name}" for name in RECORDS}
    for table, columns in texts.items():
        for column in columns:
            if column_exists(cr, table, column):
                _replace(cr, table, column, names)


def _replace(cr, table, column, names):
    """Replace whole words in a column of text or JSON.

    :param dict names: what stands instead of each regular expression
    """
    field = SQL.identifier(column)
    cr.execute(
        SQL(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attname = %s",
            *(table, column),
        )
    )
    kind = SQL(cr.fetchone()[0])
    value = SQL("%s::text", field)
    for old, new in names.items():
        value = SQL("regexp_replace(%s, %s, %s, 'g')", value, rf"\m{old}\M", new)
    cr.execute(
        SQL(
            "UPDATE %s SET %s = (%s)::%s WHERE %s::text ~ %s",
            *(SQL.identifier(table), field, value, kind, field),
            rf"\m({'|'.join(names)})\M",
        )
    )
