# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Contracts sent a second, at an Autenti that takes its time, and the calls for one."""

from contextlib import contextmanager

from workspace import wait_until
from workspace.servers import odoo
from workspace.stage import ACTS, Stage

from odoo.fields import Datetime

from . import Row, at_least
from .environment import copy_request, emulated, environment

LATENCY = 0.1  # seconds that Autenti takes for each call
CONTRACTS = 64  # in each turn
TURNS = 3
PARALLEL = 8  # the default
PARAMETER = "autenti_esign.parallel_requests"
CALLS = 3  # for a contract: create, upload, send
PROCESSES = "/api/v2/document-processes"


def measure():
    with stage() as it, environment(it.database) as env:
        request_id = send_first(it)
        rates = {1: [], PARALLEL: []}
        for _turn in range(TURNS):
            for parallel, samples in rates.items():
                calls = send_many(it, env, request_id, parallel)
                samples.append(CONTRACTS / (calls[-1]["at"] - calls[0]["at"] + LATENCY))
        tokens = sum(call["path"].endswith("/auth/token") for call in calls)
        count = sum(call["path"].startswith(PROCESSES) for call in calls) / CONTRACTS
    yield at_least(
        "contracts sent a second at 100 ms for each call, to one by one",
        *(rates[PARALLEL], rates[1], 6),
    )
    yield Row(
        "remote calls for a contract",
        f"{count:g}, and {tokens} for tokens in {CONTRACTS} contracts",
        f"{CALLS} and the token's share",
        count == CALLS and tokens <= PARALLEL,
    )


@contextmanager
def stage():
    with (
        emulated("bench", demo=True) as (database, autenti, _state),
        odoo(database) as server,
    ):
        it = Stage(server, autenti, database)
        it.connect_companies()
        yield it


def send_first(it):
    """Send a contract as people do, which the others are copied from."""
    act = ACTS["representative"]
    request_id = it.send(act)
    delay = {"type": "delay", "seconds": LATENCY}
    it.control("PUT", "faults", {"rules": [{"path": f"{PROCESSES}*", "action": delay}]})
    return request_id


def send_many(it, env, request_id, parallel):
    """Send contracts whose PDFs are there.

    :return: the calls that the emulator got until the last was sent, in order
    """
    env["ir.config_parameter"].set_param(PARAMETER, parallel)
    requests = copy_request(env, request_id, CONTRACTS)
    env.cr.commit()
    env.registry.signal_changes()
    it.control("DELETE", "requests")
    requests.write({"next_check_at": Datetime.now()})
    env.ref("autenti_esign.ir_cron_autenti_request")._trigger()
    env.cr.commit()

    def are_sent():
        # By SQL, so that looking takes nothing from those who work
        env.cr.rollback()
        query = "SELECT FROM autenti_request WHERE id = ANY(%s) AND state != 'sent'"
        env.cr.execute(query, [requests.ids])
        return not env.cr.rowcount

    wait_until(are_sent, "all contracts are sent")
    calls = it.control("GET", "requests").json()
    calls = [call for call in calls if call["path"].startswith("/api/v2/")]
    # What was sent in an earlier turn is looked at as soon as nothing is left to send
    end = max(call["at"] for call in calls if call["path"].endswith("/actions"))
    return [call for call in calls if call["at"] <= end]
