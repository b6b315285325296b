# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Does a database that grows from 10⁴ to 10⁶ contracts make the daily work slower?"""

import statistics
import time
from contextlib import ExitStack, contextmanager
from functools import partial

from lxml import etree
from workspace import progress

from odoo.api import Environment
from odoo.fields import Command

from . import Row
from .history import DUE, KEPT, History
from .office import office
from .queries import read_spec
from .scale import receive

SIZES = {"10⁴": 10_000, "10⁵": 100_000, "10⁶": 1_000_000}
GOAL = 1.3
TURNS = 5
SAMPLES = 3  # in each turn, of which the fastest counts
TURN_TIME = 1  # second, after which no other sample is taken
PAGE = {"limit": 80, "order": "id desc", "count_limit": 10_001}  # as the browser asks
CLIENT = "client"  # login and password
# Are measured with what they find due
OTHER_JOBS = {"ir_cron_autenti_request", "ir_cron_autenti_retention"}


def measure():
    with ExitStack() as stack:
        desks = {size: stack.enter_context(desk(rows)) for size, rows in SIZES.items()}
        first = next(iter(desks.values()))
        for title, name in (*WORK.items(), *first.list_jobs().items()):
            with progress(title):
                samples = take_turns(desks, name)
            yield compare(title, samples)


def take_turns(desks, name):
    """Do something by turns in databases of all sizes, after once that warms up.

    :return: lists of seconds by size
    """
    samples = {size: [] for size in desks}
    for _turn in range(TURNS + 1):
        for size, it in desks.items():
            samples[size].append(take_time(it, name))
    return {size: taken[1:] for size, taken in samples.items()}


def take_time(it, name):
    """Return the seconds that something takes, of a few times the shortest."""
    taken = []
    while len(taken) < SAMPLES and sum(taken) < TURN_TIME:
        it.env.invalidate_all()
        work = it.work(name)
        begun = time.perf_counter()
        work()
        it.env.flush_all()
        taken.append(time.perf_counter() - begun)
        it.env.cr.rollback()
    return min(taken)


def compare(title, samples):
    """Compare the medians with those of the smallest size."""
    few, *_between, many = samples.values()
    medians = {size: statistics.median(taken) for size, taken in samples.items()}
    smallest, *larger = medians.values()
    ratios = [f"{median / smallest:.2f}" for median in larger]
    turns = sorted(m / f for m, f in zip(many, few, strict=True))
    result = (
        f"{' and '.join(ratios)} ({turns[0]:.2f} to {turns[-1]:.2f} in {len(turns)} "
        f"turns), {smallest * 1000:.0f} ms"
    )
    reached = larger[-1] / smallest <= GOAL
    sizes = " and ".join(list(samples)[1:])
    return Row(f"{title}, at {sizes} to that at 10⁴", result, f"≤ {GOAL}", reached)


@contextmanager
def desk(rows):
    """Give a `Desk` with so many contracts."""
    with ExitStack() as stack:
        with progress(f"{rows} contracts"):
            it = Desk(stack.enter_context(office(rows)), rows)
        yield it


