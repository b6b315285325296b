# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can go wrong when Autenti is asked for something."""

UNREACHABLE = "unreachable"  # no connection, or it broke
TIMEOUT = "timeout"
SERVER_ERROR = "server_error"  # 5xx
RATE_LIMITED = "rate_limited"  # 429
PAUSED = "paused"  # our own limiter: Autenti wasn't asked
INVALID_CLIENT = "invalid_client"  # client id or secret refused
INVALID_KEY = "invalid_key"  # the assertion's signature or key id refused
UNKNOWN_USER = "unknown_user"  # the acting user's e-mail refused
INVALID_GRANT = "invalid_grant"  # the assertion refused, no telling why
LOGIN_REQUIRED = "login_required"  # the user must log in at Autenti, maybe again
UNAUTHORIZED = "unauthorized"  # 401 although the token is fresh
PAYMENT_REQUIRED = "payment_required"  # 402: package or SMS credits used up
FORBIDDEN = "forbidden"  # 403 without a challenge: a missing permission
CHALLENGE = "challenge"  # 403 with a challenge: Autenti wants more input
NOT_FOUND = "not_found"  # 404: unknown, or invisible to the acting user
BAD_REQUEST = "bad_request"  # any other 4xx
INVALID_RESPONSE = "invalid_response"  # an answer that can't be what was asked for

# What was asked for may have happened: read before you repeat
UNKNOWN_OUTCOME = frozenset({UNREACHABLE, TIMEOUT, SERVER_ERROR, INVALID_RESPONSE})


class AutentiError(Exception):
    """A call that didn't do what was asked, or whose outcome isn't known.

    :param str code: one of this module's constants
    :param int status: HTTP status, None when there was no answer
    :param str detail: Autenti's own words, short and without secrets
    :param float retry_after: seconds that Autenti asks to wait (RFC 9110, 10.2.3)
    """

    def __init__(self, code, *, status=None, detail="", retry_after=None):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


class ChallengeError(AutentiError):
    """Autenti wants more input before it acts (403 with ``X-Challenge``).

    :param dict challenge: ``{"classifiers": [str], "attributes": {"options": [...],
        "errors": [...]}}`` (page `document-sending-action`)
    :param str wanted: what it asks for, in Autenti's words; maybe ""
    """

    def __init__(self, challenge, *, detail="", wanted=""):
        super().__init__(CHALLENGE, status=403, detail=detail)
        self.challenge = challenge
        self.wanted = wanted
