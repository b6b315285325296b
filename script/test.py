# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run pytest with fresh databases: `script/test [PYTEST ARGS]`.

Each addon's tests run in a database that has this addon and what it depends on. Without
arguments all tests run, with arguments those that they choose. What depends on pyHanko
runs with its newest release as well then.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from workspace import LOGS, NEWEST_VENV, ROOT, WorkspaceError, handle_signals
from workspace.databases import ADDON, ADDONS, odoo_database
from workspace.postgresql import postgresql
from workspace.servers import PYTHON, odoo_options

# Those that wait most of the time run beside the others
WAITING = ("tests/faults", "tests/system/test_job_queue.py")
PATIENT = (*WAITING, *ADDONS[1:])
OTHERS = [f"--ignore={path}" for path in WAITING]
# What depends on pyHanko, and not on Odoo
SIGNING = (
    "tests/pades",
    "autenti_emulator/tests/test_signing.py",
    "autenti_emulator/tests/test_files.py",
)
INTERRUPTED = 2  # pytest's exit code


def main(arguments):
    handle_signals()
    try:
        with postgresql():
            if arguments:
                return run_tests(arguments)
            return run_all()
    except WorkspaceError as error:
        return f"test: {error}"
    except KeyboardInterrupt:
        return "test: ended"


def run_all():
    """Run all tests, and print after the others what came of those beside them."""
    LOGS.mkdir(exist_ok=True)
    pytest = ("-m", "pytest", "-p", "no:odoo")
    commands = {
        "patient": [sys.executable, "-B", __file__, *PATIENT],
        "newest": [NEWEST_VENV / "bin" / "python", "-B", *pytest, *SIGNING],
    }
    with contextlib.ExitStack() as stack:
        beside = [
            stack.enter_context(start_beside(name, command))
            for name, command in commands.items()
        ]
        code = run_tests(OTHERS)
        if code == INTERRUPTED:
            for process in beside:
                process.send_signal(signal.SIGINT)
    return next(filter(None, (code, *(one.returncode for one in beside))), 0)


@contextlib.contextmanager
def start_beside(name, command):
    """Run a command beside the block, and print at the end what it wrote.

    :return: its process, which has ended when the block is left
    """
    with (LOGS / f"test_{os.getpid()}_{name}.log").open("w+") as log:
        with subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as process:
            yield process
        log.seek(0)
        print(log.read(), end="", flush=True)


def run_tests(arguments):
    """Run the tests that pytest's arguments choose, one addon after the other."""
    codes = []
    for addon, chosen in group(arguments).items():
        name = f"autenti_test_{os.getpid()}"
        with odoo_database(name, addons=(addon,)) as database:
            codes.append(run(pytest_command(database, chosen)))
        if INTERRUPTED in codes:
            break
    # A signal's code is below zero
    return next(filter(None, codes), 0)


def group(arguments):
    """Return pytest's arguments by the addon whose tests they choose."""
    paths = [each for each in arguments if Path(each.partition("::")[0]).exists()]
    options = [each for each in arguments if each not in paths]
    groups = {} if paths else {ADDON: options}
    for path in paths:
        [folder, *_] = Path(path).parts
        addon = folder if folder in ADDONS else ADDON
        groups.setdefault(addon, list(options)).append(path)
    return groups


def run(command):
    """Run a command to its end, also when we are told to end."""
    with subprocess.Popen(command, cwd=ROOT) as process:
        # Ctrl-C reaches the command as well.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        code = process.wait()
    handle_signals()
    return code


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
