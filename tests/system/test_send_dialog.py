# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A plain salesperson sends with the checklist, and the client signs at the table."""

import io
from uuid import uuid4

import pytest
from playwright.sync_api import Error
from reportlab.pdfgen.canvas import Canvas
from workspace import wait_until

CONTRACTS = "/odoo/action-agreement.agreement_action"
GARDEN = "autenti_esign.agreement_garden_demo"
POTS = "autenti_esign.agreement_pots_demo"
STEEL = "autenti_esign.agreement_steel_demo"
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
# Returns the text of all pages that the PDF viewer has, and the SHA-256 of the file
READ_VIEWER = """
async () => {
    const file = PDFViewerApplication.pdfDocument;
    const texts = [];
    for (let number = 1; number <= (file?.numPages || 0); number++) {
        const {items} = await (await file.getPage(number)).getTextContent();
        texts.push(...items.map(item => item.str));
    }
    const bytes = file ? await file.getData() : new Uint8Array();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const sha256 = Array.from(digest, byte => byte.toString(16).padStart(2, "0"));
    return [texts.join(" ").replaceAll(/\\s+/g, " "), sha256.join("")];
}
"""
ZXING = "/web/static/lib/zxing-library/zxing-library.js"


@pytest.fixture
def page(log_in):
    page = log_in("anna")
    yield page
    page.close()


def open_contract(stage, page, contract):
    record_id = stage.admin.ref(contract) if isinstance(contract, str) else contract
    page.goto(f"{stage.odoo.url}{CONTRACTS}/{record_id}")


def copy_contract(stage):
    values = {"code": str(uuid4())}
    anna = stage.log_in("anna")
    [contract] = anna.call("agreement", "copy", [stage.admin.ref(GARDEN)], values)
    return contract


def make_type(stage, text):
    values = {"name": text, "document_template": f"<p>{text}</p>"}
    return stage.admin.call("agreement.type", "create", values)


def make_contract(stage):
    """Make a contract of a type and with a client of its own: return the three ids."""
    kind = make_type(stage, "Stare postanowienia")
    client = stage.admin.call(
        "res.partner",
        "create",
        {
            "name": "Jan Testowy",
            "email": f"{uuid4()}@client.example",
            "lang": "pl_PL",
            "country_id": stage.admin.ref("base.pl"),
        },
    )
    contract = copy_contract(stage)
    values = {"agreement_type_id": kind, "partner_id": client}
    stage.log_in("anna").call("agreement", "write", [contract], values)
    return contract, kind, client


def open_dialog(stage, page, contract):
    """Open the send dialog of a contract, given by its external or database id."""
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
    contract = copy_contract(stage)
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


def type_into(page, row, field, text):
    page.click(f".modal [name=signer_ids] .o_data_row:nth-child({row}) [name={field}]")
    page.fill(f".modal [name=signer_ids] .o_selected_row [name={field}] input", text)
    page.keyboard.press("Tab")


def rename_signer(page):
    type_into(page, 1, "last_name", "Przemianowana")


def add_signer(page):
    page.click(".modal [name=signer_ids] .o_field_x2many_list_row_add a")
    for field, text in (
        ("first_name", "Zenon"),
        ("last_name", "Dopisany"),
        ("email", "zenon@client.example"),
    ):
        page.fill(
            f".modal [name=signer_ids] .o_selected_row [name={field}] input", text
        )
        page.keyboard.press("Tab")


def add_and_move_up(page):
    add_signer(page)
    page.click(".modal .modal-title")
    page.wait_for_selector(".modal .o_selected_row", state="detached")
    wait_for_text(page, "Zenon Dopisany")
    rows = page.locator(".modal [name=signer_ids] .o_data_row")
    # Not below the checklist, which stays at the top
    rows.nth(0).evaluate("row => row.scrollIntoView({block: 'center'})")
    upper = rows.nth(0).bounding_box()
    handle = rows.nth(1).locator(".o_row_handle").bounding_box()
    middle = handle["x"] + handle["width"] / 2
    page.mouse.move(middle, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(middle, upper["y"] + upper["height"] / 2, steps=20)
    page.mouse.up()


def replace_signer(page):
    page.click(".modal [name=signer_ids] .o_list_record_remove")
    add_signer(page)


def enclose(page):
    page.click(".modal [name=file_ids] .o_field_x2many_list_row_add a")
    page.set_input_files(
        ".modal [name=file_ids] input[type=file]",
        {"name": "Cennik.pdf", "mimeType": "application/pdf", "buffer": draw("Cennik")},
    )


def upload(page):
    page.click(".modal label:has-text('PDF from this computer')")
    page.set_input_files(
        ".modal [name=upload] input[type=file]",
        {"name": "u.pdf", "mimeType": "application/pdf", "buffer": draw("Z dysku")},
    )


def upload_and_come_back(page):
    upload(page)
    wait_for_text(page, "Z dysku")
    page.click(".modal label:has-text('Made by Odoo')")


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (rename_signer, "Przemianowana"),
        (add_signer, "Zenon Dopisany"),
        (add_and_move_up, "przez: Zenon Dopisany"),
        (replace_signer, "Zenon Dopisany"),
        (enclose, "Cennik"),
        (upload, "Z dysku"),
        (upload_and_come_back, "Umowa"),
    ],
)
def test_what_the_viewer_has_drawn_is_what_autenti_gets(stage, page, change, shown):
    contract = copy_contract(stage)
    open_dialog(stage, page, contract)
    wait_for_text(page, "Umowa")
    change(page)
    _text, drawn = wait_for_text(page, shown)
    page.click(SEND)
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    assert get_sent(stage, contract) == drawn


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("type", "Inne postanowienia"),
        ("template", "Nowe postanowienia"),
        ("language", "represented by"),
    ],
)
def test_what_changes_behind_the_dialog_is_shown_before_it_is_sent(
    stage, page, change, shown
):
    """The type, its template and the client's language are changed elsewhere."""
    contract, kind, client = make_contract(stage)
    open_dialog(stage, page, contract)
    assert shown not in wait_for_text(page, "Stare postanowienia")[0]
    admin = stage.admin
    if change == "type":
        other = make_type(stage, "Inne postanowienia")
        admin.call("agreement", "write", [contract], {"agreement_type_id": other})
    elif change == "template":
        text = {"document_template": "<p>Nowe postanowienia</p>"}
        admin.call("agreement.type", "write", [kind], text)
    else:
        admin.call("res.partner", "write", [client], {"lang": "en_US"})
    page.click(SEND)
    page.wait_for_selector(".o_notification:has-text('Nothing was sent')")
    _text, drawn = wait_for_text(page, shown)
    assert not find_requests(stage, contract)
    page.click(SEND)
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    assert get_sent(stage, contract) == drawn


