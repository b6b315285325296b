# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Try Every Assumption, in a browser and against the emulator."""

import json
from pathlib import Path

import pytest

ADDRESS = "my.own@address.example"


@pytest.fixture(scope="module")
def expected_problems():
    # Odoo's own way to download what is in a field
    return (r"content_common.* called ignoring args",)


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_first_contact",)


@pytest.fixture
def page(stage, log_in):
    """The form of a connection, as the administrator sees it."""
    page = log_in("admin")
    connection = stage.admin.search_read(
        "autenti.connection", [("mode", "=", "representative")], ["id", "company_id"]
    )[0]
    page.context.add_cookies(
        [
            {
                "name": "cids",
                "value": str(connection["company_id"][0]),
                "url": stage.odoo.url,
            }
        ]
    )
    action = "action-autenti_esign.autenti_connection_action"
    page.goto(f"{stage.odoo.url}/odoo/{action}/{connection['id']}")
    yield page
    stage.control("PUT", "settings", {"signed_file_delay": 0})
    page.close()


def try_every_assumption(page, send_to=""):
    page.get_by_role("button", name="Try Every Assumption").click()
    dialog = page.locator(".modal-dialog")
    dialog.locator("[name=send_to] input").fill(send_to)
    dialog.get_by_role("button", name="Try Every Assumption").click()
    dialog.locator("[name=line_ids] tbody tr.o_data_row").first.wait_for(timeout=90_000)
    return dialog


def results(dialog):
    badges = dialog.locator("td[name=result]").all_inner_texts()
    return {text.strip() for text in badges}


def test_all_is_as_assumed_and_is_downloaded(page, stage):
    dialog = try_every_assumption(page, ADDRESS)
    assert results(dialog) == {"As assumed", "Not tried"}
    assert dialog.get_by_text("What was tried is as assumed.").is_visible()
    told = dialog.locator("[name=stays]").inner_text()
    assert "Withdrawn documents" in told
    for field in ("text_file", "json_file"):
        with page.expect_download() as download:
            dialog.locator(f"[name={field}] .fa-download").first.click()
        content = Path(download.value.path()).read_text("utf-8")
        assert ADDRESS not in content
    assert json.loads(content)["change"] == []
    sent = stage.control("GET", "truth").json()["sendsByTitle"]
    assert sent == {"First contact": 1}


def test_what_is_otherwise_is_named(page, stage):
    stage.control("PUT", "settings", {"otherwise": ["PROCESS_DRAFT"]})
    dialog = try_every_assumption(page)
    row = dialog.locator("[name=line_ids] tbody tr").first
    assert "Otherwise" in row.inner_text()
    assert "PROCESS_DRAFT" in dialog.locator("[name=changes]").inner_text()
