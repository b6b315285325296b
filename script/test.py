# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run pytest with fresh databases: `script/test [PYTEST ARGS]`.

Each addon's tests run in a database that has this addon and what it depends on. Without
arguments all tests run, with arguments those that they choose. What depends on pyHanko
runs with its newest release as well then.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from workspace import LOGS, NEWEST_VENV, ROOT, WorkspaceError, handle_signals
from workspace.databases import ADDON, ADDONS, odoo_database
from workspace.postgresql import postgresql
from workspace.servers import PYTHON, odoo_options

# Long folders are dealt to several runs. What waits most of the time begins first, then
# what takes longest
PARTS = {
    "tests/faults": 1,
    "tests/system": 4,
    "autenti_esign/tests": 3,
    "autenti_esign_pades": 1,
    "tests/attacks": 1,
}
# What depends on pyHanko, and not on Odoo
SIGNING = (
    "tests/pades",
    "autenti_emulator/tests/test_signing.py",
    "autenti_emulator/tests/test_files.py",
)
# One waits while others work
RUNS_AT_ONCE = (os.cpu_count() or 1) + 1
FAILED = ("FAILED ", "SUBFAILED", "ERROR ")
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
    """Run all tests, several runs at once; print what came of each as it ends."""
    LOGS.mkdir(exist_ok=True)
    waiting = list(find_commands())
    runs, codes, failed = {}, [], []
    try:
        while waiting or runs:
            while waiting and len(runs) < RUNS_AT_ONCE:
                log = LOGS / f"test_{os.getpid()}_{len(waiting)}.log"
                runs[start(waiting.pop(0), log)] = log
            for run in [run for run in runs if run.poll() is not None]:
                lines = runs.pop(run).read_text().splitlines()
                print(*lines, sep="\n", flush=True)
                failed += [line for line in lines if line.startswith(FAILED)]
                codes.append(run.returncode)
            time.sleep(0.2)
    finally:
        for run in runs:
            run.send_signal(signal.SIGINT)
        for run in runs:
            run.wait()
    print(*failed, f"runs: {len(codes)}, failed: {sum(map(bool, codes))}", sep="\n")
    # A signal's code is below zero
    return next(filter(None, codes), 0)


def start(command, log):
    with log.open("w") as file:
        return subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)


def find_commands():
    """Give the commands that together run all tests."""
    folders = {p.relative_to(ROOT) for p in (ROOT / "tests").iterdir() if p.is_dir()}
    folders = {*PARTS, *map(str, folders), *ADDONS[1:], "autenti_emulator"}
    for folder in (*PARTS, *sorted(folders.difference(PARTS))):
        for files in deal(folder, PARTS.get(folder, 1)):
            yield [sys.executable, "-B", __file__, *files]
    newest = NEWEST_VENV / "bin" / "python"
    yield [newest, "-m", "pytest", "-p", "no:odoo", *SIGNING]


def deal(folder, count):
    """Return the test files of a folder in so many lists."""
    paths = sorted((ROOT / folder).rglob("test_*.py"))
    files = [str(path.relative_to(ROOT)) for path in paths]
    return [files[start::count] for start in range(count)]


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
