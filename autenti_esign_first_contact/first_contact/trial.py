# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a first contact writes to Autenti: drafts of made-up people, and a file."""

from .client import assumptions, const, payload

# They get nothing, for their draft is never sent (RFC 2606)
FIRST_EMAIL, SECOND_EMAIL = "first.contact@example.com", "second.contact@example.com"
PHONE = "+48600100200"
COMPANY, NIP, BASIS = "First Contact Ltd", "5260001246", "Sole representation"
TITLE, MESSAGE = "First contact", "A trial of the connection. Please ignore it."
FILENAME = "first-contact.pdf"


def draft_of_two(without):
    """Write the draft of two people, without the ``basis`` or the ``order``."""
    basis = "" if "basis" in without else BASIS
    has_order = "order" not in without
    parties = (
        _signer(FIRST_EMAIL, "First", priority=1 if has_order else None),
        _signer(
            SECOND_EMAIL,
            "Second",
            priority=2 if has_order else None,
            organisation=payload.Organisation(COMPANY, NIP, description=basis),
        ),
    )
    return payload.DocumentProcess(TITLE, MESSAGE, "pl", parties).to_json()


def draft_with(without):
    """Write a draft with all that is weakly known, but for the named constants."""
    tax_space = payload.tax_space_of("DE")
    company = payload.Organisation(COMPANY, "123456789", tax_space)
    party = _signer(
        FIRST_EMAIL,
        "First",
        signature_type=const.SIGNATURE_ADVANCED,
        phone=PHONE,
        organisation=None if "TAX_SPACE_PATTERN" in without else company,
    )
    language = assumptions.MORE_LANGUAGES[0]
    language = "pl" if "MORE_LANGUAGES" in without else language
    body = payload.DocumentProcess(TITLE, MESSAGE, language, (party,)).to_json()
    [party] = body["parties"]
    if "CONSTRAINT_IDENTITY" in without:
        party["constraints"] = [
            constraint
            for constraint in party["constraints"]
            if assumptions.CONSTRAINT_IDENTITY not in constraint["classifiers"]
        ]
    if "SIGNATURE_ADVANCED" in without:
        attributes = constraint_of(party, const.CONSTRAINT_SIGNATURE_TYPE)
        basic = const.SIGNATURE_TYPE_PREFIX + const.SIGNATURE_BASIC
        attributes["requiredClassifiers"] = [basic]
    if "PHONE_PATTERN" in without:
        constraint_of(party, const.CONSTRAINT_PHONE)["phoneNumber"] = PHONE.lstrip("+")
    return body


def draft_for(email):
    """Write the draft that is sent.

    :raise ValueError: it is no e-mail address
    """
    return payload.DocumentProcess(
        TITLE, MESSAGE, "pl", (_signer(email, "First"),)
    ).to_json()


def _signer(email, first_name, **more):
    values = {"signature_type": const.SIGNATURE_BASIC, **more}
    return payload.Party(email, first_name, "Contact", **values)


def _make_pdf():
    """Make a PDF of one page that says what it is."""
    text = b"BT /F1 14 Tf 72 760 Td (First contact: a trial, please ignore it.) Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    pdf, offsets = b"%PDF-1.7\n", []
    for number, item in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    start, count = len(pdf), len(objects) + 1
    pdf += b"xref\n0 %d\n0000000000 65535 f \n" % count
    pdf += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    pdf += b"trailer<</Size %d/Root 1 0 R>>\n" % count
    return pdf + b"startxref\n%d\n%%%%EOF\n" % start


PDF = _make_pdf()


def constraint_of(party, classifier):
    """Return the attributes of a constraint of a party."""
    for constraint in payload.as_mappings(party.get("constraints")):
        if classifier in (constraint.get("classifiers") or ()):
            return payload.as_mapping(constraint.get("attributes"))
    return {}
