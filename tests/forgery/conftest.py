# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import contextlib
import os

import pytest
from workspace.campaign import Campaign, KeyServer
from workspace.databases import odoo_database
from workspace.servers import odoo


@pytest.fixture(scope="session")
def run_campaigner():
    """Gives a campaign against an Odoo server of its own, all on one database."""
    connected = False

    @contextlib.contextmanager
    def run_campaigner(*options):
        nonlocal connected
        # With cron jobs the memory would tell of them as well
        with odoo(database, None, "--max-cron-threads=0", *options) as server:
            campaign = Campaign(server, database, keys)
            if not connected:
                campaign.connect()
                connected = True
            yield campaign

    with (
        odoo_database(f"autenti_forgery_{os.getpid()}") as database,
        KeyServer() as keys,
    ):
        yield run_campaigner


@pytest.fixture(scope="module")
def campaign(run_campaigner):
    """A campaign against an Odoo that nobody has tampered with."""
    with run_campaigner() as campaign:
        yield campaign
