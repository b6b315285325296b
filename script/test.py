# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run pytest with fresh databases: `script/test [PYTEST ARGS]`.

Each addon's tests run in a database that has this addon and what it depends on. Without
arguments all tests run, with arguments those that they choose, of one addon.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from workspace import LOGS, ROOT, WorkspaceError, handle_signals
from workspace.databases import ADDON, ADDONS, odoo_database
from workspace.postgresql import postgresql
from workspace.servers import PYTHON, odoo_options


def main(arguments):
    handle_signals()
    try:
        with postgresql():
            if arguments:
                return run_tests(find_addon(arguments), arguments)
            codes = [run_tests(ADDON, [])]
            codes += [run_tests(addon, [addon]) for addon in ADDONS[1:]]
            return max(codes)
    except WorkspaceError as error:
        return f"test: {error}"
    except KeyboardInterrupt:
        return "test: ended"


def find_addon(arguments):
    """Return the addon whose tests pytest's arguments choose."""
    folders = {Path(argument).parts[:1] for argument in arguments}
    return next((addon for addon in ADDONS if (addon,) in folders), ADDON)


def run_tests(addon, arguments):
    name = f"autenti_test_{os.getpid()}"
    with odoo_database(name, addons=(addon,)) as database:
        return run(pytest_command(database, arguments))


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
