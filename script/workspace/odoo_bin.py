# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's command line as a script: with workers, Odoo starts itself by its path.

The passwords are those of tests and demos. Odoo takes half a second of processor time
to compare one, which is to hinder who guesses; here it would hinder who waits.
"""

import odoo.cli

from odoo.addons.base.models import res_users

res_users.MIN_ROUNDS = 1000

if __name__ == "__main__":
    odoo.cli.main()
