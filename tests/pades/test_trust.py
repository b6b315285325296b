# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who stands behind a signature, since when and until when."""

import base64
import datetime
import io
import secrets

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pades.report import AMBER, GREEN, RED
from pades.trust import (
    CA_QC,
    QTST,
    Trust,
    TrustError,
    read_certificates,
    read_trusted_list,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers, timestamps
from pyhanko.sign.ades import qualified_asn1
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signatory import Signatory

UTC = datetime.timezone.utc
NOW = datetime.datetime.now(UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
TSL = "http://uri.etsi.org/02231/v2#"
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"


class Person:
    """A signer with a certificate of a kind."""

    def __init__(self, authority, since=-DAY, until=DAY, names=None, extensions=()):
        # pyHanko's time stamps for tests want RSA
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        names = names or {NameOID.COMMON_NAME: "Jan Kowalski"}
        builder = (
            x509.CertificateBuilder()
            .subject_name(
                x509.Name(
                    [x509.NameAttribute(oid, text) for oid, text in names.items()]
                )
            )
            .issuer_name(authority.certificate.subject)
            .public_key(key.public_key())
            .serial_number(secrets.randbits(100) + 1)
            .not_valid_before(NOW + since)
            .not_valid_after(NOW + until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, False)
        self.certificate = builder.sign(authority.key, hashes.SHA256())
        self.serial = self.certificate.serial_number
        private = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.signer = signers.SimpleSigner(
            asn1(self.certificate),
            asn1_keys.PrivateKeyInfo.load(private),
            SimpleCertificateStore.from_certs([asn1(authority.certificate)]),
        )


USAGE = x509.KeyUsage(
    **dict.fromkeys(
        (
            *("key_encipherment", "data_encipherment", "key_agreement"),
            *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    ),
    digital_signature=True,
    content_commitment=True,
)


def asn1(certificate):
    return asn1_x509.Certificate.load(
        certificate.public_bytes(serialization.Encoding.DER)
    )


def statements(*kinds, of_type=None):
    """QcStatements as a certificate extension."""
    content = [qualified_asn1.QcStatement({"statement_id": kind}) for kind in kinds]
    if of_type:
        content.append(
            qualified_asn1.QcStatement(
                {
                    "statement_id": "qc_type",
                    "statement_info": qualified_asn1.QcCertificateType([of_type]),
                }
            )
        )
    value = qualified_asn1.QcStatements(content).dump()
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), value)


def sign(pdf, person, timestamper=None):
    metadata = signers.PdfSignatureMetadata(
        field_name="S1", md_algorithm="sha256", name="Jan"
    )
    signer = signers.PdfSigner(metadata, signer=person.signer, timestamper=timestamper)
    return signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))).getvalue()


@pytest.fixture(scope="module")
def house():
    """An authority apart from the other tests'."""
    return Signatory()


@pytest.fixture(scope="module")
def timestamper(house):
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    person = Person(
        house.authority, names={NameOID.COMMON_NAME: "Test TSA"}, extensions=[usage]
    )

    def make(moment=None):
        return timestamps.DummyTimeStamper(
            person.signer.signing_cert,
            person.signer.signing_key,
            certs_to_embed=person.signer.cert_registry,
            fixed_dt=moment,
        )

    return make


def codes_of(report):
    return {finding.code for finding in report.findings}


def test_an_unknown_authority_is_amber(house, sent):
    report = house.validate(
        sign(sent, Person(house.authority, extensions=[USAGE])), sent, trust=Trust()
    )
    assert report.verdict == AMBER
    assert codes_of(report) == {"untrusted"}
    assert report.signatures[0].intact


def test_an_impostor_of_the_same_name_is_not_trusted(house, sent):
    impostor = Signatory()
    pdf = sign(sent, Person(impostor.authority, extensions=[USAGE]))
    report = house.validate(pdf, sent)
    assert codes_of(report) == {"untrusted"}


def test_a_certificate_that_expired_before_the_file_came_is_amber(house, sent):
    pdf = sign(sent, Person(house.authority, until=-DAY / 2, extensions=[USAGE]))
    report = house.validate(pdf, sent)
    assert report.verdict == AMBER
    assert codes_of(report) == {"expired"}


def test_a_file_stays_proven_after_its_certificates_expire(house, sent):
    """What counts is when it came: it is kept since then."""
    pdf = sign(sent, Person(house.authority, until=-DAY / 2, extensions=[USAGE]))
    report = house.validate(pdf, sent, moment=NOW - DAY * 0.75)
    assert report.verdict == GREEN, report.findings


