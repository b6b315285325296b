# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The send dialog on each screen, by keyboard, read aloud, and on a slow machine."""

import re
from uuid import uuid4

import pytest

CONTRACTS = "/odoo/action-agreement.agreement_action"
GARDEN = "autenti_esign.agreement_garden_demo"
ROW = ".modal [name=signer_ids] .o_selected_row"
# How much slower the processor is than this one
SLOW = 4
KEY_PAUSE = 40  # milliseconds, of a hand that types fast
# "- role "name" [state]: text" of a line of Playwright's snapshot
LINE = re.compile(r'\s*- (?P<role>[a-z]+)(?: "(?P<name>[^"]*)")?')
CONTROLS = {"button", "checkbox", "combobox", "link", "radio", "radiogroup", "textbox"}


# Makes the browser draw late, once LAG is set, or the server check an input late
LATE_DRAWING = """
const draw = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) =>
    window.LAG ? setTimeout(() => draw(callback), window.LAG) : draw(callback);
"""
LATE_SERVER = """
const {open, send} = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (method, url, ...options) {
    this.isCheck = String(url).endsWith("/onchange");
    return open.call(this, method, url, ...options);
};
XMLHttpRequest.prototype.send = function (...body) {
    setTimeout(() => send.apply(this, body), (this.isCheck && window.LAG) || 0);
};
"""


@pytest.fixture(scope="module")
def contract(stage):
    values = {"code": str(uuid4())}
    anna = stage.log_in("anna")
    [contract] = anna.call("agreement", "copy", [stage.admin.ref(GARDEN)], values)
    return contract


@pytest.fixture
def open_dialog(stage, log_in, contract):
    """Opens the dialog in a window of some width, and gives the page."""
    pages = []

    def open_it(width, height=1080, language="en_US", slow=False, late="", **options):
        viewport = {"width": width, "height": height}
        page = log_in("anna", language, viewport=viewport, **options)
        pages.append(page)
        page.add_init_script(late)
        page.goto(f"{stage.odoo.url}{CONTRACTS}/{contract}")
        page.wait_for_selector("button[name=action_autenti_sign]")
        if slow:
            slow_down(page)
        page.click("button[name=action_autenti_sign]")
        page.wait_for_selector(".modal .o_autenti_checklist")
        return page

    yield open_it
    for page in pages:
        page.close()


def slow_down(page):
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW})


def wait_for_viewer(page):
    page.frame_locator(".modal iframe").locator(".textLayer").first.wait_for()


def get_box(page, selector):
    return page.locator(selector).bounding_box()


def get_focused(page):
    return page.evaluate(
        "document.activeElement.closest('[name]').getAttribute('name')"
    )


def type_on_in_the_title(page, pause):
    """Type two words behind the title, with a pause after the space between them.

    :param int pause: milliseconds, after each
    :return: what the title is to be then
    """
    page.click(".modal [name=name] input")
    page.keyboard.press("End")
    before = page.input_value(".modal [name=name] input")
    for word in (" ze ", "spacją"):
        page.keyboard.type(word, delay=KEY_PAUSE)
        page.wait_for_timeout(pause)
    return f"{before} ze spacją"


# === On each screen === #


def test_the_preview_takes_half_of_a_wide_screen(open_dialog):
    page = open_dialog(1920)
    assert get_box(page, ".modal iframe")["width"] >= 1920 / 2


def test_the_preview_fills_the_screen_and_goes_back_by_button(open_dialog):
    page = open_dialog(1280, 860)
    wait_for_viewer(page)
    page.click("button:has-text('Whole screen')")
    box = get_box(page, ".modal iframe")
    assert box["width"] > 1280 * 0.95 and box["height"] > 860 * 0.85
    assert not page.is_visible(".modal [name=name] input")
    page.click("button:has-text('Back to the dialog')")
    page.wait_for_selector(".modal [name=name] input")
    assert get_box(page, ".modal iframe")["width"] < 1280 / 2


