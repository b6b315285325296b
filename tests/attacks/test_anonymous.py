# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Somebody whom Odoo doesn't know, from anywhere on the Internet."""

import base64
import contextlib
import http.client
import json
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests
from workspace.forgery import SIGNATURE_HEADER
from workspace.servers import free_port, odoo

# === A slow host of Autenti's keys ===

POSTS = 70  # more than Odoo has connections to its database
DRIP = 2  # seconds from byte to byte
SLACK = 2  # seconds that a busy machine may take


class SlowHost:
    """Answers everybody, by a byte now and then."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_over = threading.Event()
        port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/webhook.jwks"
        self.calls = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        self._is_over.set()
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                line, _address = self._listener.accept()
                self.calls += 1
                threading.Thread(target=self._drip, args=(line,), daemon=True).start()

    def _drip(self, line):
        with contextlib.suppress(OSError), line:
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self._is_over.wait(DRIP):
                line.sendall(b"x")


@pytest.fixture
def slow_host(stage):
    """Have all companies' keys come from a slow host, for a while."""
    host, model = SlowHost(), "autenti.connection"
    before = stage.admin.search_read(model, [], ["custom_jwks_url"])
    for connection in before:
        values = {"custom_jwks_url": host.url}
        stage.admin.call(model, "write", [connection["id"]], values)
    yield host
    for connection in before:
        values = {"custom_jwks_url": connection["custom_jwks_url"]}
        stage.admin.call(model, "write", [connection["id"]], values)
    host.stop()


def post_forgery(url):
    """Post a callback signed with a key that nobody knows; return the status."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": "x"}).encode())
    answer = requests.post(
        f"{url}/autenti",
        data=b"[]",
        headers={SIGNATURE_HEADER: f"{header.decode().rstrip('=')}..AAAA"},
        timeout=120,
    )
    return answer.status_code


def time_log_in_page(url):
    """Open the log-in page; return the seconds that it took."""
    started = time.monotonic()
    assert requests.get(f"{url}/web/login", timeout=120).status_code == 200
    return time.monotonic() - started


def check_log_in_page(url, slow_host, at_once):
    time_log_in_page(url)  # has Odoo load what it needs
    before = statistics.median(time_log_in_page(url) for _time in range(3))
    started = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        posts = [pool.submit(post_forgery, url) for _number in range(POSTS)]
        meanwhile = [time_log_in_page(url) for _time in range(5)]
        statuses = {post.result() for post in posts}
    took = time.monotonic() - started
    assert statuses == {503}
    assert slow_host.calls
    # All of it is over before the slow host has sent anything of use
    assert took < 30
    time.sleep(1)
    # The key host still drips, or has been given up; nobody feels it
    after = [time_log_in_page(url) for _time in range(3)]
    assert statistics.median(after) < 2 * before + SLACK
    assert max(meanwhile) < 20


def test_a_slow_key_host_leaves_the_log_in_page_as_fast_as_before(stage, slow_host):
    check_log_in_page(stage.odoo.url, slow_host, at_once=POSTS)


def test_so_it_does_with_worker_processes(stage, slow_host):
    options = ("--workers=2", f"--gevent-port={free_port()}", "--max-cron-threads=0")
    name = f"{stage.database}.workers.log"
    with odoo(stage.database, None, *options, log_name=name) as server:
        # The system lets no more wait for two processes
        check_log_in_page(server.url, slow_host, at_once=8)


# === What is logged of a login at Autenti ===

CODE = "s3cr3t-code-of-a-login"
SPELLINGS = (
    *("/autenti?code=", "/autenti/?code=", "//autenti?code=", "/autenti;x?code="),
    *(
        "/AUTENTI?code=",
        "/pl/autenti?code=",
        "/pl_PL/autenti/?code=",
        "/./autenti?code=",
    ),
    *(
        "/%61utenti?code=",
        "/autenti?state=x&code=",
        "/autenti?%63ode=",
        "/autenti?x;code=",
    ),
    *("/autenti%3Fcode=", "/nowhere?code=", "/autenti?a=%3Fcode=", "/?code="),
)


def test_no_spelling_of_the_address_logs_the_code_of_a_login(stage):
    host = urlsplit(stage.odoo.url)
    for spelling in SPELLINGS:
        # No library that tidies the address up
        line = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
        with contextlib.closing(line):
            line.request("GET", f"{spelling}{CODE}", headers={"Host": host.netloc})
            assert line.getresponse().status < 500, spelling
    requests.get(f"{stage.odoo.url}/web/login?redirect=/odoo", timeout=60)
    log = stage.odoo.log.read_text()
    assert CODE not in log
    assert "GET /web/login?redirect=/odoo HTTP" in log
