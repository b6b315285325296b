# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Clients as others wrote them get a contract signed, unchanged but for the host."""

import urllib.request

import pytest

from .clients import ignored_body, line_reader, raw_paths
from .driver import EVENT, KEY, make_pdf, signatures_of

PEOPLE = [
    ("Adam", "Mąk", "Adam.Mak+umowy@klient.test"),
    ("Ewa", "Lis", "ewa@firma.test"),
]


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def base(server):
    return f"{server.url}/api/v2"


def prepare(client, *names):
    process_id = client.create("Umowa", PEOPLE)
    assert process_id.startswith("DOCUMENT_PROCESS:")
    for name in names or ("umowa.pdf",):
        client.upload(process_id, name, make_pdf(text=name))
    return process_id


def sign(org, process_id):
    for _first, _last, email in PEOPLE:
        assert org.play(f"/{process_id}", email).status_code == 200


def test_client_that_reads_listings_line_by_line(org, base):
    application = org.application
    client = line_reader.Client(base, application["client_id"], "s3cret")
    process_id = prepare(client, "umowa.pdf", "cennik.pdf")
    names = [file["filename"] for file in client.files(process_id)]
    assert names == ["umowa.pdf", "cennik.pdf"]
    assert client.act(process_id, "DOCUMENT_SENT") == [EVENT + "DOCUMENT_SENT"]
    assert client.status(process_id) == "PROCESSING"
    sign(org, process_id)
    assert client.status(process_id) == "COMPLETED"
    assert len(signatures_of(client.signed_file(process_id))) == 2
    other = prepare(client)
    client.act(other, "DOCUMENT_SENT")
    client.act(other, "DOCUMENT_WITHDRAWAL")
    assert client.status(other) == "WITHDRAWN"


def test_client_that_writes_raw_paths(org, base):
    client = raw_paths.Client(
        base,
        org.application["client_id"],
        "s3cret",
        KEY,
        "kid-1",
        "ewa@firma.test",
    )
    process_id = prepare(client)
    assert client.send(process_id) == [EVENT + "DOCUMENT_SENT"]
    assert client.remind(process_id) == 2
    shown = client.parties(process_id)
    assert shown[0]["party"]["id"].startswith("PARTY-PUBLIC_SIGNING_PROCESS_ID:")
    with urllib.request.urlopen(client.link(process_id, PEOPLE[0][2])) as page:
        assert "Umowa" in page.read().decode()
    sign(org, process_id)
    assert len(signatures_of(client.signed_file(process_id))) == 2


def test_client_that_says_in_the_body_what_it_means(org, base):
    client = ignored_body.Client(base, org.bearer)
    process_id = prepare(client)
    (send,) = client.menu(process_id)
    assert client.act(process_id, send) == [EVENT + "DOCUMENT_SENT"]
    assert EVENT + "DOCUMENT_WITHDRAWAL" in client.menu(process_id)
    sign(org, process_id)
    assert client.details(process_id)["status"] == "COMPLETED"
    assert len(signatures_of(client.signed_file(process_id))) == 2
