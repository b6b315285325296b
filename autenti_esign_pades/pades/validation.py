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
from .signatures import Examiner

library.mend()

# Which levels do for the one that was asked for
ASKED_LEVELS = {
    codes.BASIC: {codes.BASIC, codes.ADVANCED, codes.QUALIFIED_SEAL, codes.QUALIFIED},
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
        _mark_sent(reader, signed, sent, report)
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


def _mark_sent(reader, signed, sent, report):
    """Tell which signatures the file had before it was sent."""
    if not signed.startswith(sent):
        return
    for signature in report.signatures:
        start = reader.xrefs.get_startxref_for_revision(signature.revision - 1)
        signature.was_sent = start < len(sent)


def _check_levels(levels, reader, report):
    """See that as many have signed as were asked, and each with what they were asked.

    Two signatures with one person's certificate are one person's; the platform's may
    stand for several at the basic level. Where nobody says who was asked, a field that
    is empty is one's who was. Seals that the platform puts for itself are nobody's, and
    so is what the file was signed with before it was sent.
    """
    short = not levels
    for level, fitting in ASKED_LEVELS.items():
        asked = sum(1 for one in levels if one in fitting)
        signers = {
            signature.field
            if level == codes.BASIC and signature.is_seal
            else signature.certificate_sha256 or signature.field
            for signature in report.signatures
            if signature.level in fitting
            and not (signature.is_platform or signature.was_sent)
        }
        if len(signers) < asked:
            _find_fewer(level, asked, len(signers), report)
            short = True
    for name, _value, _field in enumerate_sig_fields(reader, filled_status=False):
        code = codes.EMPTY_FIELD if short else codes.SPARE_FIELD
        report.find(code, field=name)


def _find_fewer(level, expected, found, report):
    report.find(codes.FEWER_SIGNATURES, level=level, expected=expected, found=found)