def test_the_preview_fills_the_screen_and_goes_back_by_key(open_dialog):
    page = open_dialog(1280, 860)
    wait_for_viewer(page)
    page.fill(".modal [name=name] input", "Zostaje")
    page.keyboard.press("Alt+w")
    page.wait_for_selector("button:has-text('Back to the dialog')")
    page.keyboard.press("Escape")
    page.wait_for_selector("button:has-text('Whole screen')")
    assert page.input_value(".modal [name=name] input") == "Zostaje"
    page.keyboard.press("Alt+w")
    page.wait_for_selector("button:has-text('Back to the dialog')")
    # As who has clicked on the document to scroll it
    page.frame_locator(".modal iframe").locator(".textLayer").first.click()
    page.keyboard.press("Escape")
    page.wait_for_selector("button:has-text('Whole screen')")
    assert page.is_visible(".modal [name=name] input")


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_passed_checks_push_the_form_down_and_cover_nothing(open_dialog, width):
    page = open_dialog(width, 844)
    before = get_box(page, ".modal .o_autenti_columns")["y"]
    page.click(".modal details summary")
    page.wait_for_selector(".modal li[data-level=ok]")
    checks = get_box(page, ".modal .o_autenti_checklist")
    assert get_box(page, ".modal .o_autenti_columns")["y"] > before
    title = page.locator(".modal [name=name] input")
    title.scroll_into_view_if_needed()
    title.evaluate("input => input.scrollIntoView({block: 'start'})")
    box = title.bounding_box()
    assert title.evaluate(
        "(input, [x, y]) => document.elementFromPoint(x, y) === input",
        [box["x"] + 5, box["y"] + box["height"] / 2],
    )
    assert checks["height"] > 0


def test_each_person_is_a_card_on_a_phone(stage, open_dialog):
    page = open_dialog(390, 844, has_touch=True, is_mobile=True)
    card = page.locator(
        ".modal [name=signer_ids] .o_kanban_record:not(.o_kanban_ghost)"
    )
    text = card.inner_text()
    for part in ("Małgorzata", "Wójcik", "malgorzata.wojcik@", "Signs"):
        assert part in text
    box = card.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    card.click()
    form = page.locator(".modal:has(.o_form_view .o_field_widget[name=role])").last
    form.locator("[name=email] input").fill("m.w@zielony-ogrod.example")
    form.locator(".o_form_button_save").click()
    card.locator("text=m.w@zielony-ogrod.example").wait_for()
    page.click(".modal button:has-text('Add a person')")
    for field, value in (
        ("first_name", "Zenon"),
        ("last_name", "Dopisany"),
        ("email", "zenon@client.example"),
    ):
        form.locator(f"[name={field}] input").fill(value)
    form.locator(".o_form_button_save").click()
    page.wait_for_selector(".o_kanban_record:has-text('Dopisany')")
    assert card.count() == 2
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


# === On a slow machine === #


def test_what_is_typed_at_once_stands_in_the_title(open_dialog):
    page = open_dialog(1280, 860, slow=True)
    before = page.input_value(".modal [name=name] input")
    page.keyboard.type(" od zaraz ", delay=KEY_PAUSE)
    wait_for_viewer(page)
    assert page.input_value(".modal [name=name] input") == f"{before} od zaraz "
    assert get_focused(page) == "name"


@pytest.mark.parametrize(
    ("field", "text"),
    [("last_name", "Wójcik Maj"), ("email", "m.maj@client.example")],
)
def test_what_is_typed_at_once_into_a_row_stays_there(open_dialog, field, text):
    page = open_dialog(1280, 860, slow=True)
    page.click(f".modal [name=signer_ids] .o_data_row [name={field}]")
    page.keyboard.type(text, delay=KEY_PAUSE)
    wait_for_viewer(page)
    assert page.input_value(f"{ROW} [name={field}] input") == text
    assert get_focused(page) == field


@pytest.mark.parametrize("lag", [0, 100, 300])
def test_what_is_typed_while_rows_are_opened_lands_in_the_new_one(open_dialog, lag):
    page = open_dialog(1280, 860, slow=not lag, late=LATE_DRAWING)
    page.evaluate(f"window.LAG = {lag}")
    page.click(".modal [name=signer_ids] .o_data_row [name=last_name]")
    page.keyboard.type("Nowa", delay=KEY_PAUSE)
    page.click(".modal [name=signer_ids] .o_field_x2many_list_row_add a")
    page.keyboard.type("Zenon", delay=KEY_PAUSE)
    page.wait_for_selector(".modal [name=signer_ids] .o_data_row >> nth=1")
    page.wait_for_function(
        "s => document.querySelector(s)?.value === 'Zenon'",
        arg=f"{ROW} [name=partner_id] input",
    )
    first = page.locator(".modal [name=signer_ids] .o_data_row").first
    assert first.locator("[name=last_name]").inner_text() == "Nowa"
    assert "Zenon" not in first.inner_text()


def test_what_is_typed_right_after_the_tab_lands_in_the_new_row(open_dialog):
    page = open_dialog(1280, 860, slow=True)
    page.click(".modal [name=signer_ids] .o_data_row [name=email]")
    page.keyboard.type("m@client.example", delay=KEY_PAUSE)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Zenon", delay=KEY_PAUSE)
    page.wait_for_function(
        "s => document.querySelector(s)?.value === 'Zenon'",
        arg=f"{ROW} [name=partner_id] input",
    )
    first = page.locator(".modal [name=signer_ids] .o_data_row").first
    assert first.locator("[name=role]").inner_text() == "Signs"
    assert first.locator("[name=email]").inner_text() == "m@client.example"


