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


def compare(signed, sent_bytes, report, others=None):
    """Find out if a signed file contains what was sent; tell it in the report.

    The platform merges several files into one: what was sent along may stand before or
    after the file.

    :param signed: a pyHanko reader
    :param bytes sent_bytes:
    :param report.Report report:
    :param others: what else was sent, bytes; None where that isn't known
    :raise Exception: one of the files can't be read to its end
    """
    sent = PdfFileReader(io.BytesIO(sent_bytes), strict=False)
    continues = _continues(signed, sent, sent_bytes)
    comparison = Comparison(same_numbers=continues)
    sent_pages, pages = list_pages(sent), list_pages(signed)
    content = report.content
    content.sent_pages, content.pages = len(sent_pages), len(pages)
    places = _match(comparison, sent_pages, pages, content)
    inserted = _find_inserted(places, pages, content, others)
    _judge(content, inserted, report)
    _compare_catalogue(comparison, sent, signed, report)
    _compare_layers(continues, sent, signed, report)
    if not any(finding.code in codes.ABOUT_CONTENT for finding in report.findings):
        content.shown_by = codes.BY_REVISION if continues else codes.BY_PAGES


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


def _match(comparison, sent_pages, pages, content):
    """Find each sent page among the signed file's, in the same order."""
    places, start = [], 0
    for sent in sent_pages:
        place = next(
            (
                index
                for index in range(start, len(pages))
                if comparison.compare_pages(sent, pages[index]) in (SAME, DRAWN_OVER)
            ),
            None,
        )
        places.append(place)
        start = start if place is None else place + 1
    verbatim = any(place is not None for place in places)
    _pair_up(places, len(pages))
    for number, (sent, place) in enumerate(zip(sent_pages, places, strict=True), 1):
        if place is None:
            content.missing_pages.append(number)
            continue
        likeness = comparison.compare_pages(sent, pages[place])
        if likeness == DRAWN_OVER:
            content.drawn_over_pages.append(place + 1)
        elif likeness == ALTERED:
            content.altered_pages.append(number)
        elif likeness == UNCLEAR and verbatim:
            # The platform takes pages over as they are, so this is another one
            content.altered_pages.append(number)
        elif likeness == UNCLEAR:
            content.unclear_pages.append(number)
    content.added_pages = [
        index + 1 for index in range(len(pages)) if index not in places
    ]
    return [place for place in places if place is not None]


def _find_inserted(places, pages, content, others):
    """Return the numbers of pages that nobody sent, before or between the sent ones."""
    first, last = min(places, default=0), max(places, default=-1)
    if others is None:
        return [page for page in content.added_pages if first < page <= last]
    comparison = Comparison(same_numbers=False)
    known = [
        page
        for other in others
        for page in list_pages(PdfFileReader(io.BytesIO(other), strict=False))
    ]
    return [
        page
        for page in content.added_pages
        if page <= last
        and not any(
            comparison.compare_pages(one, pages[page - 1]) in (SAME, DRAWN_OVER)
            for one in known
        )
    ]


def _pair_up(places, count):
    """Give a page that wasn't found the one that lies in its place, if there is one."""
    for position, place in enumerate(places):
        if place is None:
            previous = [p for p in places[:position] if p is not None]
            following = [p for p in places[position:] if p is not None]
            candidate = previous[-1] + 1 if previous else 0
            if candidate < min(following, default=count):
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


def _compare_catalogue(comparison, sent, signed, report):
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
    active = _find_active(signed) - _find_active(sent)
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
