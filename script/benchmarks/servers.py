# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Several servers on one database, with jobs, at an Autenti that limits calls.

The job runner of one of them gives the jobs out, over a balancer, as installations with
several servers have one.
"""

import asyncio
import itertools
import json
import os
import statistics
import threading
import time
import uuid
from bisect import bisect_left
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from workspace import WorkspaceError, progress, wait_until
from workspace.browser import chromium, log_in
from workspace.servers import free_port, log_problems, odoo
from workspace.stage import ACTS, Stage

from odoo.fields import Datetime

from autenti_emulator import assumptions
from autenti_emulator.callbacks import SigningKey
from autenti_emulator.store import Database

from . import Row, at_least
from .callbacks import SENDERS, exchange, post
from .environment import copy_request, emulated, environment
from .job_queue import ADDON, LOAD, idle_server
from .screens import CONTRACT_LIST, WINDOW, compare, open_form, open_list

SERVERS = 4
JOBS = 4  # at once, for each server
LATENCY = 0.3  # seconds that Autenti takes for each call
CONTRACTS = 2_000
LIMIT = 900  # calls a minute
MINUTE = 60  # seconds
RATE_CONTRACTS = 60  # for each server, in each turn
TURNS = 2
GROWTH = 3.5  # of the rate
CALLBACKS = 5_000
FORMS = 10  # are opened before anything comes in, and at least while it does
SLOWER = 1.5  # at most
PATIENCE = 1800  # seconds
PAUSE = 1  # seconds until a callback is posted again
ACT = ACTS["representative"]
CALLS = "/api/v2/"
STEPS = ("document-processes", "files", "actions")
LEFT = "SELECT FROM autenti_request WHERE id = ANY(%s) AND state != 'sent'"
STORED = "SELECT FROM autenti_callback WHERE event_id = ANY(%s)"
PENDING = "SELECT FROM autenti_callback WHERE state = 'pending'"


def measure(contracts=CONTRACTS, callbacks=CALLBACKS):
    with stage() as (parts, key), environment(parts[0]) as env:
        request_id = send_first(parts)
        yield measure_growth(parts, env, request_id)
        with servers(parts, SERVERS) as (it, url):
            set_limit(it, LIMIT)
            requests = make_requests(env, request_id, contracts)
            with progress(f"{contracts} contracts"):
                calls = send_all(it, env, requests)
            yield from judge(it, calls, contracts)
            yield from measure_morning(it, env, url, key, requests, callbacks)


@contextmanager
def stage():
    """Give a database and an emulator, and the key that signs its callbacks."""
    with emulated("servers", demo=True, addons=(ADDON,)) as (*parts, state):
        database = Database(Path(state))
        key = SigningKey(database.contents.get("webhook-key"))
        database.close()
        yield parts, key


def send_first(parts):
    """Send a contract as people do, which the others are copied from."""
    with idle_server(*parts) as it:
        it.connect_companies()
    with servers(parts, 1) as (it, _url):
        slow = {"path": f"{CALLS}*", "action": {"type": "delay", "seconds": LATENCY}}
        # Of what Odoo does itself nobody has to hear
        silent = {"action": {"type": "callback_lost"}}
        it.control("PUT", "faults", {"rules": [slow, silent]})
        user = it.log_in(ACT.salesperson)
        request_id = it.submit(user, it.admin.ref(ACT.agreement))
        it.wait_for("autenti.request", request_id, "state", "sent")
    return request_id


@contextmanager
def servers(parts, count):
    """Run servers with job runners, and a balancer before them.

    :return: the `Stage` with the first of them, and the address of all
    """
    database, autenti = parts
    port = free_port()
    os.environ["ODOO_QUEUE_JOB_CHANNELS"] = f"root:64,root.autenti:{JOBS * count}"
    os.environ["ODOO_QUEUE_JOB_HOST"] = "127.0.0.1"
    os.environ["ODOO_QUEUE_JOB_PORT"] = str(port)
    try:
        with ExitStack() as stack:
            running = [
                stack.enter_context(
                    odoo(database, None, LOAD, log_name=f"{database}_{number}.log")
                )
                for number in range(count)
            ]
            stack.enter_context(balancer(port, [server.url for server in running]))
            yield Stage(running[0], autenti, database), f"http://127.0.0.1:{port}"
            if problems := [p for each in running for p in log_problems(each.log)]:
                raise WorkspaceError("\n".join(["Odoo logged:", *problems]))
    finally:
        for name in ("CHANNELS", "HOST", "PORT"):
            del os.environ[f"ODOO_QUEUE_JOB_{name}"]


@contextmanager
def balancer(port, urls):
    """Give each connection to a port to the next server, in turn."""
    turns = itertools.cycle(int(url.rpartition(":")[2]) for url in urls)
    loop = asyncio.new_event_loop()

    async def copy(reader, writer):
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def forward(reader, writer):
        upstream = await asyncio.open_connection("127.0.0.1", next(turns))
        await asyncio.gather(copy(reader, upstream[1]), copy(upstream[0], writer))

    async def serve():
        async with await asyncio.start_server(forward, "127.0.0.1", port):
            await asyncio.Future()

    task = loop.create_task(serve())
    thread = threading.Thread(target=run_until_cancelled, args=(loop, task))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def run_until_cancelled(loop, task):
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    finally:
        for left in asyncio.all_tasks(loop):
            left.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


# === SENDING === #


def set_limit(it, limit):
    """Have the connections keep to a limit of calls, and the emulator see to it."""
    calls = {"calls_per_minute": limit}
    ids = it.admin.call("autenti.connection", "search", [])
    it.admin.call("autenti.connection", "write", ids, calls)
    it.control("PUT", "settings", calls)


def make_requests(env, request_id, count):
    """Make requests whose PDFs are there, not yet due."""
    requests = env["autenti.request"]
    with progress(f"making {count} contracts"):
        while len(requests) < count:
            batch = copy_request(env, request_id, min(50, count - len(requests)))
            batch.next_check_at = False
            requests += batch
            env.cr.commit()
            env.invalidate_all()
    return requests


def send_all(it, env, requests):
    """Have all be sent, and return the emulator's calls in order."""
    it.control("DELETE", "requests")
    requests.next_check_at = Datetime.now()
    env.ref("autenti_esign.ir_cron_autenti_request")._trigger()
    env.cr.commit()
    wait_for_none(env, LEFT, requests.ids)
    return get_calls(it)


