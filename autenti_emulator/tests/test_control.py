# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What tests and scripts do to the emulator."""

import json

import pytest

from .driver import (
    EVENT,
    Organisation,
    adam,
    challenge_of,
    descriptions,
    ewa,
    receiver,
    wait_for,
)
from .test_callbacks import register


def test_requests_are_kept_in_order(own_server):
    org = Organisation(own_server).login()
    path = org.draft(adam())
    org.upload(path)
    org.act(path, "DOCUMENT_SENT")
    org.call("GET", "/document-processes/DOCUMENT_PROCESS:0")
    shown = org.control("/requests", method="GET").json()
    assert [(r["method"], r["status"]) for r in shown] == [
        ("POST", 200),
        ("POST", 201),
        ("POST", 201),
        ("POST", 200),
        ("GET", 404),
    ]
    token, created, uploaded, _sent, missing = shown
    assert token["path"] == "/api/v2/auth/token"
    # A form has a secret in it, and isn't JSON.
    assert token["body"] is None
    assert created["path"] == "/api/v2/document-processes"
    assert created["body"]["title"] == "Umowa"
    assert uploaded["body"] is None
    assert missing["path"].endswith("DOCUMENT_PROCESS:0")
    assert org.control("/requests", method="DELETE").status_code == 204
    assert org.control("/requests", method="GET").json() == []


def test_unreadable_bodies_are_kept_as_nothing(own_server):
    org = Organisation(own_server).login()
    headers = {"Content-Type": "application/json"}
    for content in (b"{", b"[" * 100_000, b'{"title": "' + b"x" * 300_000 + b'"}'):
        org.call("POST", "/document-processes", content=content, headers=headers)
    shown = org.control("/requests", method="GET").json()
    assert [r["body"] for r in shown[1:]] == [None, None, None]


def test_half_a_surrogate_pair_is_refused_and_doesnt_break_the_list(own_server):
    org = Organisation(own_server).login()
    headers = {"Content-Type": "application/json"}
    body = b'{"title": "\\ud800"}'
    answer = org.call("POST", "/document-processes", content=body, headers=headers)
    assert "title" in descriptions(answer)
    shown = org.control("/requests", method="GET").json()
    assert shown[-1]["body"] == {"title": "?"}


def test_truth_of_processes(own_server):
    org = Organisation(own_server).login()
    org.draft()
    path = org.sent()
    org.play(path, "adam@klient.test")
    draft, sent = org.control("/processes", method="GET").json()
    assert (draft["status"], draft["sends"]) == ("DRAFT", 0)
    assert (sent["status"], sent["sends"], sent["title"]) == ("PROCESSING", 1, "Umowa")
    assert sent["organisation"] == org.name
    assert sent["sender"] == "ewa@firma.test"
    assert [p["participationStatus"] for p in sent["parties"]] == [
        "COMPLETED",
        "PENDING",
    ]
    assert [f["filePurpose"] for f in sent["files"]] == [
        "SOURCE_FILE",
        "PARTIALLY_SIGNED_CONTENT_FILE",
    ]


def test_playing_nobody_is_not_found(org):
    path = org.sent()
    assert org.play(path, "nobody@x.test").status_code == 404
    assert org.play(path, "nobody@x.test", "reject").status_code == 404
    assert org.play("/DOCUMENT_PROCESS:0", "adam@klient.test").status_code == 404


def test_controls_dont_exist_in_the_api(org):
    for path in ("/processes", "/requests", "/settings"):
        assert org.call("GET", path).status_code == 404
        assert org.call("GET", "/emulator" + path).status_code == 404


@pytest.mark.parametrize(
    "settings", [{"delay": 1}, {"signed_file_delay": -1}, {"token_lifetime": 0}]
)
def test_wrong_settings_are_refused(server, settings):
    descriptions(server.http.put("/emulator/settings", json=settings))


def test_settings_can_be_read(own_server):
    own_server.configure(token_lifetime=5)
    shown = own_server.http.get("/emulator/settings").json()
    assert shown["token_lifetime"] == 5
    assert shown["expires_after"] is None


def test_unknown_field_of_an_application_is_refused(org):
    application = {**org.application, "redirectUris": []}
    assert "redirectUris" in descriptions(org.control("/applications", application))


