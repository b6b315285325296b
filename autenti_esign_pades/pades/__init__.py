# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a signed PDF proves. Knows PDF and certificates, not Odoo.

`isolation.validate` is the way in for whoever must not be harmed by a file;
`validation.validate` does the work, in the process that calls it.
"""
