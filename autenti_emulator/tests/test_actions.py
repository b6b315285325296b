# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Challenge and assertion: send, withdraw, remind; whose turn it is."""

import base64
import json
from urllib.parse import quote, unquote

import pytest

from .driver import (
    ACTION,
    EVENT,
    READ,
    REMINDER,
    Organisation,
    adam,
    challenge_of,
    descriptions,
    ewa,
    party,
    phone,
    select,
    signature_type,
    wait_for,
)


def statuses(org, path):
    return [p["participationStatus"] for p in org.details(path)["parties"]]


def offered(answer):
    """Ids that a challenge offers, as available."""
    options = challenge_of(answer)["attributes"]["options"]
    return [o["id"] for o in options if o["availability"] == "AVAILABLE"]


def test_without_an_assertion_the_challenge_tells_what_is_possible(org):
    path = org.draft(adam())
    answer = org.call("POST", path + "/actions")
    assert ACTION in challenge_of(answer)["classifiers"]
    assert offered(answer) == [EVENT + "DOCUMENT_SENT"]
    sent = org.sent()
    assert offered(org.call("POST", sent + "/actions", json={})) == [
        EVENT + "DOCUMENT_WITHDRAWAL",
        EVENT + "DOCUMENT_REMINDER_SENT",
    ]
    org.act(sent, "DOCUMENT_WITHDRAWAL")
    assert offered(org.call("POST", sent + "/actions")) == []


def test_sending_answers_the_event_and_starts_the_process(org):
    path = org.draft(adam(priority=1), ewa(priority=2))
    org.upload(path)
    answer = org.act(path, "DOCUMENT_SENT")
    assert answer.status_code == 200
    (event,) = answer.json()
    assert event["eventType"] == EVENT + "DOCUMENT_SENT"
    assert "/" + event["object"]["id"].replace(":", "%3A") == path[19:]
    assert org.details(path)["status"] == "PROCESSING"
    assert statuses(org, path) == ["PENDING", "NONE"]


@pytest.mark.parametrize("value", ["two classifiers", "urlsafe", "unpadded"])
def test_every_known_form_of_an_assertion_is_taken(org, value):
    path = org.draft(adam())
    org.upload(path)
    content = {
        "classifiers": [ACTION, "CHALLENGE_CLASSIFIER-USER_INTERACTION_TYPE:SELECTION"],
        "attributes": {"selectedIds": [EVENT + "DOCUMENT_SENT"]},
    }
    if value != "two classifiers":
        content["classifiers"].pop()
    text = json.dumps(content).encode()
    encoded = base64.b64encode(text).decode()
    if value == "urlsafe":
        encoded = base64.urlsafe_b64encode(text + b"   ").decode()
    if value == "unpadded":
        encoded = base64.b64encode(text + b" ").decode().rstrip("=")
    headers = {"X-ASSERTION": encoded}
    assert org.call("POST", path + "/actions", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "value, complaint",
    [
        ("!", "base64"),
        (base64.b64encode(b"{").decode(), "JSON"),
        (select("CHALLENGE_CLASSIFIER:ACTION", "X"), "classifiers"),
        (select(ACTION), "selectedIds"),
        (select(ACTION, "EVENT_CLASSIFIER-UNIQUE_TYPE:SEND"), "known action"),
        (select(ACTION, EVENT + "DOCUMENT_SENT", EVENT + "DOCUMENT_SENT"), "one"),
    ],
)
def test_wrong_assertion_is_refused(org, value, complaint):
    path = org.draft(adam())
    answer = org.call("POST", path + "/actions", headers={"X-ASSERTION": value})
    assert complaint in descriptions(answer)


def test_action_answered_twice_is_refused(org):
    value = select(ACTION, EVENT + "DOCUMENT_SENT")
    headers = [("X-ASSERTION", value), ("X-ASSERTION", value)]
    answer = org.call("POST", org.draft() + "/actions", headers=headers)
    assert "twice" in descriptions(answer)


