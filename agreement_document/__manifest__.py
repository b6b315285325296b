# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Agreement Document",
    "summary": "Write contracts from templates, with versions and annexes, as PDF",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Contract",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "depends": ["agreement", "mail"],
    "data": [
        "report/agreement_report.xml",
        "views/agreement_views.xml",
        "views/agreement_type_views.xml",
        "views/res_partner_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["agreement_document/static/src/**/*"],
        "web.assets_tests": ["agreement_document/static/tests/tours/**/*"],
    },
    "pre_init_hook": "pre_init_hook",
    "images": ["static/description/icon.png"],
}
