# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The ways of the clients that are known to be in use, each through a whole signing."""

import base64
import json
from urllib.parse import quote

import pytest

from .driver import (
    ACTION,
    EVENT,
    REMINDER,
    SIGN,
    Organisation,
    adam,
    challenge_of,
    ewa,
    make_pdf,
    phone,
    select,
    signature_type,
    signatures_of,
)
from .test_callbacks import register
from .test_login import exchange, log_in, refresh
from .test_processes import IDENTITY, NOTE


@pytest.fixture
def server(own_server):
    own_server.configure(signed_file_delay=0, party_id_delay=0, password_grant=True)
    return own_server


@pytest.fixture
def org(server):
    user = {"firstName": "Ewa", "lastName": "Lis", "email": "ewa@firma.test"}
    return Organisation(server, users=[{**user, "password": "hasło"}])


def path_of(answer):
    assert answer.status_code == 201, answer.text
    return "/document-processes/" + quote(answer.json()["id"], safe="")


def stream(answer):
    """Objects that come one after the other."""
    decoder, text, items = json.JSONDecoder(), answer.text, []
    while text:
        item, end = decoder.raw_decode(text)
        items.append(item)
        text = text[end:].lstrip()
    return items


def test_automation_service(org):
    """Authorization code, parties one by one, flat upload, the challenge as a menu."""
    scope = "full notification_management"
    login = exchange(org, log_in(org, "ewa@firma.test", scope=scope)["code"]).json()
    org.bearer = refresh(org, login["refresh_token"]).json()["access_token"]
    assert register(org, "https://flow.test/hook").status_code == 201
    path = path_of(
        org.call(
            "POST",
            "/document-processes",
            json={"title": "Umowa", "description": "Opis", "processLanguage": "pl"},
        )
    )
    for item in (adam(), ewa(**NOTE)):
        assert org.call("POST", path + "/parties", json=item).status_code == 201
    fields = {"filePurpose": "SOURCE_FILE", "mimeType": "application/pdf"}
    files = {"file": ("umowa.pdf", make_pdf(), "application/pdf")}
    org.call("POST", path + "/files", data=fields, files=files)
    menu = challenge_of(org.call("POST", path + "/actions"))["attributes"]["options"]
    headers = {"X-ASSERTION": select(ACTION, menu[0]["id"])}
    (event,) = org.call("POST", path + "/actions", headers=headers).json()
    assert event["eventType"] == EVENT + "DOCUMENT_SENT"
    finish(org, path)


def test_older_plugin_of_a_bpm_vendor(org):
    """Password grant by JSON, an empty draft filled by PUT, a file alone, nulls."""
    answer = org.ask_token(
        json_body=True,
        grant_type="password",
        username="ewa@firma.test",
        password="hasło",
        scope="full",
    )
    org.bearer = answer.json()["access_token"]
    headers = {"Content-Type": "application/json"}
    path = path_of(org.call("POST", "/document-processes", headers=headers))
    signer = adam(constraints=[signature_type("BASIC")], priority=1)
    del signer["constraints"][0]["constrainedActions"]
    signer["party"].update(id=None, name=None, extIds=None, relationships=None)
    body = {"title": "Umowa", "description": None, "tags": None, "parties": [signer]}
    assert org.call("PUT", path, json=body).status_code == 200
    files = {"file": ("umowa.pdf", make_pdf(), "application/octet-stream")}
    org.call("POST", path + "/files", files=files)
    assert org.act(path, "DOCUMENT_SENT").status_code == 200
    finish(org, path)


def test_newer_plugin_of_a_bpm_vendor(org):
    """JWT bearer, all in one body, identity check, reminder in two calls, links."""
    org.login()
    advanced = [signature_type("ADVANCED"), phone(SIGN), IDENTITY]
    sender = {"party": {"id": "PARTY-TENANT:SELF"}, "role": "SENDER"}
    body = {
        "title": "Umowa",
        "processLanguage": "en",
        "parties": [sender, adam(constraints=advanced, priority=1), ewa(priority=2)],
        "tags": stream(org.call("GET", "/tags")),
    }
    path = path_of(org.call("POST", "/document-processes", json=body))
    files = {"file": ("umowa.pdf", make_pdf(), "application/octet-stream")}
    org.call("POST", path + "/files", files=files)
    assert org.act(path, "DOCUMENT_SENT").status_code == 200
    options = challenge_of(org.act(path, "DOCUMENT_REMINDER_SENT"))["attributes"]
    chosen = [
        option["id"]
        for option in options["options"]
        if option["availability"] == "AVAILABLE"
    ]
    answer = org.act(path, "DOCUMENT_REMINDER_SENT", select(REMINDER, *chosen))
    assert answer.status_code == 200
    (link,) = org.link(path, "adam@klient.test").json()
    assert org.http.get(link["attributes"]["httpRequest"]["uri"]).status_code == 200
    finish(org, path)


def test_integration_of_a_crm(org):
    """Client credentials, two classifiers in an assertion, polling, the archive."""
    answer = org.ask_token(grant_type="client_credentials", scope="full")
    org.bearer = answer.json()["access_token"]
    body = {"title": "Umowa", "parties": [adam(priority=2), ewa(priority=1, **NOTE)]}
    path = path_of(org.call("POST", "/document-processes", json=body))
    org.upload(path)
    assertion = {
        "classifiers": [ACTION, "CHALLENGE_CLASSIFIER-USER_INTERACTION_TYPE:SELECTION"],
        "attributes": {"selectedIds": [EVENT + "DOCUMENT_SENT"]},
    }
    value = base64.b64encode(json.dumps(assertion).encode()).decode()
    headers = {"X-ASSERTION": value}
    assert org.call("POST", path + "/actions", headers=headers).status_code == 200
    assert org.details(path)["status"] == "PROCESSING"
    files = finish(org, path)
    assert files[-1]["filePurpose"] == "CONTENT_ARCHIVE"


def finish(org, path):
    """Let everybody sign, then fetch the signed file by the listing."""
    for _turn in range(2):
        for shown in org.details(path)["parties"]:
            if shown["participationStatus"] == "PENDING":
                email = shown["party"]["contacts"][0]["attributes"]["email"]
                assert org.play(path, email).status_code == 200
    details = org.details(path)
    assert details["status"] == "COMPLETED"
    files = stream(org.call("GET", path + "/files"))
    (signed,) = [f for f in files if f["filePurpose"] == "SIGNED_CONTENT_FILE"]
    name = quote(signed["id"], safe="")
    content = org.call("GET", f"{path}/files/{name}/content").content
    signers = [p for p in details["parties"] if p["role"] == "SIGNER"]
    assert len(signatures_of(content)) == len(signers)
    return files
