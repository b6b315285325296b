# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The pages in Chromium, on a desk and on a phone."""

import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from .driver import (
    SIGN,
    Organisation,
    Server,
    adam,
    ewa,
    make_pdf,
    phone,
    signature_type,
    signatures_of,
)
from .test_login import address

TIMEOUT = 60_000  # milliseconds
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
OPTIONS = ["--no-sandbox", "--no-first-run", "--disable-background-networking"]
# Whether every picture of a page of the document is there and has pixels
PICTURES = (
    "pictures => pictures.length > 0 && pictures.every(p => p.naturalWidth > 500)"
)


@pytest.fixture(scope="module")
def browser():
    expect.set_options(TIMEOUT)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=OPTIONS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def org(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("browsed")) as server:
        server.configure(signed_file_delay=0, party_id_delay=0)
        yield Organisation(server).login()


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(browser, org, request):
    context = browser.new_context(viewport=request.param, base_url=org.server.url)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))

    def note(failed):
        # Going on to another page while pictures load is no error.
        if failed.failure != "net::ERR_ABORTED" and org.server.url in failed.url:
            errors.append(failed.url)

    page.on("requestfailed", note)
    yield page
    assert errors == []
    context.close()


def fits(page):
    """Whether nothing has to be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_person_reads_and_signs_from_the_mailbox(page, org):
    path = org.draft(adam(priority=1), title="Umowa o dzieło z bardzo długą nazwą")
    org.upload(path, make_pdf(3))
    org.act(path, "DOCUMENT_SENT")
    page.goto("/people")
    assert fits(page)
    page.get_by_role("link", name="adam@klient.test").click()
    expect(page.get_by_role("heading", name="Skrzynka adam")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="Otwórz dokument").first.click()
    expect(page.get_by_text("W toku")).to_be_visible()
    assert fits(page)
    for picture in page.locator(".file img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
    assert page.locator(".file img").count() == 3
    assert page.eval_on_selector_all(".file img", PICTURES)
    page.get_by_role("button", name="Podpisz").click()
    expect(page.get_by_text("Dziękujemy")).to_be_visible()
    expect(page.get_by_text("Podpisany", exact=True)).to_be_visible()
    # The card is a fourth page.
    expect(page.locator(".file img")).to_have_count(4)
    assert page.get_by_role("button").count() == 0
    assert fits(page)
    assert len(signatures_of(org.file(path, "SIGNED_CONTENT_FILE"))) == 1


def test_a_phone_has_a_way_to_the_decision(browser, org):
    path = org.sent(adam())
    uri = org.link(path, "adam@klient.test").json()[0]["attributes"]["httpRequest"]
    small = browser.new_page(viewport=PHONE)
    small.goto(uri["uri"])
    small.get_by_role("link", name="Przejdź do decyzji").click()
    expect(small.get_by_role("button", name="Podpisz")).to_be_in_viewport()
    small.close()
    large = browser.new_page(viewport=DESK)
    large.goto(uri["uri"])
    expect(large.get_by_role("link", name="Przejdź do decyzji")).to_be_hidden()
    expect(large.get_by_role("button", name="Podpisz")).to_be_in_viewport()
    large.close()


def test_a_phone_shows_the_outcome_before_the_document(browser, org):
    path = org.draft(adam(priority=1), ewa(priority=2))
    org.upload(path, make_pdf(3))
    org.act(path, "DOCUMENT_SENT")
    uri = org.link(path, "adam@klient.test").json()[0]["attributes"]["httpRequest"]
    small = browser.new_page(viewport=PHONE)
    small.goto(uri["uri"])
    small.get_by_role("button", name="Podpisz").click()
    expect(small.get_by_text("Dziękujemy")).to_be_in_viewport()
    small.close()


def test_the_description_is_read_without_the_internet(browser, org):
    desk, asked = browser.new_page(viewport=DESK), []
    desk.on("request", lambda request: asked.append(request.url))
    desk.goto(org.server.url + "/docs")
    expect(desk.get_by_text("/api/v2/auth/token", exact=True)).to_be_visible()
    hosts = (org.server.url, "data:")
    assert [url for url in asked if not url.startswith(hosts)] == []
    desk.close()


def test_a_person_rejects_with_a_reason(page, org):
    path = org.sent()
    link = org.link(path, "adam@klient.test").json()[0]["attributes"]
    page.goto(link["httpRequest"]["uri"])
    page.get_by_text("Odrzuć", exact=True).click()
    page.get_by_label("Powód odrzucenia").fill("Zła kwota w § 3")
    page.get_by_role("button", name="Odrzuć dokument").click()
    expect(page.get_by_text("Odrzucony", exact=True)).to_be_visible()
    expect(page.get_by_text("Zła kwota w § 3")).to_be_visible()
    assert fits(page)
    assert org.details(path)["status"] == "REJECTED"


def test_a_wrong_code_is_told_and_the_right_one_signs(page, org):
    code = [signature_type("ADVANCED"), phone(SIGN)]
    path = org.sent(adam(constraints=code))
    link = org.link(path, "adam@klient.test").json()[0]["attributes"]
    page.goto(link["httpRequest"]["uri"] + "?lang=en")
    page.get_by_label("Code from the SMS").fill("000")
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_role("alert")).to_have_text("This isn't the right code.")
    page.goto("/people/mail/adam@klient.test")
    right = page.locator(".code").first.inner_text()
    page.goto(link["httpRequest"]["uri"])
    page.get_by_label("Code from the SMS").fill(right)
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("your part is done")).to_be_visible()


def test_the_language_can_be_chosen(page):
    page.goto("/people")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Mailboxes")).to_be_visible()
    page.goto("/people")
    expect(page.get_by_role("heading", name="Mailboxes")).to_be_visible()
    page.get_by_role("link", name="Polski").click()
    expect(page.get_by_role("heading", name="Skrzynki")).to_be_visible()


def test_a_user_is_picked_at_login(page, org):
    back = org.server.url + "/people"
    other = Organisation(org.server, redirectUrls=[back])
    page.goto(address(other, redirect_uri=back))
    assert fits(page)
    page.get_by_role("button", name="Ewa Lis").click()
    page.wait_for_url(back + "?code=*")
