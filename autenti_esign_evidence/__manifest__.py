# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti Evidence",
    "summary": "Prove what was signed: audit trail, evidence package, retention",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "depends": ["autenti_esign"],
    "data": [
        "security/autenti_evidence_rules.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "report/audit_trail_report.xml",
        "views/agreement_type_views.xml",
        "views/autenti_callback_views.xml",
        "views/autenti_request_views.xml",
        "wizards/autenti_privacy_views.xml",
        "wizards/autenti_retention_views.xml",
        "views/autenti_menus.xml",
    ],
    "post_init_hook": "post_init_hook",
    "images": ["static/description/icon.png"],
}
