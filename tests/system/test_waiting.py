# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a plain salesperson does while others sign, and with many contracts at once.

In a real browser; the client declines on the emulator's page.
"""

import uuid

import pytest
from workspace import wait_until
from workspace.browser import expect_notification, open_page

CONTRACTS = "/odoo/action-agreement.agreement_action"
REQUESTS = "/odoo/action-autenti_esign.autenti_request_action"
CLIENT = "malgorzata.wojcik@zielony-ogrod.example"


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_batch",)


@pytest.fixture
def agreement(stage):
    """A new contract of Anna's."""
    partner = stage.admin.ref("autenti_esign.res_partner_zielony_demo")
    return make_agreement(stage, "Umowa sprzedaży donic", partner)


def make_agreement(stage, name, partner):
    values = {"name": name, "code": f"{name} {uuid.uuid4()}"}
    return stage.log_in("anna").call(
        "agreement", "create", values | {"partner_id": partner}
    )


@pytest.fixture
def page(log_in):
    page = log_in("anna")
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    page.close()


def send(stage, agreement):
    request_id = stage.submit(stage.log_in("anna"), agreement)
    stage.wait_until_sent(request_id)
    return request_id


def open_contract(page, stage, agreement):
    page.goto(f"{stage.odoo.url}{CONTRACTS}/{agreement}")
    page.wait_for_selector(".alert-info:has-text('Next to sign')")


def test_decline(stage, browser, page, agreement):
    send(stage, agreement)
    open_contract(page, stage, agreement)
    client = open_page(browser)
    client.goto(f"{stage.emulator.url}/people/mail/{CLIENT}")
    client.locator("a.button:not(.quiet)").first.click()
    client.wait_for_selector(".document img")
    client.click("summary")
    client.fill("[name=comment]", "Zła cena")
    client.click("button[name=reject]")
    client.wait_for_selector("button[name=reject]", state="detached")
    client.close()
    page.wait_for_selector(".alert-warning:has-text('Zła cena')")


def test_remind(stage, page, agreement):
    request_id = send(stage, agreement)
    open_contract(page, stage, agreement)
    page.click("button[name=action_autenti_remind]")
    with expect_notification(page, "Reminders on their way: 1."):
        page.click(".modal .btn-primary")
    stage.wait_for("autenti.request", request_id, "reminder_count", 1)
    page.goto(f"{stage.odoo.url}{REQUESTS}/{request_id}")
    page.wait_for_selector(".o-mail-Message:has-text('Autenti has reminded')")


def test_withdraw(stage, page, agreement):
    request_id = send(stage, agreement)
    open_contract(page, stage, agreement)
    page.click("button[name=action_autenti_withdraw]")
    page.fill(".modal [name=reason] textarea", "Zmiana ceny")
    page.click(".modal button[name=action_withdraw]")
    page.wait_for_selector(".alert-warning:has-text('Anna Nowak'):has-text('Zmiana')")
    # What would only refuse isn't there any more
    page.wait_for_selector("button[name=action_autenti_withdraw]", state="detached")
    page.wait_for_selector("button[name=action_autenti_correct]")
    stage.wait_for("autenti.request", request_id, "remote_status", "WITHDRAWN")


def test_correct(stage, page, agreement):
    first = send(stage, agreement)
    open_contract(page, stage, agreement)
    page.click("button[name=action_autenti_correct]")
    page.wait_for_selector(".modal :text('withdrawn when you send')")
    page.wait_for_selector(".modal iframe.o_pdfview_iframe")
    page.click(".modal .o_data_row [name=email]")
    page.fill(".modal .o_data_row [name=email] input", "m.wojcik@zielony-ogrod.example")
    page.press(".modal .o_data_row [name=email] input", "Tab")
    page.click(".modal button[name=action_send]")
    page.wait_for_selector(".modal", state="detached")

    def get_second():
        domain = [("replaces_id", "=", first)]
        return stage.admin.search_read("autenti.request", domain, ["state"])

    wait_until(
        lambda: [each["state"] for each in get_second()] == ["sent"],
        "the corrected document is out",
    )
    stage.wait_for("autenti.request", first, "state", "withdrawn")


def test_bulk(stage, page):
    partner = stage.admin.ref("autenti_esign.res_partner_zielony_demo")
    nobody = stage.admin.call("res.partner", "create", {"name": "Bez Adresu"})
    for number in range(1, 4):
        make_agreement(stage, f"Umowa zbiorcza {number}", partner)
    make_agreement(stage, "Umowa zbiorcza 4", nobody)
    page.goto(f"{stage.odoo.url}{CONTRACTS}")
    page.wait_for_selector(".o_data_row")
    page.fill(".o_searchview_input", "Umowa zbiorcza")
    page.wait_for_selector(".o_searchview_autocomplete:has-text('Umowa zbiorcza')")
    page.press(".o_searchview_input", "Enter")
    page.wait_for_selector(".o_facet_value:has-text('Umowa zbiorcza')")
    page.wait_for_selector(".o_data_row:nth-child(4):has-text('Umowa zbiorcza')")
    page.click("thead .o_list_record_selector input")
    page.click(".o_cp_action_menus button:has-text('Actions')")
    page.click(".o-dropdown--menu .o-dropdown-item:has-text('Send with Autenti')")
    page.wait_for_selector(".alert-info:has-text('Can be sent: 3')")
    page.click("a[name=blocked]")
    page.wait_for_selector(".o_data_row:has-text('Bez Adresu'):has-text('e-mail')")
    page.click("a[name=goes]")
    page.click("button[name=action_start]:has-text('Send for Signature')")
    page.click(".modal .btn-primary")
    # Without loading the form again
    page.wait_for_selector("text=sent by Autenti: 3")
    page.wait_for_selector(".o_arrow_button_current:has-text('Done')")
    domain = [("name", "ilike", "Umowa zbiorcza"), ("state", "=", "sent")]
    assert len(stage.admin.search_read("autenti.request", domain, ["id"])) == 3
