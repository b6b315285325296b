# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What demo, tests and benchmarks share: PostgreSQL, databases, Odoo, the emulator."""

import contextlib
import fcntl
import hashlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORKSPACE = ROOT / ".workspace"
VENV = WORKSPACE / "venv"
# The newest pyHanko, and no Odoo
NEWEST_VENV = WORKSPACE / "newest"
# A run with the newest packages has locks of its own
LOCKS = Path(os.environ.get("LOCKS") or ROOT / "script" / "locks")
LOGS = WORKSPACE / "logs"
# Tells what this workspace has outside its folder from what others have there.
TAG = hashlib.sha256(bytes(WORKSPACE)).hexdigest()[:8]
ODOO_HOME = Path(
    os.environ.get("ODOO_HOME") or WORKSPACE / "odoo/usr/lib/python3/dist-packages"
).resolve()

# For systems that have none; one of the system comes before it.
WKHTMLTOPDF = WORKSPACE / "wkhtmltopdf" / "wkhtmltopdf"
os.environ["PATH"] += f"{os.pathsep}{WKHTMLTOPDF.parent}"

# Odoo starts very often: it costs seconds of processor time each time that Python may
# not keep what it has compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


class WorkspaceError(Exception):
    """Something did not start or work; the text is the one line to show."""


def handle_signals():
    """Let SIGTERM end the program as Ctrl-C does: with all blocks left properly."""
    # Shells have what they start in the background ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def wait_until(condition, what, timeout=150):
    """Call `condition` until it holds.

    :param str what: is said to be true then
    :param float timeout: seconds
    :raise WorkspaceError: when it doesn't hold in time
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise WorkspaceError(f"waited {timeout} s in vain until {what}")
        time.sleep(0.1)


@contextlib.contextmanager
def locked(name):
    """Let one process at a time through, of all that use this workspace."""
    path = WORKSPACE / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def progress(name):
    """Show that `name` runs: seconds on a terminal, elsewhere a dot now and then."""
    done = threading.Event()
    start = time.monotonic()

    def tick():
        while not done.wait(1 if sys.stdout.isatty() else 10):
            passed = f"\r{name}: {time.monotonic() - start:.0f} s "
            print(passed if sys.stdout.isatty() else ".", end="", flush=True)

    print(f"{name}: ", end="", flush=True)
    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    except BaseException:
        print("failed")
        raise
    else:
        print(f"done ({time.monotonic() - start:.0f} s)")
    finally:
        done.set()
        ticker.join()
