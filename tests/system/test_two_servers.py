# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two servers work on one database at the same time: each step is done once."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from benchmarks.servers import count_in_a_minute
from workspace.rpc import User
from workspace.servers import log_problems, odoo
from workspace.stage import ACTS

CONTRACTS = 12
LATENCY = 0.5  # seconds
# Calls a minute of the other test, which has more contracts than fit in one
LIMIT = 60
LIMITED_CONTRACTS = 20
LIMITED_TIME = 300  # seconds, at most
# The jobs run when the test has them run: nobody changes one that runs by itself
IDLE = "--max-cron-threads=0"
SENT = "to_send -> sent"


@pytest.fixture(scope="module")
def odoo_options():
    return (IDLE,)


def run_on_both(stage, other):
    """Run the cron job on both servers at once.

    Odoo runs a job once at a time, so the other server has a copy of it.
    """
    job_id = stage.admin.ref("autenti_esign.ir_cron_autenti_request")
    copy_ids = stage.admin.call("ir.cron", "copy", [job_id])
    request_ids = stage.submit_copies(ACTS["individual"], CONTRACTS)
    admins = (stage.admin, User(other.url, stage.database, "admin", "admin"))
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(admin.call, "ir.cron", "method_direct_trigger", job_ids)
            for admin, job_ids in zip(admins, ([job_id], copy_ids), strict=True)
        ]
    assert [run.result() for run in runs] == [True, True]
    return request_ids


def test_no_request_is_worked_on_twice(stage):
    slow = {"path": "/api/v2/document-processes*"}
    slow["action"] = {"type": "delay", "seconds": LATENCY}
    # Both would link a callback to its request, and Odoo would log that one was late
    silent = {"action": {"type": "callback_lost"}}
    stage.control("PUT", "faults", {"rules": [slow, silent]})
    stage.control("DELETE", "requests")
    log_name = f"{stage.database}.other.log"
    with odoo(stage.database, None, IDLE, log_name=log_name) as other:
        request_ids = run_on_both(stage, other)
        for server in (stage.odoo, other):
            assert SENT in server.log.read_text(), "it had nothing to do"
        assert not log_problems(other.log)
    domain = [("id", "in", request_ids), ("state", "=", "sent")]
    assert stage.admin.call("autenti.request", "search_count", domain) == CONTRACTS
    steps = Counter(
        call["path"].rsplit("/", 1)[-1]
        for call in stage.control("GET", "requests").json()
        if call["method"] == "POST" and "/document-processes" in call["path"]
    )
    assert steps == {
        "document-processes": CONTRACTS,
        "files": CONTRACTS,
        "actions": CONTRACTS,
    }
    sends = [p["sends"] for p in stage.control("GET", "truth").json()["processes"]]
    assert sends == [1] * CONTRACTS


def test_the_limit_of_calls_holds_over_both(stage):
    connection_id = stage.admin.ref("autenti_esign.autenti_connection_individual_demo")
    limit = {"calls_per_minute": LIMIT}
    stage.admin.call("autenti.connection", "write", [connection_id], limit)
    stage.control("PUT", "settings", {"signed_file_delay": 0, **limit})
    silent = {"action": {"type": "callback_lost"}}
    stage.control("PUT", "faults", {"rules": [silent]})
    request_ids = stage.submit_copies(ACTS["individual"], LIMITED_CONTRACTS)
    stage.control("DELETE", "requests")
    log_name = f"{stage.database}.other.log"
    with odoo(stage.database, None, IDLE, log_name=log_name) as other:
        send_on_both(stage, other, request_ids, connection_id)
        for server in (stage.odoo, other):
            assert SENT in server.log.read_text(), "it had nothing to do"
        assert not log_problems(other.log)
    calls = stage.control("GET", "requests").json()
    assert not [call for call in calls if call["status"] == 429]
    assert len(calls) > LIMIT >= count_in_a_minute(calls)
    sends = stage.control("GET", "truth").json()["processes"]
    sends = [process["sends"] for process in sends]
    assert sends == [1] * (CONTRACTS + LIMITED_CONTRACTS)
    # Nobody but who runs the server has noticed
    requests = stage.admin.call("autenti.request", "read", request_ids, ["last_error"])
    assert not any(request["last_error"] for request in requests)


def send_on_both(stage, other, request_ids, connection_id):
    """Run the cron job on both servers until all is sent, while a person clicks."""
    job_id = stage.admin.ref("autenti_esign.ir_cron_autenti_request")
    copy_ids = stage.admin.call("ir.cron", "copy", [job_id])
    ends_at = time.monotonic() + LIMITED_TIME
    waiting = [("id", "in", request_ids), ("state", "!=", "sent")]

    def run(url, job_ids):
        admin = User(url, stage.database, "admin", "admin")
        while admin.call("autenti.request", "search_count", waiting):
            assert time.monotonic() < ends_at, "not all is sent"
            admin.call("ir.cron", "method_direct_trigger", job_ids)

    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(run, stage.odoo.url, [job_id]),
            pool.submit(run, other.url, copy_ids),
        ]
        for _click in range(5):
            stage.admin.call("autenti.connection", "action_test", [connection_id])
            time.sleep(2)
        for each in runs:
            each.result()
