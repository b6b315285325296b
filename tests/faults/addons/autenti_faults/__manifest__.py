# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti under faults",
    "summary": "Loaded into a server, not installed: a faster clock, and mutations",
    "version": "19.0.1.0.0",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "depends": ["autenti_esign"],
    "post_load": "post_load",
}
