# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Processor time of sending a contract, and of receiving what two people sign.

The cron job runs in this process, whose processor time counts, with all its threads.
Emulator, PostgreSQL and the server that takes callbacks are other processes. By turns
with it, Odoo posts a note on a contact, changes the contact and commits, which takes as
much longer on a slower machine.
"""

import time
from contextlib import contextmanager
from urllib.parse import quote

from workspace import WorkspaceError, wait_until
from workspace.servers import odoo
from workspace.stage import ACTS, Stage

from odoo.fields import Datetime

from autenti_esign.parallel import PAUSE

from . import at_most
from .environment import copy_request, emulated, environment

CONTRACTS = 16  # in each turn
NOTES = 32
TURNS = 5
RUNS = 8  # of the cron job, in which all is sent or signed
WHAT = "processor time of {} a contract, to Odoo's note on a contact"


def measure():
    sending, receiving, noting = [], [], []
    with stage() as (it, request_id), environment(it.database) as env:
        for turn in range(TURNS + 1):
            requests = copy_request(env, request_id, CONTRACTS)
            requests.next_check_at = Datetime.now()
            samples = run_until(env, requests, "sent"), receive(it, env, requests)
            # The first turn fills caches
            if turn:
                sending.append(samples[0] / CONTRACTS)
                receiving.append(samples[1] / CONTRACTS)
                noting.append(note(env) / NOTES)
    yield at_most(WHAT.format("sending"), sending, noting, 6.5)
    yield at_most(WHAT.format("receiving"), receiving, noting, 15)


@contextmanager
def stage():
    """Give a stage whose server takes callbacks and has no cron job, and a request."""
    with emulated("bench", demo=True) as (database, autenti, _state):
        with odoo(database) as server:
            it = Stage(server, autenti, database)
            it.connect_companies()
            request_id = it.send(ACTS["representative"])
        port = int(server.url.rpartition(":")[2])
        with odoo(database, port, "--max-cron-threads=0"):
            it.control("PUT", "settings", {"signed_file_delay": 0, "party_id_delay": 0})
            yield it, request_id


def receive(it, env, requests):
    """Have all sign, one after the other.

    :return: seconds of processor time until Odoo has the signed files
    """
    seconds = 0
    while waiting := requests.filtered("next_signer_id"):
        for request in waiting:
            process = quote(request.process_id, safe="")
            email = quote(request.next_signer_id.email)
            it.control("POST", f"processes/{process}/parties/{email}/sign")
        wait_until(lambda: are_delivered(it), "Odoo has got all callbacks")
        # So soon after it was worked on, a request isn't taken again
        time.sleep(PAUSE)
        seconds += run(env, requests)
    return seconds + run_until(env, requests, "signed")


def are_delivered(it):
    deliveries = it.control("GET", "callbacks").json()
    return {delivery["state"] for delivery in deliveries} <= {"done", "given up"}


def run_until(env, requests, state):
    """Run the cron job until all requests are in a state.

    :return: seconds of processor time
    """
    seconds = 0
    for _run in range(RUNS):
        if set(requests.mapped("state")) == {state}:
            return seconds
        seconds += run(env, requests)
    raise WorkspaceError(f"not {state}: {requests.mapped('state')}")


def run(env, requests):
    """Run the cron job once.

    :return: seconds of processor time
    """
    env.cr.commit()
    start = time.process_time()
    env.ref("autenti_esign.ir_cron_autenti_request").method_direct_trigger()
    seconds = time.process_time() - start
    env.cr.commit()
    requests.invalidate_recordset()
    return seconds


def note(env):
    """Do what Odoo's own apps do all the time.

    :return: seconds of processor time
    """
    contact = env.ref("base.partner_admin")
    start = time.process_time()
    for number in range(NOTES):
        contact.message_post(body="Called.")
        contact.function = f"Manager {number}"
        env.cr.commit()
    return time.process_time() - start
