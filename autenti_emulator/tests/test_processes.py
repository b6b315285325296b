# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Drafts: what they take, what they refuse, and who sees them."""

import json
from copy import deepcopy

import pytest

from .driver import (
    READ,
    SIGN,
    Organisation,
    adam,
    descriptions,
    ewa,
    party,
    phone,
    signature_type,
)

NOTE = {
    "relationships": [
        {
            "type": "PARTY_RELATIONSHIP-TYPE:MEMBER",
            "party": {
                "name": "Firma Test sp. z o.o.",
                "extIds": [
                    {"identificationSpace": "TAXID-PL-NIP", "identifier": "0000000000"}
                ],
            },
            "attributes": {"relationshipDescription": "Prokurent"},
        }
    ]
}
IDENTITY = {
    "constrainedActions": [SIGN],
    "classifiers": ["CONSTRAINT-UNIQUE_TYPE:IDENTITY_VERIFICATION"],
    "attributes": {
        "identificationProfiles": [
            {
                "amr_values": ["autenti-v3"],
                "reuse_policy": {"reuse_duration": "PT24H"},
                "verified_claims": [
                    {
                        "verification": {
                            "trust_framework": "eidas",
                            "assurance_level": "substantial",
                        },
                        "claims": {"given_name": "Adam", "family_name": "Mąk"},
                    }
                ],
            }
        ]
    },
}


def create(org, **body):
    return org.call("POST", "/document-processes", json=body)


def with_party(org, item):
    return create(org, title="Umowa", parties=[item])


def test_draft_shows_what_it_was_given(org):
    answer = create(
        org,
        title="Umowa UM/0001",
        description="Prosimy o podpis.",
        processLanguage="en",
        parties=[ewa(priority=1, **NOTE)],
        tags=[{"id": "TAG:1"}],
        constraints=[
            {
                "constrainedActions": [SIGN],
                "classifiers": ["CONSTRAINT-UNIQUE_TYPE:VISUALISATION"],
                "attributes": {
                    "visualisationId": "VISUALISATION:AUTENTI_SIGNATURE_CARD"
                },
            }
        ],
    )
    assert answer.status_code == 201
    body = answer.json()
    assert body["id"].startswith("DOCUMENT_PROCESS:")
    assert body["title"] == "Umowa UM/0001"
    assert body["description"] == "Prosimy o podpis."
    assert (body["processLanguage"], body["status"]) == ("en", "DRAFT")
    assert body["createdAt"].endswith("Z")
    assert (body["files"], body["flags"]) == ([], [])
    (shown,) = body["parties"]
    assert shown["role"] == "SIGNER"
    assert shown["currentUser"] is True
    assert shown["participationStatus"] == "NONE"
    assert shown["party"]["name"] == "Ewa Lis"
    relationship = shown["party"]["relationships"][0]
    assert relationship["attributes"] == {"relationshipDescription": "Prokurent"}
    assert org.details("/document-processes/" + body["id"]) == body


def test_empty_body_makes_an_empty_draft_and_put_fills_it(org):
    answer = org.call("POST", "/document-processes")
    assert answer.status_code == 201
    assert answer.json()["title"] is None
    path = "/document-processes/" + answer.json()["id"]
    org.upload(path)
    filled = org.call("PUT", path, json={"title": "Umowa", "parties": [adam()]})
    assert filled.status_code == 200
    assert filled.json()["title"] == "Umowa"
    assert len(filled.json()["parties"]) == len(filled.json()["files"]) == 1


def test_put_replaces_the_parties(org):
    path = org.draft(adam())
    body = {"title": "Nowa", "parties": [ewa()]}
    parties = org.call("PUT", path, json=body).json()["parties"]
    assert [p["party"]["firstName"] for p in parties] == ["Ewa"]


def test_parties_can_come_one_by_one(org):
    path = org.draft()
    for item in (adam(), ewa()):
        assert org.call("POST", path + "/parties", json=item).status_code == 201
    shown = org.call("GET", path + "/parties").json()
    assert [p["party"]["id"] for p in shown] == [
        "PARTY-EMAIL:adam@klient.test",
        "PARTY-EMAIL:ewa@firma.test",
    ]
    assert [p["currentUser"] for p in shown] == [False, True]


