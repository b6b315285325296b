# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What genuine files have that libraries stumble over, and what only looks genuine."""

import datetime
import io
from types import SimpleNamespace

import pytest
from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from pades.report import AMBER, GREEN, RED
from pades.trust import Trust, read_certificates
from pades.validation import validate
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers
from pyhanko.sign.diff_analysis import StandardDiffPolicy
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signatory import draw
from test_shadow import add_form_fonts, get_field
from test_tampering import numbers, pages_of
from test_trust import (
    DAY,
    NOW,
    USAGE,
    Person,
    asn1,
    codes_of,
    house,
    revoke,
    statements,
    timestamper,
)

__all__ = ["house", "timestamper"]
QUALIFIED = ("qc_compliance", "qc_sscd")
PERSON = {NameOID.GIVEN_NAME: "Jan", NameOID.SURNAME: "Kowalski"}
SEAL = {NameOID.ORGANIZATION_NAME: "Autenti Sp. z o.o."}


def make_signer(house):
    return Person(house.authority, extensions=[USAGE])


def prepare(pdf, *names):
    """Add empty fields that aren't seen."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for name in names:
        fields.append_signature_field(writer, fields.SigFieldSpec(name))
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def sign(pdf, person, field="S1", change=None, **options):
    """Sign a field, in a revision that may change something else too."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    if change:
        change(writer, pages_of(writer))
    metadata = signers.PdfSignatureMetadata(
        **{"field_name": field, "md_algorithm": "sha256", "name": "Jan", **options}
    )
    signer = signers.PdfSigner(metadata, signer=person.signer)
    return signer.sign_pdf(writer).getvalue()


