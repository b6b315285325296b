# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The client of `autenti_esign`: by Odoo, or from the folder above both addons."""

# ruff: noqa: F401
if __name__.startswith("odoo.addons."):
    from odoo.addons.autenti_esign.client import (
        assumptions,
        auth,
        const,
        deadline,
        errors,
        jwk,
        payload,
        session,
    )
else:
    from autenti_esign.client import (
        assumptions,
        auth,
        const,
        deadline,
        errors,
        jwk,
        payload,
        session,
    )
