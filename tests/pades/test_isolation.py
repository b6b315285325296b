# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A hostile file harms nobody but the process that was made for it."""

import datetime
import json
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pades
import pytest
from pades import isolation, versions
from pades.report import AMBER, GREEN, RED

NOW = datetime.datetime.now(datetime.timezone.utc)


def pdf_of(*objects, trailer=""):
    """Write objects numbered from 1 into a file; the first is the catalogue."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Root 1 0 R/Size %d%s>>\n"
        b"startxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            table,
            len(objects) + 1,
            trailer.encode(),
            len(body),
        )
    )


def page(contents=b"4 0 R"):
    return (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents %s>>" % contents,
    )


def bomb():
    """A stream that unpacks to 8 GiB."""
    data = zlib.compress(zlib.compress(bytes(2**23), 9) * 2**10, 9)
    return pdf_of(
        *page(),
        b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%s\nendstream"
        % (len(data), data),
    )


def nested():
    return pdf_of(*page(), b"[" * 200_000 + b"]" * 200_000)


def cyclic_pages():
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>"
    )


def cyclic_references():
    return pdf_of(*page(b"4 0 R"), b"5 0 R", b"4 0 R")


def many_paths():
    """Each object names the next one twice: 2**60 ways through 60 objects."""
    chain = [b"[%d 0 R %d 0 R]" % (n, n) for n in range(5, 64)]
    return pdf_of(*page(), *chain, b"null", trailer="/X 4 0 R")


def cyclic_xref():
    pdf = pdf_of(*page(), b"null")
    start = int(pdf.split(b"startxref\n")[1].split(b"\n")[0])
    return pdf.replace(b"/Size 5", b"/Size 5/Prev %d" % start)


@pytest.fixture(autouse=True)
def tighter(monkeypatch):
    monkeypatch.setattr(isolation, "SECONDS", 15)
    monkeypatch.setattr(isolation, "MEMORY", 1024)


@pytest.mark.parametrize(
    "make",
    [bomb, nested, cyclic_pages, cyclic_references, many_paths, cyclic_xref],
)
def test_a_hostile_file_is_never_green_and_done_in_time(make, sent):
    started = time.monotonic()
    report = isolation.validate(make(), sent, NOW)
    codes = {finding["code"] for finding in report["findings"]}
    assert report["verdict"] == RED or codes == {"not_checked"}
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("make", [bomb, many_paths])
def test_a_signed_hostile_file_is_not_green(make, signatory, sent):
    """The hostile part is what the signer signed."""
    hostile = signatory.sign(make(), manual=True)
    report = isolation.validate(
        hostile, sent, NOW, authorities=[signatory.authority.pem]
    )
    assert report["verdict"] != GREEN


def test_a_validation_that_takes_too_long_is_cut_off(monkeypatch, signed, sent):
    monkeypatch.setattr(isolation, "SECONDS", 0.05)
    report = isolation.validate(signed, sent, NOW)
    assert report["verdict"] == AMBER
    assert report["findings"][0]["code"] == "not_checked"


def test_the_report_is_the_same_as_without_isolation(signatory, signed, sent):
    moment = datetime.datetime.now(datetime.timezone.utc)
    isolated = isolation.validate(
        signed, sent, moment, authorities=[signatory.authority.pem], levels=["basic"]
    )
    report = signatory.validate(signed, sent, moment=moment, levels=["basic"])
    assert isolated == json.loads(json.dumps(report.to_dict()))
    assert isolated["verdict"] == GREEN


def test_it_is_a_command_too(tmp_path, signatory, signed, sent):
    files = {"signed.pdf": signed, "sent.pdf": sent, "ca.pem": signatory.authority.pem}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, str(Path(pades.__file__).parent)]
    arguments = ["signed.pdf", "sent.pdf", "--trust", "ca.pem"]
    done = subprocess.run(
        [*command, *arguments], cwd=tmp_path, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["verdict"] == GREEN
    done = subprocess.run(
        [*command, *arguments[:2]], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 1


def test_it_knows_nothing_of_odoo():
    code = (
        "import sys; from pades import isolation, validation; "
        "sys.exit(any(name.split('.')[0] == 'odoo' for name in sys.modules))"
    )
    folder = Path(pades.__file__).parent.parent
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)


def test_it_is_tested_with_these_libraries():
    """Whoever raises what is installed here says so in `versions`."""
    assert versions.is_tested(), versions.get_versions()
