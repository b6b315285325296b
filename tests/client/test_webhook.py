# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Only what Autenti signed gets in."""

import base64
import functools
import hashlib
import hmac
import json
from datetime import datetime, timezone

import pytest
from client import const, jwk, webhook
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jwt.algorithms import RSAAlgorithm

JWKS = "/developers/keys/webhook.jwks"
BODY = json.dumps(
    [
        {
            "id": "evt-1",
            "eventType": "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_PROCESS_COMPLETED",
            "timestamp": "2030-01-02T08:00:00Z",
            "actor": {"id": "p-1", "type": "x"},
            "object": {"id": "DOCUMENT_PROCESS:a/1", "type": "y"},
        }
    ]
).encode()
RS256 = {"alg": "RS256", "kid": "key-1"}


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def input_of(header, raw):
    protected = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{base64url(protected)}.{base64url(raw)}".encode()


def detached(signing_input, signature):
    return signing_input.decode().partition(".")[0] + ".." + base64url(signature)


def sign(pem, raw=BODY, header=RS256, algorithm=None):
    """Sign as Autenti does, by the primitives: no JOSE library takes part."""
    signing_input = input_of(header, raw)
    signature = load(pem).sign(
        signing_input, padding.PKCS1v15(), algorithm or hashes.SHA256()
    )
    return detached(signing_input, signature)


@functools.lru_cache
def load(pem):
    """Load a key once: it takes 30 ms."""
    return serialization.load_pem_private_key(pem.encode(), None)


