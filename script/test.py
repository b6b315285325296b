# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run pytest with a fresh database that has the addon: `script/test [PYTEST ARGS]`."""

import os
import signal
import subprocess
import sys

from workspace import LOGS, ROOT, WorkspaceError, handle_signals
from workspace.databases import odoo_database
from workspace.postgresql import postgresql
from workspace.servers import PYTHON, odoo_options


def main(arguments):
    handle_signals()
    try:
        with postgresql(), odoo_database(f"autenti_test_{os.getpid()}") as database:
            return run(pytest_command(database, arguments))
    except WorkspaceError as error:
        return f"test: {error}"
    except KeyboardInterrupt:
        return "test: ended"


def run(command):
    """Run a command to its end, also when we are told to end."""
    with subprocess.Popen(command, cwd=ROOT) as process:
        # Ctrl-C reaches the command as well.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        return process.wait()


def pytest_command(database, arguments):
    command = [PYTHON, "-m", "pytest", "--odoo-http", "--odoo-log-level=warn"]
    screenshots = f"--screenshots={LOGS / 'screenshots'}"
    # Odoo would cap the memory of this process, and so that of the browsers it starts.
    unlimited = "--limit-memory-hard=0"
    for option in (*odoo_options(database), screenshots, unlimited):
        # pytest-odoo hands on what follows; the two it knows by name must go so.
        name, _, value = option.removeprefix("--").partition("=")
        known = name in ("database", "addons-path")
        command += [f"--odoo-{name}={value}"] if known else ["--odoo-extra", option[2:]]
    return [*command, *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
