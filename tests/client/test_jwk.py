# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The key pair and its public half."""

import base64

import jwt
import pytest
from client import assumptions, jwk
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa


def pem_of(key, encryption=None, form=serialization.PrivateFormat.PKCS8):
    return key.private_bytes(
        serialization.Encoding.PEM,
        form,
        encryption or serialization.NoEncryption(),
    ).decode()


def test_a_new_key_is_pkcs8_and_has_2048_bits(private_key):
    assert private_key.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert jwk.load_private_key(private_key).key_size == 2048


def test_every_new_key_is_another():
    assert jwk.generate_private_key() != jwk.generate_private_key()


def test_the_public_jwk_verifies_what_the_private_key_signs(private_key):
    public = jwk.public_jwk(private_key, "key-1")
    token = jwt.encode({"a": 1}, private_key, algorithm="RS256")
    assert jwt.decode(token, jwt.PyJWK(public).key, algorithms=["RS256"]) == {"a": 1}


def test_the_public_jwk_has_what_the_panel_asks_for_and_nothing_private(private_key):
    public = jwk.public_jwk(private_key, "key-1")
    assert list(public) == ["kty", "e", "use", "kid", "alg", "n"]
    expected = {"kty": "RSA", "e": "AQAB", "use": "sig", "kid": "key-1", "alg": "RS256"}
    assert {name: public[name] for name in expected} == expected


def test_the_public_jwk_names_the_algorithm_of_what_it_verifies(private_key):
    assert jwk.public_jwk(private_key)["alg"] == assumptions.ASSERTION_ALGORITHM
    public = jwk.load_private_key(private_key).public_key()
    assert jwk.describe(public, "key-1", "RS512")["alg"] == "RS512"


def test_the_numbers_have_no_leading_zeros(private_key):
    # RFC 7518, section 2: the minimum number of octets, here 256
    assert len(jwk.public_jwk(private_key)["n"]) == 342


def test_the_key_id_defaults_to_the_thumbprint(private_key):
    public = jwk.public_jwk(private_key)
    assert public["kid"] == jwk.thumbprint(private_key) == jwk.thumbprint(public)


def test_the_thumbprint_is_that_of_rfc_7638():
    # The example of section 3.1
    key = {
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPF"
        "FxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_R"
        "N5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5h"
        "ajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqb"
        "w0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    }
    assert jwk.thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_pkcs1_key_is_read_too(private_key):
    key = jwk.load_private_key(private_key)
    pem = pem_of(key, form=serialization.PrivateFormat.TraditionalOpenSSL)
    assert pem.startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert jwk.thumbprint(pem) == jwk.thumbprint(private_key)


@pytest.mark.parametrize("text", ["", "key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_text_that_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match="not a private key in PEM"):
        jwk.load_private_key(text)


def test_a_public_key_is_refused(private_key):
    public = jwk.load_private_key(private_key).public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(ValueError, match="not a private key in PEM"):
        jwk.load_private_key(pem.decode())


def test_an_encrypted_key_is_refused(private_key):
    key = jwk.load_private_key(private_key)
    pem = pem_of(key, serialization.BestAvailableEncryption(b"password"))
    with pytest.raises(ValueError, match="encrypted"):
        jwk.load_private_key(pem)


def test_a_key_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="not an RSA key"):
        jwk.load_private_key(pem_of(ec.generate_private_key(ec.SECP256R1())))


def test_a_key_that_no_library_knows_is_refused():
    der = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # The object identifier of the curve, then of one that is out of use
    prime256v1 = bytes.fromhex("06082a8648ce3d030107")
    assert prime256v1 in der
    der = der.replace(prime256v1, bytes.fromhex("06082a8648ce3d030106"))
    body = base64.b64encode(der).decode()
    pem = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    with pytest.raises(ValueError, match="not a private key in PEM"):
        jwk.load_private_key(pem)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="shorter than 2048"):
        jwk.load_private_key(pem_of(rsa.generate_private_key(65537, 1024)))
