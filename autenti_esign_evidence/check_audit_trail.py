# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The hash chain of an audit trail; run as a program, it checks one without Odoo.

    python3 check_audit_trail.py audit-trail.json

Each entry has its number, counted from 1, and the SHA-256 of its canonical JSON, in
which the SHA-256 of the entry before stands too. Who changes, removes or inserts an
entry breaks the chain there; who cuts its end off changes its head. Canonical JSON has
sorted keys, ASCII only and no spaces.
"""

import hashlib
import json
import sys
from pathlib import Path

# What an entry's SHA-256 is made of
HASHED = ("request", "number", "moment", "kind", "author", "text", "data", "previous")
# Stands before the first entry
ORIGIN = "0" * 64


def hash_entry(entry):
    """Return the SHA-256 of an entry, as hexadecimal digits.

    :param dict entry: JSON-able, with the keys in `HASHED` and maybe more
    """
    hashed = {key: entry[key] for key in HASHED}
    canonical = json.dumps(hashed, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def find_break(entries, length, head):
    """Find where a chain is broken first.

    :param entries: dicts as `hash_entry` takes them, with their "sha256", in order
    :param int length: how many there are to be
    :param str head: SHA-256 of the last one
    :return: number of the first entry that isn't what it was, or that is missing;
        None where the chain is whole
    """
    previous = ORIGIN
    for number, entry in enumerate(entries, start=1):
        if (
            entry["number"] != number
            or entry["previous"] != previous
            or entry["sha256"] != hash_entry(entry)
        ):
            return number
        previous = entry["sha256"]
    if len(entries) != length or previous != head:
        return min(len(entries), length) + (len(entries) != length)
    return None


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    trail = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    broken = find_break(trail["entries"], trail["length"], trail["head"])
    if broken:
        sys.exit(f"BROKEN at entry {broken}")
    sys.stdout.write(f"OK: {trail['length']} entries, head {trail['head']}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
