# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The Polish manual names buttons and menus as Odoo does, and its links lead on."""

import re

import pytest
from babel.messages.pofile import read_po
from workspace import ODOO_HOME, ROOT

FOLDER = ROOT / "docs/pl"
PAGES = sorted(FOLDER.glob("*.md"))
LINK = re.compile(r"\]\(([^)#]+)")
# Of Odoo's own: menus, the editor of texts, what stands around each view
ODOO_ADDONS = ("base", "web", "html_editor")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


@pytest.fixture(scope="module")
def words():
    """All that Odoo shows in Polish; where nothing is translated, it shows English."""
    shown = set()
    paths = [*ROOT.glob("*/i18n*/pl.po")]
    for addon in ODOO_ADDONS:
        # In a tree of Odoo's sources, all but base are in the outer folder
        paths += ODOO_HOME.glob(f"odoo/addons/{addon}/i18n/pl.po")
        paths += ODOO_HOME.glob(f"addons/{addon}/i18n/pl.po")
    for path in paths:
        with path.open("rb") as file:
            shown |= {str(message.string or message.id) for message in read_po(file)}
    return shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_buttons_and_menus_are_called_so(page, words):
    named = [" ".join(name.split()) for name in BOLD.findall(page.read_text())]
    parts = {part for name in named for part in name.split(" / ")}
    assert parts
    assert sorted(parts - words) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files(page):
    targets = LINK.findall(page.read_text())
    assert targets
    assert [target for target in targets if not (FOLDER / target).is_file()] == []


def test_screenshots_are_shown():
    targets = {
        FOLDER / target for page in PAGES for target in LINK.findall(page.read_text())
    }
    assert set((FOLDER / "images").glob("*.png")) <= targets
