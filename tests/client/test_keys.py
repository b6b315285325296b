# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When Autenti's keys are fetched, kept and given up."""

import threading

import pytest
from client import const, jwk, webhook

JWKS = "/webhook.jwks"


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1_000_000.0

    monkeypatch.setattr(webhook.time, "monotonic", lambda: Clock.now)
    return Clock


@pytest.fixture
def keys(server, clock, private_key):
    server.on("GET", JWKS, body={"keys": [jwk.public_jwk(private_key, "key-1")]})
    return webhook.KeySet(server.url + JWKS)


def replace(server, status=200, body=b"", **more):
    server._answers.clear()
    server.on("GET", JWKS, status, body, **more)


def find(keys, kid):
    """Find keys as the route of callbacks does: wait a moment, then ask once more."""
    try:
        return keys.find(kid)
    except webhook.KeysAwaited as awaited:
        awaited.wait()
        return keys.find(kid)


def test_keys_are_fetched_when_they_are_needed_and_kept(keys, server, clock):
    assert server.requests == []
    assert len(find(keys, "key-1")) == 1
    clock.now += webhook.KEYS_LIFETIME
    assert len(find(keys, "key-1")) == 1
    assert len(server.requests) == 1


def test_old_keys_are_fetched_again(keys, server, clock):
    find(keys, "key-1")
    replace(server, body={"keys": []})
    clock.now += webhook.KEYS_LIFETIME + 1
    assert find(keys, "key-1") == []
    assert len(server.requests) == 2


def test_a_new_key_is_found_after_a_minute(keys, server, clock, private_key):
    find(keys, "key-1")
    replace(server, body={"keys": [jwk.public_jwk(private_key, "key-2")]})
    clock.now += webhook.KEYS_PAUSE + 1
    assert len(find(keys, "key-2")) == 1
    assert find(keys, "key-1") == []


def test_a_flood_of_unknown_ids_fetches_once_a_minute(keys, server, clock):
    for number in range(600):
        clock.now += 1
        assert find(keys, f"unknown-{number}") == []
    assert len(server.requests) <= 11


def test_known_keys_outlive_an_outage_of_a_day(keys, server, clock):
    find(keys, "key-1")
    replace(server, 500)
    clock.now += webhook.KEYS_GRACE - 10
    assert len(find(keys, "key-1")) == 1
    clock.now += 100
    with pytest.raises(webhook.CallbackRejected) as caught:
        find(keys, "key-1")
    assert caught.value.status == 503


def test_an_unknown_id_during_an_outage_is_asked_to_come_again(keys, server, clock):
    find(keys, "key-1")
    replace(server, 500)
    clock.now += webhook.KEYS_PAUSE + 1
    with pytest.raises(webhook.CallbackRejected) as caught:
        find(keys, "key-2")
    assert caught.value.status == 503


def test_keys_come_back_after_an_outage(keys, server, clock, private_key):
    replace(server, 500)
    with pytest.raises(webhook.CallbackRejected):
        find(keys, "key-1")
    replace(server, body={"keys": [jwk.public_jwk(private_key, "key-1")]})
    with pytest.raises(webhook.CallbackRejected):
        find(keys, "key-1")
    clock.now += webhook.KEYS_PAUSE + 1
    assert len(find(keys, "key-1")) == 1
    assert find(keys, "key-2") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404, "body": {"keys": []}},
        {"status": 301, "headers": {"Location": "/moved.jwks"}},
        {"body": b"<html>"},
        {"body": b"[" * 100_000},
        {"body": []},
        {"body": {}},
        {"body": {"keys": {}}},
        {"body": b" " * (const.KEYS_MAX_BYTES + 1)},
        {"body": {"keys": []}, "cut": 10},
        {"reset": True},
    ],
)
def test_an_answer_that_is_no_key_set_is_an_outage(keys, server, answer, caplog):
    replace(server, **answer)
    server.on("GET", "/moved.jwks", body={"keys": []})
    with pytest.raises(webhook.CallbackRejected) as caught:
        find(keys, "key-1")
    assert caught.value.status == 503
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert server.to("/moved.jwks") == []


def test_the_fetch_has_a_timeout(keys, server, monkeypatch):
    monkeypatch.setattr(const, "KEYS_TIMEOUT", 0.1)
    replace(server, body={"keys": []}, delay=1)
    with pytest.raises(webhook.CallbackRejected) as caught:
        find(keys, "key-1")
    assert caught.value.status == 503


def test_many_threads_fetch_once(keys, server, private_key):
    replace(server, body={"keys": [jwk.public_jwk(private_key, "key-1")]}, delay=0.3)
    answers = []

    def ask():
        try:
            answers.append(len(find(keys, "key-1")))
        except webhook.CallbackRejected as rejection:
            answers.append(rejection.status)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Who came first has waited, the others are to come again
    assert sorted(answers) == [1] + [503] * 19
    assert len(find(keys, "key-1")) == 1
    assert len(server.requests) == 1


def test_an_address_has_one_key_set_in_the_process():
    shared = webhook.key_set("https://a.test/keys")
    assert webhook.key_set("https://a.test/keys") is shared
    assert webhook.key_set("https://b.test/keys") is not shared
    webhook.clear()
    assert webhook.key_set("https://a.test/keys") is not shared
