# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Small clients, each in the manner of one that others use with Autenti.

They know nothing of the emulator and share nothing with it, and are as careless as
those are: what works with Autenti has to work here, unchanged but for the host.
"""
