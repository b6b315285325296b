# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What tests and scripts do to the emulator."""

import pytest

from .driver import Organisation, adam, descriptions


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