def test_the_making_of_the_preview_takes_nothing_of_what_is_typed(open_dialog):
    page = open_dialog(1280, 860)
    wait_for_viewer(page)
    slow_down(page)
    page.click(".modal [name=signer_ids] .o_data_row [name=last_name]")
    page.keyboard.type("Nowa")
    page.keyboard.press("Tab")
    # While the document is made anew
    title = type_on_in_the_title(page, pause=1500)
    wait_for_viewer(page)
    assert page.input_value(".modal [name=name] input") == title


@pytest.mark.parametrize("lag", [50, 1500])
@pytest.mark.parametrize("late", [LATE_DRAWING, LATE_SERVER], ids=["drawing", "server"])
def test_who_hurries_on_finds_each_word_where_it_was_typed(open_dialog, late, lag):
    page = open_dialog(1280, 860, late=late)
    wait_for_viewer(page)
    page.evaluate(f"window.LAG = {lag}")
    page.click(".modal [name=signer_ids] .o_data_row [name=last_name]")
    page.keyboard.type("Nowax")
    page.keyboard.press("Backspace")
    page.keyboard.press("Tab")
    page.keyboard.type("m@client.example")
    # While Odoo draws the row that was left
    title = type_on_in_the_title(page, pause=lag + 500)
    page.evaluate("window.LAG = 0")
    assert page.input_value(".modal [name=name] input") == title
    # Out of the row, which shows its fields as text then
    row = page.locator(".modal [name=signer_ids] .o_data_row:not(.o_selected_row)")
    for field, text in (("last_name", "Nowa"), ("email", "m@client.example")):
        row.locator(f"[name={field}]", has_text=text).wait_for()


# === Several persons in a hurry === #

PEOPLE = [
    ("Zenon", "Dopisany", "zenon@client.example"),
    ("Ewa", "Druga", "ewa@client.example"),
    ("Áron", "Łąka", "aron@client.example"),
]
ADD = ".modal [name=signer_ids] .o_field_x2many_list_row_add a"
NAMED = """([people, count]) => {
    const rows = [...document.querySelectorAll(".modal [name=signer_ids] .o_data_row")];
    const read = (row, name) => {
        const cell = row.querySelector(`[name=${name}]`);
        return cell.querySelector("input")?.value ?? cell.innerText.trim();
    };
    const names = ["first_name", "last_name", "email"];
    const found = rows.map((row) => names.map((name) => read(row, name)));
    const last = people.length ? found.slice(-people.length) : [];
    return rows.length === count && String(last) === String(people);
}"""


def write_person(page, person, write):
    for text in person:
        page.keyboard.press("Tab")
        write(text)


def add_people(page, write, lead_on):
    """Add persons, each right after the one before.

    :param write: puts a text where the cursor is
    :param lead_on: goes from one person to the next
    """
    page.click(ADD)
    for number, person in enumerate(PEOPLE):
        if number:
            lead_on()
        write_person(page, person, write)


def wait_for_people(page, others=1):
    """Wait until there are all persons in their order, behind `others`."""
    page.evaluate("window.LAG = 0")
    page.wait_for_function(NAMED, arg=[PEOPLE, others + len(PEOPLE)])


@pytest.mark.parametrize(
    ("way", "lag", "slow"),
    [
        ("click", 0, True),
        ("enter", 0, False),
        ("tab", 200, True),
        ("click", 500, False),
        ("tab", 500, False),
        ("enter", 1200, False),
        ("click", 3000, False),
    ],
)
def test_who_adds_several_persons_at_once_loses_nobody(open_dialog, way, lag, slow):
    page = open_dialog(1280, 860, late=LATE_SERVER)
    wait_for_viewer(page)
    if slow:
        slow_down(page)
    page.evaluate(f"window.LAG = {lag}")
    lead_on = {
        "click": lambda: page.click(ADD),
        "enter": lambda: page.keyboard.press("Enter"),
        # Over the role, the last cell
        "tab": lambda: [page.keyboard.press("Tab") for _cell in range(2)],
    }
    add_people(
        page, lambda text: page.keyboard.type(text, delay=KEY_PAUSE), lead_on[way]
    )
    # Before the rows are open
    title = type_on_in_the_title(page, pause=0)
    wait_for_people(page)
    assert page.input_value(".modal [name=name] input") == title


def test_what_is_pasted_while_a_row_is_opened_stands_in_it(open_dialog):
    page = open_dialog(1280, 860, late=LATE_SERVER)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    wait_for_viewer(page)
    page.evaluate("window.LAG = 1200")

    def paste(text):
        page.evaluate("text => navigator.clipboard.writeText(text)", text)
        page.keyboard.press("Control+v")

    add_people(page, paste, lambda: page.click(ADD))
    wait_for_people(page)


