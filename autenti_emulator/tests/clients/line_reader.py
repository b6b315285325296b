# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""As an integration of a CRM does it: listings line by line, actions without a body.

Client credentials, two classifiers in an assertion, process ids as they came.
"""

import base64
import json
import time
import urllib.parse
import urllib.request

CHALLENGE = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:ACTION_SELECTION"
SELECTION = "CHALLENGE_CLASSIFIER-USER_INTERACTION_TYPE:SELECTION"
BOUNDARY = "----boundary-of-the-upload"


class Client:
    def __init__(self, base, client_id, client_secret):
        self.base = base
        fields = {
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "client_credentials",
            "scope": "full",
        }
        data = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(f"{base}/auth/token", data) as answer:
            self.token = json.load(answer)["access_token"]

    def call(self, method, path, data=None, headers=()):
        request = urllib.request.Request(
            self.base + path,
            data,
            {"Authorization": f"Bearer {self.token}", **dict(headers)},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def create(self, title, people):
        body = {
            "title": title,
            "processLanguage": "pl",
            "parties": [
                {
                    "party": {
                        "firstName": first,
                        "lastName": last,
                        "contacts": [
                            {
                                "type": "CONTACT-TYPE:EMAIL",
                                "attributes": {"email": email},
                            }
                        ],
                    },
                    "role": "SIGNER",
                }
                for first, last, email in people
            ],
        }
        answer = self.call(
            "POST",
            "/document-processes",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Accept": "application/json"},
        )
        return json.loads(answer)["id"]

    def upload(self, process_id, name, content):
        meta = {
            "filename": name,
            "filePurpose": "SOURCE_FILE",
            "mimeType": "application/pdf",
        }
        body = (
            f"--{BOUNDARY}\r\n"
            'Content-Disposition: form-data; name="fileMeta"\r\n'
            "Content-Type: application/json\r\n\r\n"
            f"{json.dumps(meta)}\r\n"
            f"--{BOUNDARY}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        ).encode()
        body += content + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        self.call(
            "POST",
            f"/document-processes/{process_id}/files",
            body,
            {"Content-Type": kind},
        )

    def act(self, process_id, event):
        assertion = {
            "classifiers": [CHALLENGE, SELECTION],
            "attributes": {"selectedIds": [f"EVENT_CLASSIFIER-UNIQUE_TYPE:{event}"]},
        }
        value = base64.b64encode(json.dumps(assertion).encode()).decode()
        answer = self.call(
            "POST",
            f"/document-processes/{process_id}/actions",
            headers={"X-ASSERTION": value, "Accept": "application/json"},
        )
        return [event["eventType"] for event in json.loads(answer)]

    def status(self, process_id):
        return json.loads(self.call("GET", f"/document-processes/{process_id}"))[
            "status"
        ]

    def files(self, process_id):
        text = self.call("GET", f"/document-processes/{process_id}/files").decode()
        return [json.loads(line) for line in text.splitlines() if line]

    def signed_file(self, process_id):
        """Ask until it's there: it comes some time after the end."""
        for _attempt in range(100):
            for file in self.files(process_id):
                if file["filePurpose"] == "SIGNED_CONTENT_FILE":
                    name = urllib.parse.quote(file["id"], safe="")
                    path = f"/document-processes/{process_id}/files/{name}/content"
                    return self.call("GET", path)
            time.sleep(0.1)
        raise TimeoutError("There is no signed file.")
