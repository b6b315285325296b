# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Names of files and of people: one line, and nothing in it that doesn't show."""

import re
import unicodedata

# What most file systems take (POSIX, NAME_MAX), in UTF-8
MAX_BYTES = 255
# Left for what is put behind a stem, such as " - signed.pdf"
ROOM = 55
# Of the types that Autenti takes or makes. What else follows a dot belongs to the name,
# as in "Annex no. 1. Prices"
_EXTENSION = re.compile(
    r"\.(?:pdf|png|jpe?g|gif|bmp|tiff?|webp|docx?|xlsx?|od[ts])$", re.IGNORECASE
)
# What a file system takes amiss
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]+')
# Invisible, but scripts and emoji need them: they join letters, or keep them apart
_JOINERS = "\u200c\u200d"
_REPLACEMENT = "\ufffd"


def one_line(text):
    """Make one line of a text, without control characters and those that hide.

    Among those that hide are the ones that turn the direction of writing, by which a
    name shows as another one (Unicode Technical Report 36, section 3.6).

    :param str text: maybe empty, or None
    :rtype: str
    """
    normalized = unicodedata.normalize("NFC", text or "")
    return " ".join("".join(map(_show, normalized)).split())


def _show(character):
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    hides = category in ("Cf", "Cs") and character not in _JOINERS
    # What stands for something unreadable says nothing
    hides = hides or character == _REPLACEMENT
    return "" if hides else character


def clean(name, fallback="document"):
    """Make the name of a file of what somebody called it.

    :param str name: maybe empty, or None
    :param str fallback: stands where nothing else is left of the name
    :return: no path, not hidden, at most `MAX_BYTES` long
    :rtype: str
    """
    stem, extension = _split(one_line(_FORBIDDEN.sub(" ", name or "")))
    stem = stem.lstrip(". ").rstrip() or fallback
    return _shorten(stem, MAX_BYTES - len(extension)) + extension


def get_stem(name):
    """Return a file's name without its extension, with room for something behind it.

    :rtype: str
    """
    return _shorten(_split(name)[0], MAX_BYTES - ROOM)


def with_extension(name, extension):
    """Return a file's name with the extension of what it is.

    :param str extension: with its dot
    :rtype: str
    """
    stem, former = _split(name)
    return name if former.lower() == extension else f"{stem}{extension}"


def get_key(name):
    """Return what is equal for names that differ in spelling or extension only.

    :rtype: str
    """
    folded = _split(one_line(name))[0].casefold()
    return unicodedata.normalize("NFC", folded)


def get_titles(names):
    """Return names as people list them: without extensions, unless these differ alone.

    :param names: list of names of files
    :rtype: list[str]
    """
    keys = [get_key(name) for name in names]
    return [
        name if keys.count(key) > 1 else _split(name)[0]
        for name, key in zip(names, keys, strict=True)
    ]


def _split(name):
    found = _EXTENSION.search(name)
    return (name[: found.start()], found[0]) if found else (name, "")


def _shorten(text, size):
    return text.encode()[:size].decode(errors="ignore").rstrip()


def is_blank(text):
    """Tell if nothing of a text can be seen: it is empty, or all spaces and marks.

    :param str text: maybe empty
    """
    return not any(
        unicodedata.category(character)[0] in "LNPS" for character in text or ""
    )
