# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti, credulous",
    "summary": "Loaded into a server, not installed: mistakes to be found",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "author": "autenti_esign contributors",
    "depends": ["autenti_esign"],
}
