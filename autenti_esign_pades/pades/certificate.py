# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a signer's certificate says of the signer."""

from asn1crypto import parser
from pyhanko.sign.ades.qualified_asn1 import QcCertificateTypeId, get_qc_statements

from . import report

# Names that only a person has (ETSI EN 319 412-2, 4.2.4)
PERSONAL = {"given_name", "surname", "pseudonym"}


def get_name(certificate):
    """Return the name of a person or organisation, as a reader would write it."""
    subject = _subject(certificate)
    names = " ".join(filter(None, (subject.get("given_name"), subject.get("surname"))))
    return (
        names
        or subject.get("common_name")
        or subject.get("pseudonym")
        or subject.get("organization_name")
        or certificate.subject.human_friendly
    )


def get_person(certificate):
    """Return the full name of a person, "" where the certificate doesn't name one."""
    subject = _subject(certificate)
    if not {"given_name", "surname"} & subject.keys():
        return ""
    if {"given_name", "surname"} <= subject.keys():
        return get_name(certificate)
    return subject.get("common_name") or ""


def get_organisation(certificate):
    return _subject(certificate).get("organization_name") or ""


def get_issuer(certificate):
    names = _read_name(certificate.issuer)
    return (
        names.get("common_name")
        or names.get("organization_name")
        or certificate.issuer.human_friendly
    )


def get_issuer_address(certificate):
    """Return where the issuer says that its own certificate is, or ""."""
    for access in certificate.authority_information_access_value or ():
        if access["access_method"].native == "ca_issuers":
            return access["access_location"].native
    return ""


def get_level(certificate):
    """Tell the level of a signature, as far as its certificate says.

    Qualified is what claims EU compliance, for signatures, with the key in a qualified
    device (ETSI EN 319 412-5). Advanced is what names a person. All else is basic.

    :return: a level of `report`
    """
    statements, types = _get_statements(certificate)
    qualified = {"qc_compliance", "qc_sscd"} <= statements
    if qualified and not types:
        # Before there were types, an organisation had no signature of its own
        types = {"qct_eseal"} if is_organisation(certificate) else {"qct_esign"}
    if qualified and types == {"qct_esign"}:
        return report.QUALIFIED
    if qualified and types == {"qct_eseal"}:
        return report.QUALIFIED_SEAL
    is_personal = PERSONAL & _subject(certificate).keys()
    return report.ADVANCED if is_personal and "qct_eseal" not in types else report.BASIC


def is_organisation(certificate):
    """Tell if the subject is a legal person (ETSI EN 319 412-3, 4.2.1)."""
    names = _subject(certificate).keys()
    return "organization_name" in names and not PERSONAL & names


def _get_statements(certificate):
    """Return the ids of the QCStatements and of the QcTypes, in asn1crypto's words."""
    statements, types = set(), set()
    for statement in get_qc_statements(certificate):
        kind = statement["statement_id"].native
        statements.add(kind)
        if kind == "qc_type":
            types |= _read_types(statement)
    return statements, types


def _read_types(statement):
    """Read a sequence of ids (ETSI EN 319 412-5, 4.2.3); Certum wrote the bare id."""
    try:
        return {one.native for one in statement["statement_info"]}
    except (TypeError, ValueError):
        _class, _method, _tag, header, content, end = parser.parse(statement.contents)
        bare = statement.contents[len(header + content + end) :]
        return {QcCertificateTypeId.load(bare).native}


def _subject(certificate):
    return _read_name(certificate.subject)


def _read_name(name):
    """Return the parts of a name as text, the first where one is repeated."""
    parts = {}
    for group in name.chosen:
        for part in group:
            try:
                parts.setdefault(part["type"].native, str(part["value"].native))
            except Exception:  # of a type that X.520 doesn't allow there
                continue
    return parts
