# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A plain salesperson sends with the checklist, and the client signs at the table."""

import pytest
from workspace import wait_until

CONTRACTS = "/odoo/action-agreement.agreement_action"
GARDEN = "autenti_esign.agreement_garden_demo"
POTS = "autenti_esign.agreement_pots_demo"
BLOCKING = ".modal li[data-level=blocking]"
SEND_BUTTON = ".modal button[name=action_send]"
SEND = f"{SEND_BUTTON}:visible"
# Reads the QR code on the page with the library that Odoo's barcode scanner uses. As a
# hand does that holds a phone, it tries several distances: at one alone, the library
# misses a code in many.
READ_QR_CODE = """
async () => {
    const {src} = document.querySelector(".o_autenti_in_person img");
    for (const size of [300, 400, 500, 700, 900]) {
        const image = new Image(size, size);
        image.src = src;
        await image.decode();
        const canvas = new OffscreenCanvas(size, size);
        canvas.getContext("2d").drawImage(image, 0, 0, size, size);
        const copy = new Image();
        copy.src = URL.createObjectURL(await canvas.convertToBlob());
        await copy.decode();
        try {
            const reader = new ZXing.BrowserQRCodeReader();
            return (await reader.decodeFromImageElement(copy)).text;
        } catch (error) {
            if (!(error instanceof ZXing.NotFoundException)) {
                throw error;
            }
        }
    }
}
"""
ZXING = "/web/static/lib/zxing-library/zxing-library.js"


@pytest.fixture
def page(log_in):
    page = log_in("anna")
    yield page
    page.context.close()


def open_contract(stage, page, contract):
    page.goto(f"{stage.odoo.url}{CONTRACTS}/{stage.admin.ref(contract)}")


def open_dialog(stage, page, contract):
    open_contract(stage, page, contract)
    page.click("button[name=action_autenti_sign]")
    page.wait_for_selector(".modal .o_autenti_checklist")


def test_what_blocks_is_mended_in_the_dialog(stage, page):
    open_dialog(stage, page, POTS)
    page.wait_for_selector(SEND)
    page.click(".modal .o_data_row td[name=email]")
    page.fill(".modal .o_data_row td[name=email] input", "nobody at client")
    page.keyboard.press("Tab")
    page.wait_for_selector(f"{BLOCKING}:has-text('enter a valid e-mail')")
    page.wait_for_selector(SEND, state="hidden")
    page.fill(".modal .o_data_row td[name=email] input", "client@client.example")
    page.keyboard.press("Tab")
    page.wait_for_selector(BLOCKING, state="detached")
    page.wait_for_selector(SEND)
    page.click(".modal button[special=cancel]")


def test_a_link_leads_to_the_fix_and_back(stage, page):
    anna = stage.log_in("anna")
    anna.call("res.users", "write", [anna.id], {"autenti_last_name": False})
    open_dialog(stage, page, POTS)
    line = page.locator(f"{BLOCKING}:has-text('Enter them in your preferences')")
    line.locator("button").click()
    own_data = page.locator(".modal:has([name=autenti_last_name])")
    own_data.locator("[name=autenti_last_name] input").fill("Nowak")
    own_data.locator(".o_form_button_save").click()
    page.wait_for_selector(BLOCKING, state="detached")
    page.click(SEND)
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    name = stage.admin.read("res.users", anna.id, ["autenti_last_name"])
    assert name["autenti_last_name"] == "Nowak"


def test_the_client_signs_at_the_table(stage, page):
    open_dialog(stage, page, GARDEN)
    page.click(SEND)
    page.click("button[name=action_autenti_sign_in_person]")
    page.wait_for_selector(".o_autenti_in_person .alert:has-text('hand this device')")
    link = page.locator(".o_autenti_in_person a.btn-primary")
    address = link.get_attribute("href")
    assert address.startswith(stage.emulator.url)
    page.add_script_tag(url=f"{stage.odoo.url}{ZXING}")
    assert page.evaluate(READ_QR_CODE) == address
    with page.context.expect_page() as opened:
        link.click()
    table = opened.value
    table.wait_for_selector(".document img")
    table.click("button[name=sign]")
    table.wait_for_selector("button[name=sign]", state="detached")
    page.wait_for_selector(".alert-info:has-text('your turn')")
    page.wait_for_selector("button[name=action_autenti_sign_in_person]", state="hidden")
    assert not find_in_log(stage, address)


def test_a_contract_is_sent_by_keyboard_alone(stage, page):
    anna = stage.log_in("anna")
    contract = anna.call("agreement", "copy", [stage.admin.ref(GARDEN)])[0]
    page.goto(f"{stage.odoo.url}{CONTRACTS}/{contract}")
    page.wait_for_selector("button[name=action_autenti_sign]")
    tab_to(page, "button[name=action_autenti_sign]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".modal .o_autenti_checklist[role=status]")
    # What a screen reader says about the preview, which is a page of its own
    assert page.get_attribute(".modal iframe", "title") == "The document that is sent"
    tab_to(page, SEND_BUTTON)
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert-info:has-text('Next to sign')")


def tab_to(page, selector):
    """Press Tab until the element has the focus."""
    for _step in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab doesn't lead to {selector}")


def find_in_log(stage, address):
    wait_until(stage.odoo.log.exists, "Odoo has written its log")
    return address in stage.odoo.log.read_text()
