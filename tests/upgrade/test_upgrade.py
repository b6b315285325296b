# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A database of the first release, with contracts in it, becomes one of today.

`autenti_esign-19.0.1.0.0.zip` is the addon as it was then, without its tests and texts
for people: `git archive` of the commit d8501c3.
"""

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from rows import find_changes, get_data, get_rows, get_structure
from workspace import wait_until
from workspace.databases import ADDON, EVIDENCE, INSTALL, odoo_database
from workspace.servers import ADDONS_PATH, emulator, free_port, log_problems, odoo
from workspace.servers import run_odoo as run
from workspace.stage import ACTS, Stage

FIRST_RELEASE = Path(__file__).with_name("autenti_esign-19.0.1.0.0.zip")
PEOPLE = ("anna", "piotr", "maria")
# What people may have made, seen and been told
RECORDS = {
    "agreement": "true",
    "autenti_account": "true",
    "autenti_callback": "true",
    "autenti_connection": "true",
    "autenti_key": "true",
    "autenti_registration": "true",
    "autenti_request": "true",
    "autenti_signer": "true",
    "ir_attachment": "res_model IN ('agreement', 'autenti.request')",
    "mail_activity": "true",
    "mail_followers": "true",
    "mail_message": "model IN ('agreement', 'autenti.request', 'autenti.connection')",
    "res_company": "true",
    "res_partner": "true",
    "res_users": "true",
}


@dataclass(frozen=True)
class Upgrade:
    stage: Stage  # as it is today
    # Requests by way of working
    signed: dict
    waiting: dict  # the client has signed, which Odoo doesn't know yet
    to_send: dict
    draft: int  # a contract that was never sent
    before: dict  # as of `get_rows`
    after: dict
    seen: dict  # ids of requests by login


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory):
    """A database that was used with the first release, and runs today's."""
    folder = tmp_path_factory.mktemp("release")
    shutil.unpack_archive(FIRST_RELEASE, folder)
    addons, port = (folder, *ADDONS_PATH[1:]), free_port()
    with contextlib.ExitStack() as stack:
        state = tmp_path_factory.mktemp("state")
        autenti = stack.enter_context(emulator(state))
        database = stack.enter_context(
            odoo_database(
                f"autenti_upgrade_{os.getpid()}", demo=True, addons=("agreement",)
            )
        )
        run(database, "--init", ADDON, *INSTALL, "--with-demo", addons=addons)
        with odoo(database, port, addons=addons) as server:
            stage = Stage(server, autenti, database)
            stage.connect_companies()
            stage.control("PUT", "settings", {"signed_file_delay": 0})
            signed = {mode: sign(stage, act) for mode, act in ACTS.items()}
            waiting = {mode: send_copy(stage, act) for mode, act in ACTS.items()}
        with odoo(database, port, "--max-cron-threads=0", addons=addons) as server:
            stage = Stage(server, autenti, database)
            to_send = {mode: submit_copy(stage, act) for mode, act in ACTS.items()}
            [draft] = stage.admin.call(
                "agreement", "copy", [stage.admin.ref(ACTS["individual"].agreement)]
            )
            for request_id in waiting.values():
                stage.act_next(request_id, "sign")
            wait_until(lambda: count_pending(stage) >= len(waiting), "Odoo is told")
            seen = {login: see_requests(stage, login) for login in PEOPLE}
        before = get_rows(database, RECORDS)
        run(database, "--update", ADDON, *INSTALL)
        after = get_rows(database, RECORDS)
        with odoo(database, port) as server:
            stage = Stage(server, autenti, database)
            yield Upgrade(stage, signed, waiting, to_send, draft, before, after, seen)
            assert not log_problems(server.log)


def sign(stage, act):
    request_id = stage.send(act)
    stage.sign_next(request_id)
    stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)
    return request_id


def send_copy(stage, act):
    request_id = submit_copy(stage, act)
    stage.wait_until_sent(request_id)
    return request_id


def submit_copy(stage, act):
    [request_id] = stage.submit_copies(act, 1)
    return request_id


