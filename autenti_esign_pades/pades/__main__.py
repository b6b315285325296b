# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Validate a signed file and print the report as JSON: `python pades --help`."""

import argparse
import datetime
import json
import logging
import sys
from pathlib import Path

# Run as a folder, Python looks for modules in it and not beside it
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from pades import limits  # noqa: E402


def main(arguments=None):
    options = _parse(arguments)
    limits.apply(options.seconds, options.memory)
    # pyHanko takes its time to load, and the limits hold for that too
    from pades.trust import Trust, read_certificates, read_trusted_list
    from pades.validation import validate

    logging.disable(logging.CRITICAL)
    trust = Trust(
        [one for path in options.trust for one in read_certificates(path.read_bytes())],
        [read_trusted_list(path.read_bytes()) for path in options.trusted_list],
    )
    moment = options.moment or datetime.datetime.now(datetime.timezone.utc)
    report = validate(
        options.signed.read_bytes(),
        options.sent.read_bytes(),
        trust,
        moment,
        options.level,
        None if options.along is None else [p.read_bytes() for p in options.along],
    )
    json.dump(report.to_dict(), sys.stdout, indent=2, ensure_ascii=True)
    return 0 if report.verdict == "green" else 1


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="pades", description=__doc__)
    parser.add_argument("signed", type=Path, help="the file that came back")
    parser.add_argument("sent", type=Path, help="the file that was sent")
    parser.add_argument(
        "--along",
        type=Path,
        nargs="*",
        help="all that was sent to be merged with it, maybe nothing; else not known",
    )
    parser.add_argument(
        "--trust",
        type=Path,
        action="append",
        default=[],
        help="certificates of an authority, PEM or DER",
    )
    parser.add_argument(
        "--trusted-list",
        type=Path,
        action="append",
        default=[],
        help="a national trusted list, XML",
    )
    parser.add_argument(
        "--moment",
        type=datetime.datetime.fromisoformat,
        help="when the file is known to have existed, ISO 8601 with offset; now",
    )
    parser.add_argument(
        "--level", action="append", default=[], help="asked of a signer; one each"
    )
    parser.add_argument("--seconds", type=int, help="of processor time at most")
    parser.add_argument("--memory", type=int, help="MiB of address space at most")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
