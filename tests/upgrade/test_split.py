# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What became an addon of its own takes along what a database has of it.

`autenti_esign-19.0.1.1.0.zip` is the addon when it still had all in it, without its
tests and texts for people: `git archive` of the commit f9c790c.
"""

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from rows import (
    find_changes,
    get_constraints,
    get_data,
    get_places,
    get_rows,
    get_structure,
)
from workspace.databases import ADDON, EVIDENCE, INSTALL, odoo_database
from workspace.servers import ADDONS_PATH, emulator, log_problems, odoo
from workspace.servers import run_odoo as run
from workspace.stage import ACTS, Stage

RELEASE = Path(__file__).with_name("autenti_esign-19.0.1.1.0.zip")
IDLE = "--max-cron-threads=0"
BATCH = "autenti_esign_batch"
FIRST_CONTACT = "autenti_esign_first_contact"
JOB = "ir_cron_autenti_batch"
RECORDS = {
    "agreement": "true",
    "autenti_batch": "true",
    "autenti_batch_line": "true",
    "autenti_request": "true",
    "ir_cron": "cron_name = 'Autenti: send in bulk'",
    "ir_rule": "name LIKE 'Autenti bulk%'",
}
# Odoo notes it in the addon whose code inherits, be it of a parent
INHERITANCE = "ir.model.inherit"
MINUTES = 7  # that somebody has chosen


@dataclass(frozen=True)
class Upgrade:
    stage: Stage  # as it is today
    sent: int  # a batch
    draft: int  # a batch that waits for its salesperson
    before: dict  # as of `get_rows`
    after: dict
    places_before: dict  # as of `get_batch_places`
    places_after: dict


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory):
    """A database with batches of the one addon, which runs today's addons."""
    folder = tmp_path_factory.mktemp("release")
    shutil.unpack_archive(RELEASE, folder)
    addons = (folder, *ADDONS_PATH[1:])
    name = f"autenti_split_{os.getpid()}"
    with contextlib.ExitStack() as stack:
        autenti = stack.enter_context(emulator(tmp_path_factory.mktemp("state")))
        database = stack.enter_context(
            odoo_database(name, demo=True, addons=("agreement",))
        )
        run(database, "--init", ADDON, *INSTALL, "--with-demo", addons=addons)
        with odoo(database, None, IDLE, addons=addons) as server:
            stage = Stage(server, autenti, database)
            stage.connect_companies()
            sent, draft = make_batch(stage), make_batch(stage)
            start(stage, sent)
            job = [stage.admin.ref(f"{ADDON}.{JOB}")]
            stage.admin.call("ir.cron", "method_direct_trigger", job)
            values = {"interval_number": MINUTES}
            stage.admin.call("ir.cron", "write", job, values)
        before = get_rows(database, RECORDS)
        places_before = get_batch_places(database, ADDON)
        run(database, "--update", ADDON, *INSTALL)
        after = get_rows(database, RECORDS)
        places_after = get_batch_places(database, BATCH)
        with odoo(database) as server:
            stage = Stage(server, autenti, database)
            yield Upgrade(
                stage, sent, draft, before, after, places_before, places_after
            )
            assert not log_problems(server.log)


def make_batch(stage):
    """Have a salesperson choose three contracts, one of which can't be sent.

    :return: id of the batch
    """
    anna = stage.log_in(ACTS["individual"].salesperson)
    original = [stage.admin.ref(ACTS["individual"].agreement)]
    nobody = stage.admin.call("res.partner", "create", {"name": "Bez Adresu"})
    chosen = []
    for number, partner in enumerate(({}, {}, {"partner_id": nobody})):
        values = {"code": f"Z/{nobody}/{number}", **partner}
        chosen += anna.call("agreement", "copy", original, values)
    return anna.call("agreement", "action_autenti_send_batch", chosen)["res_id"]


def start(stage, batch):
    anna = stage.log_in(ACTS["individual"].salesperson)
    anna.call("autenti.batch", "action_start", [batch])


def get_batch_places(database, addon):
    """Return where the records are that an addon brings for batches."""
    places = get_places(database, addon)
    return {
        name: place
        for name, place in places.items()
        if "batch" in name and place[0] != INHERITANCE
    }


def test_nothing_is_lost(upgrade):
    lines = {
        (row["batch_id"], row["state"])
        for (table, _id), row in upgrade.before.items()
        if table == "autenti_batch_line"
    }
    sent, draft = upgrade.sent, upgrade.draft
    blocked = {(sent, "blocked"), (draft, "blocked")}
    assert lines == {(sent, "done"), (draft, "ready"), *blocked}
    assert find_changes(upgrade.before, upgrade.after) == []


def test_it_is_handed_over(upgrade):
    assert len(upgrade.places_before) > 50
    # Who administers Odoo is a manager now, without rows of their own
    before = {
        name: place
        for name, place in upgrade.places_before.items()
        if not name.endswith("_system")
    }
    kept = before.keys() & upgrade.places_after.keys()
    assert {name: upgrade.places_after[name] for name in kept} == before
    assert get_batch_places(upgrade.stage.database, ADDON) == {}


def test_the_job_runs_as_often_as_before(upgrade):
    job = upgrade.stage.admin.ref(f"{BATCH}.{JOB}")
    assert upgrade.after["ir_cron", job]["interval_number"] == MINUTES


def test_it_is_as_in_a_new_database(upgrade):
    upgraded = upgrade.stage.database
    name = f"autenti_split_new_{os.getpid()}"
    with odoo_database(name, demo=True, addons=(BATCH, EVIDENCE, FIRST_CONTACT)) as new:
        assert sorted(get_structure(upgraded) ^ get_structure(new)) == []
        for addon in (ADDON, BATCH, FIRST_CONTACT):
            assert sorted(get_data(upgraded, addon) ^ get_data(new, addon)) == []
            assert get_constraints(upgraded, addon) == get_constraints(new, addon)


def test_the_list_works(upgrade):
    stage = upgrade.stage
    anna = stage.log_in(ACTS["individual"].salesperson)
    batches = anna.search_read("autenti.batch", [], ["state", "ready_count"])
    found = {batch["id"]: (batch["state"], batch["ready_count"]) for batch in batches}
    assert found == {upgrade.sent: ("done", 0), upgrade.draft: ("draft", 2)}
    views = anna.call("autenti.batch", "get_views", [[False, "list"], [False, "form"]])
    assert "ready_count" in views["views"]["list"]["arch"]
    menu = stage.admin.ref(f"{BATCH}.autenti_batch_menu")
    assert anna.search_read("ir.ui.menu", [("id", "=", menu)], ["id"])


def test_it_goes_on(upgrade):
    start(upgrade.stage, upgrade.draft)
    upgrade.stage.wait_for("autenti.batch", upgrade.draft, "state", "done")
    upgrade.stage.wait_for("autenti.batch", upgrade.draft, "out_count", 2)
