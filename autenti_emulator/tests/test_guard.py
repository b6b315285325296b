# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The pages of other sites get nowhere."""

import subprocess
import sys

import pytest

from .driver import Server

PATHS = (
    ("GET", "/people"),
    ("GET", "/emulator/processes"),
    ("GET", "/docs"),
    ("PUT", "/emulator/settings"),
    ("POST", "/emulator/processes/x/parties/a@b.test/sign"),
    ("POST", "/people/sign/x/y"),
    ("POST", "/api/v2/auth/token"),
    ("GET", "/api/v2/document-processes/x"),
    ("GET", "/nowhere"),
)


def ask(http, method, path, **headers):
    """Return why a request is refused."""
    answer = http.request(method, path, headers=headers, json={})
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    return error["type"]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8090",
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "localhost@evil.test",
        "evil.test/localhost",
        "evil.test#localhost",
        "[::2]",
        "0.0.0.0",
        "",
    ],
)
def test_a_name_that_is_not_trusted_is_refused(server, method, path, host):
    assert ask(server.http, method, path, Host=host) == "UNTRUSTED_HOST"


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "origin", ["https://evil.test", "http://localhost:1", "null", "", "file://"]
)
def test_a_page_of_another_site_is_refused(server, method, path, origin):
    assert ask(server.http, method, path, Origin=origin) == "FOREIGN_ORIGIN"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8090", "127.0.0.1:1", "[::1]", "[::1]:8090"]
)
def test_this_machine_is_trusted_with_its_own_pages(server, host):
    for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
        answer = server.http.get("/emulator/settings", headers=headers)
        assert answer.status_code == 200


def test_a_name_can_be_trusted(tmp_path):
    with Server(tmp_path, trusted_hosts=["Emulator", "[::2]"]) as server:
        for host in ("emulator", "emulator:8090", "[::2]:8090", "localhost"):
            answer = server.http.get("/emulator/settings", headers={"Host": host})
            assert answer.status_code == 200
        assert ask(server.http, "GET", "/people", Host="odoo") == "UNTRUSTED_HOST"


def test_the_command_has_the_setting():
    command = [sys.executable, "-m", "autenti_emulator", "--help"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "--trusted-host" in done.stdout


def test_its_pages_are_in_no_frame(server):
    policy = server.http.get("/people").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
