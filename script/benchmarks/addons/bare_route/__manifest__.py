# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Bare route",
    "summary": "Stores what is posted by one INSERT: what callbacks are measured by",
    "version": "19.0.1.0.0",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "depends": ["web"],
}
