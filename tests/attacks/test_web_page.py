# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A page of another site, open in the browser of somebody who runs the emulator."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from workspace.browser import chromium, open_page

from autenti_emulator.tests.driver import Organisation, Server, adam

EMAIL = "adam@klient.test"
# A name that the attacker owns, and leads to this machine by now
REBOUND = "rebound.evil.example"
PAGE = b"""<!DOCTYPE html><title>Kittens</title>
<form method="post" enctype="text/plain"><input name="a" value="b"></form>"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_args):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def site():
    """The attacker's own site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    with chromium(f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1") as it:
        yield it


@pytest.fixture(scope="module")
def organisation(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("attacked")) as server:
        server.configure(signed_file_delay=0, party_id_delay=0)
        yield Organisation(server).login()


@pytest.fixture
def page(browser):
    with contextlib.closing(open_page(browser)) as page:
        yield page


@pytest.fixture
def contract(organisation):
    """Path of a contract that waits for a signature, and the page to sign it on."""
    path = organisation.sent(adam())
    (link,) = organisation.link(path, EMAIL).json()
    return path, link["attributes"]["httpRequest"]["uri"]


def sign_address(organisation, path):
    process = path.rpartition("/")[2]
    party = f"processes/{process}/parties/{quote(EMAIL)}/sign"
    return f"{organisation.server.url}/emulator/{party}"


def submit(page, address):
    """Have the browser send the attacker's form, and wait for the answer."""
    send = "url => { const form = document.forms[0]; form.action = url; form.submit() }"
    # To its end: one that still goes on interrupts what the page opens next
    with page.expect_navigation(url=address) as navigation:
        page.evaluate(send, address)
    return navigation.value.status


def fetch(page, address, mode):
    """Have the attacker's script call; return the answer as the script sees it."""
    call = """([url, mode]) => fetch(url, {method: "POST", mode, body: ""})
        .then(answer => answer.text(), () => null)"""
    return page.evaluate(call, [address, mode])


def test_a_form_of_another_site_signs_nothing(site, page, organisation, contract):
    path, uri = contract
    for address in (sign_address(organisation, path), f"{uri}/sign"):
        page.goto(site)
        assert submit(page, address) == 403
    assert organisation.details(path)["status"] == "PROCESSING"


@pytest.mark.parametrize("mode", ["no-cors", "cors"])
def test_a_script_of_another_site_signs_nothing(
    site, page, organisation, contract, mode
):
    path, uri = contract
    page.goto(site)
    for address in (sign_address(organisation, path), f"{uri}/sign"):
        assert not fetch(page, address, mode)
    assert organisation.details(path)["status"] == "PROCESSING"


def test_a_name_that_leads_here_reads_and_signs_nothing(page, organisation, contract):
    """The browser takes the emulator for a part of the attacker's site."""
    path, uri = contract
    rebound = organisation.server.url.replace("127.0.0.1", REBOUND)
    assert page.goto(f"{rebound}/people").status == 403
    assert EMAIL not in page.content()
    for address in (sign_address(organisation, path), f"{uri}/sign"):
        address = address.replace("127.0.0.1", REBOUND)
        assert "UNTRUSTED_HOST" in fetch(page, address, "cors")
    assert organisation.details(path)["status"] == "PROCESSING"


def test_a_frame_of_another_site_shows_no_button(site, page, contract):
    """Under which the attacker's own picture could lie."""
    _path, uri = contract
    page.goto(site)
    add = """url => new Promise(loaded => {
        const frame = document.createElement("iframe");
        frame.onload = loaded;
        frame.src = url;
        document.body.append(frame);
    }).then(() => null)"""
    page.evaluate(add, uri)
    (frame,) = page.main_frame.child_frames
    assert frame.locator("button").count() == 0


def test_a_person_signs_as_ever(page, organisation, contract):
    path, uri = contract
    page.goto(uri)
    page.get_by_role("button", name="Podpisz").click()
    page.get_by_text("Dziękujemy").wait_for()
    assert organisation.details(path)["status"] == "COMPLETED"