def public_pem(pem):
    return (
        load(pem)
        .public_key()
        .public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


@pytest.fixture
def publish(server):
    """Serve these keys from now on."""

    def publish(*keys):
        server._answers.clear()
        server.on("GET", JWKS, body={"keys": list(keys)})

    return publish


@pytest.fixture(scope="session")
def public_jwk(private_key):
    return jwk.public_jwk(private_key, "key-1")


@pytest.fixture
def keys(server, publish, public_jwk):
    publish(public_jwk)
    return webhook.KeySet(server.url + JWKS)


def verify(raw, header, keys):
    """Verify as the route of callbacks does: wait a moment for keys, ask once more."""
    try:
        return webhook.verify(raw, header, keys)
    except webhook.KeysAwaited as awaited:
        awaited.wait()
        return webhook.verify(raw, header, keys)


def rejection(raw, header, keys):
    with pytest.raises(webhook.CallbackRejected) as caught:
        verify(raw, header, keys)
    return caught.value.status


def test_what_autenti_signed_is_read(private_key, keys):
    callback = verify(BODY, sign(private_key), keys)
    assert callback.key_id == "key-1"
    (event,) = callback.events
    assert event == webhook.Event(
        event_id="evt-1",
        event_type="EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_PROCESS_COMPLETED",
        process_id="DOCUMENT_PROCESS:a/1",
        timestamp=datetime(2030, 1, 2, 8, tzinfo=timezone.utc),
    )


def test_the_bytes_count_not_the_meaning(private_key, keys):
    spaced = json.dumps(json.loads(BODY), indent=1).encode()
    assert rejection(spaced, sign(private_key), keys) == 401
    assert len(verify(spaced, sign(private_key, spaced), keys).events) == 1


@pytest.mark.parametrize("more", ["\0", "ż", "\n"])
def test_a_signature_that_no_database_keeps_is_malformed(private_key, keys, more):
    assert rejection(BODY, sign(private_key) + more, keys) == 400


def test_it_tells_which_of_several_keys_has_signed(private_key, publish, server):
    other = jwk.public_jwk(jwk.generate_private_key(), "key-1")
    genuine = jwk.public_jwk(private_key, "key-1")
    publish(other, genuine)
    keys = webhook.KeySet(server.url + JWKS)
    assert verify(BODY, sign(private_key), keys).key == genuine


def test_several_events_are_read(private_key, keys):
    raw = b'[{"id":"a"},{"id":"b","eventType":"NEW"}]'
    events = verify(raw, sign(private_key, raw), keys).events
    assert [(e.event_id, e.event_type, e.process_id) for e in events] == [
        ("a", "", ""),
        ("b", "NEW", ""),
    ]
    assert events[0].timestamp is None


def test_words_that_no_database_keeps_are_passed_over(private_key, keys):
    raw = rb'[{"id":"a","eventType":"b\u0000","object":{"id":"c\ud800"}}]'
    (event,) = verify(raw, sign(private_key, raw), keys).events
    assert (event.event_type, event.process_id) == ("", "")


@pytest.mark.parametrize("event_id", [7, "e\0", "\ud83d", "a" * 256, "x\ny"])
def test_an_event_is_heard_whatever_its_id_looks_like(private_key, keys, event_id):
    raw = json.dumps([{"id": event_id}, {"id": "b"}]).encode()
    (event, other) = verify(raw, sign(private_key, raw), keys).events
    (again, _other) = verify(raw, sign(private_key, raw), keys).events
    assert event == again
    assert event.event_id.isprintable()
    assert 0 < len(event.event_id) <= webhook.WORD_MAX_LENGTH
    assert other.event_id == "b"


@pytest.mark.parametrize("event_id", [None, "", [], {}, True, 1.5])
def test_an_event_without_an_id_is_malformed(private_key, keys, event_id):
    raw = json.dumps([{"id": event_id}]).encode()
    assert rejection(raw, sign(private_key, raw), keys) == 400


def test_no_event_is_fine(private_key, keys):
    assert verify(b"[]", sign(private_key, b"[]"), keys).events == []


def test_no_signature_is_refused(keys):
    assert rejection(BODY, None, keys) == 401
    assert rejection(BODY, "", keys) == 401


def test_another_body_is_refused(private_key, keys):
    header = sign(private_key)
    assert rejection(BODY.replace(b"a/1", b"a/2"), header, keys) == 401
    assert rejection(BODY[:-1], header, keys) == 401
    assert rejection(BODY + b" ", header, keys) == 401
    assert rejection(b"", header, keys) == 401


def test_a_foreign_key_is_refused(foreign_key, keys):
    assert rejection(BODY, sign(foreign_key), keys) == 401


def test_a_foreign_key_of_unknown_id_is_refused(foreign_key, keys):
    header = sign(foreign_key, header={"alg": "RS256", "kid": "key-2"})
    assert rejection(BODY, header, keys) == 401


def test_a_single_key_needs_no_id(private_key, foreign_key, keys):
    nameless = {"alg": "RS256"}
    assert verify(BODY, sign(private_key, header=nameless), keys)
    assert rejection(BODY, sign(foreign_key, header=nameless), keys) == 401


def test_one_of_many_keys_is_found_by_its_id(private_key, foreign_key, server, publish):
    publish(jwk.public_jwk(foreign_key, "key-0"), jwk.public_jwk(private_key, "key-1"))
    keys = webhook.KeySet(server.url + JWKS)
    assert verify(BODY, sign(private_key), keys)
    assert rejection(BODY, sign(private_key, header={"alg": "RS256"}), keys) == 401
    wrong = sign(private_key, header={"alg": "RS256", "kid": "key-0"})
    assert rejection(BODY, wrong, keys) == 401


@pytest.mark.parametrize("turn", [1, -1])
def test_keys_that_share_an_id_are_all_tried(
    private_key, foreign_key, server, publish, turn
):
    both = [jwk.public_jwk(key, "key-1") for key in (private_key, foreign_key)]
    publish(*both[::turn])
    keys = webhook.KeySet(server.url + JWKS)
    assert verify(BODY, sign(private_key), keys)
    assert verify(BODY, sign(foreign_key), keys)


def test_without_any_key_nothing_gets_in(private_key, server, publish):
    publish()
    assert rejection(BODY, sign(private_key), webhook.KeySet(server.url + JWKS)) == 401


def test_an_unsigned_jws_is_refused(keys):
    header = detached(input_of({"alg": "none", "kid": "key-1"}, BODY), b"")
    assert rejection(BODY, header, keys) == 403


def test_a_signature_keyed_with_the_public_key_is_refused(private_key, keys):
    # The classic confusion: the verifier's RSA key taken as a secret of HMAC
    signing_input = input_of({"alg": "HS256", "kid": "key-1"}, BODY)
    mac = hmac.digest(public_pem(private_key), signing_input, hashlib.sha256)
    assert rejection(BODY, detached(signing_input, mac), keys) == 403


def test_another_hash_is_refused(private_key, keys):
    rs512 = {**RS256, "alg": "RS512"}
    header = sign(private_key, header=rs512, algorithm=hashes.SHA512())
    assert rejection(BODY, header, keys) == 403


def test_another_padding_is_refused(private_key, keys):
    key = load(private_key)
    signing_input = input_of({**RS256, "alg": "PS256"}, BODY)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signature = key.sign(signing_input, pss, hashes.SHA256())
    assert rejection(BODY, detached(signing_input, signature), keys) == 403


@pytest.mark.parametrize("alg", ["rs256", "RS256 ", "", None, 7, ["RS256"]])
def test_an_algorithm_that_is_spelt_otherwise_is_refused(private_key, keys, alg):
    header = sign(private_key, header={**RS256, "alg": alg})
    assert rejection(BODY, header, keys) in (400, 403)


def test_a_critical_extension_is_refused(private_key, keys):
    header = sign(private_key, header={**RS256, "crit": ["exp"], "exp": 1})
    assert rejection(BODY, header, keys) in (400, 403)


@pytest.mark.parametrize("b64", [False, 0, None, "false"])
def test_an_unencoded_payload_is_refused(private_key, keys, b64):
    header = sign(private_key, header={**RS256, "b64": b64})
    assert rejection(BODY, header, keys) in (400, 403)
    # As RFC 7797 signs it
    key = load(private_key)
    protected = json.dumps({**RS256, "b64": False, "crit": ["b64"]}).encode()
    signing_input = base64url(protected).encode() + b"." + BODY
    signature = key.sign(signing_input, padding.PKCS1v15(), hashes.SHA256())
    header = f"{base64url(protected)}..{base64url(signature)}"
    assert rejection(BODY, header, keys) in (400, 403)


def test_the_encoded_payload_may_be_spelt_out(private_key, keys):
    assert verify(BODY, sign(private_key, header={**RS256, "b64": True}), keys)


def test_keys_that_the_header_offers_are_not_used(
    private_key, foreign_key, keys, server
):
    evil = jwk.public_jwk(foreign_key, "key-1")
    server.on("GET", "/evil.jwks", body={"keys": [evil]})
    offers = {
        "jku": f"{server.url}/evil.jwks",
        "x5u": f"{server.url}/evil.jwks",
        "jwk": evil,
    }
    assert rejection(BODY, sign(foreign_key, header={**RS256, **offers}), keys) == 401
    assert verify(BODY, sign(private_key, header={**RS256, **offers}), keys)
    assert server.to("/evil.jwks") == []


@pytest.mark.parametrize("cut", [1, 2, 10, 200])
def test_a_truncated_signature_is_refused(private_key, keys, cut):
    assert rejection(BODY, sign(private_key)[:-cut], keys) in (400, 401)


@pytest.mark.parametrize(
    "header",
    [
        "abc",
        ".",
        "..",
        "...",
        "a..b",
        "ż..ż",
        "é" * 10,
        base64url(b"[]") + "..AAAA",
        base64url(b"7") + "..AAAA",
        base64url(b'{"alg":') + "..AAAA",
        base64url(b"\xff") + "..AAAA",
        base64url(b"[" * 5000) + "..AAAA",
        base64url(json.dumps({**RS256, "kid": 7}).encode()) + "..AAAA",
        base64url(json.dumps({**RS256, "x": "a" * 9000}).encode()) + "..AAAA",
    ],
)
def test_a_header_that_is_no_jws_is_refused(keys, server, header):
    assert rejection(BODY, header, keys) == 400
    assert server.requests == []


def test_an_attached_payload_is_refused(private_key, keys):
    protected, _empty, signature = sign(private_key).split(".")
    header = f"{protected}.{base64url(BODY)}.{signature}"
    assert rejection(BODY, header, keys) == 400


def test_a_body_at_the_limit_is_read(private_key, keys):
    raw = b"[]".ljust(const.CALLBACK_MAX_BYTES)
    assert verify(raw, sign(private_key, raw), keys).events == []


def test_a_rejection_tells_its_reason_to_our_log(keys):
    with pytest.raises(webhook.CallbackRejected, match="no signature") as caught:
        verify(BODY, None, keys)
    assert caught.value.reason == "no signature"


def test_a_huge_body_is_not_looked_at(private_key, keys, server):
    raw = b" " * (const.CALLBACK_MAX_BYTES + 1)
    assert rejection(raw, sign(private_key, raw), keys) == 400
    assert server.requests == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[",
        b"{}",
        b"null",
        b"7",
        b'"a"',
        b"\xff",
        b"[7]",
        b"[null]",
        b"[[]]",
        b"[{}]",
        b'[{"id":""}]',
        b'[{"id":"a"},{"id":null}]',
        '[{"id":"a"}]'.encode("utf-16"),
        b'\xef\xbb\xbf[{"id":"a"}]',
        b'[{"id":"a"}] [{"id":"b"}]',
        b"[" * 100_000 + b"]" * 100_000,
        b'[{"id":"a","x":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}]",
        b'[{"id":"a","x":' + b"1" * 5000 + b"x}]",
    ],
)
def test_a_signed_body_that_is_not_events_is_refused(private_key, keys, raw):
    assert rejection(raw, sign(private_key, raw), keys) == 400