def test_letters_composed_while_a_row_is_opened_stand_in_it(open_dialog):
    page = open_dialog(1280, 860, late=LATE_SERVER)
    keyboard = page.context.new_cdp_session(page)
    wait_for_viewer(page)
    page.evaluate("window.LAG = 1200")

    def compose(text):
        """Type its first letter as accent and letter, whose time is up in between."""
        accent = {"text": "´", "selectionStart": 1, "selectionEnd": 1}
        keyboard.send("Input.imeSetComposition", accent)
        page.wait_for_timeout(400)
        keyboard.send("Input.insertText", {"text": text[0]})
        page.keyboard.type(text[1:], delay=KEY_PAUSE)

    add_people(page, compose, lambda: page.click(ADD))
    wait_for_people(page)


def test_what_is_corrected_while_a_row_is_opened_is_corrected(open_dialog):
    page = open_dialog(1280, 860, late=LATE_SERVER)
    wait_for_viewer(page)
    page.evaluate("window.LAG = 1200")
    cells = page.locator(".modal [name=signer_ids] .o_data_row [name=email]")
    cells.first.click()
    page.keyboard.press("Backspace")
    page.keyboard.type("mw@client.exx", delay=KEY_PAUSE)
    page.keyboard.press("Backspace")
    page.keyboard.type("ample", delay=KEY_PAUSE)
    title = type_on_in_the_title(page, pause=0)
    page.evaluate("window.LAG = 0")
    cells.first.locator("text=mw@client.example").wait_for()
    assert page.input_value(".modal [name=name] input") == title


def test_a_row_that_is_left_before_it_is_open_is_no_person(open_dialog):
    page = open_dialog(1280, 860, late=LATE_SERVER)
    wait_for_viewer(page)
    page.evaluate("window.LAG = 1200")
    page.click(ADD)
    title = type_on_in_the_title(page, pause=1500)
    page.evaluate("window.LAG = 0")
    page.wait_for_function(NAMED, arg=[[], 1])
    assert page.input_value(".modal [name=name] input") == title


# === Read aloud === #


def read_aloud(page):
    """Return what a screen reader has of the dialog: role and name of each part."""
    snapshot = page.locator(".modal").aria_snapshot()
    found = [LINE.match(line) for line in snapshot.splitlines()]
    return snapshot, [(each["role"], each["name"]) for each in found if each]


@pytest.mark.parametrize("language", ["en_US", "pl_PL"])
@pytest.mark.parametrize("width", [390, 1280])
def test_each_part_of_the_dialog_has_a_name(open_dialog, language, width):
    page = open_dialog(width, 844, language)
    page.click(".modal details summary")
    if width > 390:
        page.click(".modal [name=signer_ids] .o_data_row [name=email]")
        page.wait_for_selector(f"{ROW} [name=email] input[aria-label]")
    page.wait_for_selector(".modal iframe")
    snapshot, parts = read_aloud(page)
    unnamed = [role for role, name in parts if role in CONTROLS and not name]
    assert not unnamed, snapshot


def test_the_checks_are_lists_with_their_levels_in_words(open_dialog):
    page = open_dialog(1280)
    page.click(".modal [name=signer_ids] .o_data_row [name=email]")
    page.fill(f"{ROW} [name=email] input", "nobody")
    page.keyboard.press("Tab")
    page.wait_for_selector(".modal li[data-level=blocking]")
    page.click(".modal details summary")
    _snapshot, parts = read_aloud(page)
    for part in (
        ("list", "To look at before sending"),
        ("list", "Passed"),
        ("img", "Blocks"),
        ("img", "Warning"),
        ("img", "Fine"),
    ):
        assert part in parts
    items = page.locator(".modal .o_autenti_checklist li")
    levels = page.locator(".modal .o_autenti_checklist li [role=img][aria-label]")
    assert items.count() == levels.count() > 0


def test_headings_are_in_order(open_dialog):
    page = open_dialog(1280)
    page.wait_for_selector(".modal iframe")
    snapshot = page.locator(".modal").aria_snapshot()
    levels = list(map(int, re.findall(r"heading .* \[level=(\d)\]", snapshot)))
    assert levels[0] == 4 and set(levels[1:]) == {5}
    names = [name for role, name in read_aloud(page)[1] if role == "heading"]
    assert names == [
        "Sign with Autenti",
        "Checks",
        "Preview",
        "Who acts before us, in this order",
    ]
    title = page.get_attribute(".modal iframe", "title")
    assert title == "The document that is sent"
