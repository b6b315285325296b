# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Access tokens by JWT bearer: the server acts for a named user (RFC 7523)."""

import re
import threading
import time
import uuid
from dataclasses import dataclass, field

import jwt
import requests

from . import assumptions, const, errors
from .jwk import load_private_key

# Seconds before its end at which a token is no longer used
EXPIRY_MARGIN = 45


@dataclass(frozen=True)
class Credentials:
    """Who calls Autenti, and for whom.

    :param str client_id: of the application in Autenti's panel
    :param str client_secret: of the application
    :param str private_key: PEM, RSA; its public JWK is registered in the application
    :param str key_id: ``kid`` of that JWK, "" when it has none
    :param str issuer: permanent id of the calling organisation
    :param str subject: permanent id of the acting user in the calling system
    :param str email: of the acting user at Autenti
    """

    client_id: str
    client_secret: str = field(repr=False)
    private_key: str = field(repr=False)
    key_id: str
    issuer: str
    subject: str
    email: str


def build_assertion(credentials, now=None):
    """Sign the JWT that names the acting user.

    :param Credentials credentials: the application and the user
    :param float now: Unix time in seconds, default the clock's
    :return: compact JWS
    :rtype: str
    :raise ValueError: the private key is unfit
    """
    issued_at = int(time.time() if now is None else now)
    claims = {
        "aud": assumptions.ASSERTION_AUDIENCE,
        "iss": credentials.issuer,
        "sub": credentials.subject,
        assumptions.ASSERTION_USER_CLAIM: credentials.email,
        assumptions.ASSERTION_USER_VERIFIED_CLAIM: True,
        "iat": issued_at,
        "exp": issued_at + assumptions.ASSERTION_LIFETIME,
        "jti": str(uuid.uuid4()),
    }
    return jwt.encode(
        claims,
        load_private_key(credentials.private_key),
        algorithm=assumptions.ASSERTION_ALGORITHM,
        headers={"kid": credentials.key_id} if credentials.key_id else None,
    )


def token_form(credentials):
    """Write the form that asks for an access token.

    :rtype: dict[str, str]
    :raise AutentiError: INVALID_KEY, the private key is unfit
    """
    try:
        assertion = build_assertion(credentials)
    except ValueError as error:
        raise errors.AutentiError(errors.INVALID_KEY, detail=str(error)) from None
    return {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "grant_type": const.GRANT_JWT_BEARER,
        "assertion": assertion,
    }


def token_error_code(status, error, description):
    """Tell why no token was given.

    :param int status: of the refusal
    :param str error: code of RFC 6749, section 5.2, "" when there is none
    :param str description: Autenti's words, "" when there are none
    :return: a code of `errors`
    :rtype: str
    """
    if error == assumptions.TOKEN_ERROR_CLIENT:
        return errors.INVALID_CLIENT
    if status == 401 and error != assumptions.TOKEN_ERROR_GRANT:
        return errors.INVALID_CLIENT
    if error == assumptions.TOKEN_ERROR_PERMISSION:
        return errors.FORBIDDEN
    words = set(re.findall(r"[\w-]+", description.lower()))
    if words.intersection(assumptions.TOKEN_ERROR_KEY_WORDS):
        return errors.INVALID_KEY
    if words.intersection(assumptions.TOKEN_ERROR_USER_WORDS):
        return errors.UNKNOWN_USER
    return errors.INVALID_GRANT


class TokenCache:
    """Access tokens in the memory of this process, safe for threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._slots = {}

    def get(self, key, fetch):
        """Return a usable token; one thread asks, the others wait for its answer.

        :param key: hashable, tells whose token it is
        :param fetch: callable without arguments, gives (token, lifetime in seconds)
        :rtype: str
        """
        slot = self._slot(key)
        with slot.lock:
            if slot.token is None or time.monotonic() >= slot.usable_until:
                asked_at = time.monotonic()
                slot.token, lifetime = fetch()
                # A very short token must still serve for a while
                margin = min(EXPIRY_MARGIN, lifetime / 2)
                slot.usable_until = asked_at + lifetime - margin
            return slot.token

    def invalidate(self, key, token=None):
        """Forget a token.

        :param str token: forget just this one, not a newer one that took its place
        """
        slot = self._slot(key)
        with slot.lock:
            if token is None or token == slot.token:
                slot.token = None

    def clear(self):
        with self._lock:
            self._slots.clear()

    def _slot(self, key):
        with self._lock:
            return self._slots.setdefault(key, _Slot())


class _Slot:
    def __init__(self):
        self.lock = threading.Lock()
        self.token = None
        self.usable_until = 0.0


# Shared by all sessions of this process
token_cache = TokenCache()


class BearerAuth(requests.auth.AuthBase):
    """Put an access token on a request (RFC 6750, section 2.1)."""

    def __init__(self, token):
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
