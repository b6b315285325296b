# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run pytest with fresh databases: `script/test [--load N] [PYTEST ARGS]`.

Each addon's tests run in a database that has this addon and what it depends on, all
others without Odoo. Without pytest's arguments all tests and all checks of the code
run, with them the tests that they choose. What depends on pyHanko runs with its newest
release as well then.

With `--load N` the processors have N times as much to do, as on a slow machine.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from workspace import LOGS, NEWEST_VENV, ROOT, WorkspaceError, handle_signals
from workspace.databases import ADDON, ADDONS, TESTED_WITH, odoo_database
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
PROCESSORS = os.cpu_count() or 1
# One waits while others work
RUNS_AT_ONCE = PROCESSORS + 1
FAILED = ("FAILED ", "SUBFAILED", "ERROR ")
INTERRUPTED = 2  # pytest's exit code


@dataclass
class Part:
    """A command of the whole run, and what it took once it has ended."""

    name: str
    command: list
    process: subprocess.Popen | None = None
    start: float = 0
    seconds: float = 0  # by the clock
    work: float = 0  # seconds of processor time, of all that it started as well

    @property
    def log(self):
        return LOGS / f"test_{os.getpid()}_{self.name.replace('/', '_')}.log"

    def begin(self):
        self.start = time.monotonic()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, stdout=log, stderr=log
            )

    def has_ended(self):
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid:
            self.process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds = time.monotonic() - self.start
            self.work = usage.ru_utime + usage.ru_stime
        return bool(pid)


def main(arguments):
    handle_signals()
    load = 1
    if arguments[:1] == ["--load"]:
        load, arguments = int(arguments[1]), arguments[2:]
    parts = [] if arguments else list(find_parts())
    try:
        with busy_processors(load), postgresql():
            code = run_tests(arguments) if arguments else run_all(parts)
    except WorkspaceError as error:
        return f"test: {error}"
    except KeyboardInterrupt:
        return "test: ended"
    if parts:
        print_times(parts)
    return code


@contextlib.contextmanager
def busy_processors(load):
    """Have so many times as much to do on each processor while the block runs."""
    command = [sys.executable, "-c", "while True: pass"]
    processes = []
    try:
        for _number in range((load - 1) * PROCESSORS):
            processes.append(subprocess.Popen(command, start_new_session=True))
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run_all(parts):
    """Run all tests, several parts at once; print what came of each as it ends."""
    LOGS.mkdir(exist_ok=True)
    waiting, running, failed = list(parts), [], []
    try:
        while waiting or running:
            while waiting and len(running) < RUNS_AT_ONCE:
                running.append(waiting.pop(0))
                running[-1].begin()
            for part in [part for part in running if part.has_ended()]:
                running.remove(part)
                lines = part.log.read_text().splitlines()
                print(*lines, sep="\n", flush=True)
                failed += [line for line in lines if line.startswith(FAILED)]
            time.sleep(0.2)
    finally:
        for part in running:
            part.process.send_signal(signal.SIGINT)
        for part in running:
            part.process.wait()
    codes = [part.process.returncode for part in parts]
    print(*failed, f"runs: {len(codes)}, failed: {sum(map(bool, codes))}", sep="\n")
    # A signal's code is below zero
    return next(filter(None, codes), 0)


def print_times(parts):
    """Print what each part took, by the clock and of the processors; longest first."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = usage.ru_utime + usage.ru_stime
    print("   clock processor  (seconds)")
    for part in sorted(parts, key=lambda part: -part.work):
        print(f"{part.seconds:8.0f} {part.work:9.0f}  {part.name}")
    # Not when somebody else has started the server
    database = total - sum(part.work for part in parts)
    print(f"{'':8} {database:9.0f}  PostgreSQL")
    print(f"{'':8} {total:9.0f}  together")


def find_parts():
    """Give the parts that together run all checks and all tests."""
    # Busy while others wait for their first database
    yield Part("lint", ["script/lint"])
    yield Part("structure", ["script/structure"])
    yield Part("readme", ["script/readme", "--check"])
    folders = {p.relative_to(ROOT) for p in (ROOT / "tests").iterdir() if p.is_dir()}
    folders = {*PARTS, *map(str, folders), *ADDONS[1:], "autenti_emulator"}
    for folder in (*PARTS, *sorted(folders.difference(PARTS))):
        for number, files in enumerate(deal(folder, PARTS.get(folder, 1)), 1):
            command = [sys.executable, "-B", __file__, *files]
            yield Part(f"{folder}-{number}", command)
    yield Part("translations", ["script/translations", "--check"])
    newest = NEWEST_VENV / "bin" / "python"
    yield Part("newest", [newest, "-m", "pytest", "-p", "no:odoo", *SIGNING])


def deal(folder, count):
    """Return the test files of a folder in so many lists."""
    paths = sorted((ROOT / folder).rglob("test_*.py"))
    files = [str(path.relative_to(ROOT)) for path in paths]
    return [files[start::count] for start in range(count)]


def run_tests(arguments):
    """Run the tests that pytest's arguments choose, one addon after the other."""
    codes = []
    for addon, chosen in group(arguments).items():
        if addon:
            name = f"autenti_test_{os.getpid()}"
            addons = (addon, *TESTED_WITH.get(addon, ()))
            with odoo_database(name, addons=addons) as database:
                codes.append(run(pytest_command(chosen, odoo_plugin(database))))
        else:
            codes.append(run(pytest_command(chosen, ["-p", "no:odoo"])))
        if INTERRUPTED in codes:
            break
    # A signal's code is below zero
    return next(filter(None, codes), 0)


def group(arguments):
    """Return pytest's arguments by the addon whose tests they choose.

    Those of tests that start Odoo themselves, or need none, are under None.
    """
    paths = [each for each in arguments if Path(each.partition("::")[0]).exists()]
    options = [each for each in arguments if each not in paths]
    groups = {} if paths else {ADDON: options}
    for path in paths:
        [folder, *_] = Path(path).parts
        addon = folder if folder in ADDONS else None
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


def pytest_command(arguments, plugin):
    return [PYTHON, "-m", "pytest", *plugin, *arguments]


def odoo_plugin(database):
    """Return the options with which pytest has Odoo in its process."""
    options = ["--odoo-http", "--odoo-log-level=warn"]
    screenshots = f"--screenshots={LOGS / 'screenshots'}"
    # Odoo would cap the memory of this process, and so that of the browsers it starts.
    unlimited = "--limit-memory-hard=0"
    for option in (*odoo_options(database), screenshots, unlimited):
        # pytest-odoo hands on what follows; the two it knows by name must go so.
        name, _, value = option.removeprefix("--").partition("=")
        known = name in ("database", "addons-path")
        options += [f"--odoo-{name}={value}"] if known else ["--odoo-extra", option[2:]]
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