def chain(house):
    """Make an authority whose own certificate another has issued."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = {name: False for name in vars(USAGE) if name.startswith("_")}
    names = {name.lstrip("_"): value for name, value in usage.items()}
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ogniwo")]))
        .issuer_name(house.authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .add_extension(
            x509.KeyUsage(**{**names, "key_cert_sign": True, "crl_sign": True}), True
        )
        .sign(house.authority.key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return SimpleNamespace(key=key, certificate=certificate, pem=pem)


# === The field of a signature ===


def refer_to_page(writer, pages):
    field = get_field(writer, "S1")
    field[pdf_name("/P")] = generic.IndirectObject(
        pages[1].container_ref.idnum, 0, writer
    )
    writer.update_container(field)


def drop_border(writer, _pages):
    field = get_field(writer, "S1")
    field[pdf_name("/Border")] = generic.ArrayObject()
    writer.update_container(field)


@pytest.mark.parametrize("change", [refer_to_page, drop_border])
def test_what_belongs_to_a_field_may_be_written_when_it_is_signed(house, sent, change):
    person = make_signer(house)
    pdf = sign(prepare(sent, "S0", "S1"), make_signer(house), "S0")
    report = house.validate(sign(pdf, person, change=change), sent)
    assert report.verdict == GREEN, report.findings


def test_a_field_that_nobody_was_asked_to_fill_is_told(house, sent):
    pdf = sign(prepare(sent, "S1", "Optional"), make_signer(house))
    report = house.validate(pdf, sent, levels=["basic"])
    assert (report.verdict, codes_of(report)) == (AMBER, {"spare_field"})


@pytest.mark.parametrize(("signers", "codes"), [(1, {"fewer_signatures"}), (2, set())])
def test_what_was_signed_before_it_was_sent_is_nobodys_answer(
    house, sent, signers, codes
):
    names = ["S1", "S2"][:signers]
    presigned = sign(prepare(sent, "S0", *names), make_signer(house), "S0")
    pdf = presigned
    for name in names:
        pdf = sign(pdf, make_signer(house), name)
    report = house.validate(pdf, presigned, levels=["basic", "basic"])
    assert codes_of(report) == codes, report.findings
    assert [one.was_sent for one in report.signatures] == [True] + [False] * signers


def move(writer, _pages):
    field = get_field(writer, "S1")
    field[pdf_name("/Rect")] = numbers(60, 600, 560, 760)
    writer.update_container(field)


@pytest.mark.parametrize(
    ("box", "change", "codes"),
    [
        (None, None, set()),
        ((60, 600, 160, 660), None, {"drawn_over"}),
        ((60, 600, 160, 660), move, {"altered"}),
    ],
)
def test_a_field_of_the_sent_file_may_be_signed(house, sent, box, change, codes):
    writer = IncrementalPdfFileWriter(io.BytesIO(sent))
    fields.append_signature_field(writer, fields.SigFieldSpec("S1", box=box))
    with_field = io.BytesIO()
    writer.write(with_field)
    pdf = sign(with_field.getvalue(), make_signer(house), change=change)
    report = house.validate(pdf, with_field.getvalue())
    assert codes_of(report) == codes, report.findings


@pytest.mark.parametrize("date", ["", "wczoraj", "D:20261399", "2026-11-28"])
def test_an_odd_date_of_the_signers_program_is_no_fault(house, sent, monkeypatch, date):
    monkeypatch.setattr(
        "pyhanko.sign.signers.pdf_byterange.pdf_date",
        lambda _moment: generic.pdf_string(date),
    )
    report = house.validate(sign(sent, make_signer(house)), sent)
    assert report.verdict == GREEN, report.findings


# === Certificates ===


def give_address(person, authority):
    """Write a postal address into the subject, a sequence (X.520, 6.6.1)."""

    def tlv(tag, *parts):
        body = b"".join(parts)
        return bytes([tag, len(body)]) + body

    def attribute(oid, value):
        return tlv(0x31, tlv(0x30, core.ObjectIdentifier(oid).dump(), value))

    lines = [core.UTF8String(text).dump() for text in ("ul. Prosta 1", "Warszawa")]
    subject = tlv(
        0x30,
        attribute("2.5.4.10", core.UTF8String("Autenti Sp. z o.o.").dump()),
        attribute("2.5.4.16", tlv(0x30, *lines)),
    )
    certificate = asn1(person.certificate)
    body = certificate["tbs_certificate"]
    body["subject"] = asn1_x509.Name.load(subject)
    certificate["signature_value"] = authority.key.sign(
        body.dump(force=True), ec.ECDSA(hashes.SHA256())
    )
    person.signer = signers.SimpleSigner(
        asn1_x509.Certificate.load(certificate.dump(force=True)),
        person.signer.signing_key,
        SimpleCertificateStore.from_certs([asn1(authority.certificate)]),
    )
    return person


def test_a_postal_address_in_a_certificate_is_no_fault(house, sent):
    person = give_address(make_signer(house), house.authority)
    report = house.validate(sign(sent, person), sent)
    assert report.verdict == GREEN, report.findings
    assert report.signatures[0].signer == "Autenti Sp. z o.o."


def test_a_type_of_certificate_that_is_written_bare_is_read(house, sent):
    """As Certum wrote it: an id where a sequence of ids should be."""
    wanted = statements(*QUALIFIED, of_type="qct_esign")
    bare = bytes.fromhex("300906070400 8e460106 01".replace(" ", ""))
    oid = bare[2:]
    value = wanted.value.replace(bare, oid)
    outer = bytearray(value)
    outer[1] -= 2
    at = value.index(oid) - 2 - len(core.ObjectIdentifier("0.4.0.1862.1.6").dump()) + 2
    outer[at - 1] -= 2
    extension = x509.UnrecognizedExtension(wanted.oid, bytes(outer))
    person = Person(house.authority, names=PERSON, extensions=[USAGE, extension])
    report = house.validate(sign(sent, person), sent)
    assert report.verdict == GREEN, report.findings
    assert report.signatures[0].level == "qualified"


def test_an_outdated_algorithm_is_told_and_breaks_nothing(house, sent):
    pdf = sign(sent, make_signer(house), md_algorithm="sha1")
    report = house.validate(pdf, sent)
    assert (report.verdict, codes_of(report)) == (AMBER, {"weak"})
    assert report.signatures[0].intact


def test_the_certificate_to_add_is_named_with_its_address(house, sent):
    authority = chain(house)
    address = "http://ca.example.com/ogniwo.cer"
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier(address),
            )
        ]
    )
    person = Person(authority, extensions=[USAGE, access])
    person.signer = signers.SimpleSigner(
        person.signer.signing_cert,
        person.signer.signing_key,
        SimpleCertificateStore.from_certs([]),
    )
    report = house.validate(sign(sent, person), sent)
    [finding] = report.findings
    assert report.verdict == AMBER
    assert finding.code == "untrusted"
    assert (finding.values["issuer"], finding.values["address"]) == ("Ogniwo", address)


# === Evidence ===


def test_evidence_counts_though_the_certificate_does_not_point_to_it(house, sent):
    person = make_signer(house)
    pdf = revoke(sign(sent, person), house.authority, person, NOW - DAY / 2)
    report = house.validate(pdf, sent)
    assert (report.verdict, codes_of(report)) == (RED, {"revoked"})


@pytest.mark.parametrize("is_revoked", [True, False])
def test_evidence_of_an_authority_that_another_stands_above_counts(
    house, sent, is_revoked
):
    authority = chain(house)
    person, other = Person(authority, extensions=[USAGE]), Person(authority)
    revoked = person if is_revoked else other
    pdf = revoke(sign(sent, person), authority, revoked, NOW - DAY / 2)
    trust = Trust(read_certificates(authority.pem))
    report = house.validate(pdf, sent, trust=trust)
    assert report.verdict == (RED if is_revoked else GREEN), report.findings


def test_a_time_stamp_may_bring_the_forms_fonts(house, sent, timestamper):
    pdf = sign(prepare(sent, "S1"), make_signer(house))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    add_form_fonts(writer, None)
    stamper = signers.PdfTimeStamper(timestamper(NOW))
    stamped = stamper.timestamp_pdf(writer, "sha256").getvalue()
    report = house.validate(stamped, sent)
    assert "changed_later" not in codes_of(report), report.findings


# === Who counts as a signer ===


@pytest.mark.parametrize("field", ["InitializingSeal", "FinalizingSeal"])
def test_the_platforms_seal_is_named_and_is_nobodys_signature(house, sent, field):
    seal = Person(house.authority, names=SEAL, extensions=[USAGE])
    pdf = sign(prepare(sent, field), seal, field)
    report = house.validate(pdf, sent, levels=["basic"])
    assert report.verdict == AMBER
    assert codes_of(report) == {"fewer_signatures"}
    [signature] = report.signatures
    assert signature.is_platform
    assert signature.signer == "Autenti Sp. z o.o."


@pytest.mark.parametrize("level", ["basic", "advanced", "qualified"])
def test_one_person_who_signs_twice_is_one_signer(house, sent, level):
    typed = statements(*QUALIFIED, of_type="qct_esign")
    person = Person(house.authority, names=PERSON, extensions=[USAGE, typed])
    pdf = prepare(sent, "S1", "S2")
    for field in ("S1", "S2"):
        pdf = sign(pdf, person, field)
    report = house.validate(pdf, sent, levels=[level] * 2)
    assert (report.verdict, codes_of(report)) == (AMBER, {"fewer_signatures"})
    assert report.signatures[0].person == "Jan Kowalski"


# === Merged files ===


def merge(*files):
    """Put the pages of several files into one, in their order."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(files[0])))
    tree = writer.root["/Pages"]
    for data in files[1:]:
        reader = PdfFileReader(io.BytesIO(data))
        for page in pages_of(reader):
            copied = generic.DictionaryObject(
                {
                    key: writer.import_object(value)
                    for key, value in page.items()
                    if key != "/Parent"
                }
            )
            copied[pdf_name("/Parent")] = writer.root.raw_get("/Pages")
            tree["/Kids"].append(writer.add_object(copied))
    tree[pdf_name("/Count")] = generic.NumberObject(len(tree["/Kids"]))
    writer.update_container(tree)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.mark.parametrize(
    "order, verdict",
    [("ab", GREEN), ("ba", GREEN), ("a", RED), ("axb", AMBER), ("aB", RED)],
)
def test_a_merged_file_has_every_page_of_each_source(house, order, verdict):
    parts = {
        "a": draw("Umowa", "Strona druga"),
        "b": draw("Cennik", "Ceny"),
        "B": draw("Cennik"),
        "x": draw("Nikt tego nie wysłał"),
    }
    pdf = sign(
        merge(*(parts[name] for name in order)),
        make_signer(house),
    )
    now = datetime.datetime.now(datetime.timezone.utc)
    report = validate(pdf, parts["a"], house.trust, now, along=[parts["b"]])
    assert report.verdict == verdict, report.findings


# === Many signers ===


def test_each_revision_is_compared_once_however_many_sign(signatory, sent, monkeypatch):
    compared = []
    apply = StandardDiffPolicy.apply

    def count(policy, old, new, **options):
        compared.append(new.revision)
        return apply(policy, old, new, **options)

    names = [f"Osoba {number}" for number in range(9)]
    pdf = signatory.sign(sent, names)
    monkeypatch.setattr(StandardDiffPolicy, "apply", count)
    report = signatory.validate(pdf, sent, levels=["basic"] * 9)
    assert report.verdict == GREEN, report.findings
    assert sorted(compared) == sorted(set(compared))


def test_the_report_holds_on_to_nothing_of_the_file(house, sent):
    """Copied with it, the file took many times the time of its validation."""
    pdf = sign(prepare(sent, "S1", "Optional"), make_signer(house))
    todo, kinds = [house.validate(pdf, sent, levels=["basic"]).to_dict()], set()
    while todo:
        value = todo.pop()
        kinds.add(type(value))
        if isinstance(value, dict | list):
            todo += [*value, *(value.values() if isinstance(value, dict) else ())]
    assert kinds <= {dict, list, str, int, bool, type(None)}
