# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Faults at the calls that a test chooses, and the truth behind them."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from .driver import EVENT, Organisation, adam, descriptions, receiver, wait_for
from .test_callbacks import kinds, register, verify


@pytest.fixture
def server(own_server):
    own_server.configure(signed_file_delay=0, party_id_delay=0)
    return own_server


@pytest.fixture
def org(server):
    return Organisation(server).login()


def rules(server, *items):
    answer = server.http.put("/emulator/faults", json={"rules": list(items)})
    assert answer.status_code == 200, answer.text


def rule(kind, method="*", path="*", nth=None, action=(), **fields):
    return {
        "method": method,
        "path": path,
        "nth": nth,
        "action": {"type": kind, **dict(action)},
        **fields,
    }


def fired(server):
    return [state["fired"] for state in server.http.get("/emulator/faults").json()]


@pytest.mark.parametrize("status", [402, 429, 500, 502, 503])
def test_status_with_headers_and_body_instead_of_the_work(org, server, status):
    action = {"status": status, "headers": {"Retry-After": "7"}, "body": {"a": 1}}
    rules(server, rule("status", "POST", "*/document-processes", action=action))
    answer = org.call("POST", "/document-processes", json={"title": "Umowa"})
    assert answer.status_code == status
    assert answer.headers["retry-after"] == "7"
    assert answer.json() == {"a": 1}
    assert server.http.get("/emulator/processes").json() == []


def test_body_of_a_status_may_be_missing(org, server):
    rules(server, rule("status", action={"status": 503}))
    answer = org.call("GET", "/document-processes")
    assert (answer.status_code, answer.content) == (503, b"")


