# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A private PostgreSQL of the workspace, and databases in it.

Several runs (a demo, the tests) share one cluster: the first starts it, the last stops
it. With `PGHOST` set that server is used instead, as libpq's variables describe it.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from . import LOGS, TAG, WORKSPACE, WorkspaceError, locked

# PostgreSQL refuses to run as root, so there it runs as Debian's own user.
SERVER_USER = "postgres"
CONNECTION = {"PGPORT": "5432", "PGUSER": "odoo"}
START_TIMEOUT = 60  # seconds
# The databases can be made again at any time, so speed goes before durability.
SETTINGS = {
    "listen_addresses": "",
    "port": CONNECTION["PGPORT"],
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    # What the server does by itself in the background, as seldom as it can
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "wal_writer_delay": "10s",
    "bgwriter_lru_maxpages": "0",
    "max_wal_senders": "0",
    "autovacuum": "off",
    # Compiling a query costs more than any of these databases gives back
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "256MB",
}


@contextlib.contextmanager
def postgresql():
    """Have a server in libpq's environment variables while the block runs.

    :raise WorkspaceError: when it does not start
    """
    if "PGHOST" in os.environ:
        yield
        return
    cluster = Cluster()
    with (WORKSPACE / "postgresql.users").open("w") as users:
        with locked("postgresql"):
            fcntl.flock(users, fcntl.LOCK_SH)
            if not cluster.is_running():
                cluster.start()
        variables = CONNECTION | {"PGHOST": str(cluster.socket)}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name in variables:
                del os.environ[name]
            with locked("postgresql"), contextlib.suppress(BlockingIOError):
                # Only when nobody else holds it is the lock to be had alone.
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.stop()


class Cluster:
    """A cluster on a Unix socket, run by PostgreSQL's own user when we are root."""

    def __init__(self):
        # A socket's path has at most 107 bytes, which a deep workspace would exceed.
        self.socket = Path(tempfile.gettempdir()) / f"autenti-pg-{TAG}"
        self.data = WORKSPACE / "pg"
        self.user = SERVER_USER if os.geteuid() == 0 else None
        self.process = None
        if self._call("test", "-x", WORKSPACE).returncode:
            # The server's user may not enter, for instance a clone in /root.
            self.data = Path("/var/tmp") / f"autenti-pg-{TAG}"

    def is_running(self):
        return not self._call("pg_ctl", "status", "-D", self.data).returncode

    def start(self):
        for folder in (self.data, self.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
            if self.user:
                shutil.chown(folder, self.user, self.user)
        if not any(self.data.iterdir()):
            options = ["--username", CONNECTION["PGUSER"], "--encoding", "UTF8"]
            options += ["--auth", "trust", "--locale", "C.UTF-8"]
            done = self._call("initdb", "-D", self.data, *options)
            if done.returncode:
                raise WorkspaceError(f"initdb: {done.stdout.strip()}")
        settings = SETTINGS | {"unix_socket_directories": self.socket}
        options = [f"-c{name}={value}" for name, value in settings.items()]
        LOGS.mkdir(exist_ok=True)
        log = LOGS / "postgresql.log"
        with log.open("w") as output:
            self.process = subprocess.Popen(
                self._command("postgres", "-D", self.data, *options),
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the caller, who stops the server in his own time.
                start_new_session=True,
                **self._run_as(),
            )
        deadline = time.monotonic() + START_TIMEOUT
        while self._call("pg_isready", "-h", self.socket).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise WorkspaceError(f"PostgreSQL did not start:\n{log.read_text()}")
            time.sleep(0.05)

    def stop(self):
        self._call("pg_ctl", "stop", "-D", self.data, "-m", "fast")
        if self.process:
            self.process.wait()
        shutil.rmtree(self.socket, ignore_errors=True)

    def _call(self, *command):
        return subprocess.run(
            self._command(*command),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._run_as(),
        )

    def _command(self, program, *arguments):
        # Debian keeps the server's programs away from PATH.
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
        return [shutil.which(program, path=path) or program, *map(str, arguments)]

    def _run_as(self):
        as_user = {"user": self.user, "group": self.user, "extra_groups": []}
        return {"cwd": "/"} | (as_user if self.user else {})


# === DATABASES === #


def database_names():
    """Return the names of the server's databases."""
    query = "SELECT datname FROM pg_database"
    return _client("psql", "-X", "-A", "-t", "-c", query, "postgres").split()


def create_database(name, template="template0"):
    """Make an empty database, or a copy of `template`."""
    _client("createdb", "--template", template, "--encoding", "UTF8", name)


def rename_database(name, new_name):
    query = f'ALTER DATABASE "{name}" RENAME TO "{new_name}"'
    _client("psql", "-X", "-c", query, "postgres")


def drop_database(name):
    """Drop a database if it exists, and the connections to it."""
    _client("dropdb", "--if-exists", "--force", name)


def _client(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkspaceError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout
