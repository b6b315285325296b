# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Forged callbacks against a real Odoo server: none may get in, none may hurt."""

import contextlib
import http.client
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from urllib.parse import urlsplit

import psutil
from cryptography.hazmat.primitives.asymmetric import rsa

from . import WorkspaceError
from .forgery import KEY_ID, OTHER_KEY_ID, Forger, Forgery, base64url, make_body, sign
from .rpc import User
from .servers import log_problems

PATH = "/autenti"
THREADS = 4
BATCH = 20
TIMEOUT = 30  # seconds
MIB = 1024 * 1024
# What the server's memory may grow by in the last three quarters: in the first, caches
# fill and threads take what they keep
GROWTH_LIMIT = 12 * MIB
# The server hung up before it had read all
CUT_OFF = 0


def new_key():
    return rsa.generate_private_key(65537, 2048)


def public_jwk(key, kid):
    numbers = key.public_key().public_numbers()
    modulus = base64url(numbers.n.to_bytes(256, "big"))
    return {"kty": "RSA", "kid": kid, "alg": "RS256", "n": modulus, "e": "AQAB"}


class KeyServer:
    """Publishes the key sets of two environments, and one of somebody evil.

    :ivar Counter calls: how often each path was fetched
    """

    def __init__(self):
        self.genuine, self.other, self.evil = new_key(), new_key(), new_key()
        sets = {
            "/webhook.jwks": public_jwk(self.genuine, KEY_ID),
            "/other.jwks": public_jwk(self.other, OTHER_KEY_ID),
            "/evil.jwks": public_jwk(self.evil, KEY_ID),
        }
        calls = self.calls = Counter()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                calls[self.path] += 1
                content = json.dumps({"keys": [sets[self.path]]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args):
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Outcome:
    """What came of a campaign.

    :param Counter answers: number by (kind, HTTP status)
    :param dict rows: number of stored rows by model, before and after
    :param list memory: bytes of the server, measured again and again
    :param Counter fetched: number of key sets that the server fetched, by path
    :param list problems: what must not be, in words; empty when all is well
    """

    answers: Counter
    rows: dict
    memory: list
    fetched: Counter
    problems: list = field(default_factory=list)

    def to_markdown(self):
        """Tell it as a table."""
        statuses = sorted({status for _kind, status in self.answers})
        lines = [
            "| kind | " + " | ".join(str(s or "cut off") for s in statuses) + " |",
            "| --- |" + " ---: |" * len(statuses),
        ]
        for kind in sorted({kind for kind, _status in self.answers}):
            counts = " | ".join(str(self.answers[kind, s] or "") for s in statuses)
            lines.append(f"| {kind.replace('_', ' ')} | {counts} |")
        memory = ", ".join(f"{size / MIB:.0f}" for size in self._get_quarters())
        accepted = sum(n for (_k, s), n in self.answers.items() if 200 <= s < 300)
        failed = sum(n for (_k, s), n in self.answers.items() if s >= 500)
        lines += [
            "",
            f"{self.answers.total()} requests: {accepted} accepted, {failed} answers "
            f"of 5xx. Memory of the server after each quarter: {memory} MiB.",
        ]
        lines += [f"- WRONG: {problem}" for problem in self.problems]
        return "\n".join(lines)

    @property
    def growth(self):
        """Bytes that the server's memory has grown by since the first quarter."""
        first, *_others, last = self._get_quarters()
        return last - first

    def _get_quarters(self):
        return [self.memory[len(self.memory) * n // 4 - 1] for n in range(1, 5)]


class Campaign:
    """Forged callbacks for one Odoo server.

    :param Server odoo: with the addon and no connection yet
    :param str database:
    :param KeyServer keys:
    """

    def __init__(self, odoo, database, keys):
        self._odoo = odoo
        self._keys = keys
        self._address = urlsplit(odoo.url).netloc
        self._admin = User(odoo.url, database, "admin", "admin")

    def connect(self):
        """Have Odoo listen to the genuine environment."""
        self._admin.call(
            "autenti.connection",
            "create",
            {
                "client_id": "forged",
                "environment": "custom",
                "custom_api_url": f"{self._keys.url}/api/v2",
                "custom_jwks_url": f"{self._keys.url}/webhook.jwks",
            },
        )

    def run(self, seed, count, kinds=None):
        """Post forgeries.

        :param seed: the same one makes the same forgeries
        :param int count: at least a hundred, for the memory to tell something
        :param kinds: names of tricks, default all
        :rtype: Outcome
        """
        forger = Forger(
            seed, self._keys.genuine, self._keys.other, f"{self._keys.url}/evil.jwks"
        )
        self._check_control(f"{seed}-before")
        fetched = Counter(self._keys.calls)
        before = self.count_rows()
        answers, memory = self._post_all(forger.forge(count, kinds))
        after = self.count_rows()
        rows = {model: (number, after[model]) for model, number in before.items()}
        outcome = Outcome(answers, rows, memory, self._keys.calls - fetched)
        outcome.problems += self._find_problems(outcome)
        self._check_control(f"{seed}-after")
        return outcome

    def post(self, forgery):
        """Post one.

        :return: the HTTP status, or `CUT_OFF`
        """
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        length = len(forgery.body) if forgery.announced is None else forgery.announced
        with contextlib.closing(connection):
            connection.putrequest("POST", PATH)
            for name, value in (*forgery.headers, ("Content-Length", length)):
                connection.putheader(name, _encode(value))
            try:
                connection.endheaders(forgery.body)
                if forgery.announced is not None:
                    # No more will come
                    connection.sock.shutdown(1)
            except (BrokenPipeError, ConnectionResetError):
                pass
            try:
                return connection.getresponse().status
            except (ConnectionError, http.client.BadStatusLine):
                return CUT_OFF

    def post_genuine(self, name):
        """Post a callback as Autenti does, and return the HTTP status."""
        body = make_body(name)
        headers = (
            ("Content-Type", "application/json"),
            ("x-jws-signature", sign(self._keys.genuine, body)),
        )
        return self.post(Forgery("genuine", headers, body))

    def _check_control(self, name):
        """See that what is genuine gets in; else it would prove nothing.

        :raise WorkspaceError: it doesn't
        """
        before = self.count_rows()["autenti.callback"]
        status = self.post_genuine(name)
        stored = self.count_rows()["autenti.callback"] - before
        if (status, stored) != (200, 1):
            raise WorkspaceError(f"a genuine callback: {status}, {stored} stored")

    def _post_all(self, forgeries):
        answers, memory = Counter(), []
        process = psutil.Process(self._odoo.process.pid)
        with ThreadPoolExecutor(THREADS) as pool:
            while batch := tuple(islice(forgeries, BATCH)):
                statuses = pool.map(self.post, batch)
                answers.update(zip((f.kind for f in batch), statuses, strict=True))
                memory.append(process.memory_info().rss)
        return answers, memory

    def count_rows(self):
        """Count what a callback leaves in the database, by model."""
        return {
            model: self._admin.call(model, "search_count", [])
            for model in ("autenti.callback", "ir.cron.trigger", "ir.attachment")
        }

    def _find_problems(self, outcome):
        for (kind, status), number in outcome.answers.items():
            if 200 <= status < 400:
                yield f"{kind}: {number} accepted"
            elif status >= 500:
                yield f"{kind}: {number} times {status}"
        for model, (before, after) in outcome.rows.items():
            if before != after:
                yield f"{model}: {before} rows have become {after}"
        if outcome.growth > GROWTH_LIMIT:
            yield f"the server's memory has grown by {outcome.growth / MIB:.0f} MiB"
        for path in ("/evil.jwks", "/other.jwks"):
            if outcome.fetched[path]:
                yield f"{path} was fetched"
        yield from log_problems(self._odoo.log)


def _encode(value):
    return value if isinstance(value, bytes) else str(value).encode("latin-1")
