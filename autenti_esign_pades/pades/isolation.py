# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Validation in a process of its own, which a malicious file may kill.

A PDF of a few bytes can take all memory or all time of whoever reads it.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from . import report as codes

SECONDS = 120
MEMORY = 3072  # MiB
GREEN_OR_NOT = (0, 1)


def validate(
    signed,
    sent,
    moment,
    authorities=(),
    trusted_lists=(),
    levels=(),
    seconds=SECONDS,
    memory=MEMORY,
):
    """Tell what a signed file proves, whatever is in it.

    :param bytes signed: the file that came back
    :param bytes sent: the file that was sent
    :param datetime.datetime moment: when the signed file is known to have existed
    :param authorities: files that `trust.read_certificates` takes, bytes
    :param trusted_lists: files that `trust.read_trusted_list` takes, bytes
    :param levels: level that each signer was asked for, of `report`
    :param int seconds: that it may take
    :param int memory: MiB that it may take
    :return: `report.Report.to_dict`; red where the validation was cut off
    """
    with tempfile.TemporaryDirectory(prefix="autenti_pades_") as folder:
        command = [
            *(sys.executable, str(Path(__file__).parent)),
            *(_store(folder, "signed.pdf", signed), _store(folder, "sent.pdf", sent)),
            *("--moment", moment.isoformat()),
            *("--seconds", str(seconds), "--memory", str(memory)),
        ]
        for option, files in (("trust", authorities), ("trusted-list", trusted_lists)):
            for number, data in enumerate(files):
                path = _store(folder, f"{option}-{number}", data)
                command += [f"--{option}", path]
        for level in levels:
            command += ["--level", level]
        detail = "time"
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                timeout=seconds,
                check=False,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
            )
            if done.returncode in GREEN_OR_NOT:
                return json.loads(done.stdout)
            detail = done.stderr.decode(errors="replace").strip()[-500:] or "limits"
        except subprocess.TimeoutExpired:
            pass
        except ValueError:
            detail = done.stderr.decode(errors="replace").strip()[-500:] or "limits"
    report = codes.Report(
        moment=moment.isoformat(),
        sha256=hashlib.sha256(signed).hexdigest(),
        sent_sha256=hashlib.sha256(sent).hexdigest(),
        size=len(signed),
    )
    report.find(codes.NOT_CHECKED, detail=detail)
    return report.to_dict()


def _store(folder, name, data):
    path = Path(folder, name)
    path.write_bytes(data)
    return str(path)
