# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The validation of one signed file, from its bytes to the report."""

import asyncio
import hashlib
import io

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from . import content, library
from . import report as codes
from .signatures import PLATFORM_SEAL, Examiner

library.mend()

# The levels that can be asked for by name; every signature is at least basic
ASKED_LEVELS = {
    codes.ADVANCED: {codes.ADVANCED, codes.QUALIFIED},
    codes.QUALIFIED: {codes.QUALIFIED},
}


def validate(signed, sent, trust, moment, levels=(), along=None):
    """Tell what a signed file proves.

    A file can be made to keep its reader busy or to fill the memory: whoever can't
    afford that calls `isolation.validate`.

    :param bytes signed: the file that came back
    :param bytes sent: the file that was sent
    :param trust.Trust trust:
    :param datetime.datetime moment: when the signed file is known to have existed
    :param levels: level that each signer was asked for, of `report`
    :param along: what else was sent to be merged with it, bytes; None where that is
        not known
    :rtype: report.Report
    """
    report = codes.Report(
        moment=moment.isoformat(),
        sha256=hashlib.sha256(signed).hexdigest(),
        sent_sha256=hashlib.sha256(sent).hexdigest(),
        size=len(signed),
    )
    try:
        reader = _open(signed, sent, report)
        report.revisions = reader.xrefs.total_revisions
        asyncio.run(Examiner(reader, trust, moment, report).examine())
    except Exception as error:  # a broken file breaks its reader in any way it likes
        report.find(codes.UNREADABLE, detail=str(error))
        return report
    _check_levels(levels, reader, report)
    try:
        content.compare(reader, sent, report, along)
    except Exception as error:
        report.find(codes.NOT_SHOWN, pages=[], detail=str(error))
    return report


def _open(signed, sent, report):
    """Read a file by the letter of the standard, or say that it takes good will."""
    try:
        reader = PdfFileReader(io.BytesIO(signed), strict=True)
        strict_enough = not _is_ambiguous(reader, signed, sent)
    except Exception:
        strict_enough = False
    if not strict_enough:
        report.find(codes.LENIENT)
    if not strict_enough or reader.xrefs.hybrid_xrefs_present:
        reader = PdfFileReader(io.BytesIO(signed), strict=False)
    if reader.encrypt_dict is not None:
        raise PdfError("encrypted")
    return reader


def _is_ambiguous(reader, signed, sent):
    """Tell if programs may show the file differently: what hybrid ones show depends.

    Word makes such files; what was sent by us is what it is.
    """
    return any(
        section.xref_data.hybrid
        and not (
            signed.startswith(sent) and section.meta_info.start_location < len(sent)
        )
        for section in reader.xrefs._xref_sections
    )


def _check_levels(levels, reader, report):
    """See that as many have signed as were asked, and each with what they were asked.

    Two signatures with one certificate are one person's. Seals that the platform puts
    for itself are nobody's.
    """
    signatures = [
        signature
        for signature in report.signatures
        if not (signature.is_seal and PLATFORM_SEAL.search(signature.field))
    ]
    short = len(signatures) < len(levels)
    if short:
        _find_fewer(codes.BASIC, len(levels), len(signatures), report)
    for level, fitting in ASKED_LEVELS.items():
        asked = sum(1 for one in levels if one in fitting)
        people = {
            signature.certificate_sha256
            for signature in signatures
            if signature.level in fitting
        }
        if len(people) < asked:
            _find_fewer(level, asked, len(people), report)
            short = True
    for name, _value, _field in enumerate_sig_fields(reader, filled_status=False):
        code = codes.EMPTY_FIELD if short else codes.SPARE_FIELD
        report.find(code, field=name)


def _find_fewer(level, expected, found, report):
    report.find(codes.FEWER_SIGNATURES, level=level, expected=expected, found=found)
