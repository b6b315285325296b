# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti Automation",
    "summary": "Automation rules send, remind, withdraw, and react to signatures",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "depends": ["autenti_esign", "base_automation"],
    "data": [
        "security/autenti_sending_rules.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        "views/autenti_sending_views.xml",
        "views/ir_actions_server_views.xml",
    ],
    "images": ["static/description/icon.png"],
}
