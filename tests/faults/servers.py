# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Several Odoo servers on one database, which die without a word and come again."""

import contextlib
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
from workspace.servers import ADDONS_PATH, free_port, log_problems, odoo

ADDONS = Path(__file__).parent / "addons"
LOAD = ("base", "rpc", "web", "autenti_faults")
# Where jobs do the work
CHANNELS = "ODOO_QUEUE_JOB_CHANNELS"
CAPACITY = "root:16,root.autenti:8"
MUTATION = "AUTENTI_MUTATION"
TICK = 1  # seconds that a minute of the cron jobs lasts
EXPECTED_LOGS = (
    # What a person is told; a bug is an ERROR
    r" WARNING \S+ odoo\.http: ",
    # The second of two clicks at once
    r"odoo\.sql_db: bad query: b?['\"]?INSERT INTO \"autenti_request\"",
    # A job ends a request while the cron job tidies its callbacks; the next run does
    r"odoo\.sql_db: bad query: b?['\"]? ?UPDATE \"autenti_callback\"",
    # Of a cron job's last three runs none came to its end
    r" ERROR \S+ odoo\.addons\.base\.models\.ir_cron: Job '[^']+' \(\d+\) timed out",
    # Reading the process has failed so often
    # What a killed server was doing when jobs do the work
    r" WARNING \S+ odoo\.addons\.queue_job\.jobrunner\.runner: Re-queued dead job ",
)


class Odoo:
    """One server, at one address whenever it runs."""

    def __init__(self, database, name, load=LOAD):
        self.database = database
        self.load = load
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.logs = []
        self.server = None
        self._block = None

    def start(self):
        log_name = f"{self.database}-{self.name}{len(self.logs)}.log"
        addons = ",".join(map(str, (*ADDONS_PATH, ADDONS)))
        options = (f"--addons-path={addons}", f"--load={','.join(self.load)}")
        self._block = contextlib.ExitStack()
        self.server = self._block.enter_context(
            odoo(self.database, self.port, *options, log_name=log_name)
        )
        self.logs.append(self.server.log)

    def kill(self):
        """End it as a power cut does, with all that it started."""
        os.killpg(self.server.process.pid, signal.SIGKILL)
        self.stop()

    def stop(self):
        if self._block:
            self._block.close()
            self._block = None


def start_all(servers):
    with ThreadPoolExecutor() as pool:
        list(pool.map(Odoo.start, servers))


@contextlib.contextmanager
def odoo_servers(database, names="AB", mutation=None, queue=False):
    """Run servers, and give them as a list of `Odoo`.

    :param bool queue: each with a job runner, of which one is at work
    """
    load = (*LOAD, "queue_job") if queue else LOAD
    servers = [Odoo(database, name, load) for name in names]
    if mutation:
        os.environ[MUTATION] = mutation
    if queue:
        os.environ[CHANNELS] = CAPACITY
    try:
        start_all(servers)
        with clock(database):
            yield servers
    finally:
        os.environ.pop(MUTATION, None)
        os.environ.pop(CHANNELS, None)
        for server in servers:
            server.stop()


@contextlib.contextmanager
def clock(database):
    """Let the minute pass faster after which Odoo runs its cron jobs."""
    over = threading.Event()

    def run():
        while not over.wait(TICK):
            # As `ir.cron._trigger` does
            execute(database, RING)
            execute("postgres", f"NOTIFY cron_trigger, '{database}'")

    ticker = threading.Thread(target=run, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        over.set()
        ticker.join()


RING = """
INSERT INTO ir_cron_trigger (cron_id, call_at)
SELECT res_id, now() AT TIME ZONE 'UTC' FROM ir_model_data
WHERE module = 'autenti_esign' AND name = 'ir_cron_autenti_request'
"""


def execute(database, statement):
    """Change a database behind Odoo's back."""
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def find_problems(servers):
    """Return the lines that no kill and no refusal explains."""
    return [
        f"{log.name}: {line}"
        for server in servers
        for log in server.logs
        for line in log_problems(log, EXPECTED_LOGS)
    ]
