# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti Signed File Check",
    "summary": "Validate what comes back signed from Autenti",
    "version": "19.0.1.1.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["autenti_esign"],
    "external_dependencies": {"python": ["pyhanko"]},
    "data": [
        "security/ir.model.access.csv",
        "security/autenti_trust_rules.xml",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        "views/autenti_trust_views.xml",
        "views/autenti_connection_views.xml",
        "views/validation_templates.xml",
        "views/autenti_request_views.xml",
    ],
    "images": ["static/description/icon.png"],
}
