# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti for Documents",
    "summary": "Have any PDF signed through Autenti, without a contract around it",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "depends": ["autenti_esign", "autenti_esign_batch"],
    "data": [
        "security/ir.model.access.csv",
        "security/autenti_document_rules.xml",
        "security/autenti_source_rules.xml",
        "data/mail_message_subtype_data.xml",
        "views/autenti_document_views.xml",
        "views/autenti_document_tag_views.xml",
        "views/autenti_sign_rule_views.xml",
        "views/autenti_source_templates.xml",
        "wizards/autenti_send_views.xml",
        "views/autenti_document_menus.xml",
    ],
    "demo": ["demo/autenti_document_demo.xml"],
    "assets": {
        "web.assets_backend": ["autenti_esign_document/static/src/**/*"],
        "web.assets_tests": ["autenti_esign_document/static/tests/tours/**/*"],
    },
    "uninstall_hook": "uninstall_hook",
    "images": ["static/description/icon.png"],
}
