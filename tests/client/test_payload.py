# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A document process as Autenti's JSON, and back.

The expected JSON is literal: no constant of the client takes part in it.
"""

import base64
import dataclasses
import json
import time
from datetime import datetime, timezone

import pytest
from client import payload
from client.payload import DocumentProcess, Organisation, Party, ProcessFile

CLIENT = Party("jan@klient.test", "Jan", "Żak", signature_type="BASIC", priority=1)
COMPANY = Party("ewa@firma.test", "Ewa", "Lis", signature_type="BASIC", priority=2)
VIEWER = Party("ola@firma.test", "Ola", "Wilk", role="VIEWER")
PRIORITY = "CONSTRAINT-UNIQUE_TYPE:PARTICIPATION_PRIORITY"
CONTRACT = DocumentProcess("Umowa", "Prosimy o podpis.", "pl", (CLIENT, COMPANY))


def with_parties(*parties):
    return dataclasses.replace(CONTRACT, parties=parties)


def test_a_process_is_written():
    company = dataclasses.replace(
        COMPANY,
        signature_type="QUALIFIED",
        organisation=Organisation("Stal SA", "5260001246", description="Prokura"),
    )
    client = dataclasses.replace(CLIENT, phone="+48601000000")
    assert with_parties(client, company, VIEWER).to_json() == {
        "title": "Umowa",
        "description": "Prosimy o podpis.",
        "processLanguage": "pl",
        "parties": [
            {
                "party": {
                    "firstName": "Jan",
                    "lastName": "Żak",
                    "contacts": [
                        {
                            "type": "CONTACT-TYPE:EMAIL",
                            "attributes": {"email": "jan@klient.test"},
                        }
                    ],
                },
                "role": "SIGNER",
                "constraints": [
                    {
                        "constrainedActions": ["ACTION:SIGNATURE_APPLICATION"],
                        "classifiers": ["CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE"],
                        "attributes": {
                            "requiredClassifiers": [
                                "SIGNATURE_PROVIDER-SIGNATURE_TYPE:BASIC"
                            ]
                        },
                    },
                    {
                        "constrainedActions": ["ACTION:SIGNATURE_APPLICATION"],
                        "classifiers": [
                            "CONSTRAINT-UNIQUE_TYPE:PHONE_NUMBER_VERIFICATION_REQUIRED"
                        ],
                        "attributes": {"phoneNumber": "+48601000000"},
                    },
                    {
                        "classifiers": [
                            "CONSTRAINT-UNIQUE_TYPE:PARTICIPATION_PRIORITY"
                        ],
                        "attributes": {"priority": 1},
                    },
                ],
            },
            {
                "party": {
                    "firstName": "Ewa",
                    "lastName": "Lis",
                    "contacts": [
                        {
                            "type": "CONTACT-TYPE:EMAIL",
                            "attributes": {"email": "ewa@firma.test"},
                        }
                    ],
                    "relationships": [
                        {
                            "type": "PARTY_RELATIONSHIP-TYPE:MEMBER",
                            "party": {
                                "name": "Stal SA",
                                "extIds": [
                                    {
                                        "identificationSpace": "TAXID-PL-NIP",
                                        "identifier": "5260001246",
                                    }
                                ],
                            },
                            "attributes": {"relationshipDescription": "Prokura"},
                        }
                    ],
                },
                "role": "SIGNER",
                "constraints": [
                    {
                        "constrainedActions": ["ACTION:SIGNATURE_APPLICATION"],
                        "classifiers": ["CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE"],
                        "attributes": {
                            "requiredClassifiers": [
                                "SIGNATURE_PROVIDER-SIGNATURE_TYPE:QUALIFIED"
                            ]
                        },
                    },
                    {
                        "classifiers": [
                            "CONSTRAINT-UNIQUE_TYPE:PARTICIPATION_PRIORITY"
                        ],
                        "attributes": {"priority": 2},
                    },
                ],
            },
            {
                "party": {
                    "firstName": "Ola",
                    "lastName": "Wilk",
                    "contacts": [
                        {
                            "type": "CONTACT-TYPE:EMAIL",
                            "attributes": {"email": "ola@firma.test"},
                        }
                    ],
                },
                "role": "VIEWER",
                "constraints": [],
            },
        ],
    }


def test_an_advanced_signature_comes_with_identity_and_sms():
    party = dataclasses.replace(
        CLIENT, signature_type="ADVANCED", phone="+48601000000", priority=None
    )
    assert party.to_json()["constraints"] == [
        {
            "constrainedActions": ["ACTION:SIGNATURE_APPLICATION"],
            "classifiers": ["CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE"],
            "attributes": {
                "requiredClassifiers": ["SIGNATURE_PROVIDER-SIGNATURE_TYPE:ADVANCED"]
            },
        },
        {
            "constrainedActions": ["ACTION:SIGNATURE_APPLICATION"],
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
                                "claims": {"given_name": "Jan", "family_name": "Żak"},
                            }
                        ],
                    }
                ]
            },
        },
        {
            "constrainedActions": ["ACTION:SIGNATURE_APPLICATION"],
            "classifiers": [
                "CONSTRAINT-UNIQUE_TYPE:PHONE_NUMBER_VERIFICATION_REQUIRED"
            ],
            "attributes": {"phoneNumber": "+48601000000"},
        },
    ]


def test_a_code_to_open_the_document_is_another_constraint():
    party = dataclasses.replace(VIEWER, phone_to_read="+48601000000")
    assert party.to_json()["constraints"] == [
        {
            "constrainedActions": ["ACTION:READ_SENSITIVE_METADATA"],
            "classifiers": [
                "CONSTRAINT-UNIQUE_TYPE:PHONE_NUMBER_VERIFICATION_REQUIRED"
            ],
            "attributes": {"phoneNumber": "+48601000000"},
        }
    ]


def test_an_organisation_needs_no_description():
    assert "attributes" not in Organisation("Stal", "5260001246").to_json()


def test_a_foreign_organisation_has_the_tax_space_of_its_country():
    organisation = Organisation("Stahl GmbH", "123456789", payload.tax_space_of("de"))
    assert organisation.to_json()["party"]["extIds"] == [
        {"identificationSpace": "TAXID-DE-NIP", "identifier": "123456789"}
    ]


def test_a_file_is_described():
    assert ProcessFile(None, "umowa.pdf").to_json() == {
        "filename": "umowa.pdf",
        "filePurpose": "SOURCE_FILE",
        "mimeType": "application/pdf",
    }


def test_a_callback_is_written():
    assert payload.Callback("", "https://erp.test/autenti").to_json() == {
        "callbackAdapterId": "CALLBACK_ADAPTER:API_V2",
        "callbackParameters": {"callbackUrl": "https://erp.test/autenti"},
    }


def change(party, **changes):
    return dataclasses.replace(party, **changes)


@pytest.mark.parametrize(
    ("process", "reason"),
    [
        (dataclasses.replace(CONTRACT, title=" "), "no title"),
        (dataclasses.replace(CONTRACT, language="xx"), "not offered"),
        (with_parties(), "Nobody is asked to sign"),
        (with_parties(VIEWER), "Nobody is asked to sign"),
        (with_parties(change(CLIENT, email="")), "Jan Żak has no valid e-mail"),
        (with_parties(change(CLIENT, email="jan klient.test")), "no valid e-mail"),
        (with_parties(change(CLIENT, email="a@b.test, c@d.test")), "no valid e-mail"),
        (with_parties(change(CLIENT, first_name=" ")), "no first name"),
        (with_parties(change(CLIENT, last_name="")), "no last name"),
        (with_parties(change(CLIENT, role="BOSS")), "not a role"),
        (
            with_parties(CLIENT, change(COMPANY, email="JAN@klient.test")),
            "jan@klient.test takes part twice",
        ),
        (with_parties(CLIENT, change(COMPANY, priority=None)), "no place in the order"),
        (with_parties(CLIENT, change(COMPANY, priority=0)), "no place in the order"),
        (with_parties(CLIENT, change(COMPANY, priority=1)), "same place"),
        (with_parties(CLIENT, change(VIEWER, priority=2)), "takes no place"),
        (
            with_parties(
                change(CLIENT, priority=None), change(VIEWER, role="APPROVER")
            ),
            "Approving needs an order",
        ),
        (
            with_parties(CLIENT, change(VIEWER, role="APPROVER", priority=2)),
            "last in the order must sign",
        ),
        (with_parties(change(CLIENT, signature_type=None)), "not a signature type"),
        (with_parties(change(CLIENT, signature_type="ADVANCED")), "needs a phone"),
        (
            with_parties(
                change(CLIENT, signature_type="QUALIFIED", phone="+48601000000")
            ),
            "takes no SMS code",
        ),
        (with_parties(change(CLIENT, phone="601 000 000")), "a phone number is"),
        (with_parties(change(CLIENT, phone_to_read="601000000")), "a phone number is"),
        (with_parties(CLIENT, change(VIEWER, signature_type="BASIC")), "does not sign"),
        (with_parties(CLIENT, change(VIEWER, phone="+48601000000")), "does not sign"),
        (
            with_parties(change(CLIENT, organisation=Organisation(" ", "5260001246"))),
            "no name",
        ),
        (
            with_parties(change(CLIENT, organisation=Organisation("Stal", ""))),
            "no tax id",
        ),
        (
            with_parties(
                change(CLIENT, organisation=Organisation("Stal", "PL5260001246"))
            ),
            "ten digits",
        ),
    ],
)
def test_what_autenti_would_refuse_is_not_written(process, reason):
    with pytest.raises(ValueError, match=reason):
        process.to_json()


@pytest.mark.parametrize(
    "process",
    [
        CONTRACT,
        with_parties(change(CLIENT, priority=None), change(COMPANY, priority=None)),
        with_parties(change(VIEWER, role="APPROVER", priority=1), COMPANY),
        with_parties(
            change(CLIENT, signature_type="QUALIFIED", phone_to_read="+48601000000")
        ),
        dataclasses.replace(CONTRACT, language="uk"),
    ],
)
def test_what_autenti_takes_is_written(process):
    assert len(process.to_json()["parties"]) == len(process.parties)


ANSWER = {
    "id": "DOCUMENT_PROCESS:aaaa-1111",
    "title": "Umowa UM/0001",
    "description": "Prosimy o podpis.",
    "processLanguage": "pl",
    "status": "REJECTED",
    "parties": [
        {
            "party": {
                "id": "PARTY-PUBLIC_SIGNING_PROCESS_ID:bbbb",
                "firstName": "Ewa",
                "lastName": "Lis",
                "name": "Ewa Lis",
                "contacts": [
                    {"type": "CONTACT-TYPE:PHONE", "attributes": {"phone": "1"}},
                    {
                        "type": "CONTACT-TYPE:EMAIL",
                        "attributes": {"email": "ewa@firma.test"},
                    },
                ],
                "extIds": [],
                "relationships": [],
            },
            "role": "SIGNER",
            "participationStatus": "PENDING",
            "constraints": [],
            "currentUser": True,
            "events": [
                {
                    "id": "e1",
                    "timestamp": "2030-01-01T10:00:00Z",
                    "eventType": "EVENT_CLASSIFIER-UNIQUE_TYPE:SIGNATURE_REJECTION",
                    "classifiers": [],
                    "actor": {"id": "x"},
                    "object": {"id": "y", "type": "z"},
                    "attributes": {"comment": "zła kwota"},
                }
            ],
        }
    ],
    "files": [
        {
            "id": "FILE-DTBS:cccc/DTBS",
            "filename": "umowa.pdf",
            "version": "1",
            "filePurpose": "SIGNED_CONTENT_FILE",
            "mimeType": "application/pdf",
            "size": 1234,
        }
    ],
    "tags": [],
    "constraints": [],
    "flags": [],
    "createdAt": "2030-01-01T09:00:00Z",
    "modifiedAt": "2030-01-01T11:00:00.123456789+01:00",
}


def test_a_process_is_read():
    assert DocumentProcess.from_json(ANSWER) == DocumentProcess(
        title="Umowa UM/0001",
        description="Prosimy o podpis.",
        language="pl",
        parties=(
            Party(
                "ewa@firma.test",
                "Ewa",
                "Lis",
                role="SIGNER",
                party_id="PARTY-PUBLIC_SIGNING_PROCESS_ID:bbbb",
                participation_status="PENDING",
                current_user=True,
                rejection_comment="zła kwota",
            ),
        ),
        process_id="DOCUMENT_PROCESS:aaaa-1111",
        status="REJECTED",
        files=(
            ProcessFile(
                "FILE-DTBS:cccc/DTBS",
                "umowa.pdf",
                "SIGNED_CONTENT_FILE",
                "application/pdf",
                1234,
            ),
        ),
        created_at=datetime(2030, 1, 1, 9, tzinfo=timezone.utc),
        modified_at=datetime(2030, 1, 1, 10, 0, 0, 123456, tzinfo=timezone.utc),
    )


def test_the_time_of_signing_is_read():
    entry = {
        "events": [
            {
                "eventType": "EVENT_CLASSIFIER-UNIQUE_TYPE:SIGNATURE_APPLICATION",
                "timestamp": "2030-01-01T10:00:00.5Z",
            }
        ]
    }
    party = Party.from_json(entry)
    assert party.signed_at == datetime(2030, 1, 1, 10, 0, 0, 500000, timezone.utc)
    assert party.rejection_comment is None


def test_a_party_that_tells_nothing_is_read():
    assert Party.from_json({}) == Party("", "", "", role="")


def test_a_rejection_without_a_reason_is_still_a_rejection():
    rejection = {"eventType": "EVENT_CLASSIFIER-UNIQUE_TYPE:SIGNATURE_REJECTION"}
    assert Party.from_json({"events": [rejection]}).rejection_comment == ""


def test_unknown_words_are_kept_and_unknown_fields_ignored():
    process = DocumentProcess.from_json(
        {
            "id": "DOCUMENT_PROCESS:1",
            "status": "SHINY",
            "new": {"field": 1},
            "parties": [{"participationStatus": "DAZED", "role": "JUGGLER"}],
        }
    )
    assert process.status == "SHINY"
    assert process.parties[0].participation_status == "DAZED"
    assert process.parties[0].role == "JUGGLER"


@pytest.mark.parametrize("strange", [None, 7, "text", [7], {"a": 1}, [None]])
@pytest.mark.parametrize("member", sorted(set(ANSWER) - {"id"}))
def test_members_of_a_strange_type_are_passed_over(member, strange):
    process = DocumentProcess.from_json({**ANSWER, member: strange})
    assert process.process_id == "DOCUMENT_PROCESS:aaaa-1111"


@pytest.mark.parametrize("strange", [None, 7, "text", [7], [None]])
@pytest.mark.parametrize("member", sorted(ANSWER["parties"][0]))
def test_members_of_a_party_of_a_strange_type_are_passed_over(member, strange):
    party = Party.from_json({**ANSWER["parties"][0], member: strange})
    assert isinstance(party.email, str)


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": ""}, {"id": 1.5}])
def test_nothing_without_an_id_is_read(data):
    for shape in (DocumentProcess, ProcessFile, payload.Callback):
        with pytest.raises(ValueError, match="no id"):
            shape.from_json(data)


FILES = [{"id": "FILE:a/1"}, {"id": "FILE:b/2"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n", []),
        ("[]", []),
        ('{"id":"FILE:a/1"}', FILES[:1]),
        ('{"id":"FILE:a/1"}{"id":"FILE:b/2"}', FILES),
        ('{"id":"FILE:a/1"}\n{"id":"FILE:b/2"}\n', FILES),
        ('\r\n {"id":"FILE:a/1"} \r\n\r\n {"id":"FILE:b/2"}', FILES),
        ('[{"id":"FILE:a/1"},{"id":"FILE:b/2"}]', FILES),
        ('{"id":"}{"}{"id":"]["}', [{"id": "}{"}, {"id": "]["}]),
    ],
)
def test_a_collection_is_read_in_every_form(text, expected):
    assert payload.parse_objects(text) == expected


@pytest.mark.parametrize(
    "text", ['{"id":', "<html>", '{"id":1} x', "7", '"a"', "[[]]", "null"]
)
def test_a_collection_that_is_none_is_refused(text):
    with pytest.raises(ValueError):
        payload.parse_objects(text)


def test_a_long_collection_is_read_in_linear_time():
    text = '{"id":"FILE:a/1","filename":"umowa.pdf"}' * 50_000
    started = time.monotonic()
    assert len(payload.parse_objects(text)) == 50_000
    # About 0.1 s; copying the rest of the text after each object would take minutes
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-01-01T10:00:00Z", datetime(2030, 1, 1, 10)),
        ("2030-01-01T10:00:00.1Z", datetime(2030, 1, 1, 10, 0, 0, 100000)),
        ("2030-01-01T10:00:00.123456789Z", datetime(2030, 1, 1, 10, 0, 0, 123456)),
        ("2030-01-01T12:00:00+02:00", datetime(2030, 1, 1, 10)),
        ("2030-01-01T10:00:00", datetime(2030, 1, 1, 10)),
        ("2030-01-01 10:00:00.5", datetime(2030, 1, 1, 10, 0, 0, 500000)),
        ("2030-01-01T12:00:00.000+0200", datetime(2030, 1, 1, 10)),
        ("2030-01-01T05:00:00-05", datetime(2030, 1, 1, 10)),
        ("2030-01-01T11:00:00+01:00[Europe/Warsaw]", datetime(2030, 1, 1, 10)),
        (" 2030-01-01t10:00:00z ", datetime(2030, 1, 1, 10)),
        (1893492000, datetime(2030, 1, 1, 10)),
        (1893492000.5, datetime(2030, 1, 1, 10, 0, 0, 500000)),
        (1893492000123, datetime(2030, 1, 1, 10, 0, 0, 123000)),
        ("1893492000", datetime(2030, 1, 1, 10)),
        ("1893492000123", datetime(2030, 1, 1, 10, 0, 0, 123000)),
    ],
)
def test_a_time_is_read_as_utc(text, expected):
    assert payload.parse_timestamp(text) == expected.replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "soon", "2030-13-01", "0001-01-01T00:00:00+10:00"),
        *(True, [1893456000], -1893456000, 10**30, 10**400, float("nan"), "9" * 14),
        *(float("inf"), "2030-01-01T10:00:00+9999", "12345", {}),
    ],
)
def test_a_time_that_is_none_is_nothing(text):
    assert payload.parse_timestamp(text) is None


def test_declined_is_read_as_rejected_and_unknown_statuses_are_kept():
    for word, read in (("DECLINED", "REJECTED"), ("ON_HOLD", "ON_HOLD"), ("", None)):
        process = payload.DocumentProcess.from_json({"id": "p", "status": word})
        assert process.status == read


def test_a_time_without_a_zone_does_not_depend_on_the_machine(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Warsaw")
    time.tzset()
    try:
        moment = payload.parse_timestamp("2030-01-01T10:00:00")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert moment == datetime(2030, 1, 1, 10, tzinfo=timezone.utc)


def test_an_assertion_is_base64_of_its_json():
    header = payload.encode_assertion(
        "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:ACTION_SELECTION", ["EVENT:x"]
    )
    assert json.loads(base64.b64decode(header, validate=True)) == {
        "classifiers": ["CHALLENGE_CLASSIFIER-UNIQUE_TYPE:ACTION_SELECTION"],
        "attributes": {"selectedIds": ["EVENT:x"]},
    }


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["", "="])
@pytest.mark.parametrize("text", ["???~~~", " ???~~~", "  ???~~~"])
def test_a_challenge_is_read_in_both_alphabets(encode, padding, text):
    challenge = {"attributes": {"mode": text}}
    header = encode(json.dumps(challenge).encode()).decode()
    assert "/" in header or "_" in header
    assert "+" in header or "-" in header
    header = header if padding else header.rstrip("=")
    assert payload.decode_challenge(header) == challenge


@pytest.mark.parametrize("header", ["", "*", "AAAA", "ż", "WzFd"])
def test_a_challenge_that_is_none_is_refused(header):
    with pytest.raises(ValueError):
        payload.decode_challenge(header)


def test_the_usable_options_of_the_question_are_found():
    challenge = {
        "classifiers": ["QUESTION"],
        "attributes": {
            "options": [
                {"id": "a", "availability": "AVAILABLE"},
                {"id": "b", "availability": "UNAVAILABLE"},
                {"id": None, "availability": "AVAILABLE"},
                {"id": "c"},
            ]
        },
    }
    assert payload.available_options(challenge, "QUESTION") == ["a"]
    assert payload.available_options(challenge, "ANOTHER") == []
    assert payload.available_options({}, "QUESTION") == []
