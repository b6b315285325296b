# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""If a signed file contains what was sent, as a reader sees it."""

import io
from collections import Counter

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from . import report as codes
from .pages import (
    ALTERED,
    DRAWN_OVER,
    SAME,
    UNCLEAR,
    Comparison,
    list_pages,
    resolve,
)

# Entries of the catalogue that signing adds or that don't decide on what is seen
# (ISO 32000-2, table 29); the form is looked at on its own
HARMLESS = {
    "/AcroForm",
    "/DSS",
    "/Extensions",
    "/Lang",
    "/MarkInfo",
    "/Metadata",
    "/Outlines",
    "/PageLabels",
    "/PageLayout",
    "/PageMode",
    "/Pages",
    "/Perms",
    "/StructTreeRoot",
    "/Type",
    "/Version",
    "/ViewerPreferences",
}
# What makes a document act or show something else (ISO 32000-2, 12.6, 12.7.9, 13.6)
ACTIVE_KEYS = {"/JS", "/JavaScript", "/XFA", "/AA", "/OpenAction", "/RichMediaContent"}
ACTIVE_ACTIONS = {"/JavaScript", "/Launch", "/SetOCGState", "/Hide", "/ImportData"}
# What fields without a picture of their own are drawn with (ISO 32000-2, table 224)
FIELD_DEFAULTS = {"/DA", "/DR", "/Q"}
MAXIMUM_OBJECTS = 500_000


def compare(signed, sent_bytes, report, along=None):
    """Find out if a signed file contains what was sent; tell it in the report.

    The platform merges several files into one: what was sent along may stand before or
    after the file.

    :param signed: a pyHanko reader
    :param bytes sent_bytes:
    :param report.Report report:
    :param along: what else was sent to be merged with it, bytes; None where that is
        not known
    :raise Exception: one of the files can't be read to its end
    """
    sent = PdfFileReader(io.BytesIO(sent_bytes), strict=False)
    continues = _continues(signed, sent, sent_bytes)
    comparison = Comparison(same_numbers=continues)
    more = [PdfFileReader(io.BytesIO(data), strict=False) for data in along or ()]
    # Where the pages of the others come, their numbers are new
    sources = [
        [(comparison, page) for page in list_pages(sent)],
        *(
            [(Comparison(same_numbers=False), page) for page in list_pages(document)]
            for document in more
        ),
    ]
    inserted = _match(sources, list_pages(signed), report.content, along is None)
    _judge(report.content, inserted, report)
    active = sum(map(_find_active, (sent, *more)), Counter())
    _compare_catalogue(comparison, sent, signed, active, report)
    _compare_layers(continues, sent, signed, report)
    if not any(finding.code in codes.ABOUT_CONTENT for finding in report.findings):
        report.content.shown_by = codes.BY_REVISION if continues else codes.BY_PAGES


def _continues(signed, sent, sent_bytes):
    """Tell if the signed file is the sent one with revisions added."""
    stream = signed.stream
    stream.seek(0)
    if stream.read(len(sent_bytes)) != sent_bytes:
        return False
    return any(
        signed.xrefs.get_startxref_for_revision(revision) == sent.last_startxref
        for revision in range(signed.xrefs.total_revisions)
    )


def _match(sources, pages, content, others_may_come):
    """Find each source's pages among the signed file's, in their order.

    Which source comes first doesn't matter.

    :param sources: lists of pairs of a `Comparison` and a page
    :param bool others_may_come: something unknown may have been merged before the first
    :return: numbers of the pages that nobody sent, before or between the sent ones
    """
    taken = set()
    content.pages = len(pages)
    for source in sources:
        places = _find(source, pages, taken)
        is_verbatim = any(place is not None for place in places)
        _pair_up(places, len(pages), taken)
        _rate(source, places, pages, is_verbatim, content)
        content.sent_pages += len(source)
        taken |= {place for place in places if place is not None}
    content.added_pages = [
        index + 1 for index in range(len(pages)) if index not in taken
    ]
    first = min(taken, default=0) if others_may_come else -1
    last = max(taken, default=-1)
    return [page for page in content.added_pages if first < page <= last]