def test_a_time_stamp_vouches_for_a_certificate_that_expired(house, sent, timestamper):
    person = Person(house.authority, until=-DAY / 2, extensions=[USAGE])
    pdf = sign(sent, person, timestamper(NOW - DAY * 0.75))
    report = house.validate(pdf, sent)
    assert report.verdict == GREEN, report.findings
    signature = report.signatures[0]
    assert signature.proven_time == (NOW - DAY * 0.75).isoformat()
    assert signature.timestamp_authority == "Test TSA"


def test_a_strangers_time_stamp_vouches_for_nothing(house, sent):
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    stranger = Person(Signatory().authority, extensions=[usage])
    stamper = timestamps.DummyTimeStamper(
        stranger.signer.signing_cert,
        stranger.signer.signing_key,
        fixed_dt=NOW - DAY * 0.75,
    )
    person = Person(house.authority, until=-DAY / 2, extensions=[USAGE])
    report = house.validate(sign(sent, person, stamper), sent)
    assert report.verdict == AMBER
    assert report.signatures[0].proven_time is None


def revoke(pdf, authority, person, moment):
    """Add an authority's list of revoked certificates to a signed file."""
    revoked = (
        x509.RevokedCertificateBuilder()
        .serial_number(person.serial)
        .revocation_date(moment)
        .build()
    )
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(NOW - DAY / 24)
        .next_update(NOW + DAY)
        .add_revoked_certificate(revoked)
        .add_extension(x509.CRLNumber(1), False)
        .sign(authority.key, hashes.SHA256())
    )
    data = crl.public_bytes(serialization.Encoding.DER)
    output = io.BytesIO(pdf)
    DocumentSecurityStore.add_dss(
        output,
        sig_contents=None,
        crls=[asn1_crl.CertificateList.load(data)],
    )
    return output.getvalue()


def distributed():
    """Where the certificate's issuer says who is revoked."""
    return x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                [x509.UniformResourceIdentifier("http://ca.example.com/crl")],
                None,
                None,
                None,
            )
        ]
    )


def test_a_revoked_certificate_is_red(house, sent):
    person = Person(house.authority, extensions=[USAGE, distributed()])
    pdf = revoke(sign(sent, person), house.authority, person, NOW - DAY / 2)
    report = house.validate(pdf, sent)
    assert report.verdict == RED
    assert codes_of(report) == {"revoked"}
    assert report.signatures[0].revocation == "revoked"


def test_a_certificate_revoked_after_the_time_stamp_is_good(house, sent, timestamper):
    person = Person(house.authority, extensions=[USAGE, distributed()])
    pdf = sign(sent, person, timestamper(NOW - DAY * 0.75))
    pdf = revoke(pdf, house.authority, person, NOW - DAY / 2)
    report = house.validate(pdf, sent)
    assert report.verdict == GREEN, report.findings


def test_evidence_that_another_is_revoked_shows_that_this_one_is_not(house, sent):
    person = Person(house.authority, extensions=[USAGE, distributed()])
    other = Person(house.authority)
    pdf = revoke(sign(sent, person), house.authority, other, NOW - DAY / 2)
    report = house.validate(pdf, sent)
    assert report.verdict == GREEN, report.findings
    assert report.signatures[0].revocation == "good"


@pytest.mark.parametrize(
    "names, extensions, level",
    [
        ({NameOID.COMMON_NAME: "Jan"}, [], "basic"),
        ({NameOID.GIVEN_NAME: "Jan", NameOID.SURNAME: "Kowalski"}, [], "advanced"),
        (
            {NameOID.GIVEN_NAME: "Jan", NameOID.SURNAME: "Kowalski"},
            [statements("qc_compliance", "qc_sscd", of_type="qct_esign")],
            "qualified",
        ),
        (
            {NameOID.GIVEN_NAME: "Jan", NameOID.SURNAME: "Kowalski"},
            [statements("qc_compliance")],
            "advanced",
        ),
        (
            {NameOID.ORGANIZATION_NAME: "Autenti sp. z o.o."},
            [statements("qc_compliance", "qc_sscd", of_type="qct_eseal")],
            "qualified_seal",
        ),
        (
            {NameOID.ORGANIZATION_NAME: "Autenti sp. z o.o."},
            [statements(of_type="qct_eseal")],
            "basic",
        ),
    ],
)
def test_the_level_is_what_the_certificate_says(house, sent, names, extensions, level):
    person = Person(house.authority, names=names, extensions=[USAGE, *extensions])
    report = house.validate(sign(sent, person), sent)
    assert report.verdict == GREEN, report.findings
    assert report.signatures[0].level == level


