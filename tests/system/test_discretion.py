# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a full run leaves behind: no secret and no person in the log at DEBUG.

And what a health check leaves behind at Autenti: nothing.
"""

import contextlib
import hashlib
import os
import re
import sqlite3
from collections import Counter
from urllib.parse import quote, unquote

import psycopg2
import pytest
from workspace.databases import odoo_database
from workspace.servers import emulator, log_problems, odoo
from workspace.stage import ACTS, Stage

TOKEN_PATH = "/api/v2/auth/token"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# As the emulator makes them, 32 bytes in URL-safe Base64
TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
ASSERTION = re.compile(r"eyJ[\w-]{10,}\.")
# What begins a line: a time and the number of a process may look like a phone's
LINE_START = re.compile(r"^[-\d]+ [:,\d]+ \d+ ", re.M)
# As the people in the demo data have it
PHONE = re.compile(r"(?<!\d)(?:\+?48[ -]?)?600[ -]?\d{3}[ -]?\d{3}(?!\d)")


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def stage(state):
    """As elsewhere, but with an Odoo that says all it can."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(
            odoo_database(f"autenti_discretion_{os.getpid()}", demo=True)
        )
        it = Stage(
            odoo=stack.enter_context(odoo(database, None, "--log-level=debug")),
            emulator=stack.enter_context(emulator(state)),
            database=database,
        )
        it.connect_companies()
        it.control("PUT", "settings", {"signed_file_delay": 0})
        yield it
        assert not log_problems(it.odoo.log)


def send(stage, act):
    """Send a contract with a code by SMS for each signer."""
    agreement = stage.admin.ref(act.agreement)
    user = stage.log_in(act.salesperson)
    dialog = user.call("agreement", "action_autenti_sign", [agreement])
    model, ids = dialog["res_model"], [dialog["res_id"]]
    values = {"signature_type": "ADVANCED", "company_signer_phone": "+48600700800"}
    user.call(model, "write", ids, values)
    user.call(model, "action_send", ids)
    domain = [("res_model", "=", "agreement"), ("res_id", "=", agreement)]
    request = user.search_read("autenti.request", domain, ["id"])[0]
    stage.wait_until_sent(request["id"])
    return user, request["id"]


def decline_next(stage, request_id):
    """Decline at the emulator as the one whose turn it is, and wait for Odoo."""
    request = stage.admin.read(
        "autenti.request", request_id, ["process_id", "next_signer_id"]
    )
    email = stage.admin.read("autenti.signer", request["next_signer_id"][0], ["email"])
    process, party = quote(request["process_id"], safe=""), quote(email["email"])
    body = {"comment": "Nie z nami."}
    stage.control("POST", f"processes/{process}/parties/{party}/reject", body)
    stage.wait_for("autenti.request", request_id, "state", "declined")


def get_connections(stage):
    return stage.admin.search_read("autenti.connection", [], ["id", "health"])


def wake_scheduler(stage):
    """Let nothing be overdue: the database may have slept for long before the test."""
    with (
        contextlib.closing(psycopg2.connect(dbname=stage.database)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        # Waits for those that run now, where Odoo would refuse to write
        now = "now() AT TIME ZONE 'UTC'"
        cursor.execute(f"UPDATE ir_cron SET nextcall = {now} WHERE nextcall < {now}")


def check_health(stage):
    """Click on Check Health in all connections; return what they found."""
    for connection in get_connections(stage):
        stage.admin.call("autenti.connection", "action_check", [connection["id"]])
    return get_connections(stage)


def get_stored_secrets(stage):
    """Return the secrets in the database, whole and by line."""
    with contextlib.closing(psycopg2.connect(dbname=stage.database)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT client_secret FROM autenti_connection"
            " UNION SELECT private_key FROM autenti_key"
        )
        secrets = [secret for (secret,) in cursor.fetchall() if secret]
    return {
        line
        for secret in secrets
        for line in secret.splitlines()
        if len(line) > 30 and not line.startswith("---")
    }


def get_token_digests(state):
    """Return the SHA-256 of each access token, the emulator's only memory of it."""
    [path] = [path for path in state.iterdir() if path.suffix in (".db", ".sqlite")]
    with contextlib.closing(sqlite3.connect(path)) as database:
        return {key for (key,) in database.execute("SELECT id FROM access_tokens")}


def test_a_health_check_makes_nothing_at_autenti(stage):
    wake_scheduler(stage)
    before = stage.control("GET", "truth").json()
    stage.control("DELETE", "requests")
    found = check_health(stage)
    # Nobody reaches this machine from outside; all else is well
    assert {connection["health"] for connection in found} == {"amber"}
    calls = stage.control("GET", "requests").json()
    assert Counter(
        (call["method"], call["path"] == TOKEN_PATH) for call in calls
    ).keys() == {("GET", False), ("POST", True)}
    assert stage.control("GET", "truth").json() == before


def test_the_log_of_a_full_run_is_discreet(stage, state):
    salesperson, signed = send(stage, ACTS["individual"])
    salesperson.call("autenti.request", "action_remind", [signed])
    stage.sign_next(signed)
    salesperson.call("autenti.request", "action_sign_now", [signed])
    stage.sign_next(signed)
    stage.fetch_until_signed(signed)
    _salesperson, declined = send(stage, ACTS["representative"])
    decline_next(stage, declined)
    check_health(stage)
    assert stage.admin.search_read("autenti.callback", [("state", "=", "done")], ["id"])

    log = unquote(stage.odoo.log.read_text())
    secrets, digests = get_stored_secrets(stage), get_token_digests(state)
    assert len(secrets) > 20
    assert digests
    assert " DEBUG " in log
    for secret in secrets:
        assert secret not in log
    words = {hashlib.sha256(word.encode()).hexdigest() for word in TOKEN.findall(log)}
    assert not words & digests
    assert not ASSERTION.findall(log)
    assert not EMAIL.findall(log)
    assert not PHONE.findall(LINE_START.sub("", log))
