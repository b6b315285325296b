# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti Health Check",
    "summary": "Try the ERP's address as Autenti calls it, and tell your monitoring",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["autenti_esign"],
    "data": [
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "views/autenti_connection_views.xml",
        "views/res_config_settings_views.xml",
        "wizards/autenti_monitoring_token_views.xml",
    ],
    "uninstall_hook": "uninstall_hook",
    "images": ["static/description/icon.png"],
}