def test_draft_can_be_deleted(org):
    path = org.draft(adam())
    org.upload(path)
    process_id = path.rpartition("/")[2]
    assert org.control(f"/processes/{process_id}", method="DELETE").status_code == 204
    assert org.call("GET", path).status_code == 404
    assert org.upload(path).status_code == 404
    assert org.act(path, "DOCUMENT_SENT").status_code == 404
    assert org.control(f"/processes/{process_id}", method="DELETE").status_code == 404


@pytest.mark.parametrize("end", [None, "withdraw"])
def test_what_was_sent_cant_be_deleted(org, end):
    path = org.sent()
    if end:
        org.act(path, "DOCUMENT_WITHDRAWAL")
    process_id = path.rpartition("/")[2]
    descriptions(org.control(f"/processes/{process_id}", method="DELETE"))
    assert org.details(path)["parties"]


@pytest.mark.parametrize("status", ["REJECTED", "DECLINED"])
def test_rejection_can_be_called_declined(org, turned, status):
    turned(rejected_status=status)
    path = org.sent()
    org.play(path, "adam@klient.test", "reject", {})
    assert org.details(path)["status"] == status
    event = org.details(path)["parties"][0]["events"][0]
    assert event["attributes"] == {"comment": ""}


def test_words_that_no_client_knows_can_be_shown(org, turned):
    path = org.sent()
    turned(
        unknown_status="ON_HOLD",
        unknown_participation="THINKING",
        unknown_role="WITNESS",
        unknown_constraint="CONSTRAINT-UNIQUE_TYPE:MOON_PHASE",
        unknown_event=EVENT + "HANDED_OVER",
    )
    details = org.details(path)
    assert details["status"] == "ON_HOLD"
    statuses = [p["participationStatus"] for p in details["parties"]]
    assert statuses == ["THINKING", "NONE", "NONE"]
    assert [p["role"] for p in details["parties"]] == ["SIGNER", "SIGNER", "WITNESS"]
    unknown = {"classifiers": ["CONSTRAINT-UNIQUE_TYPE:MOON_PHASE"], "attributes": {}}
    assert details["constraints"] == [unknown]
    assert details["parties"][0]["constraints"][-1] == unknown
    assert org.call("GET", path + "/parties").json() == details["parties"]
    org.play(path, "adam@klient.test")
    events = org.details(path)["parties"][0]["events"]
    kinds = [event["eventType"] for event in events]
    assert len(kinds) == 2
    assert kinds[1] == EVENT + "HANDED_OVER"
    assert events == org.details(path)["parties"][0]["events"]
    org.play(path, "ewa@firma.test")
    assert org.details(path)["status"] == "COMPLETED"


def test_callback_can_tell_of_an_event_that_no_client_knows(org, turned):
    turned(unknown_event=EVENT + "REVIEW_PROCESS_COMPLETED")
    with receiver() as (url, got):
        assert register(org, url).status_code == 201
        org.sent()
        wait_for(lambda: len(got) == 2)
        kinds = [json.loads(body)[0]["eventType"] for _headers, body in got]
    wanted = {EVENT + "DOCUMENT_SENT", EVENT + "REVIEW_PROCESS_COMPLETED"}
    assert set(kinds) == wanted


def test_challenge_that_no_client_knows_can_be_asked(org, turned):
    path = org.draft(adam())
    org.upload(path)
    turned(unknown_challenge="CHALLENGE_CLASSIFIER-UNIQUE_TYPE:CONSENT")
    challenge = challenge_of(org.act(path, "DOCUMENT_SENT"))
    assert challenge["classifiers"] == ["CHALLENGE_CLASSIFIER-UNIQUE_TYPE:CONSENT"]
    assert org.details(path)["status"] == "DRAFT"


def test_party_can_get_another_id_or_address_after_sending(org):
    path = org.sent(adam())
    process_id = path.rpartition("/")[2]

    def shown():
        party = org.details(path)["parties"][0]["party"]
        return party["id"], party["contacts"][0]["attributes"]["email"]

    def change(email, who, keep_id):
        body = {"party": who["party"], "keepId": keep_id}
        way = f"/processes/{process_id}/parties/{email}/hand-over"
        assert org.control(way, body).status_code == 200

    first, email = shown()
    change(email, adam(), keep_id=False)
    second, same = shown()
    assert (same, second == first) == (email, False)
    change(email, ewa(), keep_id=True)
    assert shown() == (second, "ewa@firma.test")
    assert org.play(path, "ewa@firma.test").json()["status"] == "COMPLETED"
