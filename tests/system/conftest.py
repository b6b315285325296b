# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import contextlib
import json
import os

import pytest
import workspace.browser
from workspace.browser import choose_language, chromium
from workspace.databases import ADDON, odoo_database
from workspace.servers import emulator, log_problems, odoo
from workspace.stage import Stage


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """The folder where the emulator keeps its state."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def expected_problems():
    """Regular expressions of what Odoo may log; who asks for trouble has their own."""
    return ()


@pytest.fixture(scope="module")
def addons():
    """The addons to install; a test of another one has its own."""
    return (ADDON,)


@pytest.fixture(scope="module")
def odoo_options():
    """What else the server is told on its command line."""
    return ()


@pytest.fixture(scope="module")
def alone():
    """Whether addons that install themselves beside the others are left out."""
    return True


@pytest.fixture(scope="module")
def stage(state, addons, alone, odoo_options, expected_problems):
    """A real Odoo with the demo data and a real emulator, all companies connected."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(
            odoo_database(
                f"autenti_system_{os.getpid()}", demo=True, addons=addons, alone=alone
            )
        )
        it = Stage(
            odoo=stack.enter_context(odoo(database, None, *odoo_options)),
            emulator=stack.enter_context(emulator(state)),
            database=database,
            expected_problems=expected_problems,
        )
        it.connect_companies()
        # With the file in place at once, nobody has to wait for Odoo's next look at it
        it.control("PUT", "settings", {"signed_file_delay": 0})
        yield it
        assert not log_problems(it.odoo.log, expected_problems)


@pytest.fixture(scope="module")
def browser():
    with chromium() as it:
        yield it


@pytest.fixture(scope="module")
def log_in(stage, browser):
    """Logs a user of the demo data in, and gives a page of a browser of their own.

    It is the same browser next time, which knows Odoo's assets already.
    """
    contexts = {}

    def log_in(login, language="en_US", **options):
        key = json.dumps([login, language, options])
        if key in contexts:
            choose_language(stage, login, language)
            return contexts[key].new_page()
        page = workspace.browser.log_in(browser, stage, login, language, **options)
        contexts[key] = page.context
        return page

    yield log_in
    for context in contexts.values():
        context.close()
