# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Open lists and forms show what happens at Autenti, to those who may see it."""

from workspace.stage import ACTS

ACT = ACTS["individual"]
STRANGER = ACTS["representative"].salesperson
IS_STARTED = "() => odoo.__WOWL_DEBUG__"
# Has a page listen to a record, as the open form of it does
LISTEN = """channel => {
    const bus = odoo.__WOWL_DEBUG__.root.env.services.bus_service;
    window.heard = [];
    bus.subscribe("autenti_esign/changed", news => window.heard.push(news.model));
    bus.addChannel(channel);
}"""
HEARD = "() => window.heard.length"
# A mark that a reload would wipe away
MARK = "() => { window.isSamePage = true; }"


def listen(page, channel):
    page.wait_for_function(IS_STARTED)
    page.evaluate(LISTEN, channel)


def test_lists_and_forms_go_on_by_themselves(stage, log_in):
    agreement_id = stage.admin.ref(ACT.agreement)
    [agreement] = stage.admin.search_read(
        "agreement", [("id", "=", agreement_id)], ["name", "code"]
    )
    stranger = log_in(STRANGER)
    stranger.goto(f"{stage.odoo.url}/odoo")
    listen(stranger, f"autenti_esign/agreement/{agreement_id}")
    contracts = log_in(ACT.salesperson)
    contracts.goto(f"{stage.odoo.url}/odoo/action-agreement.agreement_action")
    row = contracts.locator("tr.o_data_row", has_text=agreement["name"])
    row.wait_for()
    contracts.evaluate(MARK)
    listen(contracts, "nothing")

    request_id = stage.send(ACT)
    row.locator("td[name=autenti_state]", has_text="Sent").wait_for()

    requests = log_in(ACT.salesperson)
    action = "action-autenti_esign.autenti_request_action"
    requests.goto(f"{stage.odoo.url}/odoo/{action}?view_type=list")
    requests.evaluate(MARK)
    state = requests.locator("tr.o_data_row td[name=state]").first
    state.wait_for()
    form = log_in(ACT.salesperson)
    form.goto(f"{stage.odoo.url}/odoo/{action}/{request_id}")
    form.wait_for_selector(".o_form_view [name=state]")
    form.evaluate(MARK)

    stage.sign_next(request_id)
    stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)
    row.locator("td[name=autenti_state]", has_text="Signed").wait_for()
    requests.locator("tr.o_data_row td[name=state]", has_text="Signed").wait_for()
    form.wait_for_selector("button[name=action_open_signed]:visible")
    for page in (contracts, requests, form):
        assert page.evaluate("() => window.isSamePage"), "nobody has loaded it again"
    assert contracts.evaluate(HEARD)
    assert not stranger.evaluate(HEARD)
    for page in (stranger, contracts, requests, form):
        page.close()