def test_the_language_of_autentis_mails_changes_nothing_in_the_document(stage, page):
    contract = copy_contract(stage)
    open_dialog(stage, page, contract)
    _text, drawn = wait_for_text(page, "Umowa")
    page.click(".modal [name=language] input")
    page.click(".o_select_menu_menu .o_select_menu_item:has-text('German')")
    page.click(SEND)
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    assert get_sent(stage, contract) == drawn
    bodies = [call["body"] for call in stage.control("GET", "requests").json()]
    languages = [
        body["processLanguage"] for body in bodies if "parties" in (body or {})
    ]
    assert languages[-1] == "de"


def test_the_second_representative_who_is_shown_is_the_one_who_is_asked(stage, log_in):
    connection = stage.admin.ref("autenti_esign.autenti_connection_representative_demo")
    second = {
        "connection_id": connection,
        "first_name": "Drugi",
        "last_name": "Reprezentant",
        "email": "drugi@stal-szklo.example",
        "basis": "Prokura",
    }
    stage.admin.call("autenti.representative", "create", second)
    values = {"code": str(uuid4())}
    piotr = stage.log_in("piotr")
    [contract] = piotr.call("agreement", "copy", [stage.admin.ref(STEEL)], values)
    page = log_in("piotr")
    open_dialog(stage, page, contract)
    assert "Drugi" not in wait_for_text(page, "reprezentowana przez")[0]
    # Scrolling, which a click may cause, closes the list again
    page.fill(".modal [name=second_representative_id] input", "Drugi")
    page.click(".o-autocomplete--dropdown-item:has-text('Drugi Reprezentant')")
    _text, drawn = wait_for_text(page, "Drugi Reprezentant")
    page.click(SEND)
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    assert get_sent(stage, contract) == drawn
    page.close()


def test_what_is_typed_right_before_the_click_is_not_sent_unseen(stage, page):
    contract = copy_contract(stage)
    open_dialog(stage, page, contract)
    wait_for_text(page, "Umowa")
    page.click(".modal [name=signer_ids] .o_data_row [name=last_name]")
    page.fill(".modal .o_selected_row [name=last_name] input", "Szybka")
    # As a hand that is faster than Odoo: no waiting for the button
    page.evaluate("s => document.querySelector(s).click()", SEND_BUTTON)
    wait_for_text(page, "Szybka")
    assert not find_requests(stage, contract)
    _text, drawn = read(page)
    page.click(SEND)
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    assert get_sent(stage, contract) == drawn


def draw(text):
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(100, 700, text)
    canvas.save()
    return buffer.getvalue()


def read(page):
    """Return the text that the PDF viewer shows, and the SHA-256 of its file."""
    frame = page.query_selector(".modal iframe.o_pdfview_iframe")
    viewer = frame and frame.content_frame()
    if not viewer:
        return "", None
    try:
        return viewer.evaluate(READ_VIEWER)
    except Error:  # another file is being loaded
        return "", None


def wait_for_text(page, text):
    wait_until(lambda: text in read(page)[0], f"the viewer shows {text}")
    return read(page)


def find_requests(stage, contract):
    domain = [("res_model", "=", "agreement"), ("res_id", "=", contract)]
    return stage.admin.search_read("autenti.request", domain, ["process_id"])


def get_sent(stage, contract):
    """Return the SHA-256 of the document that the emulator has of a contract."""
    [request] = find_requests(stage, contract)
    stage.wait_until_sent(request["id"])
    [request] = find_requests(stage, contract)
    processes = stage.control("GET", "processes").json()
    [files] = [
        each["files"] for each in processes if each["id"] == request["process_id"]
    ]
    return files[0]["sha256"]
