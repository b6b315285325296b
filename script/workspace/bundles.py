# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""For `odoo shell`: what pages of Odoo load, made before somebody opens one.

A server makes a bundle when it is asked for first, and keeps it in the database. Of the
databases that are copied from one another each would make its own.
"""

SCRIPTS = ("web.assets_web", "web.assets_frontend_minimal", "web.assets_frontend_lazy")
STYLES = ("web.assets_web", "web.assets_frontend", "web.report_assets_common")

for name in SCRIPTS:
    env["ir.qweb"]._get_asset_bundle(name, css=False, js=True).js()
for name in STYLES:
    env["ir.qweb"]._get_asset_bundle(name, css=True, js=False).css()
env.cr.commit()
