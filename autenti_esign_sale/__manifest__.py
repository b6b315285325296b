# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti for Sales",
    "summary": "Have quotations and sales orders signed through Autenti",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["autenti_esign", "sale_management"],
    "data": [
        "security/autenti_esign_sale_rules.xml",
        "views/sale_order_views.xml",
        "views/sale_order_template_views.xml",
        "views/sale_portal_templates.xml",
        "views/res_config_settings_views.xml",
    ],
    "images": ["static/description/icon.png"],
}
