# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

# The client also works without Odoo
if __name__.startswith("odoo.addons."):
    from . import controllers
    from . import log_filter
    from . import models
    from . import wizards
    from .hooks import uninstall_hook
