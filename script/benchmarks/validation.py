# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How long a validation takes beside pyHanko's own command on the same file."""

import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas
from workspace import ROOT, VENV, WorkspaceError, progress

from autenti_emulator import signing
from autenti_emulator.card import Line
from autenti_emulator.facts import SignatureType

from . import Row, at_most

PAGES = 20
NAMES = ("Jan Kowalski", "Anna Nowak")
TURNS = 7
GOAL = 1.5
# A board and its clients, on a long contract
MANY, MANY_PAGES = 25, 30
SECONDS, MEMORY = 60, 500  # MiB


def measure():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder)
        ours, theirs = [], []
        with progress(f"validation of {PAGES} pages, {TURNS} turns"):
            for _turn in range(TURNS):
                ours.append(take_time(our_command(), folder))
                theirs.append(take_time(their_command(), folder))
    what = f"validating {PAGES} pages with {len(NAMES)} signatures, to pyHanko's time"
    yield at_most(what, ours, theirs, GOAL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with progress(f"validation of {MANY_PAGES} pages with {MANY} signatures"):
            make_files(folder, [f"Osoba {n}" for n in range(MANY)], MANY_PAGES)
            seconds = take_time(our_command(), folder)
    # The most that any of the commands has taken
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield Row(
        f"validating {MANY_PAGES} pages with {MANY} signatures",
        f"{seconds:.0f} s, {memory:.0f} MiB",
        f"≤ {SECONDS} s, {MEMORY} MiB",
        seconds <= SECONDS and memory <= MEMORY,
    )


def our_command():
    validator = ROOT / "autenti_esign_pades" / "pades"
    return [sys.executable, validator, "signed.pdf", "sent.pdf", "--trust", "ca.pem"]


def their_command():
    """It looks at the signatures alone, not at what was sent."""
    options = ["--pretty-print", "--trust", "ca.pem", "--trust-replace"]
    return [VENV / "bin" / "pyhanko", "sign", "validate", *options, "signed.pdf"]


def take_time(command, folder):
    """Run a command that finds all in order.

    :return: seconds
    """
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise WorkspaceError(f"{command[0]}: {done.stdout[-300:]}{done.stderr[-300:]}")
    return time.perf_counter() - started


def make_files(folder, names=NAMES, pages=PAGES):
    sent = draw(pages)
    authority = signing.Authority.create()
    lines = [
        Line(name, "x@example.com", "Firma", "", SignatureType.BASIC) for name in names
    ]
    signed = signing.prepare(sent, "Umowa", "process-1", lines, manual=False)
    for index, line in enumerate(lines):
        signed = signing.sign(signed, index, line, authority, manual=False)
    (folder / "sent.pdf").write_bytes(sent)
    (folder / "signed.pdf").write_bytes(signed)
    (folder / "ca.pem").write_bytes(authority.pem)


def draw(pages):
    output = io.BytesIO()
    canvas = Canvas(output, invariant=True)
    for page in range(pages):
        for row in range(50):
            text = f"§ {page + 1}.{row + 1} Strony postanawiają, co następuje."
            canvas.drawString(60, 790 - 15 * row, text)
        canvas.showPage()
    canvas.save()
    return output.getvalue()
