# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Autenti's Public API v2, without Odoo.

Autenti's own pages are cited by name; they are under
https://developers.autenti.com/docs/autenti-public-api-v2/
"""
