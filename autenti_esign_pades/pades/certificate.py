# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a signer's certificate says of the signer."""

from pyhanko.sign.ades.qualified_asn1 import get_qc_statements

from . import report

# Names that only a person has (ETSI EN 319 412-2, 4.2.4)
PERSONAL = {"given_name", "surname", "pseudonym"}


def get_name(certificate):
    """Return the name of a person or organisation, as a reader would write it."""
    subject = _subject(certificate)
    person = " ".join(filter(None, (subject.get("given_name"), subject.get("surname"))))
    return (
        person
        or subject.get("common_name")
        or subject.get("pseudonym")
        or subject.get("organization_name")
        or certificate.subject.human_friendly
    )


def get_organisation(certificate):
    return _subject(certificate).get("organization_name") or ""


def get_issuer(certificate):
    names = certificate.issuer.native
    return str(
        names.get("common_name")
        or names.get("organization_name")
        or certificate.issuer.human_friendly
    )


def get_level(certificate):
    """Tell the level of a signature, as far as its certificate says.

    Qualified is what claims EU compliance, for signatures, with the key in a qualified
    device (ETSI EN 319 412-5). Advanced is what names a person. All else is basic.

    :return: a level of `report`
    """
    statements, types = _get_statements(certificate)
    qualified = {"qc_compliance", "qc_sscd"} <= statements
    if qualified and types <= {"qct_esign"}:
        return report.QUALIFIED
    if qualified and types == {"qct_eseal"}:
        return report.QUALIFIED_SEAL
    is_personal = PERSONAL & _subject(certificate).keys()
    return report.ADVANCED if is_personal and "qct_eseal" not in types else report.BASIC


def _get_statements(certificate):
    statements, types = set(), set()
    for statement in get_qc_statements(certificate):
        kind = statement["statement_id"].native
        statements.add(kind)
        if kind == "qc_type":
            types |= {one.native for one in statement["statement_info"]}
    return statements, types


def _subject(certificate):
    """Return the parts of the subject as text, the first where one is repeated."""
    parts = {}
    for key, value in certificate.subject.native.items():
        first = value[0] if isinstance(value, list) else value
        parts[key] = str(first)
    return parts
