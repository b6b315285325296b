# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Callbacks: who really sent these bytes, and what they say (page `callbacks`).

Autenti signs the raw body by a detached JWS (RFC 7515, appendix F).
"""

import base64
import hashlib
import json
import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime

import jwt
import requests
from jwt.algorithms import RSAAlgorithm

from . import assumptions, const, deadline, errors, jwk, payload
from .session import read_body

_logger = logging.getLogger(__name__)

JWS_MAX_LENGTH = 8192
WORD_MAX_LENGTH = 255
# Seconds: between two looks for new keys, at least and at most; and how long known keys
# serve when the address doesn't answer
KEYS_PAUSE = 60
KEYS_LIFETIME = 3600
KEYS_GRACE = 24 * 3600
# Seconds that the one who asks first waits for them; others come again
KEYS_PATIENCE = 1
_KEYS_FAILURES = (
    requests.RequestException,
    errors.AutentiError,
    ValueError,
    RecursionError,
)
_jws = jwt.PyJWS(algorithms=[assumptions.JWS_ALGORITHM])
_algorithm = _jws.get_algorithm_by_name(assumptions.JWS_ALGORITHM)


class CallbackRejected(Exception):
    """A callback that must change nothing.

    :param str reason: for our own log, not for the sender
    :param int status: HTTP status to answer with: 400 malformed, 401 no or no valid
        signature, 403 a signature of a kind that we never accept, 503 the keys can't be
        had (Autenti should try again)
    """

    def __init__(self, reason, status):
        super().__init__(reason)
        self.reason = reason
        self.status = status


class KeysAwaited(CallbackRejected):
    """The keys are being fetched since this very call: `wait`, then ask once more.

    Who waits should hold nothing that others need, such as a database connection.

    :param list[threading.Thread] threads: that fetch them
    """

    def __init__(self, threads):
        super().__init__("Autenti's keys are being fetched", 503)
        self.threads = threads

    def wait(self):
        """Give them a moment: they are there then, or Autenti must post again."""
        end = time.monotonic() + KEYS_PATIENCE
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))


@dataclass(frozen=True)
class Event:
    """One event of a callback: a hint to go and look.

    Its words are printable and of at most 255 characters.

    :param str event_id: unique at Autenti; repeated when Autenti posts again
    :param str event_type: `const.EVENT_*` or a word that we don't know, maybe ""
    :param str process_id: maybe "" or of a process that we don't know
    :param datetime.datetime timestamp: UTC, None when unknown
    """

    event_id: str
    event_type: str
    process_id: str
    timestamp: datetime | None

    @classmethod
    def from_json(cls, data):
        """Read an event.

        :raise ValueError: not an object, or it has no usable id
        """
        data = payload.as_mapping(data)
        event_id = _event_id(data.get("id"))
        if not event_id:
            raise ValueError("An event has no id.")
        return cls(
            event_id=event_id,
            event_type=_word(data.get("eventType")),
            process_id=_word(_id_of(data.get("object"))),
            timestamp=payload.parse_timestamp(data.get("timestamp")),
        )


@dataclass(frozen=True)
class Callback:
    """What Autenti posted at once, verified.

    :param str key_id: `kid` of the key that has signed, "" where it has none
    :param dict key: that key, as `jwk.public_jwk` describes it
    :param list[Event] events:
    """

    key_id: str
    key: dict
    events: list


class KeySet:
    """Autenti's public keys at one fixed address, kept in memory, safe for threads.

    A thread of its own fetches them, and nobody waits for it in here: the host may take
    its time.

    :param str url: JWKS, e.g. `const.ENVIRONMENTS["test"].jwks_url`
    """

    def __init__(self, url):
        self._url = url
        self._lock = threading.Lock()
        self._keys = []
        self._fetched_at = None
        self._tried_at = None
        self._reachable = False
        self._is_fetching = False

    def find(self, kid):
        """Find the keys that a signature may come from.

        An unknown ``kid`` makes it look for new keys, at most once a minute, and so do
        keys that have become old. While it looks, the keys that are known serve.

        :param str kid: key id; None is answered only if there is a single key
        :return: none, one, or several that share the id
        :rtype: list[cryptography.hazmat.primitives.asymmetric.rsa.RSAPublicKey]
        :raise KeysAwaited: this call had them fetched
        :raise CallbackRejected: 503, the keys can't be had, or not yet
        """
        is_old = _older(self._fetched_at, KEYS_LIFETIME)
        keys = self._matching(kid)
        fetching = self._refresh() if is_old or not keys else None
        if fetching:
            raise KeysAwaited([fetching])
        if not keys and (self._is_fetching or not self._reachable):
            raise CallbackRejected("Autenti's keys can't be had", 503)
        # They may have come in this very moment
        return keys or self._matching(kid)

    def _matching(self, kid):
        keys = [] if _older(self._fetched_at, KEYS_GRACE) else self._keys
        if kid is None:
            return [key for _kid, key in keys] if len(keys) == 1 else []
        return [key for key_id, key in keys if key_id == kid]

    def _refresh(self):
        """Have a thread look for new keys; return it, None where it isn't time to."""
        with self._lock:
            if self._is_fetching or not _older(self._tried_at, KEYS_PAUSE):
                return None
            self._is_fetching = True
            self._tried_at = time.monotonic()
        thread = threading.Thread(target=self._fetch, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system has no thread left
            self._is_fetching = False
            return None
        return thread

    def _fetch(self):
        try:
            self._keys = _fetch_keys(self._url)
        except _KEYS_FAILURES as error:
            self._reachable = False
            _logger.warning(
                "Autenti's keys can't be had: %s: %s", self._url, type(error).__name__
            )
        else:
            self._reachable = True
            self._fetched_at = self._tried_at
        finally:
            self._is_fetching = False


_key_sets = {}
_key_sets_lock = threading.Lock()


def key_set(url):
    """Return the key set of an address that this process shares.

    :rtype: KeySet
    """
    with _key_sets_lock:
        if url not in _key_sets:
            _key_sets[url] = KeySet(url)
        return _key_sets[url]


def clear():
    """Forget the shared key sets."""
    with _key_sets_lock:
        _key_sets.clear()


def verify(raw, header, key_set):
    """Check that Autenti signed these bytes, then read them.

    :param bytes raw: the body as it came over the wire
    :param str header: value of `assumptions.JWS_HEADER`, None when absent
    :param KeySet key_set: the keys of the environment that is used
    :rtype: Callback
    :raise CallbackRejected: anything is wrong; nothing of the body can be trusted
    """
    if len(raw) > const.CALLBACK_MAX_BYTES:
        raise CallbackRejected("the body is too long", 400)
    if not header:
        raise CallbackRejected("no signature", 401)
    compact = _attach(header, raw)
    kid = _accepted_kid(header)
    signers = [key for key in key_set.find(kid) if _signed_by(key, compact)]
    if not signers:
        raise CallbackRejected("the signature is of no key of Autenti", 401)
    try:
        # As text: bytes could be of another encoding than UTF-8 (RFC 8259, 8.1)
        events = json.loads(raw.decode())
        if not isinstance(events, list):
            raise ValueError("The body is not an array.")
        key_id = _word(kid)
        return Callback(
            key_id,
            jwk.describe(signers[0], key_id, assumptions.JWS_ALGORITHM),
            [Event.from_json(data) for data in events],
        )
    except (ValueError, RecursionError):
        raise CallbackRejected("the body is not an array of events", 400) from None


def _event_id(value):
    """Take an event's id; one that no database can keep stands for itself by a hash."""
    if isinstance(value, int):
        return payload.as_id(value)
    if not isinstance(value, str):
        return ""
    octets = value.encode(errors="surrogatepass")
    return _word(value) or (value and f"sha256:{hashlib.sha256(octets).hexdigest()}")


def _word(value):
    """Take a string that any database can keep and compare, "" for anything else."""
    word = value if isinstance(value, str) else ""
    return word if word.isprintable() and len(word) <= WORD_MAX_LENGTH else ""


def _id_of(value):
    found = payload.as_mapping(value).get("id")
    # As the process itself is read
    return payload.as_id(found) if isinstance(found, int) else found


def _attach(header, raw):
    """Put the body in the empty middle of a detached JWS."""
    parts = header.split(".")
    is_word = header.isascii() and header.isprintable()
    if len(header) > JWS_MAX_LENGTH or not is_word or len(parts) != 3 or parts[1]:
        raise CallbackRejected("not a detached JWS", 400)
    body = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return f"{parts[0]}.{body}.{parts[2]}"


def _accepted_kid(detached):
    """Refuse every kind of JWS but the one, whatever its header offers.

    ``jku``, ``jwk``, ``x5u`` and ``x5c`` are never looked at: the keys come from a
    fixed address.
    """
    try:
        jose = _jws.get_unverified_header(f"{detached.partition('.')[0]}..")
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise CallbackRejected("not a JWS", 400) from None
    if jose.get("alg") != assumptions.JWS_ALGORITHM:
        raise CallbackRejected("not the algorithm that Autenti uses", 403)
    if "crit" in jose or jose.get("b64", True) is not True:
        raise CallbackRejected("an extension that Autenti doesn't use", 403)
    return jose.get("kid")


def _signed_by(key, compact):
    """Verify the signature alone: the rest has been looked at already."""
    signed, _dot, signature = compact.rpartition(".")
    padding = "=" * (-len(signature) % 4)
    try:
        # Unlike `urlsafe_b64decode`, this doesn't pass over what is no base64
        decoded = base64.b64decode(f"{signature}{padding}", b"-_", validate=True)
    except ValueError:
        return False
    return _algorithm.verify(signed.encode(), key, decoded)


def _older(moment, seconds):
    return moment is None or time.monotonic() - moment > seconds


def _fetch_keys(url):
    with deadline.within(const.KEYS_SECONDS), deadline.make_session() as session:
        response = session.get(
            url, timeout=const.KEYS_TIMEOUT, stream=True, allow_redirects=False
        )
        content = read_body(response, const.KEYS_MAX_BYTES)
    if response.status_code != 200:
        raise ValueError(f"The answer is {response.status_code}.")
    document = payload.as_mapping(json.loads(content))
    if not isinstance(document.get("keys"), list):
        raise ValueError("The answer is not a JWKS.")
    described = payload.as_mappings(document["keys"])
    found = ((each.get("kid"), _key(each)) for each in described)
    return [(kid, key) for kid, key in found if key]


def _key(described):
    """Load a JWK; None when it is not one that can sign callbacks."""
    for_signatures = described.get("use", "sig") == "sig"
    algorithm = described.get("alg", assumptions.JWS_ALGORITHM)
    is_private = "d" in described
    if not for_signatures or algorithm != assumptions.JWS_ALGORITHM or is_private:
        return None
    try:
        key = RSAAlgorithm.from_jwk(described)
    except (jwt.InvalidKeyError, ValueError):
        return None
    return key if key.key_size >= jwk.KEY_BITS else None
