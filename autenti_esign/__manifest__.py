# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti e-Signature",
    "summary": "Have contracts signed through Autenti and get the signed PDF back",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "application": True,
    "depends": ["agreement"],
    "external_dependencies": {
        "python": ["requests", "cryptography", "PyJWT", "phonenumbers"]
    },
    "data": [
        "security/autenti_esign_security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        "report/agreement_report.xml",
        "views/autenti_connection_views.xml",
        "wizards/autenti_withdraw_views.xml",
        "views/autenti_request_views.xml",
        "views/autenti_callback_views.xml",
        "views/agreement_views.xml",
        "views/agreement_type_views.xml",
        "views/res_partner_views.xml",
        "views/res_users_views.xml",
        "views/res_config_settings_views.xml",
        "views/autenti_page_templates.xml",
        "wizards/autenti_send_views.xml",
        "wizards/autenti_switch_views.xml",
        "views/autenti_waiting_views.xml",
        "wizards/autenti_send_correction_views.xml",
        "views/autenti_batch_views.xml",
        "views/autenti_menus.xml",
    ],
    "demo": [
        "demo/res_partner_demo.xml",
        "demo/res_users_demo.xml",
        "demo/autenti_connection_demo.xml",
        "demo/agreement_demo.xml",
    ],
    "assets": {
        "web.assets_backend": ["autenti_esign/static/src/**/*"],
        "web.assets_tests": ["autenti_esign/static/tests/tours/**/*"],
    },
}