JSON = "application/json"
IGNORED = [
    {},
    {"content": b"", "headers": {"Content-Type": JSON}},
    {"content": b" \r\n", "headers": {"Content-Type": JSON}},
    {"json": {}},
    {"json": {"event_type": "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_WITHDRAWAL"}},
    {"json": [1, {"a": None}]},
    {"json": "tekst"},
    {"json": None, "content": b"null", "headers": {"Content-Type": JSON}},
    {"content": '"ż"'.encode("utf-16"), "headers": {"Content-Type": JSON}},
    {"content": b"1", "headers": {"Content-Type": "Application/JSON; charset=utf-8"}},
    {"content": b"{", "headers": {"Content-Type": "text/plain"}},
    {"content": b"{"},
    {"data": {"event_type": "x"}},
]
BROKEN = [
    (b"{", JSON),
    (b"event_type=x", JSON),
    (b"{} {}", JSON),
    (b"\xff\xfe\xff", "application/json; charset=utf-8"),
    (b"<xml/>", "APPLICATION/JSON"),
    (b"{", "application/vnd.api+json"),
]


def with_assertion(options, value):
    headers = {**options.get("headers", {}), "X-ASSERTION": value}
    return {**options, "headers": headers}


@pytest.mark.parametrize("body", IGNORED)
def test_body_of_an_action_is_ignored(org, body):
    path = org.draft(adam())
    org.upload(path)
    send = with_assertion(body, select(ACTION, EVENT + "DOCUMENT_SENT"))
    answer = org.call("POST", path + "/actions", **send)
    assert answer.json()[0]["eventType"] == EVENT + "DOCUMENT_SENT"
    assert org.details(path)["status"] == "PROCESSING"
    link = path + "/parties/PARTY-EMAIL:adam@klient.test/action-links"
    assert org.call("POST", link, **body).status_code == 200


@pytest.mark.parametrize("content, kind", BROKEN)
def test_body_that_is_called_json_and_isnt_is_refused(org, content, kind):
    path = org.draft(adam())
    org.upload(path)
    body = {"content": content, "headers": {"Content-Type": kind}}
    send = with_assertion(body, select(ACTION, EVENT + "DOCUMENT_SENT"))
    assert "JSON" in descriptions(org.call("POST", path + "/actions", **send))
    assert org.details(path)["status"] == "DRAFT"
    org.act(path, "DOCUMENT_SENT")
    link = path + "/parties/PARTY-EMAIL:adam@klient.test/action-links"
    assert "JSON" in descriptions(org.call("POST", link, **body))


@pytest.mark.parametrize(
    "email", ["adam@klient.test", "Adam.Mak+umowy@klient.test", "o'mak_1&2=3@x-y.test"]
)
def test_ids_come_raw_or_percent_encoded(org, email):
    process_id = unquote(org.sent(party("Adam", "Mąk", email)).rpartition("/")[2])
    sent_id = org.details(f"/document-processes/{process_id}")["parties"][0]["party"][
        "id"
    ]
    for process in (process_id, quote(process_id, safe=""), process_id.lower()):
        known = process.startswith("DOCUMENT_PROCESS")
        path = f"/document-processes/{process}"
        assert org.call("GET", path).status_code == (200 if known else 404)
        for reference in (f"PARTY-EMAIL:{email}", sent_id):
            for written in (reference, quote(reference, safe=""), quote(reference)):
                link = f"{path}/parties/{written}/action-links"
                answer = org.call("POST", link)
                assert answer.status_code == (200 if known else 404), written


def test_unavailable_action_is_challenged_with_the_error(org):
    answer = org.act(org.sent(), "DOCUMENT_SENT")
    errors = challenge_of(answer)["attributes"]["errors"]
    assert errors[0]["description"] == "The selected action isn't available."
    answer = org.act(org.draft(), "DOCUMENT_WITHDRAWAL")
    assert challenge_of(answer)["attributes"]["errors"]


