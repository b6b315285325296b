# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Chromium, and people who log in to Odoo with it."""

import contextlib
import shutil

from playwright.sync_api import sync_playwright

OPTIONS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE_TIMEOUT = 60  # seconds


@contextlib.contextmanager
def chromium():
    """Give Playwright's browser, closed after the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=OPTIONS
        )
        try:
            yield browser
        finally:
            browser.close()


def log_in(browser, stage, login, language="en_US", **options):
    """Log a user of the demo data in, and give the page of a browser of their own.

    :param options: of Playwright's `browser.new_page`
    """
    user = stage.log_in(login)
    user.call("res.users", "write", [user.id], {"lang": language})
    page = browser.new_page(locale=language.replace("_", "-"), **options)
    # The first page that is opened has Odoo build its assets
    page.set_default_timeout(PAGE_TIMEOUT * 1000)
    page.goto(f"{stage.odoo.url}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", login)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client, .o_portal")
    return page
