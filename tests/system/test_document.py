# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A plain salesperson drops files into Odoo and has them signed.

In a real browser, with files that come as from a folder of the computer.
"""

import base64
import io

import pytest
from reportlab.pdfgen.canvas import Canvas
from workspace.browser import expect_notification

DOCUMENTS = "/odoo/action-autenti_esign_document.autenti_document_action"
BOARD = ".o_kanban_renderer"
# A browser lets no script fill its own; one that is made here does the same
DROP = """async ([selector, files]) => {
    const dataTransfer = new DataTransfer();
    for (const [name, content] of files) {
        const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], name));
    }
    const drag = (kind) => new DragEvent(kind, {dataTransfer, bubbles: true});
    document.querySelector(selector).dispatchEvent(drag("dragenter"));
    const find = () => document.querySelector(".o_autenti_document_dropzone");
    while (!find()) {
        await new Promise(requestAnimationFrame);
    }
    find().dispatchEvent(drag("drop"));
}"""


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_document",)


@pytest.fixture(scope="module")
def expected_problems():
    # Odoo keeps a thumbnail of a PDF just when it is replaced, and tries again
    return ('bad query: .*DELETE FROM "ir_attachment"',)


@pytest.fixture
def page(stage, log_in):
    page = log_in("anna")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{stage.odoo.url}{DOCUMENTS}")
    page.wait_for_selector(BOARD)
    yield page
    page.close()


def draw_pdf(text):
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    canvas.drawString(100, 700, text)
    canvas.save()
    return buffer.getvalue()


def drop(page, selector, files):
    """Drop files, as name -> content, on a part of the page."""
    contents = [
        (name, base64.b64encode(content).decode()) for name, content in files.items()
    ]
    page.evaluate(DROP, [selector, contents])


def find_document(stage, name):
    [document] = stage.admin.search_read(
        "autenti.document", [("name", "=", name)], ["state", "attachment_id"]
    )
    return document


def choose_client(page):
    page.fill("[name=partner_id] input", "Zielony Ogród")
    page.click(".o-autocomplete--dropdown-item:has-text('Zielony Ogród')")


def test_from_a_dropped_file_to_the_signed_one(stage, page):
    content = draw_pdf("Zgoda na przetwarzanie danych")
    drop(page, BOARD, {"Zgoda.pdf": content})
    page.wait_for_selector("[name=attachment_id] iframe")
    choose_client(page)
    page.click("button[name=action_autenti_sign]")
    page.wait_for_selector(".modal iframe.o_pdfview_iframe")
    # Neither what Odoo makes of other records, nor what was sent before
    choices = page.locator(".modal [name=source] input").all()
    values = [choice.get_attribute("data-value") for choice in choices]
    assert values == ["attachment", "upload"]
    page.click(".modal button[name=action_send]")
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    document = find_document(stage, "Zgoda")
    domain = [("res_model", "=", "autenti.document"), ("res_id", "=", document["id"])]
    names = ["source_attachment_id"]
    [request] = stage.admin.search_read("autenti.request", domain, names)
    source, _name = request["source_attachment_id"]
    assert stage.admin.download(source) == content
    # It is out, so nothing can be dropped on it any more
    assert not page.locator("[name=attachment_id] .o_autenti_document_upload").count()
    stage.sign_next(request["id"])
    stage.sign_next(request["id"])
    page.wait_for_selector(".alert-success:has-text('Signed with Autenti')")
    page.wait_for_selector("[name=attachment_id] a:has-text('signed')")
    page.goto(f"{stage.odoo.url}{DOCUMENTS}")
    page.wait_for_selector(".o_kanban_group:has-text('Signed') :text('Zgoda')")


def test_somebody_who_is_no_contact_signs(stage, page):
    drop(page, BOARD, {"Protokół.pdf": draw_pdf("Protokół")})
    page.wait_for_selector("[name=attachment_id] iframe")
    page.click("button[name=action_autenti_sign]")
    person = page.locator(".modal [name=signer_ids] .o_data_row").first
    person.locator("[name=first_name]").click()
    person.locator("[name=first_name] input").fill("Ola")
    person.locator("[name=last_name] input").fill("Bąk")
    person.locator("[name=email] input").fill("ola.bak@obca.example")
    page.keyboard.press("Tab")
    page.click(".modal button[name=action_send]")
    page.wait_for_selector(".alert-info:has-text('Ola Bąk')")


@pytest.mark.parametrize("view", ["kanban", "list"])
def test_several_at_once(stage, page, view):
    if view == "list":
        page.click(".o_switch_view.o_list")
        page.wait_for_selector(".o_list_renderer")
    files = {f"{view} {number}.pdf": draw_pdf(str(number)) for number in range(3)}
    files["Wirus.pdf"] = b"MZ\x90"
    files["Pusty.pdf"] = b""
    with expect_notification(page, "Documents made: 3"):
        drop(page, f".o_{view}_renderer", files)
    problems = page.inner_text(".modal")
    assert "Wirus.pdf: only a PDF can be signed" in problems
    assert "Pusty.pdf: the file is empty" in problems
    page.click(".modal footer button")
    for number in range(3):
        page.wait_for_selector(f".o_{view}_renderer :text('{view} {number}')")
        assert find_document(stage, f"{view} {number}")["attachment_id"]


def test_a_file_is_chosen_in_a_new_form(stage, page):
    page.click(".o-kanban-button-new")
    with page.expect_file_chooser() as chooser:
        page.click("[name=attachment_id] button:has-text('Choose a File')")
    content = draw_pdf("Oświadczenie")
    file = {"name": "Oświadczenie.pdf", "mimeType": "application/pdf"}
    chooser.value.set_files({**file, "buffer": content})
    page.wait_for_selector("[name=attachment_id] iframe")
    attachment, _name = find_document(stage, "Oświadczenie")["attachment_id"]
    assert stage.admin.download(attachment) == content
    # Instead of it another one, with one that goes along
    other = draw_pdf("Poprawione")
    files = {"Poprawione.pdf": other, "Cennik.pdf": draw_pdf("Cennik")}
    drop(page, "[name=attachment_id]", files)
    page.wait_for_selector("[name=attachment_id] a:has-text('Poprawione.pdf')")
    page.wait_for_selector("[name=enclosure_ids] :text('Cennik.pdf')")
    attachment, _name = find_document(stage, "Oświadczenie")["attachment_id"]
    assert stage.admin.download(attachment) == other


def test_by_phone(stage, page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    page.wait_for_selector(BOARD)
    page.click("button.o-control-panel-adaptive-dropdown")
    with page.expect_file_chooser() as chooser:
        page.click(".o-dropdown--menu .o_autenti_document_upload")
    content = draw_pdf("Z telefonu")
    file = {"name": "Z telefonu.pdf", "mimeType": "application/pdf"}
    chooser.value.set_files({**file, "buffer": content})
    page.wait_for_selector("[name=attachment_id] iframe")
    assert find_document(stage, "Z telefonu")
