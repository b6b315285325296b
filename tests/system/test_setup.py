# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An administrator follows the connection's form until Autenti accepts it."""

import json
import re

import pytest
from playwright.sync_api import expect
from workspace.browser import expect_notification

CLIENT = {"client_id": "setup", "client_secret": "s3cret-of-the-set-up"}
PERSON = {"firstName": "Iga", "lastName": "Mak", "email": "iga.mak@nowa.example"}


@pytest.fixture(scope="module")
def expected_problems():
    # Odoo logs what it tells the administrator
    return ["Autenti doesn't accept the key"]


@pytest.fixture(scope="module")
def connection_id(stage):
    """A connection that knows the emulator's address and who signs, no more."""
    admin = stage.admin
    values = {"name": "Nowa sp. z o.o.", "vat": "PL7740001454"}
    company_id = admin.call("res.company", "create", values)
    admin.call("res.users", "write", [admin.id], {"company_ids": [(4, company_id)]})
    admin.context["allowed_company_ids"].append(company_id)
    return admin.call(
        "autenti.connection",
        "create",
        {
            "company_id": company_id,
            "mode": "representative",
            "representative_email": PERSON["email"],
            "representative_first_name": PERSON["firstName"],
            "representative_last_name": PERSON["lastName"],
            "representation_basis": "Prezes zarządu",
            "environment": "custom",
            "custom_api_url": f"{stage.emulator.url}/api/v2",
            "custom_jwks_url": f"{stage.emulator.url}/developers/keys/webhook.jwks",
        },
    )


@pytest.fixture
def page(stage, log_in, connection_id):
    """The form of the connection, as the administrator sees it."""
    page = log_in("admin")
    companies = "-".join(map(str, stage.admin.context["allowed_company_ids"]))
    page.context.add_cookies(
        [{"name": "cids", "value": companies, "url": stage.odoo.url}]
    )
    action = "action-autenti_esign.autenti_connection_action"
    page.goto(f"{stage.odoo.url}/odoo/{action}/{connection_id}")
    yield page
    page.close()


def say_next(page):
    return page.locator("[name=setup_hint]")


def ready(page):
    return page.get_by_text("Everything is ready: contracts can be sent.")


def click(page, name):
    page.locator(f"button[name={name}]:visible").last.click()


def fill(page, name, text):
    page.fill(f"[name={name}] input", text)


def read_key(page):
    return json.loads(page.locator("[name=public_jwk] span").first.inner_text())


def register(stage, *keys):
    """Do at Autenti what the form asks for."""
    application = {**CLIENT, "organisation": "Nowa", "users": [PERSON]}
    stage.control("POST", "applications", {**application, "jwks": {"keys": keys}})


def test_from_nothing_to_a_new_key(stage, page):
    expect(say_next(page)).to_contain_text("enter the client ID")
    fill(page, "client_id", CLIENT["client_id"])
    fill(page, "client_secret_input", CLIENT["client_secret"])
    page.click(".o_form_button_save")
    expect(say_next(page)).to_contain_text("Make a key pair")
    click(page, "action_generate_key")
    expect(say_next(page)).to_contain_text("Test Connection")
    key = read_key(page)

    register(stage)
    click(page, "action_test")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile("key", re.IGNORECASE))
    dialog.get_by_role("button", name="Close").last.click()
    expect(ready(page)).to_be_hidden()

    register(stage, key)
    click(page, "action_test")
    expect(ready(page)).to_be_visible()

    click(page, "action_generate_key")
    expect(page.locator("button[name=action_switch_key]")).to_be_visible()
    new_key = read_key(page)
    assert new_key["n"] != key["n"]
    click(page, "action_switch_key")
    expect(dialog).to_contain_text("paste the public key")
    dialog.get_by_role("button", name="Close").last.click()
    # The one before is still in use
    with expect_notification(page, PERSON["email"]):
        click(page, "action_test")

    register(stage, key, new_key)
    click(page, "action_switch_key")
    expect(page.locator("button[name=action_switch_key]")).to_be_hidden()
    register(stage, new_key)
    with expect_notification(page, PERSON["email"]):
        click(page, "action_test")
    expect(ready(page)).to_be_visible()
    assert read_key(page) == new_key


def test_production_begins_anew(page):
    click(page, "action_prepare_production")
    expect(say_next(page)).to_contain_text("enter the client ID")
    expect(page.get_by_text("This connection is switched off.")).to_be_visible()
    expect(page.locator("button[name=action_switch_on]")).to_be_hidden()
    expect(page.locator("[name=client_id] input")).to_have_value("")
    expect(page.locator("[name=representative_last_name] input")).to_have_value("Mak")
