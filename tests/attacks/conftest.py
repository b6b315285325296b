# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A running Odoo with the demo data of all addons, as attackers find it."""

import contextlib
import os

import pytest
from workspace.databases import ADDONS, odoo_database
from workspace.servers import emulator, odoo
from workspace.stage import Stage

# Among the addons is the queue, whose runner works where it is loaded first
RUNNER = "--load=base,web,queue_job"
# Odoo logs each attack that it wards off
WARDED_OFF = (
    r" odoo\.http: ",
    r" odoo\.addons\.web\.controllers\.export: ",
    r"client\.webhook: Autenti's keys can't be had",
)


@pytest.fixture(scope="session")
def stage(tmp_path_factory):
    """A real Odoo and a real emulator, all companies connected.

    It is shared by all attackers, so each leaves the demo data as they were.
    """
    with contextlib.ExitStack() as stack:
        name = f"autenti_attacks_{os.getpid()}"
        database = stack.enter_context(odoo_database(name, demo=True, addons=ADDONS))
        it = Stage(
            odoo=stack.enter_context(odoo(database, None, RUNNER)),
            emulator=stack.enter_context(emulator(tmp_path_factory.mktemp("state"))),
            database=database,
            expected_problems=WARDED_OFF,
        )
        it.connect_companies()
        yield it
