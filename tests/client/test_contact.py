# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""First contact: what it finds of Autenti, what it leaves there, what it tells."""

import dataclasses
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from autenti_emulator import otherwise
from autenti_emulator.tests.driver import Server
from autenti_esign.client import assumptions, auth, const, jwk
from autenti_esign_first_contact.first_contact import caller, contact, findings
from autenti_esign_first_contact.first_contact.findings import (
    AS_ASSUMED,
    NOT_TRIED,
    OTHERWISE,
)

ADDRESS = "zofia.probna@klient.example.com"
DEPENDENT = {
    # Nobody can be named in a path that isn't there, and no keys have no algorithm
    "LINKS_PATH": {"PARTY_EMAIL_PREFIX"},
    "TEST_JWKS_URL": {"JWS_ALGORITHM"},
}
SETTINGS = {"party_id_delay": 0, "signed_file_delay": 0}


@pytest.fixture(scope="module")
def private_key():
    return jwk.generate_private_key()


@pytest.fixture
def credentials(private_key):
    return auth.Credentials(
        client_id="app-1",
        client_secret="s3cr3t-of-the-application",
        private_key=private_key,
        key_id="key-1",
        issuer="org-42",
        subject="odoo-user-7",
        email="ewa@firma.test",
    )


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("emulator")) as server:
        yield server


@pytest.fixture
def autenti(remote, private_key, credentials):
    """The emulator, as a module's server, with the application of the credentials."""
    application = {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "organisation": "Stal SA",
        "users": [
            {"email": credentials.email, "firstName": "Ewa", "lastName": "Lisowska"}
        ],
        "jwks": {"keys": [jwk.public_jwk(private_key, credentials.key_id)]},
    }
    remote.http.post("/emulator/applications", json=application).raise_for_status()
    remote.http.delete("/emulator/requests").raise_for_status()
    remote.configure(**SETTINGS)
    yield remote
    remote.configure(**SETTINGS)
    remote.http.delete("/emulator/faults").raise_for_status()


@pytest.fixture
def walk(autenti, credentials):
    """Walk through the facts."""

    def walk(send_to=ADDRESS, **options):
        return contact.Contact(
            f"{autenti.url}/api/v2",
            credentials,
            jwks_url=f"{autenti.url}/developers/keys/webhook.jwks",
            send_to=send_to,
            pause=0.01,
            **options,
        ).run()

    return walk


def by_result(report):
    names = {result: set() for result in findings.RESULTS}
    for finding in report.findings:
        names[finding.result].add(finding.fact.name)
    return names


def received(autenti):
    """What the API received: method and the end of the path."""
    requests_ = autenti.http.get("/emulator/requests").json()
    return Counter((r["method"], r["path"].rpartition("/")[2]) for r in requests_)


# === What is found ===


def test_all_that_can_be_tried_is_as_assumed(walk):
    report = walk()
    found = by_result(report)
    assert not found[OTHERWISE], report.to_text()
    tried = {fact.name for fact in findings.FACTS}
    assert tried - found[AS_ASSUMED] == {"CALLBACK_LIMIT"}, report.to_text()
    assert report.changes == []
    assert report.is_as_assumed


def test_every_constant_has_a_row(walk):
    names = {finding.fact.name for finding in walk("").findings}
    assert {name for name in vars(assumptions) if name.isupper()} <= names
    words = {name for name in vars(const) if name.isupper()}
    assert {name for name in words if not findings.OWN.fullmatch(name)} <= names


def test_at_least_25_assumptions_can_be_broken():
    assert len(otherwise.NAMES) >= 25
    assert {fact.name for fact in findings.FACTS} >= otherwise.NAMES


@pytest.mark.parametrize("name", sorted(otherwise.NAMES))
def test_the_broken_one_is_named_and_the_rest_is_tried(name, autenti, walk):
    autenti.configure(**SETTINGS, otherwise=[name])
    report = walk()
    found = by_result(report)
    assert found[OTHERWISE] == {name}, report.to_text()
    tried = {fact.name for fact in findings.FACTS} - {"CALLBACK_LIMIT"}
    untried = tried & found[NOT_TRIED]
    assert untried <= DEPENDENT.get(name, set()), report.to_text()
    [change] = report.changes
    assert f"{name}:" in change
    assert report.calls <= caller.MAX_CALLS


def test_several_broken_ones_are_all_named(autenti, walk):
    names = {"PROCESS_DRAFT", "STREAM_TYPE", "ASSERTION_AUDIENCE", "EVENT_SENT"}
    autenti.configure(**SETTINGS, otherwise=sorted(names))
    assert by_result(walk())[OTHERWISE] == names


