# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One click gives a salesperson all that proves a signature."""

import subprocess
import zipfile

import pytest
from workspace.stage import ACTS

REQUESTS = "/odoo/action-autenti_esign.autenti_request_action"


@pytest.fixture(scope="module")
def request_id(stage):
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
    page.context.close()


def test_the_bundle_is_downloaded_and_checks_itself(page, tmp_path):
    with page.expect_download() as download:
        page.click("button[name=action_download_evidence]")
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path)
    for command in (
        ("sha256sum", "--strict", "-c", "MANIFEST.sha256"),
        ("python3", "-I", "check_timeline.py", "timeline.json"),
    ):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "signed.pdf").read_bytes().startswith(b"%PDF-")


def test_the_timeline_is_shown(page):
    page.click(".o_notebook a[name=timeline]")
    page.wait_for_selector("[name=event_ids] .o_data_row")
    assert page.locator("[name=event_ids] .o_data_row").count() >= 10


def test_the_chatter_offers_no_way_to_delete_the_signed_file(stage, page):
    page.click("button[name=action_open_record]")
    page.wait_for_selector(".o-mail-Attachment, .o-mail-AttachmentContainer")
    assert not page.locator(".o-mail-Attachment-unlink").count()
