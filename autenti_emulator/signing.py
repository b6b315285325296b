# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signatures that really sign: PAdES by certificates of the emulator's own authority.

The sent file stays, byte by byte, the first revision of the signed one. The second adds
the signature card with all empty fields; each signature is a revision more. The seals
of the platform come before and after those of the signers. So are files that were
really signed at Autenti (SINGLE, a public report on one of them).
"""

import datetime
import functools
import secrets
import stringprep
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from asn1crypto import core, parser
from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils import generic, layout
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter, PageObject
from pyhanko.sign import signers, timestamps
from pyhanko.sign.ades import qualified_asn1
from pyhanko.sign.fields import (
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from . import card
from .card import Line

YEAR = datetime.timedelta(days=365)
# SINGLE: what the field of the platform's opening seal is called. GUESS: the closing
# one's.
OPENING_SEAL, CLOSING_SEAL = "InitializingSeal", "FinalizingSeal"
PLATFORM = {
    NameOID.COUNTRY_NAME: "PL",
    NameOID.ORGANIZATION_NAME: "Emulator Autenti Sp. z o.o.",
    NameOID.ORGANIZATION_IDENTIFIER: "VATPL-0000000000",
    NameOID.COMMON_NAME: "Emulator Autenti Sp. z o.o.",
}
PLATFORM_ADDRESS = ("ul. Przykładowa 1", "00-000 Miasto", "PL")
QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
END_ENTITY = x509.BasicConstraints(ca=False, path_length=None)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Authority:
    """The certificate authorities of one installation: a root, and one below it.

    ``key`` and ``certificate`` are of the lower one, which issues all certificates.
    """

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @classmethod
    def create(cls) -> "Authority":
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name = _name({NameOID.COMMON_NAME: "Emulator Signing CA Root"})
        name = _name({NameOID.COMMON_NAME: "Emulator Signing CA"})
        root = _authority(root_name, root_name, root_key, root_key, path_length=1)
        return cls(key, _authority(name, root_name, key, root_key, path_length=0), root)

    @classmethod
    def load(cls, pem: bytes) -> "Authority":
        """From :meth:`dump`; before there were two of them, the root issued all."""
        key = serialization.load_pem_private_key(pem, password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        certificates = x509.load_pem_x509_certificates(pem)
        return cls(key, certificates[0], certificates[-1])

    def dump(self) -> bytes:
        """Private key of the lower one, and both certificates, PEM."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return (
            key + self.certificate.public_bytes(serialization.Encoding.PEM) + self.pem
        )

    @property
    def pem(self) -> bytes:
        """The root's certificate, PEM: what a validator has to trust."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    @property
    def chain(self) -> SimpleCertificateStore:
        """What a signature brings along besides its own certificate."""
        store = SimpleCertificateStore()
        store.register_multiple([_asn1(self.certificate), _asn1(self.root)])
        return store

    def issue(self, line: Line, with_chain: bool = True) -> signers.SimpleSigner:
        """A fresh key with a certificate for one signature of this person."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(
            {
                NameOID.COMMON_NAME: line.name,
                NameOID.ORGANIZATION_NAME: line.organisation,
                NameOID.TITLE: line.capacity,
            }
        )
        builder = self._leaf(subject, key)
        # RFC 5280, section 4.2.1.6: an rfc822Name is ASCII.
        if line.email.isascii():
            names = x509.SubjectAlternativeName([x509.RFC822Name(line.email)])
            builder = builder.add_extension(names, False)
        certificate = _asn1(builder.sign(self.key, hashes.SHA256()))
        return self._signer(certificate, key, with_chain)

    def sealer(self, with_chain: bool = True) -> signers.SimpleSigner:
        """Signs as the platform itself."""
        certificate, key = self._seal
        return self._signer(certificate, key, with_chain)

    @functools.cached_property
    def stamper(self) -> timestamps.DummyTimeStamper:
        """The time-stamping authority."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        certificate = (
            self._leaf(_name({NameOID.COMMON_NAME: "Emulator Time Stamps"}), key)
            .add_extension(usage, True)
            .sign(self.key, hashes.SHA256())
        )
        return timestamps.DummyTimeStamper(
            _asn1(certificate), _private(key), certs_to_embed=self.chain
        )

    def revocations(self) -> asn1_crl.CertificateList:
        """Nobody's certificate is revoked."""
        now = datetime.datetime.now(datetime.timezone.utc)
        crl = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - datetime.timedelta(minutes=5))
            .next_update(now + datetime.timedelta(days=30))
            .add_extension(x509.CRLNumber(1), False)
            .sign(self.key, hashes.SHA256())
        )
        der = crl.public_bytes(serialization.Encoding.DER)
        return asn1_crl.CertificateList.load(der)

    @functools.cached_property
    def _seal(self) -> tuple[asn1_x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._leaf(_name(PLATFORM), key)
            .add_extension(_seal_statements(), False)
            .sign(self.key, hashes.SHA256())
        )
        return _add_postal_address(certificate, self.key), key

    def _leaf(self, subject: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
        usage = _key_usage(digital_signature=True, content_commitment=True)
        return (
            _builder(subject, self.certificate.subject, key.public_key(), YEAR)
            .add_extension(END_ENTITY, True)
            .add_extension(usage, True)
        )

    def _signer(
        self,
        certificate: asn1_x509.Certificate,
        key: PrivateKey,
        with_chain: bool,
    ) -> signers.SimpleSigner:
        store = self.chain if with_chain else SimpleCertificateStore()
        return signers.SimpleSigner(certificate, _private(key), store)


def prepare(
    source: bytes,
    title: str,
    process_id: str,
    lines: Sequence[Line],
    manual: bool,
    *,
    seals: bool = False,
) -> bytes:
    """Add the card and the empty fields, in one revision.

    ``manual``: the recipient places the signature, so there is no card; the emulator
    places it at the foot of the last page. ``seals``: with fields for the platform's
    seals, which don't show.
    """
    writer = IncrementalPdfFileWriter(BytesIO(source), strict=False)
    if not manual:
        drawn = PdfFileReader(BytesIO(card.draw_card(title, process_id, lines)))
        for index in range(_page_count(drawn)):
            _append_page(writer, drawn, index)
    if seals:
        append_signature_field(writer, SigFieldSpec(OPENING_SEAL, on_page=-1))
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
    if seals:
        append_signature_field(writer, SigFieldSpec(CLOSING_SEAL, on_page=-1))
    return _written(writer)


def sign(
    pdf: bytes,
    index: int,
    line: Line,
    authority: Authority,
    manual: bool,
    *,
    lock: bool = False,
    with_chain: bool = True,
) -> bytes:
    """The signature of signer number ``index``, as one revision more.

    ``lock``: the revision also locks the field. ``with_chain``: the signature brings
    the certificates of the authorities along.
    """
    size = card.SMALL_FIELD if manual else card.FIELD
    stamp = StaticStampStyle(
        border_width=0,
        background=PageContent(card.draw_stamp(line, size)),
        background_layout=layout.SimpleBoxLayoutRule(
            x_align=layout.AxisAlignment.ALIGN_MID,
            y_align=layout.AxisAlignment.ALIGN_MID,
        ),
        background_opacity=1,
    )
    metadata = _metadata(
        field_name(index),
        name=line.name,
        reason=line.capacity or None,
        contact=line.email,
    )
    return _sign(pdf, metadata, authority.issue(line, with_chain), lock, stamp)


def seal(
    pdf: bytes,
    field: str,
    authority: Authority,
    *,
    lock: bool = False,
    with_chain: bool = True,
) -> bytes:
    """The platform's own seal in a field of :func:`prepare`, as one revision more."""
    metadata = _metadata(field, name=PLATFORM[NameOID.ORGANIZATION_NAME])
    return _sign(pdf, metadata, authority.sealer(with_chain), lock)


def add_evidence(pdf: bytes, authority: Authority) -> bytes:
    """Certificates and revocations (DSS), and a time stamp over all, a revision each.

    ETSI EN 319 142-1, section 5.4.
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        sig_contents=None,
        certs=[*authority.chain, authority.stamper.tsa_cert],
        crls=[authority.revocations()],
    )
    writer = IncrementalPdfFileWriter(BytesIO(_written(writer)), strict=False)
    stamper = signers.PdfTimeStamper(authority.stamper)
    stamped: BytesIO = stamper.timestamp_pdf(writer, "sha256")
    return stamped.getvalue()


def _metadata(
    field: str, name: str, reason: str | None = None, contact: str | None = None
) -> signers.PdfSignatureMetadata:
    return signers.PdfSignatureMetadata(
        field_name=field,
        name=name,
        reason=reason,
        contact_info=contact,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        # Less would be taken for a wish to forbid what comes after
        docmdp_permissions=MDPPerm.ANNOTATE,
    )


def _sign(
    pdf: bytes,
    metadata: signers.PdfSignatureMetadata,
    signer: signers.SimpleSigner,
    lock: bool,
    stamp: StaticStampStyle | None = None,
) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    if lock:
        _lock(writer, str(metadata.field_name))
    output: BytesIO = signers.PdfSigner(
        metadata, signer=signer, stamp_style=stamp
    ).sign_pdf(writer, in_place=False)
    return output.getvalue()


def _lock(writer: IncrementalPdfFileWriter, name: str) -> None:
    """Add a lock of its own to a field (ISO 32000-1, table 233)."""
    lock = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/SigFieldLock"),
            generic.pdf_name("/Action"): generic.pdf_name("/Include"),
            generic.pdf_name("/Fields"): generic.ArrayObject(
                [generic.TextStringObject(name)]
            ),
        }
    )
    fields = (item.get_object() for item in writer.root["/AcroForm"]["/Fields"])
    field = next(item for item in fields if item["/T"] == name)
    field[generic.pdf_name("/Lock")] = writer.add_object(lock)
    writer.update_container(field)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    output = BytesIO()
    writer.write(output)
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


def _private(key: PrivateKey) -> asn1_keys.PrivateKeyInfo:
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return asn1_keys.PrivateKeyInfo.load(der)


def _authority(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    path_length: int,
) -> x509.Certificate:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return (
        _builder(name, issuer, key.public_key(), 20 * YEAR, age=YEAR)
        .add_extension(constraints, True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), True)
        .sign(issuer_key, hashes.SHA256())
    )


def _seal_statements() -> x509.UnrecognizedExtension:
    """Says: qualified, for seals, the key in a device (ETSI EN 319 412-5)."""
    kind = qualified_asn1.QcCertificateType(["qct_eseal"])
    statements = qualified_asn1.QcStatements(
        [
            qualified_asn1.QcStatement({"statement_id": "qc_compliance"}),
            qualified_asn1.QcStatement({"statement_id": "qc_sscd"}),
            qualified_asn1.QcStatement(
                {"statement_id": "qc_type", "statement_info": kind}
            ),
        ]
    )
    return x509.UnrecognizedExtension(QC_STATEMENTS, statements.dump())


class _Lines(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.UTF8String


class _PostalAddress(core.Sequence):  # type: ignore[misc]
    """An attribute that isn't one string (X.520, section 6.6.1)."""

    _fields = [("type", core.ObjectIdentifier), ("value", _Lines)]


class _PostalAddresses(core.SetOf):  # type: ignore[misc]
    _child_spec = _PostalAddress


def _add_postal_address(
    certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> asn1_x509.Certificate:
    """Sign a certificate anew, with a postal address in its subject.

    `cryptography` writes strings alone.
    """
    changed = _asn1(certificate)
    address = _PostalAddresses(
        [{"type": NameOID.POSTAL_ADDRESS.dotted_string, "value": PLATFORM_ADDRESS}]
    )
    subject = changed.subject.chosen.contents + address.dump()
    body = changed["tbs_certificate"]
    body["subject"] = asn1_x509.Name.load(parser.emit(0, 1, 16, subject))
    signature = key.sign(body.dump(), ec.ECDSA(hashes.SHA256()))
    changed["signature_value"] = signature
    return asn1_x509.Certificate.load(changed.dump())


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
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    life: datetime.timedelta,
    age: datetime.timedelta = datetime.timedelta(minutes=5),
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(secrets.randbits(127) + 1)
        .not_valid_before(now - age)
        .not_valid_after(now + life)
    )


def _key_usage(**usages: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment"),
        *("data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
        *("encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: usages.get(name, False) for name in names})
