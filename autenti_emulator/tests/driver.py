# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A client of the emulator, and people, callbacks and PDFs for its tests.

Everything that travels is spelled out here, apart from the emulator's own constants, so
that a slip in one of them shows.
"""

import base64
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.parse import quote

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from reportlab.pdfgen.canvas import Canvas

from autenti_emulator.app import create_app
from autenti_emulator.server import make_server

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
# No proxy, and no certificates to load: all is on this machine, over HTTP.
PLAIN = {"trust_env": False, "verify": False, "timeout": 30}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ACTION = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:ACTION_SELECTION"
REMINDER = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_REMINDER_PARTY_SELECTION"
EVENT = "EVENT_CLASSIFIER-UNIQUE_TYPE:"
SIGN, READ = "ACTION:SIGNATURE_APPLICATION", "ACTION:READ_SENSITIVE_METADATA"


class Server:
    """The emulator on a free port, in a thread."""

    def __init__(self, state_dir, clock=time.time, **options):
        self.app = create_app(state_dir, clock, **options)
        self._server = make_server(self.app, "127.0.0.1", 0)
        self._clients = []
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self):
        self._thread.start()
        wait_for(lambda: self._server.started)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.http = self.client()
        return self

    def client(self):
        self._clients.append(httpx.Client(base_url=self.url, **PLAIN))
        return self._clients[-1]

    def __exit__(self, *_error):
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join()

    def configure(self, **settings):
        response = self.http.put("/emulator/settings", json=settings)
        assert response.status_code == 200, response.text


class Organisation:
    """An application of an organisation of its own, with two users; it makes calls."""

    def __init__(self, server, **fields):
        self.server = server
        self.http = server.client()
        self.name = f"Firma {uuid.uuid4()}"
        self.application = {
            "client_id": str(uuid.uuid4()),
            "client_secret": "s3cret",
            "organisation": self.name,
            "users": [
                {"email": "ewa@firma.test", "firstName": "Ewa", "lastName": "Lis"},
                {"email": "jan@firma.test", "firstName": "Jan", "lastName": "Żak"},
            ],
            "jwks": {"keys": [public_jwk(KEY, "kid-1")]},
            "redirectUrls": ["https://erp.test/autenti"],
            "tags": [{"id": "TAG:1", "type": "LABEL", "description": "Umowy"}],
            **fields,
        }
        response = self.control("/applications", self.application)
        assert response.status_code == 201, response.text
        self.bearer = None

    def control(self, path, body=None, method="POST"):
        return self.http.request(method, "/emulator" + path, json=body)

    def ask_token(self, json_body=False, **fields):
        client = {"client_id": self.application["client_id"], "client_secret": "s3cret"}
        fields = {name: v for name, v in {**client, **fields}.items() if v is not None}
        kind = {"json": fields} if json_body else {"data": fields}
        return self.http.post("/api/v2/auth/token", **kind)

    def login(self, email="ewa@firma.test", **fields):
        """Act for this user from now on."""
        answer = self.ask_token(
            grant_type=JWT_BEARER, assertion=assertion(email=email), **fields
        )
        assert answer.status_code == 200, answer.text
        self.bearer = answer.json()["access_token"]
        return self

    def call(self, method, path, **options):
        headers = httpx.Headers(options.pop("headers", {}))
        headers.setdefault("Authorization", f"Bearer {self.bearer}")
        return self.http.request(method, "/api/v2" + path, headers=headers, **options)

    # --- Shortcuts ---

    def draft(self, *parties, **fields):
        """Path of a new draft with these parties."""
        body = {"title": "Umowa", "parties": list(parties), **fields}
        answer = self.call("POST", "/document-processes", json=body)
        assert answer.status_code == 201, answer.text
        return "/document-processes/" + quote(answer.json()["id"], safe="")

    def upload(self, path, content=None, filename="umowa.pdf", mime="application/pdf"):
        meta = {"filename": filename, "filePurpose": "SOURCE_FILE", "mimeType": mime}
        return self.call(
            "POST",
            path + "/files",
            files={
                "fileMeta": (None, json.dumps(meta), "application/json"),
                "file": (filename, content or make_pdf(), mime),
            },
        )

    def act(self, path, event, *more):
        values = [select(ACTION, EVENT + event), *more]
        return self.call(
            "POST", path + "/actions", headers=[("X-ASSERTION", v) for v in values]
        )

    def sent(self, *parties, **fields):
        """Path of a new process that is sent, by default to Adam and then to Ewa."""
        parties = parties or (adam(priority=1), ewa(priority=2))
        path = self.draft(*parties, **fields)
        assert self.upload(path).status_code == 201
        answer = self.act(path, "DOCUMENT_SENT")
        assert answer.status_code == 200, answer.text
        return path

    def details(self, path):
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def play(self, path, email, verb="sign", body=None):
        """Let a participant act."""
        process_id = path.rpartition("/")[2]
        return self.control(f"/processes/{process_id}/parties/{email}/{verb}", body)

    def link(self, path, email):
        reference = quote(f"PARTY-EMAIL:{email}", safe="")
        return self.call("POST", f"{path}/parties/{reference}/action-links")

    def file(self, path, purpose):
        """Bytes of the file with this purpose, once it's there."""
        found = []

        def look():
            found[:] = [
                file
                for file in self.details(path)["files"]
                if file["filePurpose"] == purpose
            ]
            return found

        wait_for(look)
        name = quote(found[0]["id"], safe="")
        answer = self.call("GET", f"{path}/files/{name}/content")
        assert answer.status_code == 200, answer.text
        return answer.content


