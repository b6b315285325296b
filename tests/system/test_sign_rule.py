# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Purchase orders and employees are signed, and nobody has written any code for it.

A manager makes a rule of each in the browser; a buyer and an HR officer, with no more
rights than their job and those of a user of Autenti, send by the action menu.
"""

import base64
import io

import pytest
from reportlab.pdfgen.canvas import Canvas

RULES = "/odoo/action-autenti_esign_document.autenti_sign_rule_action"
ORDERS = "/odoo/action-purchase.purchase_rfq"
EMPLOYEES = "/odoo/action-hr.open_view_employee_list_my"
USER = "autenti_esign.autenti_esign_group_user"
MANAGER = "autenti_esign.autenti_esign_group_manager"
BUYER = "purchase.group_purchase_user"
OFFICER = "hr.group_hr_user"
SENDING = ".o-dropdown-item:has-text('Send with Autenti')"


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_document", "hr", "purchase")


@pytest.fixture(scope="module")
def people(stage):
    """The buyer Anna, the HR officer Piotr, and Marek, a manager of Autenti.

    :return: the id of Marek's user
    """
    marek = {
        "name": "Marek Wrona",
        "login": "marek",
        "password": "marek",
        "email": "marek.wrona@firma.example",
        "company_id": stage.admin.ref("base.main_company"),
        "company_ids": [(6, 0, [stage.admin.ref("base.main_company")])],
    }
    [marek_id] = stage.admin.call("res.users", "create", [marek])
    give(stage, marek_id, MANAGER)
    give(stage, stage.admin.ref("autenti_esign.res_users_anna_demo"), USER, BUYER)
    give(stage, stage.admin.ref("autenti_esign.res_users_piotr_demo"), USER, OFFICER)
    return marek_id


def give(stage, user_id, *groups):
    """Give a user no rights but these."""
    ids = [stage.admin.ref(name) for name in ("base.group_user", *groups)]
    stage.admin.call("res.users", "write", [user_id], {"group_ids": [(6, 0, ids)]})


@pytest.fixture(scope="module")
def orders(stage, people):
    """Three orders of Anna's, the newest of all."""
    line = {"name": "Sadzonki", "product_qty": 2, "price_unit": 12.5}
    product = {"name": "Sadzonki", "supplier_taxes_id": [], "taxes_id": []}
    [line["product_id"]] = stage.admin.call("product.product", "create", [product])
    order = {
        "company_id": stage.admin.ref("base.main_company"),
        "partner_id": stage.admin.ref("autenti_esign.res_partner_zielony_demo"),
        "order_line": [(0, 0, line)],
    }
    return stage.log_in("anna").call("purchase.order", "create", [order, order, order])


@pytest.fixture(scope="module")
def employee(stage, people):
    contact = {"name": "Ola Kot", "email": "ola.kot@firma.example"}
    [contact_id] = stage.admin.call("res.partner", "create", [contact])
    values = {
        "name": "Ola Kot",
        "work_contact_id": contact_id,
        "company_id": stage.admin.ref("autenti_esign.res_company_stal_demo"),
    }
    [employee_id] = stage.log_in("piotr").call("hr.employee", "create", [values])
    attachment = {
        "name": "Umowa o pracę.pdf",
        "datas": base64.b64encode(draw_pdf()).decode(),
        "res_model": "hr.employee",
        "res_id": employee_id,
    }
    stage.log_in("piotr").call("ir.attachment", "create", [attachment])
    return employee_id


@pytest.fixture(scope="module")
def rules(stage, log_in, people):
    """What the manager has made in the browser."""
    page = log_in("marek")
    for label, client in (
        ("Purchase Order", "Vendor"),
        ("Employee", "Work Contact"),
    ):
        page.goto(f"{stage.odoo.url}{RULES}/new")
        make_rule(page, label, client)
    page.close()


def draw_pdf():
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(100, 700, "Umowa o pracę")
    canvas.save()
    return buffer.getvalue()


