# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti Health Check",
    "summary": "Try the ERP's address as Autenti calls it, from the server itself",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["autenti_esign"],
    "data": [
        "data/ir_cron_data.xml",
        "views/autenti_connection_views.xml",
    ],
    "images": ["static/description/icon.png"],
}
