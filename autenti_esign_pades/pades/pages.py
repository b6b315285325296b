# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The pages of a PDF, and what makes two of them look alike."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError

from .operators import normalise

INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
# Page entries that don't show (ISO 32000-2, table 31), or are compared on their own
SILENT = {
    *INHERITED,
    "/Annots",
    "/Contents",
    "/LastModified",
    "/Metadata",
    "/Parent",
    "/StructParents",
    "/Tabs",
    "/Thumb",
    "/Type",
    "/UserUnit",
}
# Entries of any object that don't show
UNSEEN = {"/StructParent", "/StructParents", "/Metadata"}
# Entries of a signature field that its signing sets (ISO 32000-2, tables 166, 192, 235)
SIGNED_KEYS = {"/V", "/AP", "/AS", "/F", "/Lock", "/P", "/MK", "/BS", "/Border", "/M"}
LENGTHS = {"/Length", "/DL"}
STORAGE = LENGTHS | {"/Filter", "/DecodeParms"}
# What programs put between the content streams of a page
GLUES = (b"\n", b" ", b"")
MAXIMUM_PAGES = 5000
MAXIMUM_HOPS = 10
# Annotation flag (ISO 32000-2, table 167)
HIDDEN = 1 << 1

SAME, DRAWN_OVER, ALTERED, UNCLEAR = "same", "drawn_over", "altered", "unclear"


@dataclass(eq=False)
class Page:
    """A page with what it inherits. The entries are as pyHanko reads them."""

    entries: generic.DictionaryObject
    inherited: dict

    @property
    def resources(self):
        return resolve(self.inherited.get("/Resources")) or generic.DictionaryObject()

    @property
    def annotations(self):
        return list(resolve(self.entries.get("/Annots")) or ())

    @cached_property
    def layout(self):
        """What decides on its size and position, the same for the same look."""
        media, crop = (
            _rectangle(self.inherited.get(box)) for box in ("/MediaBox", "/CropBox")
        )
        if not media or (not crop and "/CropBox" in self.inherited):
            raise PdfError("a page without a proper size")
        rotation = int(resolve(self.inherited.get("/Rotate")) or 0) % 360
        unit = float(resolve(self.entries.get("/UserUnit")) or 1)
        return media, crop or media, rotation, unit

    @cached_property
    def streams(self):
        """The decoded content streams."""
        streams = resolve(self.entries.get("/Contents"))
        if isinstance(streams, generic.StreamObject):
            streams = [streams]
        streams = [resolve(stream) for stream in streams or ()]
        if any("/F" in stream for stream in streams):
            raise PdfError("a page whose operators are in another file")
        return [stream.data for stream in streams]

    @cached_property
    def operators(self):
        """The operators of all content streams, as `operators.normalise` writes them.

        :raise ValueError: they aren't operators, or depend on the reading program
        """
        glues = GLUES if len(self.streams) > 1 else GLUES[:1]
        readings = {normalise(glue.join(self.streams)) for glue in glues}
        if len(readings) > 1:
            raise ValueError("operators that run on from one stream into the next")
        return readings.pop()


def list_pages(document):
    """Return the pages of a document, in order.

    :param document: a pyHanko reader
    :rtype: list[Page]
    :raise PdfError: the page tree is broken, or has too many pages
    """
    pages, seen, branches = [], set(), []
    todo = [(document.root.raw_get("/Pages"), {}, None)]
    while todo:
        node, inherited, parent = todo.pop()
        if isinstance(node, generic.IndirectObject):
            seen_as = (node.idnum, node.generation)
            if seen_as in seen:
                raise PdfError("a page is in the page tree twice")
            seen.add(seen_as)
        node = resolve(node)
        if not isinstance(node, generic.DictionaryObject):
            raise PdfError("the page tree holds what is no page")
        is_branch = "/Kids" in node
        # Programs tell pages by the one or the other
        if resolve(node.get("/Type")) != ("/Pages" if is_branch else "/Page"):
            raise PdfError("the page tree holds what may be a page or not")
        inherited = {**inherited, **_get_inheritable(node)}
        if is_branch:
            branch = _Branch(resolve(node.get("/Count")), parent)
            branches.append(branch)
            todo += [(kid, inherited, branch) for kid in reversed(list(node["/Kids"]))]
        else:
            pages.append(Page(node, inherited))
            while parent:
                parent.found += 1
                parent = parent.parent
        if len(pages) + len(todo) > MAXIMUM_PAGES:
            raise PdfError(f"more than {MAXIMUM_PAGES} pages")
    # Programs show as many pages as a branch says that it has
    if any(branch.found != branch.count for branch in branches):
        raise PdfError("the page tree miscounts its pages")
    return pages


