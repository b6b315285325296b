# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Callbacks: registered, signed, repeated until received, kept over a restart."""

import base64
import json
import socket
import threading

import jwt
import pytest

from ..callbacks import TIMEOUT
from .driver import (
    EVENT,
    Organisation,
    Server,
    adam,
    descriptions,
    receiver,
    select,
    wait_for,
)
from .driver import REMINDER as PARTIES


def register(org, url):
    body = {
        "callbackAdapterId": "CALLBACK_ADAPTER:API_V2",
        "callbackParameters": {"callbackUrl": url},
    }
    return org.call("POST", "/applications/callbacks", json=body)


def verify(server, headers, raw):
    """Check the detached signature as RFC 7515 says, by the published keys."""
    protected, middle, signature = headers["x-jws-signature"].split(".")
    assert middle == ""
    payload = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    (key,) = server.http.get("/developers/keys/webhook.jwks").json()["keys"]
    whole = jwt.api_jws.decode_complete(
        f"{protected}.{payload}.{signature}", jwt.PyJWK(key), algorithms=["RS256"]
    )
    assert whole["header"] == {"alg": "RS256", "kid": key["kid"]}
    assert whole["payload"] == raw


def kinds(got):
    return [json.loads(raw)[0]["eventType"] for _headers, raw in got]


def test_every_event_is_posted_signed_as_an_array(org, server):
    with receiver() as (url, got):
        assert register(org, url).status_code == 201
        path = org.sent()
        party_id = org.details(path)["parties"][0]["party"]["id"]
        org.act(path, "DOCUMENT_REMINDER_SENT", select(PARTIES, party_id))
        org.play(path, "adam@klient.test")
        org.play(path, "ewa@firma.test")
        wait_for(lambda: len(got) == 5)
    assert kinds(got) == [
        EVENT + "DOCUMENT_SENT",
        EVENT + "DOCUMENT_REMINDER_SENT",
        EVENT + "SIGNATURE_APPLICATION",
        EVENT + "SIGNATURE_APPLICATION",
        EVENT + "DOCUMENT_PROCESS_COMPLETED",
    ]
    for headers, raw in got:
        verify(server, headers, raw)
        assert headers["Content-Type"] == "application/json"
        (event,) = json.loads(raw)
        assert set(event) == {"id", "actor", "eventType", "object", "timestamp"}
        assert event["object"]["id"] == org.details(path)["id"]
    assert len({json.loads(raw)[0]["id"] for _headers, raw in got}) == 5


def test_rejection_and_withdrawal_are_posted(org):
    with receiver() as (url, got):
        register(org, url)
        rejected, withdrawn = org.sent(), org.sent()
        org.play(rejected, "adam@klient.test", "reject")
        org.act(withdrawn, "DOCUMENT_WITHDRAWAL")
        wait_for(lambda: len(got) == 4)
    assert set(kinds(got)[2:]) == {
        EVENT + "SIGNATURE_REJECTION",
        EVENT + "DOCUMENT_WITHDRAWAL",
    }


