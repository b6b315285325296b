# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A plain salesperson clicks from the contract list to "Signed with Autenti".

Odoo's tours do what the salesperson does; the client and the company's signer sign on
the emulator's pages, each in a browser of their own.
"""

from workspace import LOGS, wait_until

TOUR_TIMEOUT = 120  # seconds


class Tour:
    """A tour of Odoo's in a browser window, as one user, going on by itself."""

    def __init__(self, browser, stage, login, name):
        self.page = browser.new_page(locale="en-US")
        self.console = []
        self.page.on("console", lambda message: self.console.append(message.text))
        user = stage.log_in(login)
        user.call("res.users", "write", [user.id], {"lang": "en_US"})
        self.page.goto(f"{stage.odoo.url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_web_client")
        self.page.goto(
            f"{stage.odoo.url}/odoo/action-agreement.agreement_action?debug=tests"
        )
        self.page.wait_for_function(f"window.odoo?.isTourReady?.('{name}')")
        self.page.evaluate(f"odoo.startTour('{name}', {{redirect: false}})")

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
        self.page.context.close()


def sign_from_mailbox(browser, stage, tour, email):
    """Sign as a person does who finds Autenti's mail while the tour waits."""
    page = browser.new_page()
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


def test_individual(stage, browser):
    tour = Tour(browser, stage, "anna", "autenti_esign_individual")
    sign_from_mailbox(browser, stage, tour, "malgorzata.wojcik@zielony-ogrod.example")
    sign_on(tour.wait_for_popup())
    tour.finish()
    assert get_signed_request(stage, "autenti_esign.agreement_garden_demo")


def test_representative(stage, browser):
    tour = Tour(browser, stage, "piotr", "autenti_esign_representative")
    sign_from_mailbox(browser, stage, tour, "lukasz.geborek@zurawie.example")
    sign_from_mailbox(browser, stage, tour, "maria.wisniewska@stal-szklo.example")
    tour.finish()
    assert get_signed_request(stage, "autenti_esign.agreement_steel_demo")
