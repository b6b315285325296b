# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Post forged callbacks at a real Odoo server, and tell what came of it."""

import argparse
import os
import sys
import time

from workspace import WorkspaceError, handle_signals, progress
from workspace.campaign import Campaign, KeyServer
from workspace.databases import odoo_database
from workspace.postgresql import postgresql
from workspace.servers import odoo


def main():
    parser = argparse.ArgumentParser(prog="script/forge", description=__doc__)
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("--requests", type=int, default=10_000)
    arguments = parser.parse_args()
    handle_signals()
    print(f"seed {arguments.seed}", flush=True)
    try:
        outcome = run(arguments.seed, arguments.requests)
    except WorkspaceError as error:
        sys.exit(f"forge: {error}")
    except KeyboardInterrupt:
        sys.exit("forge: ended")
    print(outcome.to_markdown())
    sys.exit(bool(outcome.problems))


def run(seed, count):
    name = f"autenti_forge_{os.getpid()}"
    with (
        postgresql(),
        odoo_database(name) as database,
        KeyServer() as keys,
        odoo(database, None, "--max-cron-threads=0") as server,
    ):
        campaign = Campaign(server, database, keys)
        campaign.connect()
        with progress(f"{count} forged callbacks"):
            return campaign.run(seed, count)


if __name__ == "__main__":
    main()
