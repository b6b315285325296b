# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Chromium, and people who log in to Odoo with it."""

import contextlib
import shutil

from playwright.sync_api import expect, sync_playwright

OPTIONS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Seconds; the first page that is opened has Odoo build its assets
PAGE_TIMEOUT = 60
# Keeps the texts of notifications, which are gone after some seconds
KEEP_NOTIFICATIONS = """
window.notifications = [];
new MutationObserver(changes => {
    for (const node of changes.flatMap(change => [...change.addedNodes])) {
        if (node.matches?.(".o_notification")) {
            window.notifications.push(node.textContent);
        }
    }
}).observe(document, {childList: true, subtree: true});
"""
IS_NOTIFIED = "text => window.notifications.some(each => each.includes(text))"


@contextlib.contextmanager
def chromium(*options):
    """Give Playwright's browser, closed after the block.

    :param options: more of its command line
    """
    expect.set_options(PAGE_TIMEOUT * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*OPTIONS, *options]
        )
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser, **options):
    """Give a page of a browser of its own, which waits for a busy machine.

    :param options: of Playwright's `browser.new_context`
    """
    context = browser.new_context(**options)
    # Also for windows that the page opens
    context.set_default_timeout(PAGE_TIMEOUT * 1000)
    context.add_init_script(KEEP_NOTIFICATIONS)
    return context.new_page()


def log_in(browser, stage, login, language="en_US", **options):
    """Log a user of the demo data in, and give the page of a browser of their own.

    The page is empty yet: Odoo's page to log in, and the one it leads to, would cost
    the browser seconds of work.

    :param options: as of `open_page`
    """
    choose_language(stage, login, language)
    page = open_page(browser, locale=language.replace("_", "-"), **options)
    session_id = stage.log_in(login).session.cookies["session_id"]
    cookie = {"name": "session_id", "value": session_id, "url": stage.odoo.url}
    page.context.add_cookies([cookie])
    return page


def choose_language(stage, login, language):
    user = stage.log_in(login)
    user.call("res.users", "write", [user.id], {"lang": language})


@contextlib.contextmanager
def expect_notification(page, text):
    """Wait after the block for the notification that it brings."""
    page.evaluate("window.notifications = []")
    yield
    page.wait_for_function(IS_NOTIFIED, arg=text)
