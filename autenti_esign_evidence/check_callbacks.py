# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who signed a callback; run as a program, it checks those of a package without Odoo.

    python3 check_callbacks.py callbacks.json

It takes Python alone. Autenti signs the bytes of a body by a detached JWS (RFC 7515,
appendix F) with RS256: RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2) with SHA-256.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

# DER of the DigestInfo of SHA-256, before the digest itself (RFC 8017, 9.2)
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def is_signed(body, signature, key):
    """Tell if a key has signed a body.

    :param bytes body: as it was posted
    :param str signature: detached JWS
    :param dict key: RSA public key as a JWK (RFC 7517)
    :raise ValueError: one of them isn't of that kind
    :raise KeyError: the same
    """
    protected, nothing, proof = signature.split(".")
    if nothing or json.loads(_decode(protected))["alg"] != "RS256":
        return False
    modulus, exponent = (_to_number(_decode(key[name])) for name in ("n", "e"))
    size = (modulus.bit_length() + 7) // 8
    payload = base64.urlsafe_b64encode(body).rstrip(b"=")
    digest = hashlib.sha256(protected.encode("ascii") + b"." + payload).digest()
    block = b"\0" + DIGEST_INFO + digest
    expected = b"\0\1" + b"\xff" * (size - 2 - len(block)) + block
    number = _to_number(_decode(proof))
    return number < modulus and pow(number, exponent, modulus) == _to_number(expected)


def find_problems(callbacks, folder):
    """Check callbacks as a package describes them.

    :param list callbacks: dicts, from `callbacks.json`
    :param pathlib.Path folder: where the bodies are
    :return: (how many are signed, sentences about those that aren't)
    """
    signed, problems = 0, []
    for callback in callbacks:
        if not callback["body"]:
            continue
        body = (folder / callback["body"]).read_bytes()
        name = f"{callback['event']} ({callback['body']})"
        if not (callback["signature"] and callback["key"]):
            problems.append(f"{name}: its signature was not kept")
        elif not is_signed(body, callback["signature"], callback["key"]):
            problems.append(f"{name}: NOT SIGNED by the key")
        elif callback["event"] not in [event["id"] for event in json.loads(body)]:
            problems.append(f"{name}: the body does NOT TELL of it")
        else:
            signed += 1
    return signed, problems


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _to_number(octets):
    return int.from_bytes(octets, "big")


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    path = Path(arguments[0])
    callbacks = json.loads(path.read_text(encoding="utf-8"))
    signed, problems = find_problems(callbacks, path.parent)
    if problems:
        sys.exit("\n".join(problems))
    sys.stdout.write(f"OK: {signed} of {len(callbacks)} callbacks are here, signed\n")


if __name__ == "__main__":
    main(sys.argv[1:])
