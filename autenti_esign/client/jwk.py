# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The RSA key pair that signs our assertions, and its public half for Autenti."""

import base64
import hashlib
import json

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from . import assumptions

KEY_BITS = 2048


def generate_private_key():
    """Make an RSA key of 2048 bits.

    :return: PEM, PKCS #8, not encrypted
    :rtype: str
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def load_private_key(pem):
    """Read a private key, PKCS #8 or PKCS #1.

    :param str pem: PEM text
    :rtype: cryptography.hazmat.primitives.asymmetric.rsa.RSAPrivateKey
    :raise ValueError: not a private key, encrypted, not RSA, or under 2048 bits
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        # cryptography's way to say that a password is missing
        raise ValueError("The private key is encrypted.") from None
    except (ValueError, UnsupportedAlgorithm):
        # The chained exception could quote the key
        raise ValueError("This is not a private key in PEM.") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("The private key is not an RSA key.")
    if key.key_size < KEY_BITS:
        raise ValueError(f"The RSA key is shorter than {KEY_BITS} bits.")
    return key


def public_jwk(pem, kid=None):
    """Describe the public half of a private key, as Autenti's panel takes it.

    :param str pem: private key
    :param str kid: key id; the thumbprint when absent
    :return: RFC 7517 with the members kty, e, use, kid, alg, n
    :rtype: dict[str, str]
    :raise ValueError: as `load_private_key`
    """
    return describe(load_private_key(pem).public_key(), kid)


def describe(key, kid=None, algorithm=assumptions.ASSERTION_ALGORITHM):
    """Describe a public key.

    :param cryptography.hazmat.primitives.asymmetric.rsa.RSAPublicKey key:
    :param str kid: key id; the thumbprint when absent
    :param str algorithm: by which it signs
    :return: as `public_jwk`
    :rtype: dict[str, str]
    """
    numbers = key.public_numbers()
    jwk = {
        "kty": "RSA",
        "e": _base64url_uint(numbers.e),
        "use": "sig",
        "kid": kid,
        "alg": algorithm,
        "n": _base64url_uint(numbers.n),
    }
    jwk["kid"] = kid or thumbprint(jwk)
    return jwk


def thumbprint(key):
    """Compute the SHA-256 thumbprint of an RSA key (RFC 7638).

    :param key: PEM of a private key (str) or an RSA JWK (dict)
    :rtype: str
    :raise ValueError: as `load_private_key`
    """
    if isinstance(key, str):
        return public_jwk(key)["kid"]
    # In this order and without white space
    members = {name: key[name] for name in ("e", "kty", "n")}
    canonical = json.dumps(members, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _base64url_uint(number):
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
