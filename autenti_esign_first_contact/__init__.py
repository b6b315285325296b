# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

# It also works without Odoo:
# python -m autenti_esign_first_contact.first_contact
if __name__.startswith("odoo.addons."):
    from . import models
    from . import wizards