def public_jwk(key, kid=None):
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    jwk = {"kty": "RSA", "e": jwk["e"], "n": jwk["n"], "use": "sig", "alg": "RS256"}
    return {**jwk, "kid": kid} if kid else jwk


def assertion(key=KEY, kid="kid-1", algorithm="RS256", **claims):
    """A JWT for a user; a claim given as None is left out."""
    now = int(time.time())
    values = {
        "aud": "autenti.com",
        "iss": "org-1",
        "sub": "user-1",
        "email": "ewa@firma.test",
        "email_verified": True,
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
        **claims,
    }
    values = {name: value for name, value in values.items() if value is not None}
    return jwt.encode(values, key, algorithm, headers={"kid": kid} if kid else None)


def party(first, last, email, role="SIGNER", priority=None, constraints=(), **person):
    """A participant; signers get a basic signature unless constraints are given."""
    items = list(constraints)
    if role == "SIGNER" and not items:
        items.append(signature_type("BASIC"))
    if priority:
        items.append(
            {
                "classifiers": ["CONSTRAINT-UNIQUE_TYPE:PARTICIPATION_PRIORITY"],
                "attributes": {"priority": priority},
            }
        )
    contact = {"type": "CONTACT-TYPE:EMAIL", "attributes": {"email": email}}
    name = {"firstName": first, "lastName": last, "contacts": [contact]}
    return {"party": {**name, **person}, "role": role, "constraints": items}


def adam(**fields):
    return party("Adam", "Mąk", "adam@klient.test", **fields)


def ewa(**fields):
    return party("Ewa", "Lis", "ewa@firma.test", **fields)


def signature_type(level):
    return {
        "constrainedActions": [SIGN],
        "classifiers": ["CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE"],
        "attributes": {
            "requiredClassifiers": [f"SIGNATURE_PROVIDER-SIGNATURE_TYPE:{level}"]
        },
    }


def phone(action, number="+48600100200"):
    return {
        "constrainedActions": [action],
        "classifiers": ["CONSTRAINT-UNIQUE_TYPE:PHONE_NUMBER_VERIFICATION_REQUIRED"],
        "attributes": {"phoneNumber": number},
    }


def select(classifier, *ids):
    """A value of X-ASSERTION."""
    value = {"classifiers": [classifier], "attributes": {"selectedIds": list(ids)}}
    return base64.b64encode(json.dumps(value).encode()).decode()


def challenge_of(response):
    """What a 403 asks for."""
    assert response.status_code == 403, response.text
    value = response.headers["X-Challenge"]
    return json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))


def make_pdf(pages=1, text="Umowa", filler=0):
    """A PDF with so many bytes more of nothing."""
    output = BytesIO()
    canvas = Canvas(output)
    for number in range(pages):
        canvas.drawString(72, 720, f"{text} {number + 1}")
        canvas.showPage()
    canvas.save()
    if filler:
        writer = IncrementalPdfFileWriter(output)
        writer.add_object(generic.StreamObject(stream_data=bytes(filler)))
        writer.write_in_place()
    return output.getvalue()


def signatures_of(pdf):
    """The people's signatures, in their order; the platform's seals are nobody's."""
    found = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    return [item for item in found if not item.field_name.endswith("Seal")]


def descriptions(response, status=400):
    """Texts of an error answer, joined."""
    assert response.status_code == status, response.text
    return " ".join(item["description"] for item in response.json()["errors"])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition: Callable[[], object], seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@contextmanager
def receiver(*statuses, until=None):
    """A server that takes callbacks: its address, and what it got as (headers, body).

    It answers with these statuses in turn, the last one for ever, and not before the
    event `until` is set, if there is one.
    """
    got, answers = [], list(statuses) or [200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            if until:
                until.wait()
            self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/autenti", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
