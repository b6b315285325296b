# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A server on this machine that answers as each test tells it."""

import json
import socket
import struct
import sys
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import parse_qs

import pytest
from client import auth, jwk, session, webhook

CLIENT_SECRET = "s3cr3t-of-the-application"


@dataclass(frozen=True)
class Request:
    """What the server received; the path is as it came, still encoded."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self):
        fields = parse_qs(self.body.decode(), strict_parsing=True)
        return {name: value for name, (value,) in fields.items()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, self.headers, body)
        self.server.owner.answer(self, request)

    do_GET = do_POST = do_DELETE = _serve

    def log_message(self, *args):
        """Keep the test's output clean."""


class _HTTPServer(ThreadingTCPServer):
    # http.server's own would look for the name of this machine in the DNS
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of a client that went away; anything else is a fault here."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Server:
    """Answers requests from a script: each route has a queue, its last answer stays."""

    def __init__(self):
        self.requests = []
        self._answers = defaultdict(deque)
        self._http = _HTTPServer(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self.host = f"127.0.0.1:{self._http.server_address[1]}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.005,))
        self._thread.start()

    def stop(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def on(self, method, path, status=200, body=b"", **more):
        """Queue an answer.

        :param body: bytes as they are, anything else as JSON
        :param more: headers; cut (announce so many bytes more than are sent, then
            close the connection); reset (break the connection); delay (seconds)
        """
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self._answers[method, path].append({"status": status, "body": body, **more})

    def to(self, path):
        return [request for request in self.requests if request.path == path]

    def answer(self, handler, request):
        self.requests.append(request)
        answers = self._answers.get((request.method, request.path))
        if not answers:
            answers = [{"status": 418, "body": b"the test expects no such request"}]
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        time.sleep(answer.get("delay", 0))
        if answer.get("reset"):
            # An RST instead of a FIN
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
            handler.close_connection = True
            return
        self._write(handler, answer)

    def _write(self, handler, answer):
        length = len(answer["body"]) + answer.get("cut", 0)
        handler.send_response(answer["status"])
        for name, value in answer.get("headers", {}).items():
            handler.send_header(name, value)
        if "Transfer-Encoding" not in answer.get("headers", {}):
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        handler.wfile.write(answer["body"])
        handler.close_connection = "cut" in answer


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def private_key():
    return jwk.generate_private_key()


@pytest.fixture(scope="session")
def foreign_key():
    return jwk.generate_private_key()


@pytest.fixture
def credentials(private_key):
    return auth.Credentials(
        client_id="app-1",
        client_secret=CLIENT_SECRET,
        private_key=private_key,
        key_id="key-1",
        issuer="org-42",
        subject="odoo-user-7",
        email="ewa@firma.test",
    )


@pytest.fixture
def autenti(server):
    """The server, handing out the token "token-1", then "token-2"."""
    for number in (1, 2):
        token = {"access_token": f"token-{number}", "expires_in": 1800}
        server.on("POST", "/api/v2/auth/token", body=token)
    return server


@pytest.fixture
def api(autenti, credentials):
    """A session with its own tokens."""
    return session.AutentiSession(
        f"{autenti.url}/api/v2", credentials, token_cache=auth.TokenCache()
    )


@pytest.fixture(autouse=True)
def _nothing_shared():
    yield
    auth.token_cache.clear()
    webhook.clear()