def test_both_environments_key_sets_are_served(server):
    test = server.http.get("/developers/keys/accept-webhook.jwks").json()
    assert test == server.http.get("/developers/keys/webhook.jwks").json()
    (key,) = test["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}


def test_events_stay_in_their_organisation(org, server):
    with receiver() as (url, got), receiver() as (other_url, other_got):
        register(org, url)
        other = Organisation(server).login()
        register(other, other_url)
        other.sent()
        wait_for(lambda: len(other_got) == 1)
        org.sent()
        wait_for(lambda: len(got) == 1)
    assert len(other_got) == 1


def test_addresses_are_listed_and_deleted(org):
    callback_id = register(org, "https://erp.test/autenti").json()["id"]
    (shown,) = org.call("GET", "/applications/callbacks").json()
    assert shown == {
        "id": callback_id,
        "callbackAdapterId": "CALLBACK_ADAPTER:API_V2",
        "callbackParameters": {"callbackUrl": "https://erp.test/autenti"},
    }
    path = "/applications/callbacks/" + callback_id
    assert org.call("DELETE", path).status_code == 204
    assert org.call("DELETE", path).status_code == 404
    assert org.call("GET", "/applications/callbacks").json() == []


def test_anothers_address_cant_be_deleted(org, server):
    callback_id = register(org, "https://erp.test/autenti").json()["id"]
    stranger = Organisation(server).login()
    answer = stranger.call("DELETE", "/applications/callbacks/" + callback_id)
    assert answer.status_code == 404


def test_organisation_has_at_most_five_addresses(org):
    for number in range(5):
        assert register(org, f"https://erp.test/{number}").status_code == 201
    assert "5 callbacks" in descriptions(register(org, "https://erp.test/6"))


@pytest.mark.parametrize("url", ["ftp://erp.test/", "erp.test", "https://", ""])
def test_address_must_be_http(org, url):
    assert "callbackUrl" in descriptions(register(org, url))


def test_wrong_adapter_is_refused(org):
    body = {
        "callbackAdapterId": "V2",
        "callbackParameters": {"callbackUrl": "http://a"},
    }
    answer = org.call("POST", "/applications/callbacks", json=body)
    assert "callbackAdapterId" in descriptions(answer)


def test_callback_is_repeated_until_received(own_server):
    own_server.configure(callback_first_pause=0.05)
    org = Organisation(own_server).login()
    with receiver(503, 500, 302, 204) as (url, got):
        register(org, url)
        org.sent(adam())
        wait_for(lambda: len(got) == 4)
        wait_for(lambda: deliveries(own_server)[0]["state"] == "done")
    assert len({raw for _headers, raw in got}) == 1
    (delivery,) = deliveries(own_server)
    assert (delivery["attempts"], delivery["result"]) == (4, "204")


def test_repeating_ends_after_a_time(own_server):
    own_server.configure(callback_first_pause=0.05, callback_retry_for=3)
    org = Organisation(own_server).login()
    with receiver(500) as (url, got):
        register(org, url)
        org.sent(adam())
        wait_for(lambda: deliveries(own_server)[0]["state"] == "given up")
        # 0.05, 0.15, 0.35, 0.75 and 1.55 s after the first; the next were too late
        assert 2 <= len(got) <= 6


def test_nobody_there_is_tried_again(own_server):
    own_server.configure(callback_first_pause=0.05)
    org = Organisation(own_server).login()
    register(org, "http://127.0.0.1:1/autenti")
    org.sent(adam())
    wait_for(lambda: deliveries(own_server)[0]["attempts"] >= 2)
    assert deliveries(own_server)[0]["result"] == "ConnectError"


def test_slow_address_keeps_no_other_waiting(org):
    with receiver() as (url, got), socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        register(org, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        register(org, url)
        path = org.sent(adam())
        org.play(path, "adam@klient.test")
        # Before the silent one is given up
        wait_for(lambda: len(got) == 3, TIMEOUT - 1)


def test_deleted_address_gets_nothing_more(own_server):
    own_server.configure(callback_first_pause=0.2)
    org = Organisation(own_server).login()
    is_deleted = threading.Event()
    with receiver(500, until=is_deleted) as (url, got):
        callback_id = register(org, url).json()["id"]
        org.sent(adam())
        wait_for(lambda: len(got) == 1)
        org.call("DELETE", "/applications/callbacks/" + callback_id)
        is_deleted.set()
        wait_for(lambda: deliveries(own_server)[0]["state"] == "given up")
        assert len(got) == 1


def test_restart_goes_on_delivering(tmp_path):
    with receiver(500, 200) as (url, got):
        with Server(tmp_path) as server:
            server.configure(callback_first_pause=0.4)
            org = Organisation(server).login()
            register(org, url)
            org.sent(adam())
            wait_for(lambda: len(got) == 1)
        with Server(tmp_path) as server:
            wait_for(lambda: len(got) == 2)
            verify(server, *got[1])
    assert got[0][1] == got[1][1]


def deliveries(server):
    return server.http.get("/emulator/callbacks").json()


def test_power_automates_variant_of_registration_is_taken(org):
    body = {
        "callbackAdapterId": "CALLBACK_ADAPTER:API_V2",
        "callbackParameters": {"callbackUrl": "https://erp.test/"},
    }
    path = "/applications/callbacks?responseVariant="
    answer = org.call("POST", path + "microsoft_power_automate", json=body)
    assert answer.status_code == 201
    assert "responseVariant" in descriptions(org.call("POST", path + "x", json=body))
