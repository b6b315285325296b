# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What has become an addon of its own takes its records along, and is installed.

Else Odoo would delete them after the update, with their tables and columns, as what
this addon doesn't have any more.
"""

from odoo.exceptions import UserError

# Addon -> what it takes along: whole models, fields of models that stay here, and
# further records by their XML ids
MOVED = {
    "autenti_esign_evidence": {
        "models": (
            "autenti.event",
            "autenti.privacy",
            "autenti.retention",
            "autenti.retention.line",
        ),
        "fields": {
            "agreement.type": (
                "autenti_keep_callbacks",
                "autenti_keep_contacts",
                "autenti_keep_files",
            ),
            "autenti.request": (
                "card_attachment_id",
                "event_count",
                "event_head",
                "event_ids",
            ),
            "autenti.signer": ("has_contact_data",),
        },
        "records": (
            "access_autenti_event_system",
            "access_autenti_event_user",
            "access_autenti_privacy_manager",
            "access_autenti_privacy_system",
            "access_autenti_retention_line_manager",
            "access_autenti_retention_line_system",
            "access_autenti_retention_manager",
            "access_autenti_retention_system",
            "autenti_event_rule_company",
            "autenti_event_rule_manager",
            "autenti_event_rule_responsible",
            "autenti_event_rule_user",
            "autenti_privacy_action",
            "autenti_privacy_rule_own",
            "autenti_privacy_view_form",
            "autenti_request_check_evidence_action",
            "autenti_request_view_form_evidence",
            "autenti_retention_action",
            "autenti_retention_line_rule_own",
            "autenti_retention_menu",
            "autenti_retention_rule_own",
            "autenti_retention_view_form",
            "constraint_agreement_type__autenti_keep_not_negative",
            "ir_cron_autenti_retention",
            "ir_cron_autenti_retention_ir_actions_server",
        ),
    },
}


def migrate(cr, version):
    for addon, moved in MOVED.items():
        have_installed(cr, addon)
        hand_over(cr, addon, **moved)


def have_installed(cr, addon):
    """Have an addon installed in the same run.

    :raise UserError: it isn't there; nothing has changed
    """
    cr.execute(
        "UPDATE ir_module_module SET state = 'to install' "
        "WHERE name = %s AND state = 'uninstalled'",
        [addon],
    )
    cr.execute(
        "SELECT FROM ir_module_module WHERE name = %s AND state != 'uninstallable'",
        [addon],
    )
    if not cr.rowcount:
        raise UserError(
            f"What was in autenti_esign before is in the addon {addon} now. Put it "
            "into the addons path as well, and update again."
        )


def hand_over(cr, addon, models, fields, records):
    """Have an addon own what is in `MOVED`; rows that aren't there are none to move.

    :param models: names of models
    :param dict fields: names of fields by their model
    :param records: XML ids without the addon
    """
    of_models = [model.replace(".", "_") for model in models]
    of_fields = [
        (model.replace(".", "_"), name) for model in fields for name in fields[model]
    ]
    names = [
        *records,
        *(f"model_{model}" for model in of_models),
        *(f"field_{model}__{name}" for model, name in of_fields),
    ]
    patterns = [
        f"{start}{model}{end}%".replace("_", r"\_")
        for model in of_models
        for start, end in (
            ("field_", "__"),
            ("selection__", "__"),
            ("constraint_", "_"),
        )
    ]
    cr.execute(
        "UPDATE ir_model_data SET module = %s WHERE module = 'autenti_esign' "
        "AND (name = ANY(%s) OR name LIKE ANY(%s))",
        [addon, names, patterns],
    )
    # Foreign keys and the like, which have their owner in a table of their own
    constraints = [
        *(name.removeprefix("constraint_") for name in records),
        *(f"{model}_{name}_fkey" for model, name in of_fields),
    ]
    cr.execute(
        """
        UPDATE ir_model_constraint SET module = heir.id
        FROM ir_module_module heir, ir_module_module core, ir_model
        WHERE heir.name = %s AND core.name = 'autenti_esign'
        AND ir_model_constraint.module = core.id
        AND ir_model.id = ir_model_constraint.model
        AND (ir_model_constraint.name = ANY(%s) OR ir_model.model = ANY(%s))
        """,
        [addon, constraints, list(models)],
    )
