# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Contracts sent a second by jobs, as the capacity of their channel grows.

Two servers share the database; the job runner of one of them is at work.
"""

import os
import time
from collections import Counter
from contextlib import contextmanager

from workspace import WorkspaceError, wait_until
from workspace.servers import log_problems, odoo
from workspace.stage import ACTS, Stage

from . import Row, at_least
from .environment import emulated

ADDON = "autenti_esign_queue_job"
CONTRACTS = 12  # in each turn
TURNS = 2
CAPACITIES = (1, 4)
LATENCY = 0.5  # seconds that Autenti takes for each call
SENDING_TIME = 90  # seconds, at most
LOAD = "--load=base,web,queue_job"
PROCESSES = "/api/v2/document-processes"
STEPS = ("document-processes", "files", "actions")


def measure(turns=TURNS):
    rates = {capacity: [] for capacity in CAPACITIES}
    counts = Counter()
    with emulated("queue", demo=True, addons=(ADDON,)) as (*parts, _state):
        with idle_server(*parts) as it:
            it.connect_companies()
        for _turn in range(turns):
            for capacity, samples in rates.items():
                calls = send_many(parts, capacity)
                moments = [call["at"] for call in calls]
                samples.append(CONTRACTS / (max(moments) - min(moments) + LATENCY))
                counts.update(call["path"].rsplit("/", 1)[-1] for call in calls)
    few, many = CAPACITIES
    yield at_least(
        f"contracts sent a second by {many} jobs at once, to {few}",
        *(rates[many], rates[few], many / 2),
    )
    total = CONTRACTS * turns * len(CAPACITIES)
    yield Row(
        "steps done for contracts sent by jobs",
        ", ".join(f"{counts[step]} {step}" for step in STEPS),
        f"{total} each",
        counts == dict.fromkeys(STEPS, total),
    )


def send_many(parts, capacity):
    """Have jobs send contracts.

    :return: the calls that the emulator got for them
    """
    with idle_server(*parts) as it:
        delay = {"type": "delay", "seconds": LATENCY}
        rule = {"path": f"{PROCESSES}*", "action": delay}
        it.control("PUT", "faults", {"rules": [rule]})
        it.control("DELETE", "requests")
        request_ids = submit_many(it)
    with two_servers(*parts, capacity) as it:
        wait_until_sent(it, request_ids)
        calls = it.control("GET", "requests").json()
    return [
        c for c in calls if c["method"] == "POST" and c["path"].startswith(PROCESSES)
    ]


@contextmanager
def idle_server(database, autenti):
    """Run a server that works on nothing by itself."""
    with odoo(database, None, "--max-cron-threads=0") as server:
        yield Stage(server, autenti, database)


@contextmanager
def two_servers(database, autenti, capacity):
    """Run servers with job runners, whose channel has room for so many jobs."""
    os.environ["ODOO_QUEUE_JOB_CHANNELS"] = f"root:8,root.autenti:{capacity}"
    second_log = f"{database}_second.log"
    try:
        with (
            odoo(database, None, LOAD) as first,
            odoo(database, None, LOAD, log_name=second_log) as second,
        ):
            yield Stage(first, autenti, database)
            if problems := log_problems(first.log) + log_problems(second.log):
                raise WorkspaceError("\n".join(["Odoo logged:", *problems]))
    finally:
        del os.environ["ODOO_QUEUE_JOB_CHANNELS"]


def submit_many(it):
    """Click on Send for many contracts, and return the ids of their requests."""
    act = ACTS["individual"]
    user = it.log_in(act.salesperson)
    original = it.admin.ref(act.agreement)
    request_ids = []
    for number in range(CONTRACTS):
        values = {"name": "Contract", "code": f"{time.monotonic()}-{number}"}
        [agreement] = user.call("agreement", "copy", [original], values)
        request_ids.append(it.submit(user, agreement))
    return request_ids


def wait_until_sent(it, request_ids):
    """Wait until all are sent, by one job each, of which none has failed."""

    def are_sent():
        domain = [("id", "in", request_ids), ("state", "=", "sent")]
        return it.admin.call("autenti.request", "search_count", domain) == CONTRACTS

    wait_until(are_sent, "all are sent", SENDING_TIME)
    keys = [f"autenti.request,{request_id}" for request_id in request_ids]
    domain = [("identity_key", "in", keys), ("channel", "=", "root.autenti")]
    jobs = it.admin.search_read("queue.job", domain, ["state"])
    if len(jobs) != CONTRACTS or any(job["state"] == "failed" for job in jobs):
        raise WorkspaceError(f"The jobs of {CONTRACTS} contracts: {jobs}")
