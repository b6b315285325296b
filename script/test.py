# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run pytest with a fresh database that has the addon: `script/test [PYTEST ARGS]`."""

import os
import subprocess
import sys

from workspace import LOGS, ROOT, WorkspaceError, exit_on_sigterm
from workspace.databases import odoo_database
from workspace.postgresql import postgresql
from workspace.servers import PYTHON, odoo_options


def main(arguments):
    exit_on_sigterm()
    try:
        with postgresql(), odoo_database(f"autenti_test_{os.getpid()}") as database:
            return subprocess.call(pytest_command(database, arguments), cwd=ROOT)
    except WorkspaceError as error:
        return f"test: {error}"


def pytest_command(database, arguments):
    command = [PYTHON, "-m", "pytest", "--odoo-http", "--odoo-log-level=warn"]
    screenshots = f"--screenshots={LOGS / 'screenshots'}"
    for option in (*odoo_options(database), screenshots):
        # pytest-odoo hands on what follows; the two it knows by name must go so.
        name, _, value = option.removeprefix("--").partition("=")
        known = name in ("database", "addons-path")
        command += [f"--odoo-{name}={value}"] if known else ["--odoo-extra", option[2:]]
    return [*command, *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