def test_a_lower_level_than_was_asked_for_is_amber(house, sent):
    pdf = sign(sent, Person(house.authority, extensions=[USAGE]))
    assert house.validate(pdf, sent, levels=["basic"]).verdict == GREEN
    report = house.validate(pdf, sent, levels=["qualified"])
    assert report.verdict == AMBER
    assert codes_of(report) == {"fewer_signatures"}


# === Trusted lists ===


def service(kind, status, since, certificate=None, history=()):
    digital = ""
    if certificate:
        encoded = base64.b64encode(certificate).decode()
        digital = (
            f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{encoded}"
            "</X509Certificate></DigitalId></ServiceDigitalIdentity>"
        )
    information = (
        f"<ServiceTypeIdentifier>{kind}</ServiceTypeIdentifier>{digital}"
        f"<ServiceStatus>{STATUS}{status}</ServiceStatus>"
        f"<StatusStartingTime>{since:%Y-%m-%dT%H:%M:%SZ}</StatusStartingTime>"
    )
    if certificate:
        past = "".join(service(kind, *state) for state in history)
        return (
            f"<TSPService><ServiceInformation>{information}</ServiceInformation>"
            f"<ServiceHistory>{past}</ServiceHistory></TSPService>"
        )
    return f"<ServiceHistoryInstance>{information}</ServiceHistoryInstance>"


def trusted_list(*services, head=""):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<TrustServiceStatusList xmlns="{TSL}"><SchemeInformation>'
        "<SchemeTerritory>PL</SchemeTerritory>"
        "<ListIssueDateTime>2026-01-01T00:00:00Z</ListIssueDateTime>"
        "<NextUpdate><dateTime>2026-07-01T00:00:00Z</dateTime></NextUpdate>"
        "</SchemeInformation><TrustServiceProviderList><TrustServiceProvider>"
        f"<TSPServices>{''.join(services)}</TSPServices></TrustServiceProvider>"
        "</TrustServiceProviderList></TrustServiceStatusList>"
    ).encode()


def der(signatory):
    return signatory.authority.certificate.public_bytes(serialization.Encoding.DER)


QUALIFIED = [USAGE, statements("qc_compliance", "qc_sscd", of_type="qct_esign")]


def validate_by_list(house, sent, *services):
    person = Person(house.authority, extensions=QUALIFIED)
    trust = Trust(lists=[read_trusted_list(trusted_list(*services))])
    return house.validate(sign(sent, person), sent, trust=trust)


def test_an_authority_on_the_list_makes_a_qualified_signature_certain(house, sent):
    listed = service(CA_QC, "granted", NOW - 100 * DAY, der(house))
    report = validate_by_list(house, sent, listed)
    assert report.verdict == GREEN, report.findings
    assert report.signatures[0].level == "qualified"
    assert report.signatures[0].level_is_listed


@pytest.mark.parametrize("kind, status", [(CA_QC, "withdrawn"), (QTST, "granted")])
def test_an_authority_listed_as_something_else_is_not_trusted(
    house, sent, kind, status
):
    good = service(CA_QC, "granted", NOW - 100 * DAY, der(Signatory()))
    other = service(kind, status, NOW - 100 * DAY, der(house))
    assert codes_of(validate_by_list(house, sent, good, other)) == {"untrusted"}


def test_an_authority_that_was_withdrawn_meanwhile_is_told(house, sent):
    listed = service(
        CA_QC,
        "withdrawn",
        NOW - 10 * DAY,
        der(house),
        history=[("granted", NOW - 100 * DAY)],
    )
    report = validate_by_list(house, sent, listed)
    assert report.verdict == AMBER
    assert codes_of(report) == {"not_listed"}


def test_a_list_tells_its_country_and_dates():
    listed = service(CA_QC, "granted", NOW, der(Signatory()))
    trusted = read_trusted_list(trusted_list(listed))
    assert trusted.territory == "PL"
    assert trusted.next_update == datetime.datetime(2026, 7, 1, tzinfo=UTC)
    assert len(trusted.certificates) == 1


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "list"),
        (b"<a/>", "list"),
        (b"<a", "list"),
        (trusted_list(), "empty"),
        (trusted_list(head=BOMB), "list"),
        (trusted_list("<TSPService/>"), "list"),
        (trusted_list("<OtherTSLPointer/>"), "empty"),
    ],
)
def test_what_is_no_trusted_list_is_refused(data, code):
    with pytest.raises(TrustError) as caught:
        read_trusted_list(data)
    assert caught.value.code == code


def test_certificates_come_as_pem_or_der(house):
    pem = house.authority.pem
    assert len(read_certificates(pem + pem)) == 2
    assert len(read_certificates(der(house))) == 1


@pytest.mark.parametrize("data", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA"])
def test_what_is_no_certificate_is_refused(data):
    with pytest.raises(TrustError):
        read_certificates(data)
