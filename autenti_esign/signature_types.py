# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What people choose between for a signature, by the word of Autenti's API."""

from .client import const

SIGNATURE_TYPES = [
    (const.SIGNATURE_BASIC, "Basic"),
    (const.SIGNATURE_ADVANCED, "Advanced"),
    (const.SIGNATURE_QUALIFIED, "Qualified"),
]