@pytest.mark.parametrize(
    "parties, complaint",
    [
        ([], "SIGNER"),
        ([adam(role="VIEWER")], "SIGNER"),
        ([adam(priority=1), ewa()], "every SIGNER"),
        ([adam(priority=1), ewa(priority=1)], "the same"),
        ([adam(role="APPROVER"), ewa()], "APPROVER needs"),
        ([adam(role="APPROVER", priority=2), ewa(priority=1)], "last"),
    ],
)
def test_unfit_draft_isnt_sent(org, parties, complaint):
    path = org.draft(*parties)
    org.upload(path)
    assert complaint in descriptions(org.act(path, "DOCUMENT_SENT"))
    assert org.details(path)["status"] == "DRAFT"


def test_draft_without_file_or_title_isnt_sent(org):
    assert "SOURCE_FILE" in descriptions(org.act(org.draft(adam()), "DOCUMENT_SENT"))
    created = org.call("POST", "/document-processes").json()
    path = "/document-processes/" + created["id"]
    org.upload(path)
    assert "title" in descriptions(org.act(path, "DOCUMENT_SENT"))


def test_order_is_enforced(org):
    path = org.sent(ewa(priority=2), adam(priority=1))
    assert statuses(org, path) == ["NONE", "PENDING"]
    assert org.play(path, "ewa@firma.test").status_code == 403
    assert org.play(path, "adam@klient.test").status_code == 200
    assert statuses(org, path) == ["PENDING", "COMPLETED"]
    assert org.play(path, "adam@klient.test").status_code == 403
    assert org.play(path, "ewa@firma.test").status_code == 200
    assert org.details(path)["status"] == "COMPLETED"


def test_without_priorities_everybody_acts_at_once(org):
    path = org.sent(adam(), ewa(), party("Iga", "Sowa", "iga@x.test", role="VIEWER"))
    assert statuses(org, path) == ["PENDING", "PENDING", "NONE"]


def test_approver_comes_before_the_signer_and_reviewer_stops_nobody(org):
    path = org.sent(
        party("Olga", "Bąk", "olga@x.test", role="APPROVER", priority=1),
        adam(priority=2),
        party("Iga", "Sowa", "iga@x.test", role="REVIEWER"),
    )
    assert statuses(org, path) == ["PENDING", "NONE", "PENDING"]
    org.play(path, "olga@x.test")
    assert statuses(org, path) == ["COMPLETED", "PENDING", "PENDING"]
    org.play(path, "adam@klient.test")
    assert org.details(path)["status"] == "COMPLETED"
    assert statuses(org, path) == ["COMPLETED", "COMPLETED", "OBSOLETE"]


def test_rejection_ends_the_process_with_its_reason(org):
    path = org.sent()
    comment = {"comment": "Zła kwota"}
    assert org.play(path, "adam@klient.test", "reject", comment).status_code == 200
    details = org.details(path)
    assert details["status"] == "REJECTED"
    assert statuses(org, path) == ["FAILED", "OBSOLETE"]
    event = details["parties"][0]["events"][-1]
    assert event["eventType"] == EVENT + "SIGNATURE_REJECTION"
    assert event["attributes"] == {"comment": "Zła kwota"}
    assert org.play(path, "ewa@firma.test").status_code == 403
    assert org.link(path, "ewa@firma.test").status_code == 403


def test_withdrawal_ends_the_process(org):
    path = org.sent()
    (event,) = org.act(path, "DOCUMENT_WITHDRAWAL").json()
    assert event["eventType"] == EVENT + "DOCUMENT_WITHDRAWAL"
    assert org.details(path)["status"] == "WITHDRAWN"
    assert statuses(org, path) == ["OBSOLETE", "OBSOLETE"]
    assert org.play(path, "adam@klient.test").status_code == 403
    assert challenge_of(org.act(path, "DOCUMENT_WITHDRAWAL"))["attributes"]["errors"]