def test_keys_that_cannot_sign_callbacks_are_left_out(private_key, server, publish):
    good = jwk.public_jwk(private_key, "key-1")
    small = rsa.generate_private_key(65537, 1024)
    small_pem = small.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    numbers = small.public_key().public_numbers()
    short = {**good, "kid": "short", "n": base64url(numbers.n.to_bytes(128, "big"))}
    publish(
        7,
        {},
        {**good, "kid": "enc", "use": "enc"},
        {**good, "kid": "rs512", "alg": "RS512"},
        {**good, "kid": "broken", "n": "*"},
        {**good, "kid": "nothing", "n": ""},
        {"kty": "oct", "kid": "oct", "k": base64url(public_pem(private_key))},
        {"kty": "EC", "kid": "ec", "crv": "P-256", "x": "AA", "y": "AA"},
        short,
        good,
    )
    keys = webhook.KeySet(server.url + JWKS)
    assert verify(BODY, sign(private_key), keys)
    for kid in ("enc", "rs512", "broken", "nothing", "oct", "ec"):
        header = sign(private_key, header={"alg": "RS256", "kid": kid})
        assert rejection(BODY, header, keys) == 401
    header = sign(small_pem, header={"alg": "RS256", "kid": "short"})
    assert rejection(BODY, header, keys) == 401


def test_a_key_without_use_or_algorithm_is_taken(private_key, server, publish):
    key = jwk.public_jwk(private_key, "key-1")
    publish({name: key[name] for name in ("kty", "n", "e", "kid")})
    assert verify(BODY, sign(private_key), webhook.KeySet(server.url + JWKS))


def test_a_private_key_that_was_published_is_not_trusted(private_key, server, publish):
    published = json.loads(RSAAlgorithm.to_jwk(load(private_key)))
    assert "d" in published
    publish({**published, "kid": "key-1"})
    keys = webhook.KeySet(server.url + JWKS)
    assert rejection(BODY, sign(private_key), keys) == 401


def test_a_signature_of_an_elliptic_curve_is_refused(keys):
    key = ec.generate_private_key(ec.SECP256R1())
    signing_input = input_of({**RS256, "alg": "ES256"}, BODY)
    signature = key.sign(signing_input, ec.ECDSA(hashes.SHA256()))
    assert rejection(BODY, detached(signing_input, signature), keys) == 403
