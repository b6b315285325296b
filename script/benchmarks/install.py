# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Does it take longer to install the addon where there are many contracts?"""

import os
import time

from workspace import progress
from workspace.databases import ADDON, copy_database, odoo_database, remove_database
from workspace.servers import run_odoo

from odoo.sql_db import close_db
from odoo.tools import SQL

from . import at_most
from .environment import environment
from .queries import create_agreements
from .scale import multiply

MANY = 100_000
TURNS = 3
TITLE = "installing at 10⁵ contracts, to that at none"


def measure():
    name = f"autenti_bench_install_{os.getpid()}"
    with (
        odoo_database(f"{name}_empty", addons=("agreement",)) as empty,
        odoo_database(f"{name}_full", addons=("agreement",)) as full,
    ):
        fill_agreements(full)
        few, many = [], []
        for _turn in range(TURNS):
            for database, samples in ((empty, few), (full, many)):
                samples.append(install(database))
        yield at_most(TITLE, many, few, 1.5)


def fill_agreements(database):
    with environment(database) as env, progress(f"{MANY} contracts"):
        agreement = create_agreements(env, env.user)[:1]
        env.flush_all()
        multiply(env, agreement, MANY, {"code": SQL("'M/' || number")})
        env.cr.commit()
    # A database in use can't be copied
    close_db(database)


def install(database):
    """Return the seconds that it takes in a copy of the database."""
    copy = f"{database}_copy"
    copy_database(database, copy)
    try:
        begun = time.perf_counter()
        run_odoo(copy, "--init", ADDON, "--skip-auto-install", "--stop-after-init")
        return time.perf_counter() - begun
    finally:
        remove_database(copy)
