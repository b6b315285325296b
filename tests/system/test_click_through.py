# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A plain salesperson clicks from the contract list to "Signed with Autenti".

Odoo's tours do what the salesperson does; the client and the company's signer sign on
the emulator's pages, each in a browser of their own.
"""

import base64
import io

from reportlab.pdfgen.canvas import Canvas
from workspace import LOGS, wait_until
from workspace.browser import open_page

CONTRACTS = "/odoo/action-agreement.agreement_action"
TOUR_TIMEOUT = 120  # seconds


class Tour:
    """A tour of Odoo's in a browser window, going on by itself."""

    def __init__(self, page, stage, name):
        self.page = page
        self.console = []
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.goto(f"{stage.odoo.url}{CONTRACTS}?debug=tests")
        self.page.wait_for_function(f"window.odoo?.isTourReady?.('{name}')")
        self.page.evaluate(f"odoo.startTour('{name}', {{redirect: false}})")

    def wait_for_step(self, content):
        """Wait until the tour has come to a step: nobody acts before it has looked."""

        def has_come():
            self.check()
            return any(content in text for text in self.console)

        wait_until(has_come, f"the tour is at: {content}", TOUR_TIMEOUT)

    def wait_for_popup(self):
        """Wait for the window that the tour opens."""
        if len(self.page.context.pages) == 1:
            self.page.context.wait_for_event("page", timeout=TOUR_TIMEOUT * 1000)
        return self.page.context.pages[-1]

    def check(self):
        """Raise what the browser logged when the tour has failed."""
        self.page.wait_for_timeout(100)
        if any(text.startswith("FAILED") for text in self.console):
            self.page.screenshot(path=LOGS / "tour.png")
            raise AssertionError("\n".join(self.console))

    def finish(self):
        """Wait until the tour has come to its end."""

        def is_at_end():
            self.check()
            return "tour succeeded" in self.console

        wait_until(is_at_end, "the tour has succeeded", TOUR_TIMEOUT)
        # And the windows that it has opened
        for page in self.page.context.pages:
            page.close()


def sign_from_mailbox(browser, stage, tour, email):
    """Sign as a person does who finds Autenti's mail while the tour waits."""
    page = open_page(browser)
    link = page.locator("a.button:not(.quiet)")

    def has_link():
        tour.check()
        page.goto(f"{stage.emulator.url}/people/mail/{email}")
        return link.count()

    wait_until(has_link, f"{email} has a mail with a link")
    link.click()
    sign_on(page)
    page.close()


def sign_on(page):
    page.wait_for_selector(".document img")
    page.click("button[name=sign]")
    page.wait_for_selector("button[name=sign]", state="detached")


def get_signed_request(stage, agreement):
    [request] = stage.admin.search_read(
        "autenti.request",
        [("res_id", "=", stage.admin.ref(agreement)), ("state", "=", "signed")],
        ["signed_attachment_id", "signer_ids"],
    )
    return request


def test_individual(stage, browser, log_in):
    tour = Tour(log_in("anna"), stage, "autenti_esign_individual")
    tour.wait_for_step("It becomes my turn when the client has signed")
    sign_from_mailbox(browser, stage, tour, "malgorzata.wojcik@zielony-ogrod.example")
    sign_on(tour.wait_for_popup())
    tour.finish()
    assert get_signed_request(stage, "autenti_esign.agreement_garden_demo")


def test_representative(stage, browser, log_in):
    tour = Tour(log_in("piotr"), stage, "autenti_esign_representative")
    tour.wait_for_step("The representative is next when the client has signed")
    sign_from_mailbox(browser, stage, tour, "lukasz.geborek@zurawie.example")
    tour.wait_for_step("See that all have signed")
    sign_from_mailbox(browser, stage, tour, "maria.wisniewska@stal-szklo.example")
    tour.finish()
    assert get_signed_request(stage, "autenti_esign.agreement_steel_demo")


def test_attached_pdf(stage, log_in):
    agreement = stage.admin.ref("autenti_esign.agreement_pots_demo")
    content = draw_pdf()
    values = {
        "name": "Umowa ze zmianami.pdf",
        "datas": base64.b64encode(content).decode(),
        "res_model": "agreement",
        "res_id": agreement,
    }
    stage.log_in("anna").call("ir.attachment", "create", values)
    page = log_in("anna")
    page.goto(f"{stage.odoo.url}{CONTRACTS}/{agreement}")
    page.click("button[name=action_autenti_sign]")
    page.click(".modal label:has-text('Attached PDF')")
    page.click(".modal [name=attachment_id] input")
    page.click(".o-autocomplete--dropdown-item:has-text('Umowa ze zmianami.pdf')")
    page.wait_for_selector(".modal iframe.o_pdfview_iframe")
    page.click(".modal button[name=action_send]")
    page.wait_for_selector(".alert-info:has-text('Next to sign')")
    page.close()
    [request] = stage.admin.search_read(
        "autenti.request", [("res_id", "=", agreement)], ["source_attachment_id"]
    )
    attachment, _name = request["source_attachment_id"]
    assert stage.admin.download(attachment) == content


def draw_pdf():
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(100, 700, "Umowa ze zmianami")
    canvas.save()
    return buffer.getvalue()
