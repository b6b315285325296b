# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's command line as a script: with workers, Odoo starts itself by its path."""

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