def get_calls(it):
    calls = it.control("GET", "requests").json()
    return [call for call in calls if call["path"].startswith(CALLS)]


def wait_for_none(env, query, *parameters):
    """Wait until a query finds nothing; by SQL, which takes nothing from who works."""

    def is_none():
        env.cr.rollback()
        env.cr.execute(query, parameters)
        return not env.cr.rowcount

    wait_until(is_none, "all is done", PATIENCE)


def measure_growth(parts, env, request_id):
    rates = {1: [], SERVERS: []}
    for turn in range(TURNS):
        for count, samples in rates.items():
            contracts = RATE_CONTRACTS * count
            requests = make_requests(env, request_id, contracts)
            with (
                servers(parts, count) as (it, _url),
                progress(f"turn {turn + 1}, {count} servers"),
            ):
                calls = send_all(it, env, requests)
                samples.append(contracts / (calls[-1]["at"] - calls[0]["at"] + LATENCY))
    row = at_least(
        f"contracts sent a second by {SERVERS} servers with {JOBS} jobs each, to one",
        *(rates[SERVERS], rates[1], GROWTH),
    )
    most = " and ".join(f"{statistics.median(rates[n]):.1f}" for n in (SERVERS, 1))
    load = f"{most} a second, {os.cpu_count()} processors"
    return replace(row, result=f"{row.result}, {load}")