def _find(source, pages, taken):
    """Return the index of each page that is there as it was sent, else None."""
    places, start = [], 0
    for comparison, sent in source:
        place = next(
            (
                index
                for index in range(start, len(pages))
                if index not in taken
                and comparison.compare_pages(sent, pages[index]) in (SAME, DRAWN_OVER)
            ),
            None,
        )
        places.append(place)
        start = start if place is None else place + 1
    return places


def _rate(source, places, pages, is_verbatim, content):
    """Tell what has become of each page of a source."""
    numbered = enumerate(zip(source, places, strict=True), content.sent_pages + 1)
    for number, ((comparison, sent), place) in numbered:
        if place is None:
            content.missing_pages.append(number)
            continue
        likeness = comparison.compare_pages(sent, pages[place])
        if likeness == DRAWN_OVER:
            content.drawn_over_pages.append(place + 1)
        elif likeness == ALTERED or (likeness == UNCLEAR and is_verbatim):
            # Who takes pages over as they are doesn't draw one of them anew
            content.altered_pages.append(number)
        elif likeness == UNCLEAR:
            content.unclear_pages.append(number)


def _pair_up(places, count, taken):
    """Give a page that wasn't found the one that lies in its place, if there is one."""
    for position, place in enumerate(places):
        if place is None:
            previous = [p for p in places[:position] if p is not None]
            following = [p for p in places[position:] if p is not None]
            candidate = previous[-1] + 1 if previous else 0
            if candidate not in taken and candidate < min(following, default=count):
                places[position] = candidate


def _judge(content, inserted, report):
    for code, pages in (
        (codes.PAGES_MISSING, content.missing_pages),
        (codes.ALTERED, content.altered_pages),
        (codes.NOT_SHOWN, content.unclear_pages),
        (codes.DRAWN_OVER, content.drawn_over_pages),
        (codes.INSERTED, inserted),
    ):
        if pages:
            report.find(code, pages=pages)


def _compare_catalogue(comparison, sent, signed, sent_active, report):
    """See that nothing outside the pages makes them look or act otherwise."""
    keys = (sent.root.keys() | signed.root.keys()) - HARMLESS
    changed = {
        key
        for key in keys
        if not (
            key in sent.root
            and key in signed.root
            and comparison.same(sent.root.raw_get(key), signed.root.raw_get(key))
        )
    }
    active = _find_active(signed) - sent_active
    if active:
        report.find(codes.ACTIVE, keys=sorted(active))
    changed |= _compare_forms(comparison, sent, signed)
    if changed - active.keys():
        report.find(codes.DISPLAY, keys=sorted(changed - active.keys()))


def _compare_layers(continues, sent, signed, report):
    """Layers of a file that was written anew can't be told apart for certain."""
    if (
        not continues
        and "/OCProperties" in sent.root
        and "/OCProperties" in signed.root
    ):
        report.find(codes.DISPLAY, keys=["/OCProperties"])


def _compare_forms(comparison, sent, signed):
    """Return the keys that have fields drawn otherwise; a signature may add fields."""
    ours, theirs = (
        resolve(document.root.get("/AcroForm")) or generic.DictionaryObject()
        for document in (sent, signed)
    )
    changed = {
        key
        for key in FIELD_DEFAULTS & ours.keys()
        if not (
            key in theirs and comparison.same(ours.raw_get(key), theirs.raw_get(key))
        )
    }
    redraws = [resolve(form.get("/NeedAppearances")) for form in (ours, theirs)]
    return changed | {"/NeedAppearances"} if redraws[1] and not redraws[0] else changed


def _find_active(document):
    """Count the keys and actions by which a document does something by itself."""
    found, seen = Counter(), set()
    todo = [document.root]
    while todo:
        value = todo.pop()
        if isinstance(value, generic.IndirectObject):
            reference = (value.idnum, value.generation)
            if reference in seen:
                continue
            seen.add(reference)
            value = resolve(value)
        if len(seen) + len(todo) > MAXIMUM_OBJECTS:
            raise PdfError(f"more than {MAXIMUM_OBJECTS} objects")
        if isinstance(value, generic.DictionaryObject):
            found.update(value.keys() & ACTIVE_KEYS)
            action = resolve(value.get("/S"))
            if isinstance(action, str) and action in ACTIVE_ACTIONS:
                found[str(action)] += 1
            todo += value.values()
        elif isinstance(value, generic.ArrayObject):
            todo += list(value)
    return found