@dataclass
class _Branch:
    count: int
    parent: "_Branch | None"
    found: int = 0


def _get_inheritable(node):
    """Return what a node hands on; a null is no entry (ISO 32000-2, 7.3.9)."""
    return {
        key: node.raw_get(key)
        for key in INHERITED
        if resolve(node.get(key)) is not None
    }


class Comparison:
    """Compares objects of the sent file with those of the signed one.

    Numbers of objects may differ, unless the signed file continues the sent one: there
    an object that moved is another one.
    """

    def __init__(self, same_numbers):
        self._same_numbers = same_numbers
        self._proven = set()

    def compare_pages(self, sent, signed):
        """Tell how far a page of the signed file is a page of the sent one.

        :param Page sent:
        :param Page signed:
        :return: SAME; DRAWN_OVER, all of it is there but there is more on it;
            ALTERED, drawn with the same means but something else; or UNCLEAR
        """
        if sent.layout != signed.layout or not self._same_entries(sent, signed):
            return ALTERED if self._same_numbers else UNCLEAR
        resources = self._keeps_resources(sent.resources, signed.resources)
        annotations = self._compare_annotations(sent, signed)
        content = self._compare_content(sent, signed)
        if UNCLEAR in (resources, content):
            return ALTERED if self._same_numbers else UNCLEAR
        if ALTERED in (annotations, content):
            return ALTERED
        drawn_over = DRAWN_OVER in (resources, annotations, content)
        return DRAWN_OVER if drawn_over else SAME

    def _same_entries(self, sent, signed):
        return self.same(*(_without(one.entries, SILENT) for one in (sent, signed)))

    def _compare_content(self, sent, signed):
        if sent.streams == signed.streams:
            return SAME
        try:
            if sent.operators == signed.operators:
                return SAME
            return DRAWN_OVER if sent.operators in signed.operators else ALTERED
        except ValueError:
            return UNCLEAR

    def _keeps_resources(self, sent, signed):
        """All that the page draws with must be there; more may be for what is added."""
        more = False
        for kind in (sent.keys() | signed.keys()) - {"/ProcSet"}:
            ours, theirs = resolve(sent.get(kind)), resolve(signed.get(kind))
            ours, theirs = (
                {} if entries is None else entries for entries in (ours, theirs)
            )
            if not (isinstance(ours, dict) and isinstance(theirs, dict)):
                return UNCLEAR
            if ours.keys() - theirs.keys():
                return UNCLEAR
            for name in ours.keys():
                if not self.same(_raw(ours, name), _raw(theirs, name)):
                    return UNCLEAR
            more = more or bool(theirs.keys() - ours.keys())
        return DRAWN_OVER if more else SAME

    def _compare_annotations(self, sent, signed):
        added, signatures = list(signed.annotations), []
        for annotation in sent.annotations:
            found = next((a for a in added if self.same(annotation, a)), None)
            if found is None:
                found = next((a for a in added if self._signs(annotation, a)), None)
                signatures.append(found)
            if found is None:
                return ALTERED
            added.remove(found)
        return DRAWN_OVER if any(map(is_visible, added + signatures)) else SAME

    def _signs(self, sent, signed):
        """Tell if an annotation is an empty signature field that was signed."""
        numbers = [getattr(one, "idnum", None) for one in (sent, signed)]
        if self._same_numbers and numbers[0] != numbers[1]:
            return False
        before, after = resolve(sent), resolve(signed)
        if not (isinstance(before, dict) and isinstance(after, dict)):
            return False
        if before.get("/FT") != "/Sig" or "/V" in before or "/V" not in after:
            return False
        return self.same(*(_without(one, SIGNED_KEYS) for one in (before, after)))

    def same(self, sent, signed):
        """Tell if two objects are the same, with all that they refer to."""
        assumed = set()
        todo = [(sent, signed)]
        while todo:
            ours, theirs = todo.pop()
            indirect = [
                (one.idnum, one.generation)
                for one in (ours, theirs)
                if isinstance(one, generic.IndirectObject)
            ]
            if len(indirect) == 2:
                pair = tuple(indirect)
                if pair in assumed or pair in self._proven:
                    continue
                if self._same_numbers and pair[0] != pair[1]:
                    return False
                assumed.add(pair)
            parts = _compare_parts(resolve(ours), resolve(theirs))
            if parts is None:
                return False
            todo += parts
        self._proven |= assumed
        return True


