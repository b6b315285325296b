# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whatever comes, only what Autenti signed gets in; all else is calmly refused."""

import base64
import json
import time

import pytest
from client import webhook
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from test_webhook import BODY, JWKS, RS256, base64url, load, sign

# A signature takes a while, a slow machine longer
slow = settings(deadline=None, max_examples=300)

REFUSALS = {400, 401, 403}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=10,
)
compact = st.from_regex(r"[\w-]*\.\.[\w-]*", fullmatch=True)
words = st.sampled_from(["", "id", "evt-1", "DOCUMENT_PROCESS:a", "\0", "\ud800"])
events = st.dictionaries(
    st.sampled_from(["id", "eventType", "object", "timestamp", "actor"]),
    words | json_values | st.dictionaries(st.just("id"), words | json_values),
)
protected_headers = st.dictionaries(
    st.sampled_from(
        ["alg", "kid", "crit", "b64", "jku", "jwk", "x5u", "x5c", "typ", "cty", "zip"]
    ),
    st.sampled_from(["RS256", "none", "HS256", "RS512", "key-1", True, False])
    | json_values,
)


@pytest.fixture(scope="module")
def keys(private_key):
    """The key set, already fetched."""
    keys = webhook.KeySet("http://127.0.0.1:1" + JWKS)
    keys._refresh = lambda: None
    keys._keys = [("key-1", load(private_key).public_key())]
    keys._fetched_at = time.monotonic()
    keys._reachable = True
    return keys


def status_of(raw, header, keys):
    """Return the status of the refusal, None when it was taken."""
    try:
        webhook.verify(raw, header, keys)
    except webhook.CallbackRejected as rejection:
        return rejection.status
    return None


@slow
@given(
    raw=st.binary(), header=st.none() | st.text() | st.from_regex(r"[\w-]*\.\.[\w-]*")
)
@example(raw=BODY, header="..")
def test_what_is_made_up_is_refused(keys, raw, header):
    assert status_of(raw, header, keys) in REFUSALS


@slow
@given(raw=st.binary())
@example(raw=BODY + b"\n")
@example(raw=b"")
def test_a_genuine_signature_is_good_for_its_own_bytes_alone(private_key, keys, raw):
    assume(raw != BODY)
    assert status_of(raw, sign(private_key), keys) == 401


@slow
@given(bit=st.integers(0, 2047))
def test_every_bit_of_the_signature_counts(private_key, keys, bit):
    head, _empty, signature = sign(private_key).split(".")
    octets = bytearray(base64.urlsafe_b64decode(signature + "=="))
    octets[bit // 8] ^= 1 << bit % 8
    assert status_of(BODY, f"{head}..{base64url(bytes(octets))}", keys) == 401


@slow
@given(header=protected_headers)
@example(header=RS256)
def test_no_header_makes_a_foreign_key_good(foreign_key, keys, header):
    assert status_of(BODY, sign(foreign_key, header=header), keys) in REFUSALS


@slow
@given(header=protected_headers)
@example(header=RS256)
@example(header={**RS256, "crit": []})
@example(header={**RS256, "b64": False})
@example(header={"alg": "RS256", "kid": None})
def test_even_the_genuine_key_signs_in_one_way_only(private_key, keys, header):
    plain = header.get("alg") == "RS256" and "crit" not in header
    encoded = header.get("b64", True) is True
    # There is a single key, so that its id may be left out
    known = header.get("kid", "key-1") == "key-1"
    status = status_of(BODY, sign(private_key, header=header), keys)
    assert (status is None) == (plain and encoded and known)
    assert status in {None, *REFUSALS}


@slow
@given(body=st.lists(events) | json_values)
def test_what_is_signed_is_read_or_refused_as_a_whole(private_key, keys, body):
    raw = json.dumps(body).encode()
    try:
        callback = webhook.verify(raw, sign(private_key, raw), keys)
    except webhook.CallbackRejected as rejection:
        assert rejection.status == 400
        return
    assert len(callback.events) == len(body)
    for event, source in zip(callback.events, body, strict=True):
        assert event.event_id
        if isinstance(source["id"], str) and source["id"].isprintable():
            assert event.event_id.startswith((source["id"], "sha256:"))
        for word in (event.event_id, event.event_type, event.process_id):
            # What PostgreSQL takes
            assert word.encode().decode() == word
            assert "\0" not in word
            assert len(word) <= webhook.WORD_MAX_LENGTH


@slow
@given(raw=st.binary())
def test_bytes_that_are_signed_are_read_or_refused(private_key, keys, raw):
    assert status_of(raw, sign(private_key, raw), keys) in {None, 400}
