# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One call to the address of this ERP, and what comes of it.

Knows nothing of Odoo. The call goes the way that Autenti's callbacks go: by POST, to
the very address. It asks a question that only one database can answer.
"""

import json
import re
import ssl
from contextlib import suppress
from socket import gaierror
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import (
    LocationValueError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)
from urllib3.util.ssl_match_hostname import CertificateError

from odoo.addons.autenti_esign.client import deadline

# For the whole of it, and to get connected
SECONDS = 10
CONNECT_SECONDS = 6
# Who answers with more is somebody else
MAX_BYTES = 64 * 1024

# What came of it. Our database has answered:
FINE = "fine"
OTHER_HOST = "other_host"  # `detail`: the host name that the proxy has passed on
OTHER_SCHEME = "other_scheme"
# Nobody was reached:
UNKNOWN_NAME = "unknown_name"
UNREACHABLE = "unreachable"
SLOW = "slow"
NO_ADDRESS = "no_address"
# Somebody was, whose certificate is no good:
EXPIRED = "expired"
NOT_YET_VALID = "not_yet_valid"
SELF_SIGNED = "self_signed"
WRONG_NAME = "wrong_name"
UNTRUSTED = "untrusted"
NO_TLS = "no_tls"
# Somebody else answered. `detail` is a status, or the address that was pointed to:
NO_HTTP = "no_http"
TO_HTTP = "to_http"
TO_HTTPS = "to_https"
TO_SELECTOR = "to_selector"
TO_LOGIN = "to_login"
TO_ELSEWHERE = "to_elsewhere"
OTHER_DATABASE = "other_database"
NOT_FOUND = "not_found"
LOGIN = "login"
REFUSED = "refused"
GATEWAY = "gateway"
BROKEN = "broken"
STRANGER = "stranger"

# OpenSSL's X509_V_ERR_* (x509_vfy.h)
CERTIFICATE_CODES = {
    9: NOT_YET_VALID,
    10: EXPIRED,
    18: SELF_SIGNED,
    19: SELF_SIGNED,
    62: WRONG_NAME,
    64: WRONG_NAME,
}
# `requests` lets some errors of the libraries below it through
NO_URL = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    LocationValueError,
    UnicodeError,
)
# What an error came of, the first that fits: a name that isn't found ends in an error
# of connecting as well
FAILURES = (
    (ssl.SSLCertVerificationError, UNTRUSTED),  # or what its number says
    (CertificateError, WRONG_NAME),
    (ssl.SSLError, NO_TLS),
    (gaierror, UNKNOWN_NAME),
    (requests.ConnectTimeout, UNREACHABLE),
    ((requests.Timeout, ReadTimeoutError), SLOW),
    # Any other `ValueError` comes of what was answered
    (NO_URL, NO_ADDRESS),
    ((NewConnectionError, ProxyError), UNREACHABLE),
)
STATUSES = {404: NOT_FOUND, 502: GATEWAY, 503: GATEWAY, 504: GATEWAY}
KINDS = {4: REFUSED, 5: BROKEN}  # by the first digit
# A word of the path, as in /oauth2/start and /wp-login.php, or what a host begins with
LOGIN_WORD = re.compile(
    r"(?<![a-z])(?:log[-_]?in|sign[-_]?in|log[-_]?on|sso|saml2?|oauth2?|openid|oidc|"
    r"cas|auth[nz]?|authorize|authenticate|accounts|adfs|authelia|authentik|"
    r"goauthentik|logowanie|zaloguj)(?![a-z])"
)
# Of services that ask for a login in front of anything
LOGIN_HOSTS = (
    *("accounts.google.com", "auth0.com", "awsapps.com", "b2clogin.com"),
    *("cloudflareaccess.com", "microsoftonline.com", "okta.com", "onelogin.com"),
)


class Outcome(NamedTuple):
    """What came of a call; `detail` says more where the constants above say so."""

    code: str
    detail: str = ""


def make_question(word):
    """Return the body that asks for the answer to a word of `autenti_connection`.

    :rtype: bytes
    """
    return json.dumps({"question": word}).encode()


def call(url, word, answer):
    """Ask a question at an address.

    No redirect is followed, and nothing of the answer is kept.

    :param str url: http or https
    :param str word: that the question is about
    :param str answer: that only the right database gives
    :rtype: Outcome
    """
    session = deadline.make_session()
    # Else requests would look into what it isn't to follow, and stumble over nonsense
    session.get_redirect_target = lambda _response: None
    try:
        with deadline.within(SECONDS):
            response = session.post(
                url,
                data=make_question(word),
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": "autenti_esign",
                },
                timeout=CONNECT_SECONDS,
                allow_redirects=False,
                stream=True,
                # Else requests would look for a password of the host in ~/.netrc
                auth=lambda request: request,
            )
            content = _read(response)
    except (requests.RequestException, *NO_URL) as error:
        return _judge_failure(error)
    finally:
        session.close()
    return _judge_answer(url, response, content, answer)


def _read(response):
    content = bytearray()
    with response:
        for chunk in response.iter_content(8 * 1024):
            content += chunk
            if len(content) > MAX_BYTES:
                break
    return bytes(content)


def _judge_failure(error):
    """Tell what has kept a call from being answered."""
    causes = list(_iterate_causes(error))
    for kind, code in FAILURES:
        for cause in causes:
            if isinstance(cause, kind):
                number = getattr(cause, "verify_code", None)
                return Outcome(CERTIFICATE_CODES.get(number, code))
    return Outcome(NO_HTTP)


def _iterate_causes(error):
    """Yield an error, and all that it came of.

    Libraries chain them by `raise ... from`, by an attribute, or as an argument.
    """
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        candidates = (
            getattr(error, "reason", None),
            error.__cause__,
            *error.args,
            error.__context__,
        )
        error = next(
            (each for each in candidates if isinstance(each, BaseException)), None
        )


def _judge_answer(url, response, content, answer):
    """Tell who has answered."""
    status = response.status_code
    found = _read_answer(content)
    if status == 200 and found.get("answer") == answer:
        return _compare(url, found)
    if status == 404 and found == {"answer": None}:
        return Outcome(OTHER_DATABASE)
    if location := response.headers.get("Location") if 300 <= status < 400 else None:
        return _judge_redirect(url, location)
    if status == 401 or (status < 500 and _asks_for_password(content)):
        return Outcome(LOGIN)
    return Outcome(
        STATUSES.get(status) or KINDS.get(status // 100, STRANGER), str(status)
    )


def _read_answer(content):
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _asks_for_password(content):
    text = content.lower().replace(b"'", b'"').replace(b" ", b"")
    return b'type="password"' in text or b"type=password" in text


def _compare(url, found):
    """Tell whether the proxies have passed on by what address they were called."""
    asked = urlsplit(url)
    host = found.get("host")
    if isinstance(host, str) and _normalize(host, asked.scheme) != _normalize(
        asked.netloc, asked.scheme
    ):
        return Outcome(OTHER_HOST, host[:100])
    if found.get("scheme") != asked.scheme:
        return Outcome(OTHER_SCHEME)
    return Outcome(FINE)


def _normalize(host, scheme):
    port = {"https": ":443", "http": ":80"}.get(scheme, "")
    return host.lower().removesuffix(port)


def _judge_redirect(url, location):
    """Tell where an answer points, of addresses that Autenti doesn't follow."""
    asked, target = urlsplit(url), None
    with suppress(ValueError):
        target = urlsplit(urljoin(url, location))
    if target is None or target.scheme not in ("http", "https"):
        return Outcome(TO_ELSEWHERE, location[:200])
    # Without a password that stands before the host
    host = target.netloc.rpartition("@")[2]
    shown = f"{target.scheme}://{host}{target.path}"[:200]
    if target.path.startswith("/web/database/"):
        return Outcome(TO_SELECTOR, shown)
    if target.hostname == asked.hostname and target.path == asked.path:
        if (asked.scheme, target.scheme) == ("https", "http"):
            return Outcome(TO_HTTP, shown)
        if (asked.scheme, target.scheme) == ("http", "https"):
            return Outcome(TO_HTTPS, shown)
    if _is_login(asked, target):
        return Outcome(TO_LOGIN, shown)
    return Outcome(TO_ELSEWHERE, shown)


def _is_login(asked, target):
    """Tell if an answer points to a login page, by its path or its host."""
    host = target.hostname or ""
    is_other = host != asked.hostname
    return bool(
        LOGIN_WORD.search(target.path.lower())
        or (is_other and LOGIN_WORD.match(host))
        or host.endswith(tuple(f".{name}" for name in LOGIN_HOSTS))
        or host in LOGIN_HOSTS
    )
