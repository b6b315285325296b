# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Contracts are sent and signed while faults disturb the calls and servers die.

Everything is drawn from one seed; what threads and processes make of it differs a
little from run to run.
"""

import contextlib
import math
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from random import Random

from contracts import TWICE, create_agreements, draw_contracts, find_number
from outcome import Outcome
from people import Salesperson, Signers, rest_after
from servers import execute, find_problems, odoo_servers, start_all
from verdict import compare
from words import NOTED, SIGNED
from workspace import WORKSPACE, WorkspaceError, wait_until
from workspace.databases import EVIDENCE, odoo_database
from workspace.servers import emulator
from workspace.stage import Stage

QUEUE_ADDON = "autenti_esign_queue_job"
# Login -> its company and that company's client, in the demo data
COMPANIES = {
    "anna": ("base.main_company", "autenti_esign.res_partner_zielony_demo"),
    "piotr": (
        "autenti_esign.res_company_stal_demo",
        "autenti_esign.res_partner_zurawie_demo",
    ),
}
COLLEAGUES = {"adam": "anna", "alina": "anna", "pawel": "piotr", "paula": "piotr"}
ENDS = {
    "signed": "COMPLETED",
    "declined": "REJECTED",
    "withdrawn": "WITHDRAWN",
    "expired": "EXPIRED",
    "failed": "ERROR",
}
API, GET, POST = "/api/v2/*", "GET", "POST"
BOTH = 0.2  # of the kills take all servers
DOWN = 1.5  # seconds, at most


def status(number, **headers):
    return {"type": "status", "status": number, "headers": headers}


def late(kind, seconds):
    return {"type": kind, "seconds": seconds}


# Method, path, part of the calls, what happens
CALL_FAULTS = (
    ("*", API, 0.03, status(429, **{"Retry-After": "2"})),
    ("*", API, 0.03, status(500)),
    ("*", API, 0.03, status(503)),
    ("*", API, 0.03, late("delay", 0.5)),
    ("*", API, 0.04, late("delay_after", 0.5)),
    ("*", API, 0.01, late("delay_after", 4)),
    ("*", API, 0.03, {"type": "reset_before"}),
    ("*", API, 0.04, {"type": "reset_after"}),
    ("*", API, 0.03, {"type": "truncate"}),
    (POST, "*/document-processes", 0.03, status(402)),
    (GET, API, 0.05, late("stale", 1.5)),
    (GET, API, 0.05, late("late_file", 2)),
)
CALLBACK_FAULTS = (
    ("callback_lost", 0.1, {}),
    ("callback_duplicated", 0.15, {}),
    ("callback_reordered", 0.1, {"seconds": 2}),
    ("callback_delayed", 0.1, {"seconds": 1.5}),
    ("callback_foreign_key", 0.05, {}),
)


@dataclass(frozen=True)
class Script:
    """What is played. The same seed draws the same contracts, faults and kills."""

    contracts: int
    kills: int
    seed: int
    call_faults: tuple = CALL_FAULTS
    callback_faults: tuple = CALLBACK_FAULTS
    # One contract in so many is sent by two clicks at once
    twice: int = TWICE
    # Jobs of OCA's queue_job do the work
    queue: bool = False
    # A mistake in the servers' addon, or in the database
    mutation: str = ""
    sql: str = ""
    # Seconds that all get for their part, and Odoo for one step once the faults ended
    patience: float = 3600
    settle: float = 180


def play(script):
    """Play it, and return the `Outcome`."""
    random = Random(script.seed)
    name = f"autenti_faults_{os.getpid()}"
    with contextlib.ExitStack() as stack:
        addons = (QUEUE_ADDON, EVIDENCE) if script.queue else (EVIDENCE,)
        database = stack.enter_context(odoo_database(name, demo=True, addons=addons))
        if script.sql:
            execute(database, script.sql)
        state = stack.enter_context(tempfile.TemporaryDirectory(dir=WORKSPACE))
        servers = stack.enter_context(
            odoo_servers(database, mutation=script.mutation, queue=script.queue)
        )
        stage = Stage(
            odoo=servers[0].server,
            emulator=stack.enter_context(emulator(state)),
            database=database,
        )
        return Play(script, stage, servers, random).run()


class Play:
    """The stage, and what its threads tell each other."""

    def __init__(self, script, stage, servers, random):
        self.script = script
        self.stage = stage
        self.servers = servers
        self.random = random
        self.is_over = threading.Event()
        self.notes = []
        self.helped = self.kills = 0
        # The sent process of a contract by its number
        self.sent = {}
        companies = self._prepare()
        logins = sorted(companies)
        self.contracts = draw_contracts(random, script.contracts, logins, script.twice)
        create_agreements(stage, self.contracts, companies)

    def note(self, text, kind=NOTED):
        self.notes.append((kind, text))

    # === BEFORE === #

    def _prepare(self):
        """Hire colleagues and connect the companies.

        :return: ids of the company and of its client by login
        """
        admin = self.stage.admin
        companies = {
            login: tuple(map(admin.ref, xml_ids))
            for login, xml_ids in COMPANIES.items()
        }
        for login, model in COLLEAGUES.items():
            companies[login] = companies[model]
            self._hire(login, companies[login][0])
        self.stage.connect_companies()
        self.stage.control("PUT", "settings", {"signed_file_delay": 0.2})
        return companies

    def _hire(self, login, company_id):
        admin = self.stage.admin
        groups = ("base.group_user", "autenti_esign.autenti_esign_group_user")
        values = {
            "name": f"{login.title()} Kowal",
            "login": login,
            "password": login,
            "email": f"{login}@firma.example",
            "company_id": company_id,
            "company_ids": [(6, 0, [company_id])],
            "group_ids": [(6, 0, [*map(admin.ref, groups)])],
        }
        context = {"no_reset_password": True}
        admin.call("res.users", "create", values, context=context)

    # === THE PLAY === #

    def run(self):
        start = time.monotonic()
        self.stage.control("PUT", "faults", {"rules": self._draw_rules()})
        threads = [Signers(self, Random(self.script.seed))]
        for login in sorted({c.salesperson for c in self.contracts}):
            own = [c for c in self.contracts if c.salesperson == login]
            threads.append(Salesperson(self, login, own))
        for thread in threads:
            thread.start()
        try:
            self._kill_servers()
            self._wait_for(lambda: self.progress == 1, "all have done their part")
            faults = self.stage.control("GET", "faults").json()
            self.stage.control("DELETE", "faults")
            self._settle()
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()
        return self._conclude(faults, time.monotonic() - start)

    def _draw_rules(self):
        rules = [
            {"method": method, "path": path, "probability": part, "action": action}
            for method, path, part, action in self.script.call_faults
        ]
        rules += [
            {
                "path": f"{self.stage.odoo.url}/autenti",
                "probability": part,
                "action": {"type": kind, **more},
            }
            for kind, part, more in self.script.callback_faults
        ]
        return [{**rule, "seed": self.random.randrange(2**32)} for rule in rules]

    def _kill_servers(self):
        moments = [self.random.uniform(0.02, 0.9) for _ in range(self.script.kills)]
        for moment in sorted(moments):
            self._wait_for(lambda m=moment: self.progress >= m, f"{moment:.0%} is done")
            victims = [self.random.choice(self.servers)]
            if self.random.random() < BOTH:
                victims = self.servers
            for server in victims:
                server.kill()
            self.kills += len(victims)
            time.sleep(self.random.uniform(0, DOWN))
            start_all(victims)

    def _wait_for(self, condition, what):
        try:
            wait_until(condition, what, self.script.patience)
        except WorkspaceError as error:
            self.note(str(error))

    # === WHAT THE OTHERS ASK === #

    def watch(self, processes):
        """Take over how far the processes are."""
        sent = [p for p in processes if p["sends"]]
        self.sent = {find_number(process["title"]): process for process in sent}

    @property
    def progress(self):
        steps = [s for c in self.contracts for s in (c.is_sent, self._is_done(c))]
        return sum(steps) / len(steps)

    def _is_done(self, contract):
        if contract.fate == "withdrawn at once":
            return contract.is_withdrawn
        process = self.sent.get(contract.number)
        if not process:
            return False
        if contract.fate == "left":
            return self._is_signed(contract)
        return process["status"] == ENDS[contract.fate]

    def _is_signed(self, contract):
        """Tell if all have signed who do in this contract."""
        process = self.sent.get(contract.number)
        if not process:
            return False
        statuses = [p["participationStatus"] for p in process["parties"]]
        return statuses.count(SIGNED) == contract.signatures

    def shall_withdraw(self, contract):
        if contract.is_withdrawn or not contract.is_sent:
            return False
        return contract.fate == "withdrawn at once" or (
            contract.fate == "withdrawn" and self._is_signed(contract)
        )

    # === AFTER === #

    def _settle(self):
        """Give Odoo time as long as it goes on."""
        left, since = math.inf, time.monotonic()
        while True:
            start = time.monotonic()
            findings = len(compare(self.stage, self.contracts, False).findings)
            if findings < left:
                left, since = findings, start
            if not findings or start > since + self.script.settle:
                return
            rest_after(start)

    def _conclude(self, faults, seconds):
        verdict = compare(self.stage, self.contracts)
        verdict.findings += self.notes
        for line in find_problems(self.servers):
            verdict.add(NOTED, line)
        on_calls = faults[: len(self.script.call_faults)]
        on_callbacks = faults[len(self.script.call_faults) :]
        return Outcome(
            contracts=len(self.contracts),
            seed=self.script.seed,
            kills=self.kills,
            helped=self.helped,
            seconds=seconds,
            verdict=verdict,
            calls=count_matches(on_calls),
            disturbed=disturbed(on_calls),
            callbacks=count_matches(on_callbacks),
            callbacks_disturbed=disturbed(on_callbacks),
        )


def count_matches(states):
    """Return how many calls the rules were for, of which some are for all."""
    return max((state["matched"] for state in states), default=0)


def disturbed(states):
    """Return what part of the calls met a fault; the rules fire independently."""
    total = count_matches(states) or 1
    return 1 - math.prod(1 - state["fired"] / total for state in states)