@pytest.mark.parametrize("joined", [False, True])
def test_reminder_takes_two_calls(org, joined):
    path = org.sent()
    first = org.act(path, "DOCUMENT_REMINDER_SENT")
    assert REMINDER in challenge_of(first)["classifiers"]
    options = challenge_of(first)["attributes"]["options"]
    assert [o["availability"] for o in options] == ["AVAILABLE", "UNAVAILABLE"]
    (party_id,) = offered(first)
    assert party_id.startswith("PARTY-PUBLIC_SIGNING_PROCESS_ID:")
    action = select(ACTION, EVENT + "DOCUMENT_REMINDER_SENT")
    parties = select(REMINDER, party_id)
    headers = [("X-ASSERTION", action), ("X-ASSERTION", parties)]
    if joined:
        headers = [("X-ASSERTION", f"{action}, {parties}")]
    answer = org.call("POST", path + "/actions", headers=headers)
    assert answer.status_code == 200
    assert answer.json()[0]["eventType"] == EVENT + "DOCUMENT_REMINDER_SENT"


@pytest.mark.parametrize("wanted", ["ewa@firma.test", "nobody@x.test"])
def test_only_those_whose_turn_it_is_are_reminded(org, wanted):
    path = org.sent()
    second = select(REMINDER, f"PARTY-EMAIL:{wanted}")
    answer = org.act(path, "DOCUMENT_REMINDER_SENT", second)
    assert challenge_of(answer)["attributes"]["errors"]


def test_participant_has_no_actions_on_anothers_process(org):
    path = org.login("jan@firma.test").sent(ewa())
    org.login("ewa@firma.test")
    assert offered(org.call("POST", path + "/actions")) == []
    assert org.act(path, "DOCUMENT_WITHDRAWAL").status_code == 403
    assert org.details(path)["status"] == "PROCESSING"


def test_party_ids_appear_a_moment_after_sending(own_server):
    own_server.configure(party_id_delay=0.5)
    org = Organisation(own_server).login()
    path = org.sent(adam())

    def party_id():
        return org.details(path)["parties"][0]["party"]["id"]

    assert party_id() == "PARTY-EMAIL:adam@klient.test"
    wait_for(lambda: party_id().startswith("PARTY-PUBLIC_SIGNING_PROCESS_ID:"))


def test_link_is_for_the_one_whose_turn_it_is(org, server):
    path = org.sent()
    (link,) = org.link(path, "adam@klient.test").json()
    request = link["attributes"]["httpRequest"]
    assert request["method"] == "GET"
    assert request["uri"].startswith(server.url + "/people/sign/DOCUMENT_PROCESS:")
    assert org.http.get(request["uri"]).status_code == 200
    assert "NONE" in descriptions(org.link(path, "ewa@firma.test"), 403)
    assert org.link(path, "nobody@x.test").status_code == 404
    assert org.link(org.draft(adam()), "adam@klient.test").status_code == 403


def test_link_by_the_partys_own_id(org):
    path = org.sent()
    party_id = org.details(path)["parties"][0]["party"]["id"]
    answer = org.call("POST", f"{path}/parties/{party_id}/action-links")
    assert answer.status_code == 200


def test_sms_to_open_locks_the_acting_user_out(org):
    lock = [signature_type("BASIC"), phone(READ)]
    path = org.sent(ewa(constraints=lock))
    for answer in (
        org.call("GET", path),
        org.call("GET", path + "/files"),
        org.act(path, "DOCUMENT_WITHDRAWAL"),
    ):
        assert challenge_of(answer)["classifiers"] == [
            "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_ACCESS_UNLOCK"
        ]
    org.login("jan@firma.test")
    other = org.sent(ewa(constraints=lock))
    assert org.details(other)["status"] == "PROCESSING"


@pytest.mark.parametrize("verb, status", [("expire", "EXPIRED"), ("fail", "ERROR")])
def test_process_can_end_by_itself(org, verb, status):
    path = org.sent()
    process_id = path.rpartition("/")[2]
    assert org.control(f"/processes/{process_id}/{verb}").status_code == 200
    assert org.details(path)["status"] == status
    assert statuses(org, path) == ["OBSOLETE", "OBSOLETE"]
    descriptions(org.control(f"/processes/{process_id}/{verb}"))


def test_time_runs_out(own_server):
    org = Organisation(own_server).login()
    path, draft = org.sent(), org.draft(adam())
    own_server.configure(expires_after=0.1)
    wait_for(lambda: org.details(path)["status"] == "EXPIRED")
    assert org.details(draft)["status"] == "DRAFT"
