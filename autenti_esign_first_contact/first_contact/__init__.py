# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is assumed of Autenti's API, tried with a test account. Needs no Odoo."""
