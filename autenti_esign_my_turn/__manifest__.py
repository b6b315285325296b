# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti My Turn",
    "summary": "What waits for the own signature is signed one after the other",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["autenti_esign"],
    "data": ["views/autenti_request_views.xml"],
    "assets": {
        "web.assets_backend": ["autenti_esign_my_turn/static/src/**/*"],
        "web.assets_tests": ["autenti_esign_my_turn/static/tests/tours/**/*"],
    },
    "images": ["static/description/icon.png"],
}
