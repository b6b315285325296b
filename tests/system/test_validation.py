# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What comes back is validated before its contract counts as signed."""

import contextlib
import io
import sqlite3

import pytest
from pyhanko.pdf_utils.generic import StreamObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from workspace.stage import ACTS, Act

POTS = Act("anna", "autenti_esign.agreement_pots_demo")
FIELDS = ["state", "validation_state", "validation_sentence", "signed_attachment_id"]
ACTIVITY = "autenti_esign_pades.mail_activity_type_invalid"


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_pades",)


def wait_for_validation(stage, request_id, verdict):
    """Have Odoo fetch the file and validate it, and return the request."""
    stage.wait_for(
        "autenti.request", request_id, "validation_state", verdict, fetch=True
    )
    return stage.admin.read("autenti.request", request_id, FIELDS)


def empty_first_page(pdf):
    """Append a revision in which there is nothing on the first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    reference, _resources = writer.find_page_for_modification(0)
    page = reference.get_object()
    page[pdf_name("/Contents")] = writer.add_object(StreamObject(stream_data=b""))
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def tamper(stage, state, request_id):
    """Change, behind Autenti's back, the file that the client has signed."""
    process_id = stage.admin.read("autenti.request", request_id, ["process_id"])
    [partial] = [
        file["id"]
        for process in stage.control("GET", "truth").json()["processes"]
        if process["id"] == process_id["process_id"]
        for file in process["files"]
        if file["filePurpose"] == "PARTIALLY_SIGNED_CONTENT_FILE"
    ]
    where = "WHERE id = ?"
    with contextlib.closing(sqlite3.connect(state / "emulator.sqlite")) as database:
        query = database.execute(f"SELECT data FROM contents {where}", [partial])
        [data] = query.fetchone()
        changed = [empty_first_page(data), partial]
        database.execute(f"UPDATE contents SET data = ? {where}", changed)
        database.commit()


def test_a_file_whose_authority_is_unknown_is_in_doubt_until_it_is_trusted(stage):
    request_id = stage.send(ACTS["individual"])
    stage.sign_next(request_id)
    stage.sign_next(request_id)
    request = wait_for_validation(stage, request_id, "amber")
    assert request["state"] == "signed"
    assert "Emulator Signing CA" in request["validation_sentence"]

    stage.trust_authority()
    anna = stage.log_in(ACTS["individual"].salesperson)
    anna.call("autenti.request", "action_validate", [request_id])
    stage.wait_for("autenti.request", request_id, "validation_state", "green")


def test_a_genuine_file_is_proven(stage):
    request_id = stage.send(ACTS["representative"])
    stage.sign_next(request_id)
    stage.sign_next(request_id)
    assert wait_for_validation(stage, request_id, "green")["state"] == "signed"


def test_a_tampered_file_does_not_make_a_contract_signed(stage, state, log_in):
    request_id = stage.send(POTS)
    stage.sign_next(request_id)
    tamper(stage, state, request_id)
    stage.sign_next(request_id)
    request = wait_for_validation(stage, request_id, "red")
    assert request["state"] == "sent"
    assert request["signed_attachment_id"]

    agreement = stage.admin.ref(POTS.agreement)
    contract = stage.admin.read("agreement", agreement, ["signature_date"])
    assert not contract["signature_date"]
    activities = stage.admin.search_read(
        "mail.activity",
        [
            ("res_model", "=", "agreement"),
            ("res_id", "=", agreement),
            ("activity_type_id", "=", stage.admin.ref(ACTIVITY)),
        ],
        ["user_id", "note"],
    )
    assert stage.admin.id in [activity["user_id"][0] for activity in activities]
    assert all("rely on the contract" in activity["note"] for activity in activities)

    page = log_in("anna")
    page.goto(f"{stage.odoo.url}/odoo/autenti.request/{request_id}")
    page.wait_for_selector(".alert-danger:has-text('rely on the signed file')")
    page.close()
