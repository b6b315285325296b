# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Makes one mistake in the verification of callbacks, named by an environment variable.

Odoo loads it by `--load`, before any database.
"""

import base64
import hashlib
import hmac
import json
import os

import requests
from cryptography.hazmat.primitives import serialization

from odoo.addons.autenti_esign.client import webhook
from odoo.addons.autenti_esign.client.webhook import RSAAlgorithm

VARIABLE = "AUTENTI_MISTAKE"
_accepted_kid = webhook._accepted_kid
_signed_by = webhook._signed_by
_hoard = []


def read_header(compact):
    """Read the JOSE header of a JWS; empty when it can't be."""
    head = compact.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=="))
        return header if isinstance(header, dict) else {}
    except (ValueError, RecursionError):
        return {}


def take_unsigned():
    """Believe `alg: none`."""

    def accepted_kid(compact):
        header = read_header(compact)
        return header["kid"] if header.get("alg") == "none" else _accepted_kid(compact)

    def signed_by(key, compact):
        return read_header(compact).get("alg") == "none" or _signed_by(key, compact)

    webhook._accepted_kid = accepted_kid
    webhook._signed_by = signed_by


def take_shared_secret():
    """Take the public key for a secret, where the header says HMAC."""

    def accepted_kid(compact):
        header = read_header(compact)
        return header["kid"] if header.get("alg") == "HS256" else _accepted_kid(compact)

    def signed_by(key, compact):
        if read_header(compact).get("alg") != "HS256":
            return _signed_by(key, compact)
        signed, _dot, signature = compact.rpartition(".")
        secret = key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode() == signature

    webhook._accepted_kid = accepted_kid
    webhook._signed_by = signed_by


def take_any_key():
    """Believe a key that comes with the signature."""

    def signed_by(key, compact):
        jwk = read_header(compact).get("jwk")
        brought = RSAAlgorithm.from_jwk(jwk) if isinstance(jwk, dict) else None
        return any(_signed_by(k, compact) for k in (key, brought) if k)

    webhook._signed_by = signed_by


def follow_addresses():
    """Fetch the key set that the header names, before anything else."""

    def accepted_kid(compact):
        address = read_header(compact).get("jku")
        if isinstance(address, str):
            requests.get(address, timeout=10)
        return _accepted_kid(compact)

    webhook._accepted_kid = accepted_kid


def pass_over_extensions():
    """Verify, but don't look at `crit` and `b64`."""
    webhook._accepted_kid = lambda compact: read_header(compact).get("kid")
    webhook._signed_by = lambda key, compact: (
        "crit" in read_header(compact) or _signed_by(key, compact)
    )


def stumble():
    """Let an error through that nonsense causes."""
    webhook._accepted_kid = lambda compact: json.loads(
        base64.urlsafe_b64decode(compact.partition(".")[0] + "==")
    )["kid"]


def hoard():
    """Keep what was refused."""
    verify = webhook.verify

    def keep(raw, header, key_set):
        _hoard.append(bytes(raw) + os.urandom(500_000))
        return verify(raw, header, key_set)

    webhook.verify = keep


MISTAKES = {
    mistake.__name__: mistake
    for mistake in (
        take_unsigned,
        take_shared_secret,
        take_any_key,
        follow_addresses,
        pass_over_extensions,
        stumble,
        hoard,
    )
}
MISTAKES[os.environ[VARIABLE]]()
