# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The package of its own: installed, started, and used as its README says."""

import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from .driver import PLAIN, free_port, make_pdf, signatures_of, wait_for

HERE = Path(__file__).parents[1]
README = (HERE / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Directory with the package as its wheel unpacks, dependencies aside."""
    folder = tmp_path_factory.mktemp("package")
    ignored = shutil.ignore_patterns("__pycache__", "tests", "build", "*.egg-info")
    shutil.copytree(HERE, folder / "source", ignore=ignored)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('..'))"
    output = subprocess.run(
        [sys.executable, "-c", build],
        cwd=folder / "source",
        check=True,
        capture_output=True,
        text=True,
    )
    wheel = output.stdout.split()[-1]
    zipfile.ZipFile(folder / wheel).extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def running(installed, tmp_path):
    """Address of the installed package's server, in a process of its own."""
    port = free_port()
    start = "from autenti_emulator.__main__ import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", start, "--port", str(port), "--state", tmp_path / "s"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"

    def is_up():
        try:
            return httpx.get(url + "/people", **PLAIN).is_success
        except httpx.TransportError:
            return False

    wait_for(is_up, 60)
    yield url
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert f"API {url}/api/v2" in output
    assert errors == ""


def test_wheel_has_the_command_and_all_files(installed):
    package = installed / "autenti_emulator"
    assert (package / "templates" / "sign.jinja").exists()
    assert (package / "static" / "people.css").exists()
    assert "ASSERTION_AUDIENCE" in (package / "assumptions.py").read_text("utf-8")
    assert not (package / "tests").exists()
    (entry,) = installed.glob("*.dist-info/entry_points.txt")
    assert "autenti-emulator = autenti_emulator.__main__:main" in entry.read_text()


def test_types_are_checked_strictly():
    options = ["--config-file", HERE / "pyproject.toml", "--no-incremental"]
    output = subprocess.run(
        [sys.executable, "-m", "mypy", *options, HERE],
        cwd=HERE.parent,
        capture_output=True,
        text=True,
    )
    assert output.returncode == 0, output.stdout


def test_ten_lines_of_curl_lead_to_a_signed_pdf(running, tmp_path):
    script = re.search(r"```sh\n(.*?)```", README, re.DOTALL)[1]
    assert len(script.strip().splitlines()) == 10
    (tmp_path / "contract.pdf").write_bytes(make_pdf())
    script = script.replace("http://127.0.0.1:8090", running)
    output = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
    )
    assert output.returncode == 0, output.stderr
    signed = (tmp_path / "signed.pdf").read_bytes()
    assert signed.startswith((tmp_path / "contract.pdf").read_bytes())
    assert len(signatures_of(signed)) == 1


def test_readme_names_where_each_fact_is_kept():
    rows = re.findall(
        r"^\| .* \| (CONFIRMED|SINGLE|GUESS) +\| `(.+?)` +\|$", README, re.M
    )
    assert len(rows) > 40
    for _confidence, place in rows:
        module, _, name = place.partition(":")
        found = importlib.import_module(f"autenti_emulator.{module}")
        for part in name.split("."):
            fields = getattr(found, "model_fields", {})
            found = fields[part] if part in fields else getattr(found, part)


def test_stop_is_prompt(installed, tmp_path):
    """Ctrl-C ends it, whatever connections are open."""
    port = free_port()
    start = "from autenti_emulator.__main__ import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", start, "--port", str(port), "--state", tmp_path],
        env={**os.environ, "PYTHONPATH": str(installed)},
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", **PLAIN)

    def is_up():
        try:
            return client.get("/people").is_success
        except httpx.TransportError:
            return False

    wait_for(is_up, 60)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert time.monotonic() - begun < 30