@pytest.mark.parametrize("role", ["APPROVER", "REVIEWER", "VIEWER"])
def test_every_role_is_taken(org, role):
    assert with_party(org, adam(role=role)).status_code == 201


def test_organisation_can_be_the_sender(org):
    sender = {"party": {"id": "PARTY-TENANT:SELF"}, "role": "SENDER"}
    shown = with_party(org, sender).json()["parties"][0]
    assert shown["party"]["id"] == "PARTY-TENANT:SELF"
    assert shown["currentUser"] is False


@pytest.mark.parametrize(
    "constraints",
    [
        [signature_type("BASIC")],
        [signature_type("QUALIFIED")],
        [signature_type("QUALIFIED"), phone(READ)],
        [signature_type("BASIC"), phone(SIGN), phone(READ)],
        [signature_type("ADVANCED"), phone(SIGN), IDENTITY],
        [
            {
                "classifiers": ["CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE"],
                "attributes": signature_type("BASIC")["attributes"],
            }
        ],
    ],
)
def test_every_known_constraint_is_taken(org, constraints):
    assert with_party(org, adam(constraints=constraints)).status_code == 201


@pytest.mark.parametrize(
    "body, complaint",
    [
        ({"titel": "Umowa"}, "titel"),
        ({"description": "without a title"}, "title"),
        ({"title": " "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"title": "U", "processLanguage": "xx"}, "processLanguage"),
        ({"title": "U", "tags": [{"id": "TAG:9"}]}, "TAG:9"),
        ({"title": "U", "expirationDate": "2030-01-01"}, "expirationDate"),
        ({"title": "U", "constraints": [signature_type("BASIC")]}, "constraints"),
    ],
)
def test_unknown_or_wrong_field_is_refused(org, body, complaint):
    assert complaint in descriptions(create(org, **body))


@pytest.mark.parametrize(
    "item, complaint",
    [
        ({**adam(), "priority": 1}, "priority"),
        (adam(role="SINGER"), "role"),
        (adam(firstname="Adam"), "firstname"),
        (party("", "Mąk", "a@b.test"), "firstName"),
        (party("Adam", None, "a@b.test"), "lastName"),
        (party("Adam", "Mąk", "adam"), "e-mail"),
        (party("Adam", "Mąk", "a@b.test", contacts=[]), "CONTACT-TYPE:EMAIL"),
        (party("Adam", "Mąk", "a@b.test", role="SENDER"), "SENDER"),
        ({"party": {"id": "PARTY-TENANT:SELF"}, "role": "SIGNER"}, "SENDER"),
        (adam(constraints=[signature_type("SIMPLE")]), "requiredClassifiers"),
        (adam(role="VIEWER", constraints=[signature_type("BASIC")]), "SIGNER"),
        (adam(role="VIEWER", priority=1), "PARTICIPATION_PRIORITY"),
        (adam(role="APPROVER", constraints=[phone(SIGN)]), "SMS"),
        (adam(constraints=[signature_type("ADVANCED")]), "ADVANCED"),
        (adam(constraints=[signature_type("QUALIFIED"), phone(SIGN)]), "QUALIFIED"),
        (adam(constraints=[signature_type("BASIC")] * 2), "twice"),
        (adam(constraints=[phone(SIGN, "600100200")]), "phone number"),
        (adam(constraints=[phone("ACTION:SIGN")]), "constrainedActions"),
        (adam(constraints=[{**phone(SIGN), "classifiers": ["X"]}]), "constraints"),
        (adam(constraints=[{**phone(SIGN), "classifiers": []}]), "constraints"),
        (adam(constraints=[{**phone(SIGN), "classifiers": "X"}]), "constraints"),
        (adam(constraints=["X"]), "constraints"),
        (adam(constraints=[{**phone(SIGN), "level": 1}]), "level"),
    ],
)
def test_wrong_party_is_refused(org, item, complaint):
    assert complaint in descriptions(with_party(org, item))


@pytest.mark.parametrize("priority", ["1", 0, 1.5])
def test_priority_is_a_positive_whole_number(org, priority):
    item = adam(priority=1)
    item["constraints"][-1]["attributes"]["priority"] = priority
    assert "priority" in descriptions(with_party(org, item))


def test_tax_id_space_must_be_known(org):
    item = ewa(**deepcopy(NOTE))
    organisation = item["party"]["relationships"][0]["party"]
    organisation["extIds"] = [{"identificationSpace": "NIP", "identifier": "1"}]
    assert "identification space" in descriptions(with_party(org, item))


