# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Connect the demo data's companies with the emulator, where both run already."""

import argparse
import sys

from workspace import WorkspaceError
from workspace.servers import Server
from workspace.stage import Stage


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    # As in compose.yaml
    parser.add_argument("--odoo", default="http://localhost:8069", metavar="URL")
    parser.add_argument("--emulator", default="http://localhost:8090", metavar="URL")
    parser.add_argument("--database", default="autenti", metavar="NAME")
    arguments = parser.parse_args()
    stage = Stage(
        Server(arguments.odoo), Server(arguments.emulator), arguments.database
    )
    try:
        stage.connect_companies()
        stage.trust_authority()
    except WorkspaceError as error:
        sys.exit(f"connect: {error}")


if __name__ == "__main__":
    main()