class Desk:
    """People and jobs at work in a database with a history.

    The methods of `WORK` prepare something, and return what does it.
    """

    def __init__(self, office, rows):
        self.env = office.env
        self.office = office
        [sample] = office.sign_new(["sample"])
        self.history = History(self.env, sample, rows)
        self.history.fill()
        # As it was yesterday
        self.env["autenti.request"]._note_forgotten()
        self.due = office.send(office.create_contracts(map(str, range(DUE))))
        self.unsent = office.create_contracts(["unsent"])
        self.seller = office.seller
        self.manager = self.env.ref("base.user_admin")
        self.client = self.history.get_client_of(self.seller)
        self.request = self.env["autenti.request"].search(
            [("partner_id", "=", self.client.parent_id.id), ("state", "=", "signed")],
            limit=1,
        )
        self.portal = self._create_portal_user()
        office.vacuum()
        self.browser = office.it.log_in(CLIENT)

    def _create_portal_user(self):
        group = self.env.ref("base.group_portal")
        values = {"login": CLIENT, "password": CLIENT, "partner_id": self.client.id}
        groups = {"group_ids": [Command.set(group.ids)]}
        return self.env["res.users"].create(values | groups)

    def list_jobs(self):
        """Return the names of the work of our jobs by title."""
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.cron"), ("module", "=like", "autenti\\_esign%")]
        )
        return {
            f"job “{self.env.ref(each.complete_name).name}”": each.complete_name
            for each in data
            if each.name not in OTHER_JOBS
        }

    def work(self, name):
        """Prepare something.

        :param str name: of a method, or the xml id of a job
        :return: callable that does it
        """
        if "." in name:
            return self.env.ref(name).ir_actions_server_id.run
        return getattr(self, name)()

    def _as(self, records, user):
        companies = {"allowed_company_ids": self.history.companies.ids}
        return records.with_env(Environment(self.env.cr, user.id, companies))

    def _read_spec(self, model, view):
        arch = model.get_views([(False, view)])["views"][view]["arch"]
        return read_spec(model, etree.fromstring(arch))

    # === LISTS AND FORMS === #

    def _open_list(self, model, user, domain):
        model = self._as(self.env[model], user)
        spec = self._read_spec(model, "list")
        return partial(self._read_list, model, domain, spec)

    def _read_list(self, model, domain, spec):
        assert model.web_search_read(domain, spec, **PAGE)["records"]

    def _list_contracts(self, user, *conditions):
        domain = [("is_template", "=", False), *conditions]
        return self._open_list("agreement", user, domain)

    def list_own(self):
        return self._list_contracts(self.seller, ("autenti_is_mine", "=", True))

    def list_all(self):
        return self._list_contracts(self.manager)

    def list_requests(self):
        domain = ["|", ("is_own", "=", True), ("is_responsible", "=", True)]
        return self._open_list("autenti.request", self.seller, domain)

    def find_contracts(self):
        is_clients = ("partner_id", "=", self.client.parent_id.id)
        return self._list_contracts(self.seller, is_clients)

    def open_contract(self):
        contract = self._as(self.request._get_record(), self.seller)
        return partial(contract.web_read, self._read_spec(contract, "form"))

    def open_dialog(self):
        contract = self._as(self.unsent, self.seller)
        dialogs = contract.env["autenti.send"]
        spec = self._read_spec(dialogs, "form")
        return lambda: dialogs.browse(
            contract.action_autenti_sign()["res_id"]
        ).web_read(spec)

    def count_of_client(self):
        client = self._as(self.client.parent_id, self.seller)
        return partial(client.read, ["agreements_count", "autenti_request_summary"])

    # === THE PORTAL === #

    def open_portal(self):
        return partial(self._fetch, "/my/signatures")

    def open_signed(self):
        return partial(self._fetch, f"/my/signatures/{self.request.id}/signed")

    def _fetch(self, path):
        url = f"{self.office.it.odoo.url}{path}"
        self.browser.session.get(url).raise_for_status()

    # === JOBS AND EVIDENCE === #

    def run_cron(self):
        self.office.make_due(self.due)
        return self.env["autenti.request"]._cron_process

    def receive(self):
        return partial(self._receive, self.env)

    def _receive(self, env):
        receive(env)
        env["autenti.callback"]._match_pending()

    def collect(self):
        return self.env["autenti.callback"]._gc

    def collect_drafts(self):
        return self.env["autenti.document"]._gc_source_drafts

    def forget(self):
        return partial(self._forget, self.env["autenti.request"])

    def _forget(self, requests):
        due = requests._find_due_to_forget()
        assert len(due) == DUE * len(KEPT)
        for what, request in due:
            request._in_context()._forget(what)

    def find_person(self):
        return self._as(self.client, self.manager)._autenti_find_signings

    def get_package(self):
        request = self._as(self.request, self.seller)
        return lambda: request._get_evidence_package().get_files()


WORK = {
    "list of a salesperson's contracts": "list_own",
    "list of contracts for a manager": "list_all",
    "list of a salesperson's signature requests": "list_requests",
    "search for a client's contracts": "find_contracts",
    "form of a contract": "open_contract",
    "click on _Sign with Autenti_": "open_dialog",
    "buttons of a client, with their counts": "count_of_client",
    "portal: list of a client's contracts": "open_portal",
    "portal: signed file of a contract": "open_signed",
    f"cron run that finds {DUE} due requests": "run_cron",
    "callback stored and matched": "receive",
    "evidence package": "get_package",
    f"retention of {DUE} contracts": "forget",
    "signings of a person": "find_person",
    "garbage collector of callbacks": "collect",
    "garbage collector of drafts": "collect_drafts",
}
