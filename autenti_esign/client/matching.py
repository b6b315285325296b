# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which signed file comes from which sent one.

Autenti merges the files of a process into one in the order of upload (its help pages),
but may give back one for each. Then their ids tell them apart, or their bytes: a
signature is added behind the file (ISO 32000-1, 7.5.6), so what begins with a sent file
comes from it. Names can change, be equal and be swapped: they count where each of them
fits and the files come in the order of upload.
"""

from dataclasses import dataclass

from . import file_names


@dataclass(frozen=True)
class Source:
    """A file as it was sent.

    :param str file_id: Autenti's id of it, None when it isn't known
    """

    file_id: str | None
    filename: str
    content: bytes


@dataclass(frozen=True)
class Matches:
    """What `match` has found, by the files' places in its arguments.

    :param int document: the signed file that is the document, None when in doubt
    :param dict[int, int] enclosures: source -> signed file, the document's left out
    :param bool may_grow: there are fewer signed files than there may come
    """

    document: int | None
    enclosures: dict[int, int]
    may_grow: bool


def match(sources, signed):
    """Find the source of each signed file.

    :param sources: list of `Source` in the order of upload, the document first
    :param signed: list of pairs of `payload.ProcessFile` and bytes, at least one
    :rtype: Matches
    """
    found = _match_by_id(sources, signed)
    _match_by_content(found, sources, signed)
    document = _find_document(found, sources, signed)
    is_merged = len(signed) == 1 and document is not None
    if document is not None:
        found[document] = 0
        _match_enclosures(found, sources, signed)
    enclosures = {}
    for place, source in sorted(found.items()):
        if source:
            enclosures.setdefault(source, place)
    return Matches(document, enclosures, len(signed) < len(sources) and not is_merged)


def _match_by_id(sources, signed):
    """Return signed file -> source, by places, as far as the ids tell."""
    found = {}
    for place, (file, _content) in enumerate(signed):
        ids = {file.file_id, *file.related_ids}
        related = [n for n, source in enumerate(sources) if source.file_id in ids]
        if related:
            # Of a merged file the first one
            found[place] = related[0]
    return found


def _match_by_content(found, sources, signed):
    for place, (_file, content) in enumerate(signed):
        if place in found:
            continue
        lengths = {
            number: len(source.content)
            for number, source in enumerate(sources)
            if source.content and content.startswith(source.content)
        }
        longest = [n for n, size in lengths.items() if size == max(lengths.values())]
        if longest:
            # Files of the same content are as good as each other
            taken = set(found.values())
            found[place] = next((n for n in longest if n not in taken), longest[0])


def _find_document(found, sources, signed):
    documents = [place for place, source in found.items() if source == 0]
    if documents:
        return documents[0] if len(documents) == 1 else None
    left = [place for place in range(len(signed)) if place not in found]
    if len(signed) == 1:
        return left[0] if left else None
    if len(signed) != len(sources):
        return None
    missing = sorted(set(range(len(sources))).difference(found.values()))
    if 0 not in missing or len(left) != len(missing):
        return None
    if len(left) == 1:
        return left[0]
    names = [file_names.get_key(signed[place][0].filename) for place in left]
    wanted = [file_names.get_key(sources[number].filename) for number in missing]
    is_certain = names == wanted and wanted.count(wanted[0]) == 1
    return left[0] if is_certain else None


def _match_enclosures(found, sources, signed):
    """Give what is left its place: by name, of equal names and in the end by order."""
    left = [place for place in range(len(signed)) if place not in found]
    missing = [n for n in range(len(sources)) if n not in found.values()]
    for place in list(left):
        key = file_names.get_key(signed[place][0].filename)
        fitting = (n for n in missing if file_names.get_key(sources[n].filename) == key)
        if (number := next(fitting, None)) is not None:
            found[place] = number
            left.remove(place)
            missing.remove(number)
    if len(left) == len(missing):
        found.update(zip(left, missing, strict=True))