def count_pending(stage):
    domain = [("state", "=", "pending")]
    return stage.admin.call("autenti.callback", "search_count", domain)


def see_requests(stage, login):
    user = stage.log_in(login)
    return sorted(user.call("autenti.request", "search", []))


def test_nothing_is_lost(upgrade):
    assert {state(upgrade, id_) for id_ in upgrade.signed.values()} == {"signed"}
    assert {state(upgrade, id_) for id_ in upgrade.waiting.values()} == {"sent"}
    assert {state(upgrade, id_) for id_ in upgrade.to_send.values()} == {"to_send"}
    assert find_changes(upgrade.before, upgrade.after) == []


def test_contracts_tell_what_is_new(upgrade):
    for mode, act in ACTS.items():
        signed = get_contract(upgrade, upgrade.signed[mode])
        assert signed["autenti_signed_summary"]
        waiting = get_contract(upgrade, upgrade.waiting[mode])
        assert waiting["autenti_turn"] == "client"
        sender = upgrade.after["res_users", waiting["autenti_user_id"]]
        assert sender["login"] == act.salesperson


def get_contract(upgrade, request_id):
    res_id = upgrade.after["autenti_request", request_id]["res_id"]
    return upgrade.after["agreement", res_id]


def state(upgrade, request_id):
    return upgrade.before["autenti_request", request_id]["state"]


@pytest.fixture(scope="module")
def new_database():
    """A database that never had another release."""
    name = f"autenti_upgrade_new_{os.getpid()}"
    with odoo_database(name, demo=True, addons=(EVIDENCE,)) as database:
        yield database


def test_structure_is_that_of_a_new_database(upgrade, new_database):
    found = get_structure(upgrade.stage.database)
    expected = get_structure(new_database)
    assert sorted(found - expected) == []
    assert sorted(expected - found) == []


@pytest.mark.parametrize("addon", ["agreement_document", ADDON, EVIDENCE])
def test_data_are_those_of_a_new_database(upgrade, new_database, addon):
    found, expected = (
        get_data(database, addon) for database in (upgrade.stage.database, new_database)
    )
    assert sorted(found - expected) == []
    assert sorted(expected - found) == []


def test_rights(upgrade):
    for login, seen in upgrade.seen.items():
        assert see_requests(upgrade.stage, login) == seen
    assert upgrade.seen["anna"] != upgrade.seen["piotr"]


def test_files(upgrade):
    for mode, request_id in upgrade.signed.items():
        salesperson = upgrade.stage.log_in(ACTS[mode].salesperson)
        files = ["source_attachment_id", "signed_attachment_id"]
        request = salesperson.read("autenti.request", request_id, files)
        for attachment_id in (request[name][0] for name in files):
            assert salesperson.download(attachment_id).startswith(b"%PDF")
            # So that nobody can delete it
            kept_for = salesperson.read(
                "ir.attachment", attachment_id, ["autenti_request_id"]
            )
            assert kept_for["autenti_request_id"][0] == request_id


def test_evidence(upgrade):
    admin = upgrade.stage.admin
    for request_id in (*upgrade.signed.values(), *upgrade.waiting.values()):
        request = admin.read("autenti.request", request_id, ["event_ids"])
        assert request["event_ids"]
        check = admin.call("autenti.request", "action_check_audit_trail", [request_id])
        assert check["params"]["type"] == "success"


def test_goes_on(upgrade):
    stage = upgrade.stage
    for mode, request_id in upgrade.waiting.items():
        # That the client has signed was told before the upgrade
        [client_id, _own_id] = stage.admin.read(
            "autenti.request", request_id, ["signer_ids"]
        )["signer_ids"]
        stage.wait_for("autenti.signer", client_id, "status", "signed")
        stage.sign_next(request_id)
        stage.fetch_until_signed(request_id)
        stage.wait_for("autenti.request", upgrade.to_send[mode], "state", "sent")
    salesperson = stage.log_in(ACTS["individual"].salesperson)
    request_id = stage.submit(salesperson, upgrade.draft)
    stage.wait_for("autenti.request", request_id, "state", "sent")
