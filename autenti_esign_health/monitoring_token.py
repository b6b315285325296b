# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The token that monitoring shows: one for a database, which keeps its digest alone.

A digest without salt or rounds is enough for 256 random bits, which nobody guesses, and
costs nothing when somebody tries.
"""

import hashlib
import hmac
import secrets

PARAMETER = "autenti_esign_health.monitoring_token_sha256"
TOKEN_BYTES = 32


def make(env):
    """Make a token; the one before, if there was any, ends.

    :param env: of an administrator
    :return: the token, which can't be had again
    :rtype: str
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    env["ir.config_parameter"].set_param(PARAMETER, _digest(token))
    return token


def remove(env):
    """Have no token; see `make`."""
    env["ir.config_parameter"].set_param(PARAMETER, False)


def is_set(env):
    return bool(_get(env))


def is_right(env, token):
    """Tell if somebody has the token; False for all where there is none.

    :param str token: anybody's word
    """
    expected = _get(env)
    return bool(expected) and hmac.compare_digest(_digest(token), expected)


def _get(env):
    # Odoo caches it: a wrong one asks nothing of the database
    return env["ir.config_parameter"].sudo().get_param(PARAMETER) or ""


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()
