# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signatures that really sign: PAdES by certificates of the emulator's own authority.

The sent file stays, byte by byte, the first revision of the signed one. The second adds
the signature card with one empty field a signer; each signature is a revision more.
"""

import datetime
import secrets
import stringprep
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic, layout
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter, PageObject
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from . import card
from .card import Line

YEAR = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Authority:
    """The certificate authority of one installation of the emulator."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def create(cls) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name({NameOID.COMMON_NAME: "Emulator Signing CA"})
        certificate = (
            _builder(name, name, key.public_key(), 20 * YEAR)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
            .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), True)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @classmethod
    def load(cls, pem: bytes) -> "Authority":
        key = serialization.load_pem_private_key(pem, password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(key, x509.load_pem_x509_certificate(pem))

    def dump(self) -> bytes:
        """Private key and certificate, PEM."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return key + self.pem

    @property
    def pem(self) -> bytes:
        """The certificate alone, PEM: what a validator has to trust."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, line: Line) -> signers.SimpleSigner:
        """A fresh key with a certificate for one signature of this person."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(
            {
                NameOID.COMMON_NAME: line.name,
                NameOID.ORGANIZATION_NAME: line.organisation,
                NameOID.TITLE: line.capacity,
            }
        )
        issuer = self.certificate.subject
        builder = (
            _builder(subject, issuer, key.public_key(), YEAR)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
            .add_extension(
                _key_usage(digital_signature=True, content_commitment=True), True
            )
        )
        # RFC 5280, section 4.2.1.6: an rfc822Name is ASCII.
        if line.email.isascii():
            names = x509.SubjectAlternativeName([x509.RFC822Name(line.email)])
            builder = builder.add_extension(names, False)
        certificate = builder.sign(self.key, hashes.SHA256())
        store = SimpleCertificateStore.from_certs([_asn1(self.certificate)])
        private = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return signers.SimpleSigner(
            _asn1(certificate), asn1_keys.PrivateKeyInfo.load(private), store
        )


def prepare(
    source: bytes, title: str, process_id: str, lines: Sequence[Line], manual: bool
) -> bytes:
    """Add the card and the empty fields, in one revision.

    ``manual``: the recipient places the signature, so there is no card; the emulator
    places it at the foot of the last page.
    """
    writer = IncrementalPdfFileWriter(BytesIO(source), strict=False)
    if not manual:
        drawn = PdfFileReader(BytesIO(card.draw_card(title, process_id, lines)))
        for index in range(_page_count(drawn)):
            _append_page(writer, drawn, index)
    card_pages = 0 if manual else -(-len(lines) // card.ROWS)
    for index in range(len(lines)):
        page, box = (-1, card.foot_box(index)) if manual else card.field_box(index)
        append_signature_field(
            writer,
            SigFieldSpec(
                field_name(index),
                on_page=page if manual else page - card_pages,
                box=box,
            ),
        )
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def sign(
    pdf: bytes, index: int, line: Line, authority: Authority, manual: bool
) -> bytes:
    """The signature of signer number ``index``, as one revision more."""
    size = card.SMALL_FIELD if manual else card.FIELD
    metadata = signers.PdfSignatureMetadata(
        field_name=field_name(index),
        name=line.name,
        reason=line.capacity or None,
        contact_info=line.email,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
    )
    stamp = StaticStampStyle(
        border_width=0,
        background=PageContent(card.draw_stamp(line, size)),
        background_layout=layout.SimpleBoxLayoutRule(
            x_align=layout.AxisAlignment.ALIGN_MID,
            y_align=layout.AxisAlignment.ALIGN_MID,
        ),
        background_opacity=1,
    )
    signer = signers.PdfSigner(
        metadata, signer=authority.issue(line), stamp_style=stamp
    )
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    output: BytesIO = signer.sign_pdf(writer, in_place=False)
    return output.getvalue()


def field_name(index: int) -> str:
    return f"Signature{index + 1}"


class PageContent(PdfContent):
    """First page of a PDF as something to draw."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__()
        self._pdf = pdf

    def render(self) -> bytes:
        reader = PdfFileReader(BytesIO(self._pdf))
        form = self._ensure_writer.import_page_as_xobject(reader)
        x1, y1, x2, y2 = form.get_object()["/BBox"]
        self.box = layout.BoxConstraints(width=x2 - x1, height=y2 - y1)
        self.resources.xobject["/Stamp"] = form
        return b"/Stamp Do"


def _append_page(writer: BasePdfFileWriter, drawn: PdfFileReader, index: int) -> None:
    form = writer.import_page_as_xobject(drawn, page_ix=index)
    resources = generic.DictionaryObject(
        {
            generic.pdf_name("/XObject"): generic.DictionaryObject(
                {generic.pdf_name("/Card"): form}
            )
        }
    )
    contents = writer.add_object(generic.StreamObject(stream_data=b"/Card Do"))
    writer.insert_page(
        PageObject(contents, form.get_object()["/BBox"], resources=resources)
    )


def _page_count(reader: PdfFileReader) -> int:
    return int(reader.root["/Pages"]["/Count"])


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    der = certificate.public_bytes(serialization.Encoding.DER)
    return asn1_x509.Certificate.load(der)


def _name(parts: dict[x509.ObjectIdentifier, str]) -> x509.Name:
    # RFC 5280, appendix A.1: upper bound of these attributes is 64 characters.
    return x509.Name(
        [
            x509.NameAttribute(oid, "".join(map(_prepare, text[:64])))
            for oid, text in parts.items()
            if text
        ]
    )


def _prepare(character: str) -> str:
    """RFC 4518, section 2: names are compared in Unicode 3.2, so validators want it."""
    known = not stringprep.in_table_a1(character) and character != "\ufffd"
    return character if known and character.isprintable() else "?"


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    life: datetime.timedelta,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(secrets.randbits(127) + 1)
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + life)
    )


def _key_usage(**usages: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment"),
        *("data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
        *("encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: usages.get(name, False) for name in names})
