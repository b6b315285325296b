# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Installing takes no longer where there are many contracts already."""

import os

from workspace import LOGS
from workspace.databases import ADDON, INSTALL, odoo_database
from workspace.servers import run_odoo

COMPUTES = "Prepare computation of "


def test_nothing_is_computed_for_contracts_that_are_there():
    name = f"autenti_install_{os.getpid()}"
    with odoo_database(name, demo=True, addons=("agreement",)) as database:
        run_odoo(database, "--init", ADDON, *INSTALL)
        log = (LOGS / f"{database}.install.log").read_text()
    computed = [line.partition(COMPUTES)[2] for line in log.splitlines()]
    assert any(field.startswith("res.users.") for field in computed)
    assert [field for field in computed if field.startswith("agreement.")] == []