# === What it does at Autenti ===


def test_nothing_is_sent_without_an_address(autenti, walk):
    before = sent_titles(autenti)
    report = walk("")
    assert sent_titles(autenti) == before
    sent = {fact.name for fact in findings.FACTS if fact.group == "sent"}
    assert sent <= by_result(report)[NOT_TRIED]
    assert report.is_as_assumed


def sent_titles(autenti):
    return autenti.http.get("/emulator/truth").json()["sendsByTitle"]


def test_only_the_given_address_gets_a_document(autenti, walk):
    walk()
    processes = autenti.http.get("/emulator/processes").json()
    sent = [process for process in processes if process["sends"]]
    assert {p["email"] for process in sent for p in process["parties"]} == {ADDRESS}
    assert {process["status"] for process in sent} == {"WITHDRAWN"}


def test_it_says_what_stays(walk):
    stays = "\n".join(walk().stays)
    assert "Drafts, to be deleted in Autenti's panel: 2" in stays
    assert "Withdrawn documents, which can't be deleted: 1" in stays


@pytest.mark.parametrize("kind", ["reset_after", "status"])
def test_no_create_is_repeated(kind, autenti, walk):
    action = {"type": kind, **({"status": 503} if kind == "status" else {})}
    rule = {"method": "POST", "path": "*/document-processes", "action": action}
    autenti.http.put("/emulator/faults", json={"rules": [rule]}).raise_for_status()
    report = walk()
    assert received(autenti)["POST", "document-processes"] == 1
    assert "Drafts that may have been created: 1" in report.stays
    assert "CALLBACKS_PATH" in by_result(report)[AS_ASSUMED]


def test_no_send_is_repeated_and_what_was_sent_is_withdrawn(autenti, walk):
    # The first one asks what can be done
    rule = {
        "method": "POST",
        "path": "*/actions",
        "nth": [2],
        "action": {"type": "reset_after"},
    }
    autenti.http.put("/emulator/faults", json={"rules": [rule]}).raise_for_status()
    report = walk()
    processes = autenti.http.get("/emulator/processes").json()
    last = [process for process in processes if process["sends"]][-1]
    assert (last["sends"], last["status"]) == (1, "WITHDRAWN")
    assert not by_result(report)[OTHERWISE]


def test_it_makes_at_most_40_calls(autenti, walk):
    everything = sorted(otherwise.NAMES - {"ASSERTION_USER_CLAIM"})
    for names in (everything, []):
        autenti.http.delete("/emulator/requests").raise_for_status()
        autenti.configure(**SETTINGS, otherwise=names)
        report = walk()
        made = sum(received(autenti).values())
        assert made <= report.calls <= caller.MAX_CALLS == 40


def test_it_ends_in_time(walk):
    report = walk(seconds=0)
    assert report.calls == 0
    assert {f.result for f in report.findings} == {NOT_TRIED}
    assert not report.is_as_assumed


def test_a_failing_autenti_is_no_wrong_assumption(autenti, walk):
    rules = [
        {"path": path, "action": {"type": "status", "status": status}}
        for path, status in (("*/files", 503), ("*/callbacks", 429))
    ]
    autenti.http.put("/emulator/faults", json={"rules": rules}).raise_for_status()
    found = by_result(walk())
    assert not found[OTHERWISE]
    assert {"STREAM_TYPE", "CALLBACKS_PATH"} <= found[NOT_TRIED]
    assert "CHALLENGE_ACTION" in found[AS_ASSUMED]


def test_where_nobody_answers_nothing_is_tried(credentials):
    report = contact.Contact(
        "http://127.0.0.1:9/api/v2", credentials, jwks_url="http://127.0.0.1:9/keys"
    ).run()
    assert report.calls == 2
    assert {finding.result for finding in report.findings} == {NOT_TRIED}


def test_a_wrong_secret_is_told_and_nothing_more_is_tried(autenti, credentials):
    wrong = dataclasses.replace(credentials, client_secret="s0mething-else")
    report = contact.Contact(f"{autenti.url}/api/v2", wrong).run()
    [refused] = [f for f in report.findings if f.fact.name == "TOKEN_PATH"]
    assert refused.seen == "401 invalid_client: invalid_client"
    assert received(autenti)["POST", "token"] == 1


@pytest.mark.parametrize(
    "url", ["https://api.autenti.com/api/v2", "https://API.Autenti.com/"]
)
def test_production_is_refused(url, credentials):
    with pytest.raises(ValueError, match="test environment"):
        contact.Contact(url, credentials)


