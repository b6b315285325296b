# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Validation in a process of its own, which a malicious file may kill.

A PDF of a few bytes can take all memory or all time of whoever reads it.
"""

import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from . import report as codes

# Enough for 25 signers on 30 pages, each with evidence, on a slow machine
SECONDS = 30
MEMORY = 3072  # MiB


def validate(
    signed,
    sent,
    moment,
    authorities=(),
    trusted_lists=(),
    levels=(),
    along=None,
):
    """Tell what a signed file proves, whatever is in it.

    :param bytes signed: the file that came back
    :param bytes sent: the file that was sent
    :param datetime.datetime moment: when the signed file is known to have existed
    :param authorities: files that `trust.read_certificates` takes, bytes
    :param trusted_lists: files that `trust.read_trusted_list` takes, bytes
    :param levels: level that each signer was asked for, of `report`
    :param along: what else was sent to be merged with it, bytes; None where that is
        not known
    :return: `report.Report.to_dict`; amber where the validation was cut off
    """
    with tempfile.TemporaryDirectory(prefix="autenti_pades_") as folder:
        command = [
            *(sys.executable, str(Path(__file__).parent)),
            *(_store(folder, "signed.pdf", signed), _store(folder, "sent.pdf", sent)),
            *("--moment", moment.isoformat()),
            *("--seconds", str(math.ceil(SECONDS)), "--memory", str(MEMORY)),
        ]
        for option, files in (("trust", authorities), ("trusted-list", trusted_lists)):
            for number, data in enumerate(files):
                path = _store(folder, f"{option}-{number}", data)
                command += [f"--{option}", path]
        if along is not None:
            named = enumerate(along)
            command += ["--along", *(_store(folder, f"along-{n}", d) for n, d in named)]
        for level in levels:
            command += ["--level", level]
        report, detail = _run(command)
    if report is None:
        made_here = codes.Report(
            moment=moment.isoformat(),
            sha256=hashlib.sha256(signed).hexdigest(),
            sent_sha256=hashlib.sha256(sent).hexdigest(),
            size=len(signed),
        )
        made_here.find(codes.NOT_CHECKED, detail=detail)
        report = made_here.to_dict()
    return report


def _run(command):
    """Run a validation.

    :return: its report, or None, and what went wrong
    """
    # Odoo may have found the packages in another way than a new process would
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return None, f"{SECONDS} s"
    last_words = done.stderr.decode(errors="replace").strip()[-500:]
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return None, last_words or f"ended with {done.returncode}"


def _store(folder, name, data):
    path = Path(folder, name)
    path.write_bytes(data)
    return str(path)
