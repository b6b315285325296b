# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The evidence became an addon of its own, and takes along what a database has of it.

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
BATCH = "autenti_esign_batch"
FIRST_CONTACT = "autenti_esign_first_contact"
JOB = "ir_cron_autenti_retention"
RECORDS = {
    "agreement_type": "true",
    "autenti_event": "true",
    "autenti_request": "true",
    "autenti_signer": "true",
    "ir_attachment": "autenti_request_id IS NOT NULL",
    "ir_cron": "cron_name = 'Autenti: delete what was kept long enough'",
}
MONTHS, DAYS = 12, 7  # that somebody has chosen


@dataclass(frozen=True)
class Upgrade:
    stage: Stage  # as it is today
    request_id: int  # signed
    before: dict  # as of `get_rows`
    after: dict
    places_before: dict  # as of `get_places`


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory):
    """A database with evidence in the one addon, which runs today's addons."""
    folder = tmp_path_factory.mktemp("release")
    shutil.unpack_archive(RELEASE, folder)
    addons = (folder, *ADDONS_PATH[1:])
    name = f"autenti_split_evidence_{os.getpid()}"
    with contextlib.ExitStack() as stack:
        autenti = stack.enter_context(emulator(tmp_path_factory.mktemp("state")))
        database = stack.enter_context(
            odoo_database(name, demo=True, addons=("agreement",))
        )
        run(database, "--init", ADDON, *INSTALL, "--with-demo", addons=addons)
        with odoo(database, None, addons=addons) as server:
            stage = Stage(server, autenti, database)
            stage.connect_companies()
            stage.control("PUT", "settings", {"signed_file_delay": 0})
            request_id = sign(stage)
            configure(stage.admin)
        before, places = get_rows(database, RECORDS), get_places(database, ADDON)
        run(database, "--update", ADDON, *INSTALL)
        after = get_rows(database, RECORDS)
        with odoo(database) as server:
            stage = Stage(server, autenti, database)
            yield Upgrade(stage, request_id, before, after, places)
            assert not log_problems(server.log)


def sign(stage):
    request_id = stage.send(ACTS["individual"])
    for _signer in range(2):
        stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)
    return request_id


def configure(admin):
    types = admin.call("agreement.type", "search", [])
    admin.call("agreement.type", "write", types, {"autenti_keep_files": MONTHS})
    job = [admin.ref(f"{ADDON}.{JOB}")]
    values = {"interval_number": DAYS, "active": False}
    admin.call("ir.cron", "write", job, values)


def test_nothing_is_lost(upgrade):
    request = upgrade.before["autenti_request", upgrade.request_id]
    assert request["card_attachment_id"]
    assert request["event_count"] > 9
    types = {row["autenti_keep_files"] for row in rows_of(upgrade, "agreement_type")}
    assert types == {MONTHS}
    assert [row["interval_number"] for row in rows_of(upgrade, "ir_cron")] == [DAYS]
    assert find_changes(upgrade.before, upgrade.after) == []


def rows_of(upgrade, table):
    return [row for place, row in upgrade.before.items() if place[0] == table]


def test_records_are_handed_over(upgrade):
    database = upgrade.stage.database
    handed = get_places(database, EVIDENCE)
    before, left = upgrade.places_before, get_places(database, ADDON)
    moved = before.keys() & handed.keys() - left.keys()
    assert len(moved) > 90
    assert {name: before[name] for name in moved} == {
        name: handed[name] for name in moved
    }


def test_it_is_as_in_a_new_database(upgrade):
    upgraded = upgrade.stage.database
    name = f"autenti_split_evidence_new_{os.getpid()}"
    with odoo_database(name, demo=True, addons=(BATCH, EVIDENCE, FIRST_CONTACT)) as new:
        assert sorted(get_structure(upgraded) ^ get_structure(new)) == []
        for addon in (ADDON, EVIDENCE):
            different = get_data(upgraded, addon) ^ get_data(new, addon)
            # People may switch a job off
            assert [each for each in sorted(different) if each[1] != JOB] == []
            assert get_constraints(upgraded, addon) == get_constraints(new, addon)


def test_the_evidence_is_whole(upgrade):
    admin, request_id = upgrade.stage.admin, upgrade.request_id
    check = admin.call("autenti.request", "action_check_audit_trail", [request_id])
    assert check["params"]["type"] == "success"
    card = upgrade.after["autenti_request", request_id]["card_attachment_id"]
    assert admin.download(card).startswith(b"%PDF")
