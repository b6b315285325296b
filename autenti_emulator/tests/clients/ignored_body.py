# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""As a connector of an automation service does it: bodies that say what is meant.

It makes a menu of the challenge, posts `{"event_type": ...}` although the header alone
counts, adds parties one by one, and reads listings as one array.
"""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request

ACTION = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:ACTION_SELECTION"


class Client:
    def __init__(self, base, token):
        self.base = base
        self.token = token

    def call(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.setdefault("Accept", "application/json")
        headers["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json; charset=utf-8"
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def create(self, title, people):
        body = {"title": title, "description": "Opis", "processLanguage": "pl"}
        process_id = json.loads(self.call("POST", "/document-processes", body))["id"]
        for first, last, email in people:
            contact = {"type": "CONTACT-TYPE:EMAIL", "attributes": {"email": email}}
            person = {"firstName": first, "lastName": last, "contacts": [contact]}
            party = {"party": person, "role": "SIGNER", "constraints": []}
            self.call("POST", f"/document-processes/{process_id}/parties", party)
        return process_id

    def upload(self, process_id, name, content):
        lines = []
        for field, value in (
            ("filePurpose", "SOURCE_FILE"),
            ("mimeType", "application/pdf"),
        ):
            head = f'--x\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n'
            lines.append(f"{head}{value}\r\n".encode())
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"'
        lines.append(f"{head}\r\nContent-Type: application/pdf\r\n\r\n".encode())
        body = b"".join([*lines, content, b"\r\n--x--\r\n"])
        path = f"/document-processes/{process_id}/files"
        self.call("POST", path, body, Content_Type="multipart/form-data; boundary=x")

    def menu(self, process_id):
        """What can be done now: a 403 is the answer."""
        try:
            self.call("POST", f"/document-processes/{process_id}/actions", {})
        except urllib.error.HTTPError as refusal:
            header = refusal.headers["X-Challenge"]
            refusal.close()
            challenge = base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
            options = json.loads(challenge)["attributes"]["options"]
            return [item["id"] for item in options]
        raise AssertionError("an action without a choice")

    def act(self, process_id, event_type):
        assertion = {
            "classifiers": [ACTION],
            "attributes": {"selectedIds": [event_type]},
        }
        value = base64.b64encode(json.dumps(assertion).encode()).decode()
        answer = self.call(
            "POST",
            f"/document-processes/{process_id}/actions",
            {"event_type": event_type},
            X_ASSERTION=value,
        )
        return [event["eventType"] for event in json.loads(answer)]

    def details(self, process_id):
        return json.loads(self.call("GET", f"/document-processes/{process_id}"))

    def signed_file(self, process_id):
        path = f"/document-processes/{process_id}/files"
        for _attempt in range(100):
            for file in json.loads(self.call("GET", path)):
                if file["filePurpose"] == "SIGNED_CONTENT_FILE":
                    name = urllib.parse.quote(file["id"], safe="")
                    return self.call("GET", f"{path}/{name}/content")
            time.sleep(0.1)
        raise TimeoutError("There is no signed file.")