def test_same_email_twice_is_refused(org):
    other = party("Anna", "Mąk", "ADAM@klient.test")
    answer = create(org, title="Umowa", parties=[adam(), other])
    assert "adam@klient.test" in descriptions(answer)
    path = org.draft(adam())
    descriptions(org.call("POST", path + "/parties", json=adam()))


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"[" * 100_000])
def test_body_that_is_no_object_is_refused(org, body):
    headers = {"Content-Type": "application/json"}
    answer = org.call("POST", "/document-processes", content=body, headers=headers)
    assert answer.status_code == 400


def test_put_needs_a_title(org):
    assert "title" in descriptions(org.call("PUT", org.draft(), json={}))


def test_sent_process_cant_be_changed(org):
    path = org.sent()
    for answer in (
        org.call("PUT", path, json={"title": "Inna"}),
        org.call("POST", path + "/parties", json=party("A", "B", "a@b.test")),
        org.upload(path),
    ):
        assert "PROCESSING" in descriptions(answer)


def test_users_see_what_they_sent_or_take_part_in(org):
    mine = org.sent(adam(priority=1), ewa(priority=2))
    org.login("jan@firma.test")
    shared = org.sent(adam(priority=1), ewa(priority=2))
    private = org.sent(adam())
    assert org.call("GET", mine).status_code == 404
    org.login("ewa@firma.test")
    assert org.call("GET", shared).status_code == 200
    assert org.call("GET", private).status_code == 404
    shown = org.call(
        "GET", "/document-processes", headers={"Accept": "application/json"}
    ).json()
    assert ["/document-processes/" + p["id"].replace(":", "%3A") for p in shown] == [
        mine,
        shared,
    ]


def test_participant_cant_change_another_users_draft(org):
    path = org.login("jan@firma.test").draft(ewa())
    org.login("ewa@firma.test")
    assert org.call("PUT", path, json={"title": "Inna"}).status_code == 403
    assert org.upload(path).status_code == 403
    assert org.call("POST", path + "/parties", json=adam()).status_code == 403


def test_who_has_access_to_all_documents_reads_and_changes_nothing(server):
    ewa_lis = {"email": "ewa@firma.test", "firstName": "Ewa", "lastName": "Lis"}
    jan = {"email": "jan@firma.test", "firstName": "Jan", "lastName": "Żak"}
    org = Organisation(server, users=[ewa_lis, jan | {"allDocuments": True}])
    path = org.login("ewa@firma.test").sent(adam())
    org.login("jan@firma.test")
    assert org.call("GET", path).status_code == 200
    assert org.call("PUT", path, json={"title": "Inna"}).status_code == 403


def test_another_organisation_sees_nothing(org, server):
    path = org.sent()
    stranger = Organisation(server).login("ewa@firma.test")
    for method, end in (
        ("GET", ""),
        ("GET", "/files"),
        ("GET", "/parties"),
        ("POST", "/actions"),
        ("POST", "/parties/PARTY-EMAIL%3Aadam%40klient.test/action-links"),
    ):
        assert stranger.call(method, path + end).status_code == 404


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/document-processes/DOCUMENT_PROCESS:0", 404),
        ("GET", "/document-process", 404),
        ("GET", "/document-processes/", 404),
        ("PATCH", "/document-processes", 405),
    ],
)
def test_errors_of_the_path_have_the_errors_shape(org, method, path, status):
    answer = org.call(method, path)
    assert answer.status_code == status
    assert set(answer.json()["errors"][0]) == {"id", "type", "description"}


def test_tags_come_a_line_each_or_as_an_array(org):
    tag = {"id": "TAG:1", "type": "LABEL", "description": "Umowy"}
    stream = org.call("GET", "/tags")
    assert stream.headers["content-type"] == "application/stream+json"
    assert json.loads(stream.text) == tag
    assert stream.text.endswith("}\n")
    array = org.call("GET", "/tags", headers={"Accept": "application/json"})
    assert array.json() == [tag]


@pytest.mark.parametrize("path", ["/document-processes", "/tags"])
def test_unknown_parameter_in_the_address_is_refused(org, path):
    assert "page" in descriptions(org.call("GET", path + "?page=1"))
