# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti Takeovers",
    "summary": "Signature requests of who has left or is away go to a colleague",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["autenti_esign"],
    "data": [
        "security/autenti_takeover_rules.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "wizards/autenti_take_over_views.xml",
        "views/autenti_takeover_views.xml",
        "views/autenti_deputy_views.xml",
        "views/autenti_request_views.xml",
        "views/res_users_views.xml",
    ],
    "assets": {
        "web.assets_tests": ["autenti_esign_takeover/static/tests/tours/**/*"],
    },
    "images": ["static/description/icon.png"],
}
