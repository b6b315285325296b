# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""As a plugin of a BPM vendor does it: ids and e-mails go into paths as they are.

A signed assertion for a named user, a file alone, `{}` as the body of actions, personal
links, reminders by the same header twice, parties' ids that come later.
"""

import base64
import http.client
import json
import time
import urllib.parse
import uuid

import jwt

CLASSIFIER = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:"
EVENT = "EVENT_CLASSIFIER-UNIQUE_TYPE:"
JSON = {"Content-Type": "application/json"}


def decode(header):
    """Base64 of either alphabet, padded or not."""
    padded = header + "=" * (-len(header) % 4)
    return json.loads(base64.b64decode(padded.replace("-", "+").replace("_", "/")))


class Client:
    def __init__(self, base, client_id, client_secret, key, kid, email):
        self.address = urllib.parse.urlsplit(base)
        now = int(time.time())
        claims = {
            "aud": "autenti.com",
            "iss": "organisation-1",
            "sub": "user-1",
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
        }
        fields = {
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": jwt.encode(claims, key, "RS256", headers={"kid": kid}),
        }
        self.token = None
        _status, _headers, body = self.call(
            "POST",
            "/auth/token",
            urllib.parse.urlencode(fields),
            [("Content-Type", "application/x-www-form-urlencoded")],
        )
        self.token = json.loads(body)["access_token"]

    def call(self, method, path, body=b"", headers=()):
        """Headers may be repeated, and nothing in the path is changed."""
        connection = http.client.HTTPConnection(self.address.netloc)
        body = body.encode() if isinstance(body, str) else body
        try:
            connection.putrequest(method, self.address.path + path)
            connection.putheader("Content-Length", str(len(body)))
            if self.token:
                connection.putheader("Authorization", f"Bearer {self.token}")
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def read(self, *arguments):
        status, _headers, body = self.call(*arguments)
        if status >= 300:
            raise RuntimeError(f"{status}: {body.decode()}")
        return json.loads(body)

    def create(self, title, people):
        body = {"title": title, "description": None, "parties": []}
        for first, last, email in people:
            contact = {"type": "CONTACT-TYPE:EMAIL", "attributes": {"email": email}}
            person = {"firstName": first, "lastName": last, "contacts": [contact]}
            body["parties"].append({"party": person, "role": "SIGNER"})
        headers = [*JSON.items(), ("Accept", "application/json")]
        return self.read("POST", "/document-processes", json.dumps(body), headers)["id"]

    def upload(self, process_id, name, content):
        boundary = uuid.uuid4().hex
        head = (
            f"--{boundary}\r\nContent-Disposition: form-data; name=file;"
            f' filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        )
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        path = f"/document-processes/{process_id}/files"
        return self.read("POST", path, body, [("Content-Type", kind)])

    def act(self, process_id, *answers):
        """Each answer is a classifier and what is selected."""
        headers = list(JSON.items())
        for classifier, selected in answers:
            assertion = {
                "classifiers": [CLASSIFIER + classifier],
                "attributes": {"selectedIds": selected},
            }
            value = base64.b64encode(json.dumps(assertion).encode()).decode()
            headers.append(("X-ASSERTION", value))
        return self.call(
            "POST", f"/document-processes/{process_id}/actions", "{}", headers
        )

    def send(self, process_id):
        status, _headers, body = self.act(
            process_id, ("ACTION_SELECTION", [EVENT + "DOCUMENT_SENT"])
        )
        assert status == 200, body
        return [event["eventType"] for event in json.loads(body)]

    def remind(self, process_id):
        """Everybody who can be reminded; their number."""
        action = ("ACTION_SELECTION", [EVENT + "DOCUMENT_REMINDER_SENT"])
        status, headers, _body = self.act(process_id, action)
        assert status == 403
        options = decode(headers["X-Challenge"])["attributes"]["options"]
        ids = [item["id"] for item in options if item["availability"] == "AVAILABLE"]
        parties = ("DOCUMENT_REMINDER_PARTY_SELECTION", ids)
        status, _headers, body = self.act(process_id, action, parties)
        assert status == 200, body
        return len(ids)

    def link(self, process_id, email):
        """Who is asked by the address, and nothing is sent along."""
        party = f"PARTY-EMAIL:{email}"
        path = f"/document-processes/{process_id}/parties/{party}/action-links"
        found = self.read("POST", path, "", list(JSON.items()))
        return found[0]["attributes"]["httpRequest"]["uri"]

    def parties(self, process_id):
        return self.read("GET", f"/document-processes/{process_id}/parties")

    def signed_file(self, process_id):
        for _attempt in range(100):
            details = self.read("GET", f"/document-processes/{process_id}")
            for file in details["files"]:
                if file["filePurpose"] == "SIGNED_CONTENT_FILE":
                    name = urllib.parse.quote(file["id"], safe="")
                    path = f"/document-processes/{process_id}/files/{name}/content"
                    return self.call("GET", path)[2]
            time.sleep(0.1)
        raise TimeoutError("There is no signed file.")
