# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo and the emulator as processes that are gone when their block ends."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from . import LOGS, ODOO_HOME, ROOT, VENV, WORKSPACE, WorkspaceError

PYTHON = VENV / "bin" / "python"
ODOO_BIN = Path(__file__).with_name("odoo_bin.py")
BUNDLES = Path(__file__).with_name("bundles.py")
DATA = WORKSPACE / "data"
# Folders with addons besides Odoo's own
ADDONS_PATH = (ROOT, WORKSPACE / "addons/odoo/addons")
START_TIMEOUT = 120  # seconds
STOP_TIMEOUT = 15  # seconds
PROBLEM = re.compile(r"^[-\d]+ [:,\d]+ \d+ (WARNING|ERROR|CRITICAL) ")
# Odoo notes at one moment in several windows of a user that they are there or gone
NOISE = (r"\bmail_presence\b", r"bus\.websocket: could not serialize access")


@dataclass
class Server:
    """A running server; of one that we didn't start the address is all we know."""

    url: str
    log: Path | None = None
    process: subprocess.Popen | None = field(default=None, repr=False)


def odoo_options(database, addons=ADDONS_PATH):
    """Return Odoo's command line options for a database of the workspace.

    :param addons: folders with addons besides Odoo's own
    """
    if "ODOO_HOME" in os.environ:
        addons = [*addons, ODOO_HOME / "addons"]  # Debian keeps them in package `odoo`
    return [
        *([f"--addons-path={','.join(map(str, addons))}"] if addons else []),
        f"--data-dir={DATA}",
        f"--database={database}",
        f"--db-filter=^{re.escape(database)}$",
        "--no-database-list",
        "--http-interface=127.0.0.1",
    ]


def run_odoo(database, *options, addons=ADDONS_PATH, packages=""):
    """Run Odoo until it stops by itself, for instance to install addons.

    :param addons: as of `odoo_options`
    :param packages: folder with Python packages, also of addons
    :raise WorkspaceError: when it fails, or when its log has a warning or an error
    """
    options = (*odoo_options(database, addons), "--no-http", *options)
    _run_odoo(f"{database}.install.log", options, packages=packages)


def make_bundles(database):
    """Have a database's asset bundles made, for it and its copies."""
    with BUNDLES.open() as script:
        options = ("shell", *odoo_options(database), "--no-http")
        _run_odoo(f"{database}.bundles.log", options, script)


def _run_odoo(log_name, options, script=subprocess.DEVNULL, packages=""):
    log = LOGS / log_name
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            [PYTHON, ODOO_BIN, *options],
            env=os.environ | {"PYTHONPATH": str(packages)},
            stdin=script,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    problems = log_problems(log)
    if done.returncode or problems:
        raise WorkspaceError(f"Odoo failed: {_last_words(log)}")


@contextlib.contextmanager
def odoo(database, port=None, *options, log_name=None, addons=ADDONS_PATH):
    """Run Odoo's server on 127.0.0.1 for one database, and give the `Server`.

    :param str log_name: where several servers of a database each need a log
    :param addons: as of `odoo_options`
    """
    port = port or free_port()
    command = [PYTHON, ODOO_BIN, *odoo_options(database, addons), *options]
    command.append(f"--http-port={port}")
    log_name = log_name or f"{database}.log"
    with _serve("Odoo", command, port, "/web/health", log_name) as server:
        yield server


@contextlib.contextmanager
def emulator(state, port=None, *options):
    """Run the emulator on 127.0.0.1, its state in a folder, and give the `Server`."""
    port = port or free_port()
    command = [PYTHON, "-m", "autenti_emulator", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--state", state, *options]
    ready = "/developers/keys/webhook.jwks"
    with _serve("The emulator", command, port, ready, f"emulator-{port}.log") as server:
        yield server


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def log_problems(log, allowed=()):
    """Return the WARNING, ERROR and CRITICAL lines of an Odoo log, without its noise.

    :param allowed: regular expressions of the lines that are expected
    """
    rules = (*NOISE, *allowed)
    return [
        line
        for line in log.read_text(errors="replace").splitlines()
        if PROBLEM.match(line) and not any(re.search(rule, line) for rule in rules)
    ]


@contextlib.contextmanager
def _serve(name, command, port, ready_path, log_name):
    url = f"http://127.0.0.1:{port}"
    log = LOGS / log_name
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches us alone, and we end all of it.
            start_new_session=True,
        )
    try:
        _wait_until_ready(name, process, url + ready_path, log)
        yield Server(url, log, process)
    finally:
        _end(process)


def _wait_until_ready(name, process, url, log):
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise WorkspaceError(f"{name} ended at once: {_last_words(log)}")
        try:
            urllib.request.urlopen(url, timeout=START_TIMEOUT).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise WorkspaceError(
        f"{name} is not ready in {START_TIMEOUT} s: {_last_words(log)}"
    )


def _end(process):
    """End a process and all that it started."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(log, count=20):
    """Return the first problem in a log or its last line, then the log's tail."""
    lines = log.read_text(errors="replace").splitlines() or ["(no output)"]
    tail = "\n".join(f"    {line}" for line in lines[-count:])
    return f"{(log_problems(log) or lines[-1:])[0]}\n{tail}\n(all of it: {log})"
