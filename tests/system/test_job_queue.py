# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two servers and OCA's job runner send on one database, as fast as they may."""

import contextlib
import os
import time
from collections import Counter

import pytest
from workspace import wait_until
from workspace.databases import odoo_database
from workspace.servers import emulator, log_problems, odoo
from workspace.stage import ACTS, Stage

CONTRACTS = 12
LATENCY = 0.5  # seconds that Autenti takes for each call
CAPACITIES = (1, 4)
SENDING_TIME = 90  # seconds
LOAD = "--load=base,web,queue_job"


@pytest.fixture(scope="module")
def parts(state):
    """The database and the emulator, which outlive the servers."""
    name = f"autenti_queue_{os.getpid()}"
    addons = ("autenti_esign_queue_job",)
    with odoo_database(name, True, addons) as database, emulator(state) as autenti:
        yield database, autenti


@contextlib.contextmanager
def idle_server(database, autenti):
    """Run a server that works on nothing by itself."""
    with odoo(database, None, "--max-cron-threads=0") as server:
        yield Stage(server, autenti, database)
        assert not log_problems(server.log)


@contextlib.contextmanager
def two_servers(database, autenti):
    with (
        odoo(database, None, LOAD) as first,
        odoo(database, None, LOAD, log_name=f"{database}_second.log") as second,
    ):
        yield Stage(first, autenti, database)
        assert not log_problems(first.log)
        assert not log_problems(second.log)


def submit_many(stage):
    """Click on Send for many contracts, and return the ids of their requests."""
    act = ACTS["individual"]
    user = stage.log_in(act.salesperson)
    original = stage.admin.ref(act.agreement)
    request_ids = []
    for number in range(CONTRACTS):
        values = {"name": "Contract", "code": f"{time.monotonic()}-{number}"}
        [agreement] = user.call("agreement", "copy", [original], values)
        request_ids.append(stage.submit(user, agreement))
    return request_ids


def measure_sending(stage, request_ids):
    """Wait until all are sent, and return the seconds from first call to last."""

    def are_sent():
        domain = [("id", "in", request_ids), ("state", "=", "sent")]
        return stage.admin.call("autenti.request", "search_count", domain) == CONTRACTS

    wait_until(are_sent, "all are sent", SENDING_TIME)
    calls = [
        call
        for call in stage.control("GET", "requests").json()
        if call["method"] == "POST" and "/document-processes" in call["path"]
    ]
    steps = Counter(call["path"].rsplit("/", 1)[-1] for call in calls)
    assert steps == dict.fromkeys(("document-processes", "files", "actions"), CONTRACTS)
    moments = [call["at"] for call in calls]
    return max(moments) - min(moments) + LATENCY


def test_rate_grows_with_the_channel(parts, monkeypatch):
    slow = {"path": "/api/v2/document-processes*"}
    slow["action"] = {"type": "delay", "seconds": LATENCY}
    seconds = {}
    for capacity in CAPACITIES:
        channels = f"root:8,root.autenti:{capacity}"
        monkeypatch.setenv("ODOO_QUEUE_JOB_CHANNELS", channels)
        with idle_server(*parts) as stage:
            if not seconds:
                stage.connect_companies()
            stage.control("PUT", "faults", {"rules": [slow]})
            stage.control("DELETE", "requests")
            request_ids = submit_many(stage)
        with two_servers(*parts) as stage:
            seconds[capacity] = measure_sending(stage, request_ids)
            jobs = [
                ("channel", "=", "root.autenti"),
                ("identity_key", "in", [f"autenti.request,{i}" for i in request_ids]),
            ]
            # Each exactly once, and none fails
            counted = stage.admin.call("queue.job", "search_count", jobs)
            assert counted == CONTRACTS
            failed = [*jobs, ("state", "=", "failed")]
            assert not stage.admin.call("queue.job", "search_count", failed)
    one, four = (seconds[capacity] for capacity in CAPACITIES)
    assert four < one / 2, seconds
