# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Callbacks that Autenti didn't post, of every kind that somebody may try.

A forger knows all that is public: how callbacks look, Autenti's public key, and genuine
signatures of other callbacks. What it makes with the genuine key itself is what a
verifier must refuse whoever signed it.
"""

import base64
import gzip
import hashlib
import hmac
import json
import random
import zlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SIGNATURE_HEADER = "x-jws-signature"
LIMIT = 1024 * 1024  # bytes that a callback may have
KEY_ID = "autenti-1"
OTHER_KEY_ID = "other-environment-1"
JSON = "application/json"
EVENT = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_PROCESS_COMPLETED"
HOSTILE_KIDS = (
    *("../../../../dev/null", "/proc/self/environ", "file:///etc/passwd", "keys\\0"),
    *("' OR '1'='1", "x'; DROP TABLE autenti_callback; --", "1 UNION SELECT 1", "%s%n"),
    *("", " ", KEY_ID.upper(), f"{KEY_ID} ", f" {KEY_ID}", f"{KEY_ID}\0", "null"),
    *(
        "${jndi:ldap://127.0.0.1/a}",
        "{{7*7}}",
        "<script>",
        "ключ",
        "\ud800",
        "a" * 4000,
    ),
    *(0, 1.5, True, None, [KEY_ID], {"kid": KEY_ID}),
)
CONTENT_TYPES = (
    *("", "text/plain", "text/xml", "application/xml", "application/jose", "*/*", "x"),
    *("application/json; charset=utf-7", "application/json; charset=utf-16", ";;;=,"),
    *(
        "application/jose+json",
        "application/octet-stream",
        "image/png",
        "a/" + "b" * 900,
    ),
)
FORMS = (
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
    *("multipart/form-data", "multipart/mixed; boundary=", "multipart/form-data;;"),
)


@dataclass(frozen=True)
class Forgery:
    """One request, ready to be posted.

    :param str kind: name of the trick
    :param tuple headers: pairs of name and value, `Content-Length` left out
    :param bytes body:
    :param int announced: the `Content-Length` when it lies
    """

    kind: str
    headers: tuple
    body: bytes
    announced: int | None = None


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def signing_input(protected, body):
    """:param protected: dict of the JOSE header, or its bytes"""
    if not isinstance(protected, bytes):
        protected = json.dumps(protected).encode()
    return f"{base64url(protected)}.{base64url(body)}".encode()


def detached(signed, signature):
    return f"{signed.decode().partition('.')[0]}..{base64url(signature)}"


def sign(key, body, protected=None, algorithm=None, padder=None):
    """Make the detached JWS of a body (RFC 7515, appendix F)."""
    if protected is None:
        protected = {"alg": "RS256", "kid": KEY_ID}
    signed = signing_input(protected, body)
    signature = key.sign(
        signed, padder or padding.PKCS1v15(), algorithm or hashes.SHA256()
    )
    return detached(signed, signature)


def make_body(number, process_id="DOCUMENT_PROCESS:forged"):
    """Make a body as Autenti posts it."""
    event = {
        "id": f"event-{number}",
        "eventType": EVENT,
        "timestamp": "2030-01-02T08:00:00Z",
        "actor": {"id": "PARTY:1", "type": "PARTY"},
        "object": {"id": process_id, "type": "DOCUMENT_PROCESS"},
    }
    return json.dumps([event]).encode()


class Forger:
    """Makes forgeries; the same seed and keys make the same ones.

    :param genuine: Autenti's private key of the environment that is listened to
    :param other: Autenti's private key of another environment
    :param str evil_url: where the forger publishes a key set of their own
    """

    def __init__(self, seed, genuine, other, evil_url):
        self._random = random.Random(seed)
        self._genuine = genuine
        self._other = other
        self._evil_url = evil_url
        self._own = rsa.generate_private_key(65537, 2048)
        self._bombs = self._make_compressed_bombs()
        self._count = 0

    @property
    def kinds(self):
        """Names of all tricks."""
        return [name[5:] for name in dir(self) if name.startswith("_try_")]

    def forge(self, count, kinds=None):
        """Make forgeries, each kind in its turn.

        :param kinds: names of tricks, default all
        :rtype: Iterator[Forgery]
        """
        kinds = kinds or self.kinds
        for number in range(count):
            yield self.make(kinds[number % len(kinds)])

    def make(self, kind):
        self._count += 1
        body = make_body(self._count)
        headers, body, *announced = getattr(self, f"_try_{kind}")(body)
        return Forgery(kind, tuple(headers), body, *announced)

    def _choose(self, *options):
        return self._random.choice(options)

    def _signed(self, jws, content_type=JSON):
        return [("Content-Type", content_type), (SIGNATURE_HEADER, jws)]

    # === NO SIGNATURE TO SPEAK OF === #

    def _try_no_header(self, body):
        empty = self._signed(self._choose("", " "))
        return self._choose([("Content-Type", JSON)], empty), body

    def _try_wrong_parts(self, body):
        head, _, signature = sign(self._genuine, body).split(".")
        parts = self._choose(
            [],
            [head],
            [head, signature],
            [head, base64url(body), signature],
            [head, "", "", signature],
            ["", "", signature],
            [head, "", ""],
            [head, " ", signature],
            [head, "", signature, ""],
            [signature, "", head],
        )
        return self._signed(".".join(parts)), body

    def _try_garbage(self, body):
        octets = self._random.randbytes(self._random.randrange(1, 600))
        text = octets.decode("latin-1").translate(dict.fromkeys(b"\0\r\n", "."))
        return self._signed(self._choose(text, f"{text}..{text}")), body

    def _try_two_headers(self, body):
        genuine = sign(self._genuine, make_body("of-others"))
        own = sign(self._own, body)
        return [*self._signed(genuine), (SIGNATURE_HEADER, own)], body

    # === ANOTHER ALGORITHM === #

    def _try_alg_none(self, body):
        alg = self._choose("none", "None", "NONE", "nOnE", "", None, "noneRS256")
        protected = {"alg": alg, "kid": KEY_ID}
        signature = self._choose(b"", b"x", self._random.randbytes(256))
        return self._signed(detached(signing_input(protected, body), signature)), body

    def _try_hmac_with_the_public_key(self, body):
        public = self._genuine.public_key()
        encoding, form = serialization.Encoding, serialization.PublicFormat
        secret = self._choose(
            public.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo),
            public.public_bytes(encoding.PEM, form.PKCS1),
            public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo),
            public.public_numbers().n.to_bytes(256, "big"),
            b"",
        )
        bits = self._choose(256, 384, 512)
        signed = signing_input({"alg": f"HS{bits}", "kid": KEY_ID}, body)
        mac = hmac.digest(secret, signed, getattr(hashlib, f"sha{bits}"))
        return self._signed(detached(signed, mac)), body

    def _try_another_hash(self, body):
        algorithm = self._choose(hashes.SHA384(), hashes.SHA512())
        alg = self._choose(f"RS{algorithm.digest_size * 8}", "RS256")
        protected = {"alg": alg, "kid": KEY_ID}
        return self._signed(sign(self._genuine, body, protected, algorithm)), body

    def _try_another_padding(self, body):
        protected = {"alg": self._choose("PS256", "RS256"), "kid": KEY_ID}
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return self._signed(sign(self._genuine, body, protected, padder=pss)), body

    # === ANOTHER KEY === #

    def _try_foreign_key(self, body):
        return self._signed(sign(self._own, body)), body

    def _try_foreign_kid(self, body):
        protected = {"alg": "RS256", "kid": f"key-{self._random.random()}"}
        key = self._choose(self._own, self._genuine)
        return self._signed(sign(key, body, protected)), body

    def _try_hostile_kid(self, body):
        protected = {"alg": "RS256", "kid": self._choose(*HOSTILE_KIDS)}
        return self._signed(sign(self._own, body, protected)), body

    def _try_keys_brought_along(self, body):
        numbers = self._own.public_key().public_numbers()
        own = {
            "kty": "RSA",
            "kid": KEY_ID,
            "n": base64url(numbers.n.to_bytes(256, "big")),
            "e": "AQAB",
        }
        name, value = self._choose(
            ("jku", self._evil_url),
            ("x5u", self._evil_url),
            ("jwk", own),
            ("x5c", [base64url(self._random.randbytes(600))]),
        )
        kid = self._choose(KEY_ID, "evil")
        protected = {"alg": "RS256", "kid": kid, name: value}
        return self._signed(sign(self._own, body, protected)), body

    def _try_other_environment(self, body):
        kid = self._choose(OTHER_KEY_ID, KEY_ID)
        return self._signed(sign(self._other, body, {"alg": "RS256", "kid": kid})), body

    # === EXTENSIONS === #

    def _try_crit(self, body):
        crit = self._choose(["exp"], ["b64"], [], "exp", ["alg"], None)
        protected = {"alg": "RS256", "kid": KEY_ID, "crit": crit, "exp": 1}
        return self._signed(sign(self._genuine, body, protected)), body

    def _try_b64_false(self, body):
        protected = {"alg": "RS256", "kid": KEY_ID, "b64": False}
        protected |= self._choose({}, {"crit": ["b64"]})
        if self._choose(True, False):
            return self._signed(sign(self._genuine, body, protected)), body
        # As RFC 7797 signs it
        head = base64url(json.dumps(protected).encode())
        signed = f"{head}.".encode() + body
        signature = self._genuine.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return self._signed(f"{head}..{base64url(signature)}"), body

    # === A GENUINE SIGNATURE OF SOMETHING ELSE === #

    def _try_truncated(self, body):
        jws = sign(self._genuine, body)
        cut = self._random.randrange(1, len(jws))
        what = self._choose("signature", "head", "body")
        if what == "body":
            return self._signed(jws), body[: self._random.randrange(len(body))]
        return self._signed(jws[:-cut] if what == "signature" else jws[cut:]), body

    def _try_wrong_payload(self, body):
        jws = sign(self._genuine, make_body("of-others"))
        position = self._random.randrange(len(body))
        flipped = bytes([body[position] ^ 1 << self._random.randrange(8)])
        return self._choose(
            (self._signed(jws), body),
            (
                self._signed(sign(self._genuine, body)),
                body[:position] + flipped + body[position + 1 :],
            ),
            (
                self._signed(sign(self._genuine, body)),
                json.dumps(json.loads(body), indent=1).encode(),
            ),
            (self._signed(sign(self._genuine, body)), body + b" "),
            (self._signed(sign(self._genuine, b"")), body),
        )

    def _try_flipped_signature(self, body):
        head, _, signature = sign(self._genuine, body).split(".")
        octets = bytearray(base64.urlsafe_b64decode(signature + "=="))
        octets[self._random.randrange(len(octets))] ^= 1 << self._random.randrange(8)
        return self._signed(f"{head}..{base64url(bytes(octets))}"), body

    # === A GENUINE SIGNATURE OF WHAT IS NO LIST OF EVENTS === #

    def _try_no_events(self, _body):
        body = self._choose(
            *(b"", b"{}", b"[1]", b"null", b"[[]]", b"[{}]", b'[{"id":""}]', b"\xff"),
            *(b'[{"id":7.5}]', b'[{"id":{}}]', b'[{"id":"a"}] []', b"[NaN"),
            *('[{"id":"a"}]'.encode("utf-16"), b'\xef\xbb\xbf[{"id":"a"}]'),
        )
        return self._signed(sign(self._genuine, body)), body

    # === BOMBS === #

    def _try_nesting_bomb(self, body):
        depth = self._random.randrange(1000, 100_000)
        deep = self._choose(
            b"[" * depth,
            b"[" * depth + b"]" * depth,
            b'[{"id":"a","x":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}]",
        )
        if self._choose(True, False):
            return self._signed(sign(self._genuine, deep)), deep
        head = self._choose(b"[" * 5000, b'{"a":' * 1000, b'{"alg":' + b"[" * 4000)
        return self._signed(f"{base64url(head)}..AAAA"), body

    def _try_size_bomb(self, body):
        jws = sign(self._genuine, body)
        huge = b"[" + b" " * (LIMIT + self._random.randrange(100_000)) + b"]"
        return self._choose(
            (self._signed(sign(self._own, huge)), huge),
            (self._signed(jws), body, self._choose(10**9, 10**15, 2**63)),
            (self._signed(jws + "A" * self._choose(8_000, 20_000, 60_000)), body),
            ([*self._signed("x"), *((f"x-{i}", "y" * 50) for i in range(80))], body),
            (self._signed("." * 50_000), body),
        )

    def _try_number_bomb(self, _body):
        digits = b"1" * self._random.randrange(5_000, 500_000)
        body = b'[{"id":' + digits + b"}]"
        return self._signed(sign(self._genuine, body)), body

    def _try_compressed(self, body):
        encoding, packed = self._choose(
            ("gzip", gzip.compress(body, mtime=0)),
            ("deflate", zlib.compress(body)),
            ("gzip, gzip", gzip.compress(gzip.compress(body, mtime=0), mtime=0)),
            ("br", body[::-1]),
            *self._bombs,
        )
        # Signed is what comes out of it, or what goes over the wire
        jws = sign(self._genuine, self._choose(body + b" ", packed))
        return [*self._signed(jws), ("Content-Encoding", encoding)], packed

    def _make_compressed_bombs(self):
        zeros = bytes(64 * LIMIT)
        return ("gzip", gzip.compress(zeros, mtime=0)), (
            "deflate",
            zlib.compress(zeros),
        )

    # === ANOTHER SHAPE === #

    def _try_wrong_content_type(self, body):
        content_type = self._choose(*CONTENT_TYPES)
        return self._signed(sign(self._own, body), content_type), body

    def _try_form(self, body):
        content_type = self._choose(*FORMS)
        if self._choose(True, False):
            return self._signed(sign(self._own, body), content_type), body
        part = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\ny\r\n'
        form = part * self._random.randrange(2_000) + b"--x--\r\n"
        return self._signed(sign(self._genuine, form), content_type), form

    def _try_short_body(self, body):
        jws = sign(self._genuine, body)
        return self._signed(jws), body[:-1], len(body) + self._random.randrange(1, 99)