def test_nth_calls_only(org, server):
    rules(server, rule("status", path="*/tags", nth=[2, 3], action={"status": 500}))
    statuses = [org.call("GET", "/tags").status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert org.call("GET", "/document-processes").status_code == 200
    (state,) = server.http.get("/emulator/faults").json()
    assert (state["matched"], state["fired"]) == (4, 2)


def test_chance_is_the_same_for_the_same_seed(org, server):
    def row(seed):
        fault = rule("status", action={"status": 500}, probability=0.5, seed=seed)
        rules(server, fault)
        return [org.call("GET", "/tags").status_code for _ in range(24)]

    first = row(1)
    assert set(first) == {200, 500}
    assert row(1) == first
    assert row(2) != first


def test_clearing_ends_all_faults(org, server):
    rules(server, rule("status", action={"status": 500}))
    assert server.http.delete("/emulator/faults").status_code == 204
    assert org.call("GET", "/tags").status_code == 200
    assert server.http.get("/emulator/faults").json() == []


def test_delay(org, server):
    rules(server, rule("delay", path="*/tags", action={"seconds": 0.3}))
    start = time.monotonic()
    assert org.call("GET", "/tags").status_code == 200
    assert time.monotonic() - start >= 0.3


def test_reset_before_the_work(org, server):
    path = org.draft(adam())
    org.upload(path)
    rules(server, rule("reset_before", "POST", "*/actions", nth=[1]))
    with pytest.raises(httpx.TransportError):
        org.act(path, "DOCUMENT_SENT")
    assert org.details(path)["status"] == "DRAFT"
    assert org.act(path, "DOCUMENT_SENT").status_code == 200


def test_reset_after_the_work(org, server):
    path = org.draft(adam())
    org.upload(path)
    rules(server, rule("reset_after", "POST", "*/actions", nth=[1]))
    with pytest.raises(httpx.TransportError):
        org.act(path, "DOCUMENT_SENT")
    assert org.details(path)["status"] == "PROCESSING"


def test_answer_is_late_though_the_work_is_done(org, server):
    path = org.draft(adam())
    org.upload(path)
    rules(server, rule("delay_after", "POST", "*/actions", action={"seconds": 0.6}))
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(org.act, path, "DOCUMENT_SENT")
        wait_for(lambda: org.details(path)["status"] == "PROCESSING")
        assert answer.result().status_code == 200
        answered_at = time.time()
    sent_at = datetime.fromisoformat(org.details(path)["modifiedAt"][:-1] + "+00:00")
    assert answered_at - sent_at.timestamp() >= 0.6


def test_reset_is_a_reset(org, server):
    rules(server, rule("reset_before", path="*/tags"))
    with pytest.raises(httpx.ReadError):
        org.call("GET", "/tags")


def test_truncated_body(org, server):
    path = org.draft(adam())
    rules(server, rule("truncate", "GET", "*DOCUMENT_PROCESS:*"))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        org.call("GET", path)


def test_what_was_received_is_known_in_spite_of_faults(org, server):
    rules(server, rule("reset_before", path="*/tags", nth=[1]))
    with pytest.raises(httpx.TransportError):
        org.call("GET", "/tags")
    last = server.http.get("/emulator/requests").json()[-1]
    assert (last["path"], last["status"]) == ("/api/v2/tags", 0)


def test_stale_reads_lag_behind_the_end(org, server):
    path = org.sent(adam())
    rules(server, rule("stale", "GET", action={"seconds": 60}))
    org.play(path, "adam@klient.test")
    details = org.details(path)
    assert details["status"] == "PROCESSING"
    assert details["parties"][0]["participationStatus"] == "PENDING"
    assert [f["filePurpose"] for f in details["files"]] == ["SOURCE_FILE"]
    listed = org.call("GET", "/document-processes").json()
    assert listed["status"] == "PROCESSING"
    assert server.http.get("/emulator/truth").json()["processes"][0]["status"] == (
        "COMPLETED"
    )
    rules(server, rule("stale", "GET", action={"seconds": 0.6}))
    wait_for(lambda: org.details(path)["status"] == "COMPLETED")


def test_writes_never_start_from_what_was(org, server):
    path = org.sent(adam())
    org.play(path, "adam@klient.test")
    rules(server, rule("stale", action={"seconds": 60}))
    assert org.act(path, "DOCUMENT_WITHDRAWAL").status_code == 403
    server.http.delete("/emulator/faults")
    assert org.details(path)["status"] == "COMPLETED"


def test_signed_file_comes_late(org, server):
    path = org.sent(adam())
    rules(server, rule("late_file", "GET", action={"seconds": 60}))
    org.play(path, "adam@klient.test")
    details = org.details(path)
    assert details["status"] == "COMPLETED"
    assert [f["filePurpose"] for f in details["files"]] == ["SOURCE_FILE"]
    assert "SIGNED_CONTENT_FILE" not in org.call("GET", path + "/files").text
    rules(server, rule("late_file", "GET", action={"seconds": 0.6}))
    assert org.file(path, "SIGNED_CONTENT_FILE").startswith(b"%PDF-")


def test_lost_and_duplicated_callbacks(org, server):
    with receiver() as (url, got):
        register(org, url)
        rules(
            server,
            rule("callback_lost", "POST", url, nth=[1]),
            rule("callback_duplicated", "POST", url, nth=[2]),
        )
        path = org.sent(adam())
        org.play(path, "adam@klient.test")
        wait_for(lambda: len(got) == 3)
        time.sleep(0.1)
    assert kinds(got) == [
        EVENT + "SIGNATURE_APPLICATION",
        EVENT + "SIGNATURE_APPLICATION",
        EVENT + "DOCUMENT_PROCESS_COMPLETED",
    ]
    assert got[0][1] == got[1][1]
    assert fired(server) == [1, 1]


def test_delayed_callback(org, server):
    with receiver() as (url, got):
        register(org, url)
        rules(server, rule("callback_delayed", action={"seconds": 0.4}))
        start = time.monotonic()
        org.sent(adam())
        wait_for(lambda: got)
        assert time.monotonic() - start >= 0.4


def test_reordered_callback_comes_after_the_next(org, server):
    with receiver() as (url, got):
        register(org, url)
        rules(server, rule("callback_reordered", nth=[1]))
        path = org.sent(adam())
        time.sleep(0.2)
        assert got == []
        org.act(path, "DOCUMENT_WITHDRAWAL")
        wait_for(lambda: len(got) == 2)
    assert kinds(got) == [EVENT + "DOCUMENT_WITHDRAWAL", EVENT + "DOCUMENT_SENT"]


def test_reordered_callback_comes_by_itself_in_the_end(org, server):
    with receiver() as (url, got):
        register(org, url)
        rules(server, rule("callback_reordered", action={"seconds": 0.3}))
        org.sent(adam())
        wait_for(lambda: got)


def test_callback_signed_with_a_foreign_key(org, server):
    with receiver() as (url, got):
        register(org, url)
        rules(server, rule("callback_foreign_key", nth=[1]))
        path = org.sent(adam())
        org.act(path, "DOCUMENT_WITHDRAWAL")
        wait_for(lambda: len(got) == 2)
    with pytest.raises(Exception, match="Signature verification failed"):
        verify(server, *got[0])
    verify(server, *got[1])


def test_rules_of_callbacks_leave_calls_alone(org, server):
    rules(server, rule("callback_lost"), rule("status", action={"status": 500}))
    with receiver() as (url, _got):
        assert register(org, url).status_code == 500
    assert [
        state["matched"] for state in server.http.get("/emulator/faults").json()
    ] == [0, 1]


def test_controls_meet_no_faults(server):
    rules(server, rule("status", action={"status": 500}))
    assert server.http.get("/emulator/truth").status_code == 200


def test_keys_can_be_out_of_reach(server):
    rules(server, rule("status", "GET", "*.jwks", action={"status": 503}))
    assert server.http.get("/developers/keys/webhook.jwks").status_code == 503


def test_truth_knows_the_bytes_of_files(org, server):
    path = org.sent(adam())
    org.play(path, "adam@klient.test")
    signed = org.file(path, "SIGNED_CONTENT_FILE")
    [process] = server.http.get("/emulator/truth").json()["processes"]
    digests = {file["filePurpose"]: file["sha256"] for file in process["files"]}
    assert digests["SIGNED_CONTENT_FILE"] == hashlib.sha256(signed).hexdigest()
    assert digests["SOURCE_FILE"] != digests["SIGNED_CONTENT_FILE"]


def test_truth_counts_sends_by_title(org, server):
    org.draft(adam(), title="Nie wysłana")
    org.sent(adam(), title="Raz")
    for _time in range(2):
        org.sent(adam(), title="Dwa razy")
    sends = server.http.get("/emulator/truth").json()["sendsByTitle"]
    assert sends == {"Raz": 1, "Dwa razy": 2}


@pytest.mark.parametrize(
    "fault, complaint",
    [
        (rule("explode"), "action"),
        (rule("status", action={"status": 200}), "status"),
        (rule("delay"), "seconds"),
        (rule("reset_before", probability=2), "probability"),
        (rule("reset_before", nth=[0]), "nth"),
        (rule("reset_before", when="always"), "when"),
    ],
)
def test_wrong_rule_is_refused(server, fault, complaint):
    answer = server.http.put("/emulator/faults", json={"rules": [fault]})
    assert complaint in descriptions(answer)


def test_calls_in_parallel_meet_as_many_faults_as_asked_for(org, server):
    rules(server, rule("status", path="*/tags", nth=[3, 5], action={"status": 500}))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: org.call("GET", "/tags"), range(12)))
    assert [a.status_code for a in answers].count(500) == 2
    assert json.loads(answers[-1].text or "{}") is not None