def judge(it, calls, contracts):
    """Yield what came of the contracts that were sent with a limit."""
    most = count_in_a_minute(calls)
    refused = sum(call["status"] == 429 for call in calls)
    seconds = calls[-1]["at"] - calls[0]["at"]
    yield Row(
        f"calls in any minute of {SERVERS} servers that send {contracts} contracts",
        f"at most {most}, {refused} refused; {60 * len(calls) / seconds:.0f} a minute",
        f"≤ {LIMIT}, none refused",
        most <= LIMIT and not refused,
    )
    steps = Counter(
        call["path"].rsplit("/", 1)[-1] for call in calls if call["method"] == "POST"
    )
    truth = it.control("GET", "truth").json()["processes"]
    twice = sum(process["sends"] != 1 for process in truth)
    yield Row(
        "steps done for them, and contracts not sent just once",
        ", ".join(f"{steps[step]} {step}" for step in STEPS) + f"; {twice}",
        f"{contracts} each; 0",
        all(steps[step] == contracts for step in STEPS) and not twice,
    )


def count_in_a_minute(calls):
    """Return the number of the emulator's calls in the minute that had most."""
    moments = sorted(call["at"] for call in calls)
    return max(
        number + 1 - bisect_left(moments, moment - MINUTE + 1e-6)
        for number, moment in enumerate(moments)
    )


# === A MORNING === #


def measure_morning(it, env, url, key, requests, count):
    """Have Autenti post what happened, while a salesperson opens contracts."""
    env.invalidate_all()
    processes = itertools.cycle(requests.mapped("process_id"))
    events = [make_event(next(processes)) for _number in range(count)]
    with chromium() as browser:
        page = log_in(browser, it, ACT.salesperson, viewport=WINDOW)
        page.goto(f"{it.odoo.url}{CONTRACT_LIST}")
        page.wait_for_selector(".o_data_row")
        open_forms(page, 1)
        before = open_forms(page, FORMS)
        posting = Posting(url, key, events)
        posting.start()
        during = open_forms(page, FORMS, lambda: is_at_work(env, posting))
        posting.join()
        page.context.close()
    wait_for_none(env, PENDING)
    env.cr.execute(STORED, [[event["id"] for event in events]])
    yield Row(
        f"of {count} callbacks, stored; seconds until Autenti had posted them",
        f"{env.cr.rowcount}; {posting.seconds:.0f}",
        f"all; ≤ {MINUTE}",
        env.cr.rowcount == count and posting.seconds <= MINUTE,
    )
    yield compare(
        "form of a contract while they are worked off, to that without",
        *(during[:FORMS], before, SLOWER),
    )
    calls = get_calls(it)
    refused = sum(call["status"] == 429 for call in calls)
    most = count_in_a_minute(calls)
    yield Row(
        "calls in any minute of that morning",
        f"at most {most}, {refused} refused",
        f"≤ {LIMIT}, none refused",
        most <= LIMIT and not refused,
    )


def make_event(process_id):
    return {
        "id": f"EVENT:{uuid.uuid4()}",
        "eventType": "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_SIGNED",
        "timestamp": datetime.now(timezone.utc).isoformat(),
        "object": {"id": process_id},
    }


def open_forms(page, count, goes_on=lambda: False):
    """Open contracts, at least so many, and return the milliseconds of each."""
    times = []
    while len(times) < count or goes_on():
        open_list(page)
        times.append(open_form(page))
    return times


def is_at_work(env, posting):
    env.cr.rollback()
    env.cr.execute(PENDING)
    return posting.is_alive() or env.cr.rowcount


class Posting(threading.Thread):
    """Posts events to all servers in turn, each signed by Autenti's key."""

    def __init__(self, url, key, events):
        super().__init__()
        self._url = url
        bodies = [json.dumps([event]).encode() for event in events]
        self._posts = [
            post("/autenti", body, {assumptions.JWS_HEADER: key.sign(body)})
            for body in bodies
        ]
        self.seconds = float("inf")

    def run(self):
        address = urlsplit(self._url).hostname, urlsplit(self._url).port
        begun = time.monotonic()
        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(lambda each: deliver(address, each), self._posts))
        self.seconds = time.monotonic() - begun


def deliver(address, request):
    """Post a callback until it is taken, as Autenti does.

    A server refuses them while it fetches Autenti's keys for the first time.
    """
    while (status := exchange(address, request)[0]) != HTTPStatus.OK:
        if status != HTTPStatus.SERVICE_UNAVAILABLE:
            raise WorkspaceError(f"refused: {status}")
        time.sleep(PAUSE)
