# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The salespeople at Odoo, and those who sign at Autenti."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from contracts import find_number
from words import OPEN, PROCESSING, SIGNED, STUCK, TURN
from workspace import WorkspaceError
from workspace.rpc import OdooError, User

PATIENCE = 180  # seconds that a salesperson tries to reach a server
PAUSE = 0.5  # seconds between two looks
# What the emulator answers to who comes too late
WITHDRAWN = "in a process that is WITHDRAWN"
# What Odoo may say to a click; anything else is noted
ANSWERS = re.compile(
    "already (out for signature|signed)|It has ended already"
    "|[Tt]ry again in a (moment|minute)"
)


def rest_after(start):
    """Be idle most of the time, however long a look takes."""
    time.sleep(max(PAUSE, 2 * (time.monotonic() - start)))


class Clicker:
    """A user who goes to another server when one doesn't answer."""

    def __init__(self, servers, database, login):
        self._urls = [server.url for server in servers]
        self._user = User(self._urls[0], database, login, login)
        self.id = self._user.id

    def call(self, model, method, *args):
        """Call a method, again if need be: whoever gets no answer clicks once more.

        :raise OdooError: when it raises
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._user.call(model, method, *args)
            except OdooError:
                raise
            except WorkspaceError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
                self._urls.append(self._urls.pop(0))
                self._user.url = self._urls[0]


class Salesperson(threading.Thread):
    """Sends contracts, withdraws some, and helps what waits for help."""

    def __init__(self, play, login, contracts):
        super().__init__(daemon=True)
        self.play = play
        self.contracts = contracts
        # The same user from two sides, for two clicks at once
        self.clickers = [
            Clicker(servers, play.stage.database, login)
            for servers in (play.servers, play.servers[::-1])
        ]
        self.user = self.clickers[0]

    def run(self):
        try:
            for contract in self.contracts:
                self.send(contract)
                contract.is_sent = True
                if contract.fate == "withdrawn at once":
                    self.withdraw(contract)
            while not self.play.is_over.is_set():
                start = time.monotonic()
                self.look_after_contracts()
                rest_after(start)
        except Exception as error:
            self.play.note(f"{type(error).__name__}: {error}")

    def click(self, model, method, *args, clicker=None):
        """Click on something, and note an answer that wasn't to be expected."""
        try:
            return (clicker or self.user).call(model, method, *args)
        except OdooError as error:
            if not ANSWERS.search(str(error)):
                self.play.note(f"{method} {args}: {error}")
            return None

    def send(self, contract):
        clickers = self.clickers[: 1 + contract.is_twice]
        dialogs = [self.prepare(contract, clicker) for clicker in clickers]
        with ThreadPoolExecutor(2) as pool:
            for clicker, dialog in zip(clickers, dialogs, strict=True):
                pool.submit(
                    self.click, "autenti.send", "action_send", [dialog], clicker=clicker
                )

    def prepare(self, contract, clicker):
        """Open the dialog, look at its PDF, and return the dialog's id."""
        ids = [contract.agreement_id]
        dialog = clicker.call("agreement", "action_autenti_sign", ids)["res_id"]
        if contract.is_attached:
            domain = [("res_model", "=", "agreement"), ("res_id", "in", ids)]
            [document] = clicker.call("ir.attachment", "search", domain)
            values = {"source": "attachment", "attachment_id": document}
            clicker.call("autenti.send", "write", [dialog], values)
        [shown] = clicker.call("autenti.send", "read", [dialog], ["pdf_sha256"])
        contract.sha256 = contract.sha256 or shown["pdf_sha256"]
        return dialog

    def withdraw(self, contract):
        domain = [("res_id", "=", contract.agreement_id), ("state", "in", OPEN)]
        for request_id in self.user.call("autenti.request", "search", domain):
            self.click("autenti.request", "action_withdraw", [request_id])
        contract.is_withdrawn = not self.user.call("autenti.request", "search", domain)

    def look_after_contracts(self):
        for contract in self.contracts:
            if self.play.shall_withdraw(contract):
                self.withdraw(contract)
        names = ["res_id", "last_error_code"]
        domain = self.get_waiting_domain()
        for request in self.user.call("autenti.request", "search_read", domain, names):
            self.help(request)

    def get_waiting_domain(self):
        """Tell which requests wait for a click of this user."""
        return [
            ("state", "in", OPEN),
            ("next_check_at", "=", False),
            ("user_id", "=", self.user.id),
        ]

    def help(self, request):
        """Click on Try Again, where Odoo asks for it."""
        domain = [
            ("res_model", "=", "agreement"),
            ("res_id", "=", request["res_id"]),
            ("user_id", "=", self.user.id),
        ]
        if not self.user.call("mail.activity", "search_count", domain):
            # A callback may have helped it meanwhile
            still = [*self.get_waiting_domain(), ("id", "=", request["id"])]
            if not self.user.call("autenti.request", "search_count", still):
                return
            self.play.note(f"{request} waits, and nobody was told", STUCK)
        self.click("autenti.request", "action_try_again", [request["id"]])
        self.play.helped += 1


class Signers(threading.Thread):
    """All who sign or refuse at Autenti; they see no faults."""

    def __init__(self, play, random):
        super().__init__(daemon=True)
        self.play = play
        self.random = random

    def run(self):
        while not self.play.is_over.is_set():
            start = time.monotonic()
            processes = self.play.stage.control("GET", "processes").json()
            self.play.watch(processes)
            rest_after(start)
            open_processes = [p for p in processes if p["status"] == PROCESSING]
            self.random.shuffle(open_processes)
            for process in open_processes[: 1 + len(open_processes) // 2]:
                self.act(process)

    def act(self, process):
        contract = self.play.contracts[find_number(process["title"])]
        statuses = {p["email"]: p["participationStatus"] for p in process["parties"]}
        path = f"processes/{quote(process['id'], safe='')}"
        turn = next(email for email, status in statuses.items() if status == TURN)
        party = f"{path}/parties/{quote(turn)}"
        if list(statuses.values()).count(SIGNED) < contract.signatures:
            self.control(f"{party}/sign")
        elif contract.fate == "declined":
            self.control(f"{party}/reject", {"comment": "Not like that"})
        elif contract.fate == "expired":
            self.control(f"{path}/expire")
        elif contract.fate == "failed":
            self.control(f"{path}/fail")

    def control(self, path, body=None):
        try:
            self.play.stage.control("POST", path, body)
        except WorkspaceError as error:
            # The salesperson may withdraw it after this thread has looked
            if WITHDRAWN not in str(error):
                self.play.note(str(error))
