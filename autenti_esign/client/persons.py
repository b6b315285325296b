# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether two ways to write a person's name or e-mail mean the same.

What isn't known tells nothing, so it never makes two persons of one.
"""

import re
import unicodedata

# Letters that aren't made of another one and an accent
_LETTERS = str.maketrans("łøđæœþð", "lodaotd")
# Those of other scripts that look like Latin ones, small or large (Unicode Technical
# Standard 39, confusables)
_LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕαβεηικμνορτυχζ", "abekmhopctyxijsabehikmnoptyxz"
)


def is_same_name(one, other):
    """Tell if two full names may be one person's.

    Case, accents, hyphens and order don't matter, nor do names that only one of the two
    tells: a second first name, a double surname.

    :rtype: bool
    """
    words, others = _get_words(one), _get_words(other)
    if not words or not others or "".join(words) == "".join(others):
        return True
    fewer, more = sorted((set(words), set(others)), key=len)
    return fewer <= more and (len(fewer) > 1 or len(more) == 1)


def fold_name(name):
    """Return what of a full name counts when it is compared with a known one.

    As `is_same_name`, but nothing may be left out, and letters of other scripts don't
    hide it.

    :return: its words, in alphabetical order
    :rtype: list[str]
    """
    return sorted(word.translate(_LOOKALIKES) for word in _get_words(name))


def is_same_email(one, other):
    """Tell if two e-mail addresses are one, in letters or in punycode (RFC 5891).

    :rtype: bool
    """
    emails = [_fold_email(email) for email in (one, other)]
    return not all(emails) or emails[0] == emails[1]


def _get_words(name):
    text = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    # Neither accents nor what doesn't show
    bare = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf"))
    return re.findall(r"\w+", bare)


def _fold_email(email):
    email = unicodedata.normalize("NFC", (email or "").strip().casefold())
    name, _at, domain = email.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}" if name else ""
    except UnicodeError:
        return email
