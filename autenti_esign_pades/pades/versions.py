# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which libraries a validation works with. Loads none of them."""

import re
from importlib import metadata

LIBRARIES = ("pyHanko", "pyhanko-certvalidator", "asn1crypto", "cryptography", "lxml")
# Of pyHanko, major and minor number: what it is tested with
OLDEST, NEWEST = (0, 34), (0, 38)


def get_versions():
    """Return the version of each library, None where it isn't installed.

    :rtype: dict[str, str | None]
    """
    return {name: _find_version(name) for name in LIBRARIES}


def find_missing():
    """Return the names of the libraries that aren't installed."""
    return [name for name, version in get_versions().items() if not version]


def is_tested():
    """Tell if the installed pyHanko is one that it is tested with."""
    numbers = re.match(r"(\d+)\.(\d+)", get_versions()["pyHanko"] or "")
    return bool(numbers) and OLDEST <= tuple(map(int, numbers.groups())) <= NEWEST


def name_tested():
    """Name the range of versions that it is tested with."""
    return " - ".join(".".join(map(str, version)) for version in (OLDEST, NEWEST))


def _find_version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
