# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One click gives a salesperson all that proves a signature."""

import json
import subprocess
import zipfile

import pytest
from playwright.sync_api import expect
from workspace.databases import EVIDENCE
from workspace.stage import ACTS

REQUESTS = "/odoo/action-autenti_esign.autenti_request_action"


@pytest.fixture(scope="module")
def addons():
    return (EVIDENCE, "autenti_esign_pades")


@pytest.fixture(scope="module")
def request_id(stage):
    stage.trust_authority()
    request_id = stage.send(ACTS["individual"])
    for _signer in range(2):
        stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)
    return request_id


@pytest.fixture
def page(stage, log_in, request_id):
    page = log_in("anna")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{stage.odoo.url}{REQUESTS}/{request_id}")
    page.wait_for_selector(".o_form_view")
    yield page
    page.close()


@pytest.fixture
def package(page, tmp_path):
    """The folder in which the evidence package is unpacked."""
    with page.expect_download() as download:
        page.click("button[name=action_download_evidence]")
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_the_package_is_downloaded_and_checks_itself(package):
    for command in (
        ("sha256sum", "--strict", "-c", "MANIFEST.sha256"),
        ("python3", "-I", "check_audit_trail.py", "audit-trail.json"),
        ("python3", "-I", "check_callbacks.py", "callbacks.json"),
    ):
        subprocess.run(command, cwd=package, check=True, capture_output=True)
    for name in ("signed.pdf", "signature-card.pdf"):
        assert (package / name).read_bytes().startswith(b"%PDF-")


def test_the_package_tells_what_was_proven(package):
    report = json.loads((package / "validation.json").read_text())
    assert report["verdict"] == "green"


def test_the_audit_trail_is_shown(page):
    page.click(".o_notebook a[name=audit_trail]")
    page.locator("[name=event_ids] .o_data_row").nth(9).wait_for()


@pytest.fixture
def administrator_page(stage, log_in):
    """The administrator's browser, with all companies open."""
    page = log_in("admin")
    companies = "-".join(map(str, stage.admin.context["allowed_company_ids"]))
    page.context.add_cookies(
        [{"name": "cids", "value": companies, "url": stage.odoo.url}]
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    page.close()


def get_offers(page, cards):
    """Return the titles of the buttons on attachments, by the attachment's name."""
    page.wait_for_selector(cards)
    return {
        card.get_attribute("aria-label"): {
            button.get_attribute("title") for button in card.locator("button, a").all()
        }
        for card in page.locator(cards).all()
    }


@pytest.mark.parametrize("place", ["autenti.request", "agreement"])
def test_the_chatter_offers_no_way_to_change_the_kept_files(
    stage, administrator_page, request_id, place
):
    page, admin = administrator_page, stage.admin
    if place == "agreement":
        record_id = admin.read("autenti.request", request_id, ["res_id"])["res_id"]
        # Nobody can attach anything to a request, administrators neither
        for name in ("ordinary.txt", "ordinary.png"):
            values = {"name": name, "res_model": place, "res_id": record_id}
            admin.call("ir.attachment", "create", [values])
        path = f"m-agreement/{record_id}"
    else:
        record_id, path = request_id, f"autenti.request/{request_id}"
    attachments = admin.search_read(
        "ir.attachment",
        [("res_model", "=", place), ("res_id", "=", record_id)],
        ["name", "autenti_request_id"],
    )
    assert any(file["autenti_request_id"] for file in attachments)
    expected = {
        file["name"]: {"Download"}
        if file["autenti_request_id"]
        else {"Download", "Remove"}
        for file in attachments
    }
    page.goto(f"{stage.odoo.url}/odoo/{path}")
    page.click(".o-mail-Chatter-attachFiles")
    box = ".o-mail-AttachmentBox .o-mail-AttachmentContainer"
    expect(page.locator(box)).to_have_count(len(expected))
    assert get_offers(page, box) == expected
    # The messages that tell of them only lead to them
    if place == "agreement":
        page.wait_for_selector(".o-mail-Message a:has-text('signed.pdf')")
        assert not page.locator(".o-mail-Message .o-mail-AttachmentContainer").count()
