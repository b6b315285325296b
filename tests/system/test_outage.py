# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Autenti is down when a salesperson clicks on Send, and comes back later."""

from urllib.parse import urlsplit

from playwright.sync_api import expect
from workspace.servers import emulator
from workspace.stage import ACTS

ACT = ACTS["individual"]


def test_outage(stage, state, log_in):
    user = stage.log_in(ACT.salesperson)
    agreement = stage.admin.ref(ACT.agreement)
    page = log_in(ACT.salesperson)
    stage.emulator.process.terminate()
    stage.emulator.process.wait()

    request_id = stage.submit(user, agreement)
    page.goto(f"{stage.odoo.url}/odoo/action-agreement.agreement_action/{agreement}")
    warning = page.locator(".alert-warning", has_text="Autenti can't be reached")
    expect(warning).to_contain_text("Odoo tries again by itself")

    with emulator(state, urlsplit(stage.emulator.url).port):
        user.call("autenti.request", "action_try_again", [request_id])
        stage.wait_for("autenti.request", request_id, "state", "sent")
        page.wait_for_selector(".alert-info:has-text('Next to sign')")
        expect(warning).to_be_hidden()
        page.close()
        processes = stage.control("GET", "truth").json()["processes"]
        assert [process["sends"] for process in processes] == [1]
        # It is the document that Odoo knows
        stage.sign_next(request_id)