def make_rule(page, label, client):
    """Choose the records; what else there is to choose is proposed."""
    page.click("[name=source_model] input")
    page.fill("[name=source_model] input", label)
    # What else there is to choose goes when the search is over
    page.wait_for_selector(".o_select_menu_item:has-text('Contact')", state="detached")
    page.click(f".o_select_menu_item:has(div:text-is('{label}'))")
    page.wait_for_selector(f"[name=partner_path]:has-text('{client}')")
    if label == "Employee":
        page.click("label:has-text('An attached PDF')")
    page.click(".o_form_button_save")
    page.wait_for_selector(".o_form_saved")


def choose_sending(page):
    page.click(".o_cp_action_menus button:has(.fa-cog)")
    page.click(SENDING)


def send(page):
    page.wait_for_selector(".modal iframe.o_pdfview_iframe")
    page.click(".modal button[name=action_send]")
    page.wait_for_selector(".modal", state="detached")


def find_request(stage, model, record_id):
    [document] = stage.admin.search_read(
        "autenti.document",
        [("source_model", "=", model), ("source_id", "=", record_id)],
        ["id"],
    )
    domain = [("res_model", "=", "autenti.document"), ("res_id", "=", document["id"])]
    [request] = stage.admin.search_read("autenti.request", domain, ["id"])
    return request["id"]


def sign_all(stage, request_id):
    stage.wait_until_sent(request_id)
    stage.sign_next(request_id)
    stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)


def test_a_buyer_sends_an_order_and_sees_it_signed(stage, log_in, rules, orders):
    page = log_in("anna")
    page.goto(f"{stage.odoo.url}{ORDERS}/{orders[0]}")
    choose_sending(page)
    send(page)
    page.wait_for_selector(".o-mail-Message:has-text('Sent for signature')")
    request_id = find_request(stage, "purchase.order", orders[0])
    sign_all(stage, request_id)
    page.reload()
    page.wait_for_selector(".o-mail-Message:has-text('Autenti by')")
    page.wait_for_selector(".o-mail-Message [title*='signed.pdf']")
    page.click("button[name=action_autenti_source_requests]:has-text('Signed')")
    page.wait_for_selector(".o_form_view:has-text('Zielony Ogród')")
    page.close()


def test_an_officer_has_an_employee_sign(stage, log_in, rules, employee):
    page = log_in("piotr")
    page.goto(f"{stage.odoo.url}{EMPLOYEES}/{employee}")
    choose_sending(page)
    send(page)
    request_id = find_request(stage, "hr.employee", employee)
    sign_all(stage, request_id)
    page.reload()
    page.wait_for_selector("button[name=action_autenti_source_requests]")
    page.wait_for_selector(".o-mail-Message:has-text('Autenti by')")
    page.close()


def test_many_orders_go_at_once(stage, log_in, rules, orders):
    page = log_in("anna")
    page.goto(f"{stage.odoo.url}{ORDERS}")
    for order in range(2):
        page.click(f".o_data_row >> nth={order} >> .o_list_record_selector input")
    choose_sending(page)
    page.wait_for_selector(".o_form_view:has-text('Can be sent')")
    page.click("button[name=action_start]:has-text('Send for Signature')")
    page.click(".modal .btn-primary")
    page.wait_for_selector("text=sent by Autenti: 2")
    stage.wait_until_sent(find_request(stage, "purchase.order", orders[1]))
    page.close()


def test_nobody_without_the_right_has_the_action(stage, log_in, rules, orders, people):
    give(stage, people, BUYER)
    page = log_in("marek")
    page.goto(f"{stage.odoo.url}{ORDERS}/{orders[0]}")
    page.click(".o_cp_action_menus button:has(.fa-cog)")
    page.wait_for_selector(".o-dropdown-item")
    assert not page.locator(SENDING).count()
    assert not page.locator("button[name=action_autenti_source_requests]").count()
    page.close()