def _compare_parts(ours, theirs):
    """Compare two objects but for what is in them.

    :return: pairs that have to be the same too, or None where these two aren't
    """
    if isinstance(ours, dict):
        return _compare_dictionaries(ours, theirs) if _alike(ours, theirs) else None
    if isinstance(ours, list):
        same = isinstance(theirs, list) and len(ours) == len(theirs)
        return list(zip(list(ours), list(theirs), strict=True)) if same else None
    strings = (generic.TextStringObject, generic.ByteStringObject)
    if isinstance(ours, strings):
        same = isinstance(theirs, strings) and (
            ours.original_bytes == theirs.original_bytes
        )
        return [] if same else None
    numbers = (generic.NumberObject, generic.FloatObject)
    if isinstance(ours, numbers):
        return [] if isinstance(theirs, numbers) and ours == theirs else None
    same = type(ours) is type(theirs) and ours == theirs
    return [] if same else None


def _alike(ours, theirs):
    streams = [isinstance(one, generic.StreamObject) for one in (ours, theirs)]
    return isinstance(theirs, dict) and streams[0] == streams[1]


def _compare_dictionaries(ours, theirs):
    # Pages are compared on their own, not as what links and annotations refer to
    if resolve(ours.get("/Type")) == resolve(theirs.get("/Type")) == "/Page":
        return []
    ignored = UNSEEN
    if isinstance(ours, generic.StreamObject):
        if ours.encoded_data == theirs.encoded_data:
            ignored = UNSEEN | LENGTHS
        elif _same_data(ours, theirs):
            ignored = UNSEEN | STORAGE
        else:
            return None
    keys = ours.keys() - ignored
    if keys != theirs.keys() - ignored:
        return None
    return [(_raw(ours, key), _raw(theirs, key)) for key in keys]


def _same_data(ours, theirs):
    try:
        return ours.data == theirs.data
    except Exception:  # a filter that only viewers know, or broken data
        return False


def is_visible(annotation):
    """Tell if an annotation may show; what isn't plainly invisible may.

    :param annotation: of a page, direct or indirect
    """
    annotation = resolve(annotation)
    if not isinstance(annotation, generic.DictionaryObject):
        return True
    flags = resolve(annotation.get("/F"))
    if isinstance(flags, int) and flags & HIDDEN:
        return False
    # Other kinds show outside of their rectangle: icons, windows, lines by their points
    if resolve(annotation.get("/Subtype")) != "/Widget":
        return True
    box = _rectangle(annotation.get("/Rect"))
    return not box or (box[0] != box[2] and box[1] != box[3])


def resolve(value):
    """Follow references to an object; PDF's null is None.

    :raise PdfError: the reference leads nowhere
    """
    for _hop in range(MAXIMUM_HOPS):
        if not isinstance(value, generic.IndirectObject):
            return None if isinstance(value, generic.NullObject) else value
        value = value.get_object()
    raise PdfError("references that only lead to references")


def _without(dictionary, keys):
    return {key: _raw(dictionary, key) for key in dictionary.keys() - keys}


def _raw(dictionary, key):
    if isinstance(dictionary, generic.DictionaryObject):
        return dictionary.raw_get(key)
    return dictionary[key]


def _rectangle(box):
    """Return a rectangle's numbers, lower left corner first, or None."""
    box = resolve(box)
    if not isinstance(box, list):
        return None
    numbers = [resolve(number) for number in list(box)]
    if len(numbers) != 4 or not all(isinstance(n, int | Decimal) for n in numbers):
        return None
    x1, y1, x2, y2 = map(float, numbers)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
