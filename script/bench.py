# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Measure what the addon costs and gains: `script/bench [PART ...]`."""

import argparse
import sys

from benchmarks import (
    callbacks,
    emulator,
    growth,
    install,
    job_queue,
    processor,
    queries,
    rendering,
    scale,
    screens,
    sending,
    servers,
    storage,
    validation,
)
from workspace import WorkspaceError, handle_signals
from workspace.postgresql import postgresql

PARTS = {
    "callbacks": callbacks.measure,
    "sending": sending.measure,
    "processor": processor.measure,
    "job_queue": job_queue.measure,
    "servers": servers.measure,
    "queries": queries.measure,
    "rendering": rendering.measure,
    "scale": scale.measure,
    "install": install.measure,
    "validation": validation.measure,
    "screens": screens.measure,
    "emulator": emulator.measure,
    "growth": growth.measure,
    "storage": storage.measure,
}


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS)
    )
    arguments = parser.parse_args()
    handle_signals()
    try:
        with postgresql():
            rows = [row for part in arguments.parts or PARTS for row in PARTS[part]()]
    except WorkspaceError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit("bench: ended")
    print_table(rows)
    sys.exit(not all(row.reached for row in rows))


def print_table(rows):
    print("\n| measured | result | goal | reached |\n| --- | --- | --- | --- |")
    for row in rows:
        reached = "yes" if row.reached else "**no**"
        print(f"| {row.what} | {row.result} | {row.goal} | {reached} |")


if __name__ == "__main__":
    main()
