# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti for Contracts",
    "summary": "Have recurring contracts and their annexes signed through Autenti",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["autenti_esign", "contract"],
    "data": [
        "security/ir.model.access.csv",
        "security/contract_security.xml",
        "report/contract_modification_report.xml",
        "views/contract_template_views.xml",
        "views/contract_modification_views.xml",
        "views/contract_views.xml",
        "views/contract_portal_templates.xml",
    ],
    "images": ["static/description/icon.png"],
}