def test_what_is_no_address_gets_nothing(credentials):
    with pytest.raises(ValueError, match="e-mail"):
        contact.Contact("http://127.0.0.1:9", credentials, send_to="my address")


# === What it tells ===


def test_the_result_is_a_table_and_json(walk):
    report = walk()
    text, data = report.to_text(), json.loads(report.to_json())
    [line] = [each for each in text.splitlines() if "ASSERTION_AUDIENCE" in each]
    assert line.split() == [
        *("as", "assumed", "ASSERTION_AUDIENCE", "audience", "of", "the"),
        *("assertion", "autenti.com", "autenti.com"),
    ]
    fact = next(f for f in data["facts"] if f["constant"] == "ASSERTION_AUDIENCE")
    assert fact == {
        "constant": "ASSERTION_AUDIENCE",
        "file": "client/assumptions.py",
        "fact": "audience of the assertion",
        "expected": "autenti.com",
        "seen": "autenti.com",
        "result": "as assumed",
    }
    assert data["calls"] == report.calls


def test_the_constant_to_change_is_told(autenti, walk):
    autenti.configure(**SETTINGS, otherwise=["PROCESS_DRAFT"])
    [line] = walk("").changes
    assert line == "client/const.py, PROCESS_DRAFT: DRAFT is assumed, seen: NEW"


@pytest.mark.parametrize("broken", [[], sorted(otherwise.NAMES)[::3]])
def test_no_secret_and_nothing_personal_is_in_it(
    broken, autenti, walk, credentials, monkeypatch
):
    tokens = []
    keep = contact.Contact._keep_token
    monkeypatch.setattr(
        contact.Contact,
        "_keep_token",
        lambda self, token: tokens.append(token) or keep(self, token),
    )
    autenti.configure(**SETTINGS, otherwise=broken)
    report = walk()
    told = report.to_text() + report.to_json()
    ids = [process["id"] for process in autenti.http.get("/emulator/processes").json()]
    private = [
        *(credentials.client_id, credentials.client_secret, credentials.key_id),
        *(credentials.issuer, credentials.subject, credentials.email),
        *(ADDRESS, "zofia", "Lisowska", "Stal SA", "/people/sign"),
        *(*tokens, *ids, autenti.url, "eyJ", "PRIVATE KEY"),
    ]
    assert [text for text in private if text.lower() in told.lower()] == []


def test_what_an_odd_autenti_answers_is_not_told(server, credentials):
    """Whatever it answers: the secret, the token, the user's name in each place."""
    name = "Ewa Lisowska <ewa@firma.test>"
    echo = {
        "access_token": "t0ken-of-ewa",
        "expires_in": credentials.client_secret,
        "error": credentials.client_secret,
        "error_description": name,
        "id": "DOCUMENT_PROCESS:1",
        "status": "t0ken-of-ewa",
        "keys": [{"kty": "RSA", "alg": credentials.email}],
        "parties": [{"participationStatus": name, "role": name}],
        "filePurpose": credentials.client_secret,
    }
    server.answer = lambda handler, _request: server._write(
        handler, {"status": 200, "body": json.dumps(echo).encode()}
    )
    report = contact.Contact(
        server.url, credentials, jwks_url=f"{server.url}/keys", send_to=ADDRESS, pause=0
    ).run()
    told = report.to_text() + report.to_json()
    for text in ("t0ken", credentials.client_secret, "Lisowska", "ewa@", ADDRESS):
        assert text not in told
    assert by_result(report)[OTHERWISE]


# === The command ===


def test_the_command_runs_without_odoo(autenti, credentials, private_key, tmp_path):
    """As documented, in the folder above both addons."""
    key = tmp_path / "key.pem"
    key.write_text(private_key)
    (tmp_path / "odoo.py").write_text("raise ImportError('there is no Odoo')")
    output = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "autenti_esign_first_contact.first_contact",
            ),
            *("--client-id", credentials.client_id, "--email", credentials.email),
            *("--key", key, "--key-id", credentials.key_id),
            *("--api-url", f"{autenti.url}/api/v2", "--send-to", ADDRESS),
            *("--jwks-url", f"{autenti.url}/developers/keys/webhook.jwks"),
            *("--json", tmp_path / "result.json"),
        ],
        cwd=Path(contact.__file__).parents[2],
        env={
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "AUTENTI_CLIENT_SECRET": credentials.client_secret,
        },
        capture_output=True,
        text=True,
    )
    assert output.returncode == 0, output.stdout + output.stderr
    assert "otherwise: 0" in output.stdout
    assert "Nothing has to be changed." in output.stdout
    assert json.loads((tmp_path / "result.json").read_text())["change"] == []
