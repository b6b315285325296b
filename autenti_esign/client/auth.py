# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Access tokens, by one of two ways.

JWT bearer: the server acts for a named user (RFC 7523). Authorization code: a user logs
in at Autenti and comes back with a code (RFC 6749, section 4.1).
"""

import re
import threading
import time
import uuid
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

import jwt
import requests

from . import assumptions, const, errors
from .jwk import load_private_key

# Seconds before its end at which a token is no longer used
EXPIRY_MARGIN = 45


@dataclass(frozen=True)
class Application:
    """Who calls Autenti.

    :param str client_id: of the application in Autenti's panel
    :param str client_secret: of the application
    """

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Credentials(Application):
    """Who calls Autenti, and for whom, by JWT bearer.

    :param str private_key: PEM, RSA; its public JWK is registered in the application
    :param str key_id: ``kid`` of that JWK, "" when it has none
    :param str issuer: permanent id of the calling organisation
    :param str subject: permanent id of the acting user in the calling system
    :param str email: of the acting user at Autenti
    """

    private_key: str = field(repr=False)
    key_id: str
    issuer: str
    subject: str
    email: str


@dataclass(frozen=True)
class Tokens:
    """What the token endpoint gave (RFC 6749, section 5.1).

    :param str access_token:
    :param int lifetime: of the access token, in seconds
    :param str refresh_token: good once, for the next access token; None when there is
        none
    """

    access_token: str = field(repr=False)
    lifetime: int
    refresh_token: str | None = field(default=None, repr=False)

    @property
    def usable_seconds(self):
        """Return how long the access token serves; a very short one for a while too."""
        return self.lifetime - min(EXPIRY_MARGIN, self.lifetime / 2)


def build_assertion(credentials, now=None):
    """Sign the JWT that names the acting user.

    :param Credentials credentials: the application and the user
    :param float now: Unix time in seconds, default the clock's
    :return: compact JWS
    :rtype: str
    :raise ValueError: the private key is unfit
    """
    return sign_assertion(credentials, assertion_claims(credentials, now))


def assertion_claims(credentials, now=None):
    """Say in whose name the calls are; see `build_assertion`.

    :rtype: dict
    """
    issued_at = int(time.time() if now is None else now)
    return {
        "aud": assumptions.ASSERTION_AUDIENCE,
        "iss": credentials.issuer,
        "sub": credentials.subject,
        assumptions.ASSERTION_USER_CLAIM: credentials.email,
        assumptions.ASSERTION_USER_VERIFIED_CLAIM: True,
        "iat": issued_at,
        "exp": issued_at + assumptions.ASSERTION_LIFETIME,
        "jti": str(uuid.uuid4()),
    }


def sign_assertion(
    credentials, claims, algorithm=assumptions.ASSERTION_ALGORITHM, key_id=None
):
    """Sign claims with the private key of the credentials.

    :param str key_id: ``kid`` in place of the credentials'
    :return: compact JWS
    :rtype: str
    :raise ValueError: the private key is unfit
    """
    key_id = key_id or credentials.key_id
    return jwt.encode(
        claims,
        load_private_key(credentials.private_key),
        algorithm=algorithm,
        headers={"kid": key_id} if key_id else None,
    )


def token_form(credentials, assertion=None):
    """Write the form that asks for an access token.

    :param str assertion: default that of `build_assertion`
    :rtype: dict[str, str]
    :raise AutentiError: INVALID_KEY, the private key is unfit
    """
    try:
        assertion = assertion or build_assertion(credentials)
    except ValueError as error:
        raise errors.AutentiError(errors.INVALID_KEY, detail=str(error)) from None
    return {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "grant_type": const.GRANT_JWT_BEARER,
        "assertion": assertion,
    }


def authorization_url(api_url, client_id, redirect_uri, state, scope):
    """Write the address where a user logs in and permits the application to act.

    They come back to `redirect_uri` with the parameters ``code`` and ``state``, or
    ``error`` and ``state`` (page `authorization-code-grant`; RFC 6749, section 4.1.2).

    :param str api_url: base of the API
    :param str redirect_uri: as it is registered for the application, to the letter
    :param str state: secret of the browser's session, good once
    :param str scope: of `const`, more than one with spaces between
    :rtype: str
    """
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "response_type": "code",
        "response_mode": "query",
        "state": state,
    }
    return f"{api_url.rstrip('/')}{const.AUTHORIZATION_PATH}?{urlencode(query)}"


def code_form(application, code, redirect_uri):
    """Write the form that changes a code for the first tokens of a login.

    :param Application application:
    :param str code: good once, for a short time
    :param str redirect_uri: the one of the login, to the letter
    :rtype: dict[str, str]
    """
    return {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "grant_type": const.GRANT_CODE,
        "code": code,
        "redirect_uri": redirect_uri,
    }


def refresh_form(application, refresh_token):
    """Write the form that changes a refresh token for the next tokens of a login.

    :param Application application:
    :param str refresh_token: good once; a second use can end the login
    :rtype: dict[str, str]
    """
    return {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "grant_type": const.GRANT_REFRESH,
        "refresh_token": refresh_token,
    }


def token_error_code(status, error, description, *, grant):
    """Tell why no token was given.

    :param int status: of the refusal
    :param str error: code of RFC 6749, section 5.2, "" when there is none
    :param str description: Autenti's words, "" when there are none
    :param str grant: what was offered for the token, a ``GRANT_`` of `const`
    :return: a code of `errors`
    :rtype: str
    """
    if error == assumptions.TOKEN_ERROR_CLIENT:
        return errors.INVALID_CLIENT
    if status == 401 and error != assumptions.TOKEN_ERROR_GRANT:
        return errors.INVALID_CLIENT
    if error == assumptions.TOKEN_ERROR_PERMISSION:
        return errors.FORBIDDEN
    if grant != const.GRANT_JWT_BEARER:
        return errors.LOGIN_REQUIRED
    words = set(re.findall(r"[\w-]+", description.lower()))
    if words.intersection(assumptions.TOKEN_ERROR_KEY_WORDS):
        return errors.INVALID_KEY
    if words.intersection(assumptions.TOKEN_ERROR_USER_WORDS):
        return errors.UNKNOWN_USER
    return errors.INVALID_GRANT


class SingleFlight:
    """Has one thread do what several want at the same moment, for all of them."""

    def __init__(self):
        self._lock = threading.Lock()
        self._flights = {}

    def do(self, key, work):
        """Do work, or wait for who is doing it already.

        :param key: hashable, tells what is the same work
        :param work: callable without arguments
        :return: what `work` returns, whoever did it; what it raises is raised for all
        """
        with self._lock:
            flight = self._flights.get(key)
            is_first = flight is None
            if is_first:
                flight = self._flights[key] = Future()
        if is_first:
            try:
                flight.set_result(work())
            except BaseException as error:
                flight.set_exception(error)
            finally:
                with self._lock:
                    del self._flights[key]
        return flight.result()


class TokenCache:
    """Access tokens in the memory of this process, safe for threads."""

    def __init__(self):
        self._slots = {}
        self._flights = SingleFlight()

    def get(self, key, fetch):
        """Return a usable token; one thread asks, the others wait for its answer.

        :param key: hashable, tells whose token it is
        :param fetch: callable without arguments, gives `Tokens`
        :rtype: str
        """
        return self._usable(key) or self._flights.do(
            key, lambda: self._usable(key) or self._fetch(key, fetch)
        )

    def invalidate(self, key, token=None):
        """Forget a token.

        :param str token: forget just this one, not a newer one that took its place
        """
        slot = self._slots.get(key)
        if slot and token in (None, slot.token):
            self._slots.pop(key, None)

    def clear(self):
        self._slots.clear()

    def _usable(self, key):
        slot = self._slots.get(key)
        if slot and time.monotonic() < slot.usable_until:
            return slot.token
        return None

    def _fetch(self, key, fetch):
        asked_at = time.monotonic()
        tokens = fetch()
        self._slots[key] = _Slot(tokens.access_token, asked_at + tokens.usable_seconds)
        return tokens.access_token


class CachedTokens:
    """Access tokens that are kept in a cache.

    :param TokenCache cache:
    :param key: hashable, tells whose tokens they are
    :param fetch: callable without arguments, gives `Tokens`
    """

    def __init__(self, cache, key, fetch):
        self._cache = cache
        self._key = key
        self._fetch = fetch

    def get(self):
        """Return a usable access token.

        :rtype: str
        """
        return self._cache.get(self._key, self._fetch)

    def invalidate(self, token=None):
        """Have the next `get` ask Autenti.

        :param str token: unless another took the place of this refused one
        """
        self._cache.invalidate(self._key, token)


class _Slot(NamedTuple):
    token: str
    usable_until: float


# Shared by all sessions of this process
token_cache = TokenCache()


class BearerAuth(requests.auth.AuthBase):
    """Put an access token on a request (RFC 6750, section 2.1)."""

    def __init__(self, token):
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
