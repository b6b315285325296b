# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A hostile file harms nobody but the process that was made for it."""

import io
import os
import re
import subprocess
import sys
import time
import zlib

import pytest
from client import enclosures, isolation, pdf
from PIL import Image

CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


def pdf_of(*objects, trailer=b""):
    """Write objects numbered from 1 into a file; the first is the catalogue."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Root 1 0 R/Size %d%s>>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, trailer, len(body))
    )


def table_before_itself():
    content = pdf_of(CATALOGUE, PAGES, PAGE, trailer=b"/Prev 0000000000")
    return content.replace(b"0000000000>>", b"%010d>>" % content.rindex(b"xref\n0 "))


def catalogue_in_a_comment():
    content = pdf_of(CATALOGUE, PAGES, PAGE).rstrip()
    entry = re.search(rb"(\d{10}) 00000 n ", content)
    at = b"%010d" % content.rindex(b"%%EOF")
    return content[: entry.start(1)] + at + content[entry.end(1) :]


def endless_table():
    head = b"/Type/XRef/Size 1000000000/W[0 1 0]/Root 1 0 R/Length 0"
    return (
        b"%%PDF-1.7\n3 0 obj\n<<%s>>\nstream\n\nendstream\nendobj\n"
        b"startxref\n9\n%%%%EOF\n" % head
    )


def nested_filters():
    """A table that unpacks to 8 GiB."""
    data = zlib.compress(zlib.compress(bytes(2**23), 9) * 2**10, 9)
    head = b"/Type/XRef/Size 3/W[1 4 1]/Root 1 0 R/Filter[/FlateDecode/FlateDecode]"
    return (
        b"%%PDF-1.7\n3 0 obj\n<<%s/Length %d>>\nstream\n%s\nendstream\nendobj\n"
        b"startxref\n9\n%%%%EOF\n" % (head, len(data), data)
    )


def lattice():
    """A page tree of 2**30 ways through 30 nodes."""
    nodes = (
        b"<</Type/Pages/Count 1/Kids[%d 0 R %d 0 R]>>" % (n + 3, n + 3)
        for n in range(30)
    )
    return pdf_of(CATALOGUE, *nodes, PAGE.replace(b"2 0 R", b"31 0 R"))


def huge_picture():
    """A PNG of a few kilobytes and 400 million pixels."""
    header = (20_000).to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))

    def chunk(kind, data):
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    parts = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(10**6))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(isolation, "_kept", {})


def code_of(content, check=pdf.check_sendable):
    with pytest.raises(pdf.UnsendablePdf) as caught:
        check(content)
    return caught.value.code


@pytest.mark.parametrize(
    "make",
    [
        table_before_itself,
        catalogue_in_a_comment,
        endless_table,
        nested_filters,
        lattice,
    ],
)
def test_a_hostile_file_is_refused_in_time_and_in_little_memory(make):
    content = make()
    started = time.monotonic()
    for check in (pdf.check_sendable, pdf.check_readable, enclosures.make_sendable):
        assert code_of(content, check) in (pdf.TOO_COSTLY, pdf.DAMAGED)
    # Each check has its own, and the machine may be busy
    assert time.monotonic() - started < 3 * (isolation.PATIENCE + 5)
    own, children = measure_memory(content)
    assert own < 128 * 1024
    assert children < (isolation.MEMORY + 64) * 1024


def measure_memory(content):
    """Have a fresh process read a file: KiB at most of it and of what it started."""
    code = (
        "import re, resource, sys\n"
        "from client import pdf\n"
        "try:\n"
        "    pdf.check_sendable(sys.stdin.buffer.read())\n"
        "except pdf.UnsendablePdf:\n"
        "    pass\n"
        # The usage of a process begins with that of the one that started it
        "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, input=content, env=environment, capture_output=True, check=True
    )
    return map(int, done.stdout.split())


def test_who_opens_a_hostile_file_again_is_answered_at_once(monkeypatch):
    # A busy machine takes longer by the clock, and would cut it off before
    monkeypatch.setattr(isolation, "PATIENCE", 20 * isolation.PATIENCE)
    # Of the files above the one that no reader comes to an end with
    content = table_before_itself()
    assert code_of(content) == pdf.TOO_COSTLY
    # No process is made for it again
    monkeypatch.setattr(isolation.subprocess, "run", None)
    assert code_of(content) == pdf.TOO_COSTLY


def test_a_file_that_was_cut_off_on_a_busy_machine_is_read_again(monkeypatch):
    content = pdf_of(CATALOGUE, PAGES, PAGE)
    with monkeypatch.context() as busy:
        busy.setattr(isolation, "PATIENCE", 0.001)
        assert code_of(content) == pdf.TOO_COSTLY
    pdf.check_sendable(content)


def test_a_picture_of_too_many_pixels_is_refused():
    assert code_of(huge_picture(), enclosures.make_sendable) == pdf.TOO_COSTLY


def test_a_picture_that_is_none_is_damaged():
    content = b"\x89PNG\r\n\x1a\n what follows is no picture"
    assert code_of(content, enclosures.make_sendable) == pdf.DAMAGED


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_scanned_page_goes_along(kind):
    buffer = io.BytesIO()
    Image.new("L", (4960, 7016), 255).save(buffer, kind)  # A4 at 600 dpi
    content, mimetype = enclosures.make_sendable(buffer.getvalue())
    assert content.startswith(b"%PDF-")
    assert mimetype == "application/pdf"


def test_an_ordinary_file_is_read_once_however_often_it_is_asked_for(monkeypatch):
    runs = []
    run = subprocess.run

    def count(*args, **options):
        runs.append(args)
        return run(*args, **options)

    monkeypatch.setattr(isolation.subprocess, "run", count)
    for _again in range(3):
        pdf.check_sendable(pdf_of(CATALOGUE, PAGES, PAGE))
    assert len(runs) == 1


def test_a_broken_set_up_is_logged_and_lets_nothing_pass(monkeypatch, caplog):
    monkeypatch.setattr(isolation.sys, "executable", "/bin/false")
    with pytest.raises(isolation.FileTooCostly):
        isolation.call("pdf", "find_reason", b"")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_process_knows_nothing_of_odoo(tmp_path):
    """It is light, and nothing of the database is in it."""
    (tmp_path / "odoo.py").write_text("raise RuntimeError('imported')")
    done = subprocess.run(
        [sys.executable, isolation.__file__, "pdf", "find_reason"],
        input=pdf_of(CATALOGUE, PAGES, PAGE),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"null"
