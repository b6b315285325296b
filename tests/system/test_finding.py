# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A salesperson finds what waits for whom, and a client finds their contract.

In a real browser; the client is a portal user without any other right.
"""

import uuid

import pytest
from playwright.sync_api import expect
from workspace.browser import open_page

CONTRACTS = "/odoo/action-agreement.agreement_action"
REQUESTS = "/odoo/action-autenti_esign.autenti_request_action"
ANALYSIS = "/odoo/action-autenti_esign.autenti_request_analysis_action"
CONTACT = "autenti_esign.res_partner_zielony_contact_demo"
STRANGER = "autenti_esign.res_partner_zurawie_contact_demo"


@pytest.fixture(scope="module")
def request_id(stage):
    """A contract of Anna's that has gone to a contact for signature."""
    values = {
        "name": "Umowa nawadniania",
        "code": str(uuid.uuid4()),
        "partner_id": stage.admin.ref(CONTACT),
    }
    anna = stage.log_in("anna")
    request_id = stage.submit(anna, anna.call("agreement", "create", values))
    stage.wait_for("autenti.request", request_id, "state", "sent")
    return request_id


@pytest.fixture
def page(log_in):
    page = log_in("anna")
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    page.close()


@pytest.fixture
def open_portal(stage, browser):
    """Opens the portal as a contact, in a browser of their own."""
    pages = []

    def open_portal(contact, width=1280):
        login = f"portal-{uuid.uuid4()}"
        values = {
            "name": login,
            "login": login,
            "password": login,
            "partner_id": stage.admin.ref(contact),
            "group_ids": [(6, 0, [stage.admin.ref("base.group_portal")])],
        }
        user = stage.admin.call("res.users", "create", values)
        page = open_page(browser, viewport={"width": width, "height": 844})
        pages.append((page, user))
        page.goto(f"{stage.odoo.url}/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.click("button[type=submit]")
        page.wait_for_selector(".o_portal_docs")
        return page

    yield open_portal
    for page, user in pages:
        page.close()
        # A contact has one user
        stage.admin.call("res.users", "unlink", [user])


def use_filter(page, stage, path, label):
    page.goto(f"{stage.odoo.url}{path}")
    page.click(".o_searchview_dropdown_toggler")
    page.click(f".o_filter_menu .o_menu_item:text-is('{label}')")
    page.wait_for_selector(f".o_facet_value:has-text('{label}')")


def test_who_acts_next_is_found(stage, page, request_id):
    row = ".o_data_row:has-text('Umowa nawadniania')"
    for path in (CONTRACTS, REQUESTS):
        use_filter(page, stage, path, "Waiting for the Client")
        page.wait_for_selector(row)
    stage.sign_next(request_id)
    for path in (CONTRACTS, REQUESTS):
        use_filter(page, stage, path, "My Turn")
        page.wait_for_selector(row)


def test_the_board_reads_out_who_has_signed(stage, page, request_id):
    page.goto(f"{stage.odoo.url}{REQUESTS}?view_type=kanban")
    card = page.locator(".o_kanban_record:has-text('Umowa nawadniania')")
    signers = card.get_by_role("list", name="Signers").get_by_role("listitem")
    expect(signers).to_have_text(
        ["Małgorzata Wójcik: signed", "Anna Nowak: their turn"]
    )


def test_the_figures_open_and_the_median_can_be_measured(stage, page, request_id):
    page.goto(f"{stage.odoo.url}{ANALYSIS}")
    page.click(".o_facet_remove")
    table = page.locator(".o_pivot table")
    for text in ("Count", "Days to sign (median)", "Decline Rate", "Anna Nowak"):
        table.locator(f"th:has-text('{text}')").first.wait_for()
    page.click(".o_switch_view.o_graph")
    page.click("button:has-text('Measures')")
    page.click(".o-dropdown--menu .o_menu_item:has-text('Days to sign')")
    page.wait_for_selector(".o_graph_renderer canvas, .o_view_nocontent")


def test_the_client_follows_the_contract_on_a_phone(stage, open_portal, request_id):
    page = open_portal(CONTACT, width=390)
    page.click(".o_portal_docs a:has-text('Contracts')")
    page.wait_for_selector("tr:has-text('Umowa nawadniania'):has-text('Waiting')")
    stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)
    page.reload()
    row = page.locator("tr:has-text('Umowa nawadniania'):has-text('Signed')")
    with page.expect_download() as download:
        row.locator("a:visible").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_another_client_finds_nothing(stage, open_portal, request_id):
    page = open_portal(STRANGER)
    page.goto(f"{stage.odoo.url}/my/signatures")
    page.wait_for_selector(".alert:has-text('There are no contracts yet')")
    assert not page.locator("tbody tr").count()


def test_a_board_shows_no_empty_column_on_a_phone(stage, request_id, log_in):
    page = log_in("anna", viewport={"width": 390, "height": 844}, is_mobile=True)
    page.goto(f"{stage.odoo.url}{REQUESTS}")
    page.wait_for_selector(".o_kanban_record:has-text('Umowa nawadniania')")
    groups = page.locator(".o_kanban_group")
    shown = [group for group in groups.all() if group.is_visible()]
    assert groups.count() > len(shown) > 0
    assert all(group.locator(".o_kanban_record").count() for group in shown)
    page.close()
