# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Does a database that keeps a million rows make the daily work slower?"""

import contextlib
import os
import statistics
import time
import uuid
from contextlib import ExitStack

from workspace import progress
from workspace.databases import odoo_database

from odoo.fields import Datetime
from odoo.tools import SQL

from . import at_most
from .environment import environment, multiply
from .queries import create_agreements

FEW, MANY = 1_000, 1_000_000
DUE = 8  # requests that the cron job finds
TURNS = 5
SAMPLES = 100  # in each turn
KEY_SET = "https://keys.example.com"


def measure():
    with ExitStack() as stack:
        envs = [stack.enter_context(stored(rows)) for rows in (FEW, MANY)]
        for title, work in (
            ("cron's selection at 10⁶ stored requests, to that at 10³", find_due),
            ("inbox's insert at 10⁶ stored callbacks, to that at 10³", receive),
        ):
            for env in envs:
                take_time(env, work)
            few, many = [], []
            for _turn in range(TURNS):
                for env, samples in zip(envs, (few, many), strict=True):
                    samples.append(take_time(env, work))
            yield at_most(title, many, few, 1.3)


@contextlib.contextmanager
def stored(rows):
    """Give a database with so many requests and callbacks that are done with."""
    # Both are open at the same time
    name = f"autenti_bench_{rows}_{os.getpid()}"
    with odoo_database(name) as database, environment(database) as env:
        create_agreements(env, env.user)
        requests = env["autenti.request"].search([])
        requests[:DUE].next_check_at = Datetime.now()
        receive(env)
        env.flush_all()
        with progress(f"{rows} rows"):
            fill_requests(env, requests[DUE:][:1], rows)
            fill_callbacks(env, rows)
            env.cr.commit()
            env.cr._cnx.autocommit = True
            env.cr.execute("VACUUM ANALYZE")
            env.cr._cnx.autocommit = False
        yield env


def fill_requests(env, request, rows):
    values = {
        "res_id": SQL("1000 + nth"),
        "process_id": SQL("'DOCUMENT_PROCESS:' || nth"),
        "state": SQL("'signed'"),
        "next_check_at": SQL("NULL::timestamp"),
    }
    multiply(env, request, rows, values)


def fill_callbacks(env, rows):
    callback = env["autenti.callback"].search([])
    values = {
        "event_id": SQL("'EVENT:' || nth"),
        "process_id": SQL("'DOCUMENT_PROCESS:' || nth"),
        "state": SQL("'done'"),
    }
    multiply(env, callback, rows, values)


def find_due(env):
    assert len(env["autenti.request"]._find_due(DUE, [])) == DUE


def receive(env):
    """Store a callback as the controller does once it is verified."""
    callback = make_callback()
    post = {"body": "[{}]", "signature": "e30..c2ln", "public_key": "{}"}
    assert env["autenti.callback"]._store(post, KEY_SET, callback)


def make_callback():
    from odoo.addons.autenti_esign.client.webhook import Callback, Event

    event = Event(f"EVENT:{uuid.uuid4()}", "EVENT", f"PROCESS:{uuid.uuid4()}", None)
    return Callback("key", {}, [event])


def take_time(env, work):
    """Return the median of the seconds that the work takes."""
    samples = []
    for _number in range(SAMPLES):
        begun = time.perf_counter()
        work(env)
        env.cr.commit()
        samples.append(time.perf_counter() - begun)
    return statistics.median(samples)
