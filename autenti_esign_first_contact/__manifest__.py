# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti First Contact",
    "summary": "Try with a test account what is assumed of Autenti's API",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "depends": ["autenti_esign"],
    "data": [
        "security/autenti_contact_rules.xml",
        "security/ir.model.access.csv",
        "wizards/autenti_contact_views.xml",
        "views/autenti_connection_views.xml",
    ],
    "images": ["static/description/icon.png"],
}
