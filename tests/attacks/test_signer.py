# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Somebody who is asked to sign has a program for a name."""

import contextlib
from uuid import uuid4

import pytest
from workspace import wait_until
from workspace.browser import chromium, open_page

PROGRAM = '<img src="x" onerror="attack = 1"><svg/onload="attack = 2">'
# Text stays in quotes where it is shown in an attribute
BREAKS_OUT = f"'\">{PROGRAM}"
INJECTED = "img[onerror], svg[onload]"
# What Odoo itself needs, and nothing that an injection could use. Odoo evaluates its
# templates; its assets note their own failure by a handler, which tells nothing here.
POLICY = (
    "script-src-elem 'self' 'unsafe-inline'; script-src-attr 'none'; "
    "img-src 'self' data: blob:; frame-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'"
)


@pytest.fixture(scope="module")
def browser():
    with chromium() as it:
        yield it


@pytest.fixture(scope="module")
def person(stage):
    """A client who signs, with a login to the portal."""
    login = f"signer-{uuid4()}"
    values = {
        "name": f"Jan {BREAKS_OUT}",
        "function": BREAKS_OUT,
        "email": f"{login}@klient.example",
    }
    [partner] = stage.admin.call("res.partner", "create", [values])
    values = {
        "login": login,
        "password": login,
        "partner_id": partner,
        "group_ids": [[6, 0, [stage.admin.ref("base.group_portal")]]],
    }
    context = {"no_reset_password": True}
    [user_id] = stage.admin.call("res.users", "create", [values], context=context)
    yield partner, stage.log_in(login)
    stage.admin.call("res.users", "write", [user_id], {"active": False})


@pytest.fixture(scope="module")
def declined(stage, person):
    """Ids of a contract and of its request, which the client has declined."""
    partner, _portal = person
    anna = stage.log_in("anna")
    original = stage.admin.ref("autenti_esign.agreement_garden_demo")
    values = {
        "name": f"Umowa {BREAKS_OUT}",
        "code": f"{uuid4()} {BREAKS_OUT}",
        "partner_id": partner,
    }
    [contract] = anna.call("agreement", "copy", [original], values)
    dialog = anna.call("agreement", "action_autenti_sign", [contract])["res_id"]
    anna.call("autenti.send", "write", [dialog], {"message": BREAKS_OUT})
    anna.call("autenti.send", "action_send", [dialog])
    domain = [("res_model", "=", "agreement"), ("res_id", "=", contract)]
    [request] = anna.search_read("autenti.request", domain, ["id"])
    stage.wait_until_sent(request["id"])
    stage.act_next(request["id"], "reject", {"comment": f"Nie {BREAKS_OUT}"})
    stage.wait_for("autenti.request", request["id"], "state", "declined", fetch=True)
    return contract, request["id"]


@contextlib.contextmanager
def strict_page(browser, user):
    """Open a page of a user's browser in which no injected handler may run."""

    def tighten(route):
        answer = route.fetch()
        headers = {**answer.headers}
        if "text/html" in headers.get("content-type", ""):
            headers["content-security-policy"] = POLICY
        route.fulfill(response=answer, headers=headers)

    with contextlib.closing(open_page(browser)) as page:
        cookie = {"name": "session_id", "value": user.session.cookies["session_id"]}
        page.context.add_cookies([{**cookie, "url": user.url}])
        for pattern in ("/odoo**", "/my**", "/autenti**"):
            page.route(f"{user.url}{pattern}", tighten)
        yield page


def shows_text_alone(page, text):
    wait_until(lambda: text in page.inner_text("body"), f"{page.url} shows it", 60)
    is_run = page.evaluate("typeof attack != 'undefined'")
    return not is_run and not page.locator(INJECTED).count()


def test_employees_see_text_and_no_program(stage, browser, declined):
    contract, request = declined
    anna = stage.log_in("anna")
    form = f"{anna.url}/odoo/m-agreement/{contract}"
    requests = f"{anna.url}/odoo/action-autenti_esign.autenti_request_action"
    with strict_page(browser, anna) as page:
        for address in (form, f"{requests}/{request}", requests):
            page.goto(address)
            assert shows_text_alone(page, PROGRAM), address
        page.goto(form)
        page.get_by_role("button", name="Sign with Autenti").click()
        page.get_by_role("button", name="Send for Signature").wait_for()
        assert shows_text_alone(page, PROGRAM)


def test_clients_see_text_and_no_program(browser, person, declined):
    _partner, portal = person
    with strict_page(browser, portal) as page:
        page.goto(f"{portal.url}/my/signatures")
        assert shows_text_alone(page, PROGRAM)
        page.goto(f"{portal.url}/autenti?state={PROGRAM}&code={PROGRAM}")
        assert shows_text_alone(page, "Nothing has changed")
