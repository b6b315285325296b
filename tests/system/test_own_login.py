# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A salesperson's own login at Autenti: in a browser, and among several workers."""

import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from workspace.browser import expect_notification
from workspace.databases import odoo_database
from workspace.rpc import OdooError
from workspace.servers import emulator, free_port, log_problems, odoo
from workspace.stage import ACTS, TIMEOUT, Stage

ACT = ACTS["individual"]
EMAIL = "anna.nowak@firma.example"
# Odoo uses a token for no more than half of its life, see `client.auth.Tokens`
TOKEN_LIFETIME = 4  # seconds
WORKERS = 4
ROUNDS = 3
CALLS_AT_ONCE = 12
SETTINGS = {"signed_file_delay": 0}


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """As `stage`, but with an Odoo of several processes."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(
            odoo_database(f"autenti_logins_{os.getpid()}", demo=True)
        )
        options = (f"--workers={WORKERS}", f"--gevent-port={free_port()}")
        it = Stage(
            odoo=stack.enter_context(odoo(database, None, *options)),
            emulator=stack.enter_context(emulator(tmp_path_factory.mktemp("state"))),
            database=database,
        )
        it.connect_companies()
        it.control("PUT", "settings", SETTINGS)
        yield it
        # Some faults are asked for
        assert not log_problems(it.odoo.log, allowed=["package is used up"])


def ask_for_logins(stage):
    """Have each salesperson connect an account; return the id of the connection."""
    domain = [("mode", "=", "individual")]
    [connection] = stage.admin.search_read("autenti.connection", domain, ["id"])
    values = {"account_access": "login"}
    stage.admin.call("autenti.connection", "write", [connection["id"]], values)
    stage.control("DELETE", "requests")
    return connection["id"]


def get_token_answers(stage):
    """Return the status of each answer to Odoo's wish for a token."""
    calls = stage.control("GET", "requests").json()
    return [c["status"] for c in calls if c["path"] == "/api/v2/auth/token"]


# === In a browser === #


@pytest.fixture
def page(stage, log_in):
    """A browser window where the salesperson has opened the contract."""
    ask_for_logins(stage)
    page = log_in(ACT.salesperson)
    agreement = stage.admin.ref(ACT.agreement)
    page.goto(f"{stage.odoo.url}/odoo/action-agreement.agreement_action/{agreement}")
    yield page
    page.close()


def test_a_salesperson_connects_sends_and_signs(stage, page):
    sign = page.locator("button[name=action_autenti_sign]:visible")
    sign.click()
    contract = page.url
    page.click(".modal button:has-text('Connect my Autenti account')")
    page.wait_for_selector("button[name=email]")
    with expect_notification(page, "account is connected"):
        page.click(f"button[name=email][value='{EMAIL}']")
    assert page.url == contract
    sign.click()
    # What wasn't looked at isn't sent
    page.frame_locator(".modal iframe").locator(".textLayer").first.wait_for()
    page.click(".modal button[name=action_send]")
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    domain = [("res_id", "=", stage.admin.ref(ACT.agreement))]
    [request] = stage.admin.search_read("autenti.request", domain, ["id"])
    for _signer in range(2):
        stage.sign_next(request["id"])
    stage.fetch_until_signed(request["id"])
    page.wait_for_selector(".alert-success:has-text('Signed with Autenti')")
    [process] = stage.control("GET", "processes").json()
    assert process["sender"] == EMAIL
    assert set(get_token_answers(stage)) == {200}


# === Among several workers === #


def log_in_at_autenti(stage, user, connection_id):
    """Connect an account as a browser does."""

    def follow(method, url, **options):
        options |= {"timeout": TIMEOUT, "allow_redirects": False}
        answer = user.session.request(method, url, **options)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    url = follow("GET", f"{stage.odoo.url}/autenti/connect/{connection_id}")
    url = follow("POST", url, data={"email": EMAIL})
    assert follow("GET", url) == "/odoo"
    log = stage.odoo.log.read_text()
    assert '"GET /autenti?*** HTTP' in log
    assert "code=" not in log


def remind(user, request_id):
    """Make a call at Autenti, and return what the user reads when it fails."""
    try:
        user.call("autenti.request", "action_remind", [request_id])
    except OdooError as error:
        return str(error)
    return None


def remind_at_once(stage, users, request_ids):
    """Let the present token grow old, then need a new one many times at once.

    Each user is about a request of their own: who finds it locked asks for no token.
    """
    stage.wait_until_quiet()
    time.sleep(TOKEN_LIFETIME / 2)
    with ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(remind, users, request_ids))


def test_no_refresh_token_is_used_twice_or_lost(workers):
    connection_id = ask_for_logins(workers)
    lifetime = {"token_lifetime": TOKEN_LIFETIME}
    workers.control("PUT", "settings", SETTINGS | lifetime)
    users = [workers.log_in(ACT.salesperson) for _ in range(CALLS_AT_ONCE)]
    log_in_at_autenti(workers, users[0], connection_id)
    request_ids = workers.submit_copies(ACT, CALLS_AT_ONCE)
    for request_id in request_ids:
        workers.wait_until_sent(request_id)

    for _round in range(ROUNDS):
        assert remind_at_once(workers, users, request_ids) == [None] * CALLS_AT_ONCE

    # What is rolled back, but for the tokens
    fault = {"method": "POST", "path": "*/actions", "action": {"type": "status"}}
    fault["action"]["status"] = 402
    for _round in range(ROUNDS):
        workers.control("PUT", "faults", {"rules": [fault]})
        before = len(get_token_answers(workers))
        errors = remind_at_once(workers, users, request_ids)
        assert all("package is used up" in error for error in errors)
        assert len(get_token_answers(workers)) > before
        workers.control("DELETE", "faults")
        assert remind_at_once(workers, users, request_ids) == [None] * CALLS_AT_ONCE

    # The emulator refuses a refresh token that was used before, and ends the login
    answers = get_token_answers(workers)
    assert set(answers) == {200}
    assert len(answers) > 3 * ROUNDS
