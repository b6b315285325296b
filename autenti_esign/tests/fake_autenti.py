# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import json
import re
import uuid
from collections import defaultdict
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import jwt
import requests
from werkzeug.wrappers import Request

from ..client import assumptions, const

ACTIONS = {
    const.EVENT_SENT: "send",
    const.EVENT_WITHDRAWAL: "withdraw",
    const.EVENT_REMINDER_SENT: "remind",
}


class Call(NamedTuple):
    """One request as it was received; `user` is whom its token stands for."""

    operation: str
    user: str | None
    ids: dict
    request: requests.PreparedRequest

    @property
    def json(self):
        return json.loads(self.request.body)

    @property
    def form(self):
        return self._parsed.form

    @property
    def files(self):
        return self._parsed.files

    @property
    def _parsed(self):
        content_type = self.request.headers["Content-Type"]
        return Request.from_values(
            method="POST", data=self.request.body, content_type=content_type
        )


class Fault(NamedTuple):
    """What happens instead of an answer, before the work is done or after it."""

    outcome: requests.Response | Exception
    after: bool


def answer(status=200, data=b"", headers=None):
    """Make the answer to a request.

    :param data: bytes as they are, anything else as JSON
    """
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers or {})
    is_raw = isinstance(data, bytes)
    response._content = data if is_raw else json.dumps(data).encode()
    return response


class FakeAutenti:
    """A small Autenti in memory that is both environments, test and production.

    It believes everything; what Autenti would refuse is for the test to say, by `fail`.
    """

    api_urls = tuple(urls.api_url for urls in const.ENVIRONMENTS.values())
    jwks_urls = {urls.jwks_url for urls in const.ENVIRONMENTS.values()}
    routes = (
        ("token", "POST", const.TOKEN_PATH),
        ("create", "POST", const.PROCESSES_PATH),
        ("read", "GET", const.PROCESS_PATH),
        ("upload", "POST", const.FILES_PATH),
        ("list", "GET", const.FILES_PATH),
        ("download", "GET", const.CONTENT_PATH),
        ("act", "POST", const.ACTIONS_PATH),
        ("link", "POST", const.LINKS_PATH),
        ("list_callbacks", "GET", const.CALLBACKS_PATH),
        ("register_callback", "POST", const.CALLBACKS_PATH),
        ("delete_callback", "DELETE", const.CALLBACK_PATH),
    )

    def __init__(self):
        self.processes = {}  # JSON by id, as the API answers it
        self.contents = {}  # bytes by file id
        self.callback_urls = []
        self.jwks = {"keys": []}
        self.calls = []
        self.assertions = []  # (header, claims) of each
        self.logins = {}  # e-mail by code and by refresh token, each good once
        self._token_users = []
        self._faults = defaultdict(dict)

    # === What a test says and asks ===

    def fail(self, operation, outcome=503, after=False, nth=1, headers=None, data=b""):
        """Have the nth call of an operation from now on fail, once.

        :param outcome: HTTP status, or an exception to raise
        :param bool after: do the work, then fail
        """
        if isinstance(outcome, int):
            outcome = answer(outcome, data, headers)
        self._faults[operation][self.count(operation) + nth] = Fault(outcome, after)

    def count(self, operation):
        return len(self.calls_of(operation))

    def calls_of(self, operation):
        return [call for call in self.calls if call.operation == operation]

    @property
    def operations(self):
        """Names of the calls on documents, in order."""
        return [c.operation for c in self.calls if c.operation not in ("token", "jwks")]

    @property
    def sent(self):
        """The processes that signers know of."""
        return [
            process
            for process in self.processes.values()
            if process["status"] != const.PROCESS_DRAFT
        ]

    def sign(self, process_id, email, with_file=True, at=None):
        """Have a participant sign; after the last one the signed file appears.

        :param str at: the time that Autenti names, ISO 8601
        """
        process = self.processes[process_id]
        party = self._party(process, email)
        party["participationStatus"] = assumptions.PARTICIPATION_COMPLETED
        if at:
            event = {"eventType": assumptions.EVENT_SIGNATURE, "timestamp": at}
            party["events"].append(event)
        self._give_turn(process)
        acting = acting_parties(process)
        if all(p["participationStatus"] == "COMPLETED" for p in acting):
            process["status"] = const.PROCESS_COMPLETED
            if with_file:
                self.add_signed_file(process_id)

    def add_signed_file(self, process_id):
        sources = [
            (file["filename"], self.contents[file["id"]] + b"\n% signed\n")
            for file in self.processes[process_id]["files"]
            if file["filePurpose"] == const.FILE_SOURCE
        ]
        for filename, content in sources:
            self._add_file(process_id, filename, const.FILE_SIGNED, content)
        return sources[0][1]

    def give_back(self, process_id, filename, content, made_from=()):
        """Add one signed file, after `sign` without a file.

        :param made_from: ids of the source files, where Autenti tells them
        """
        file = self._add_file(process_id, filename, const.FILE_SIGNED, content)
        file["relationships"] = [{"type": "SOURCE", "id": id_} for id_ in made_from]

    def add_card(self, process_id, content):
        self._add_file(process_id, "card.pdf", const.FILE_CARD, content)

    def replace(self, process_id, email, name=None, to=None, party_id=None):
        """Change who a participant is.

        :param str name: first and last name, None for the same
        :param str to: the other e-mail, None for the same
        :param str party_id: the new id, None for the same
        """
        party = self._party(self.processes[process_id], email)["party"]
        if name:
            party["firstName"], party["lastName"] = name.split(" ", 1)
        if to is not None:
            party["contacts"][0]["attributes"]["email"] = to
        if party_id:
            party["id"] = party_id

    def add_party(self, process_id, name, email, priority=9, **values):
        """Have another one sign."""
        first_name, last_name = name.split(" ", 1)
        contact = {"type": const.CONTACT_EMAIL, "attributes": {"email": email}}
        party = {
            "id": f"{assumptions.SENT_PARTY_ID_PREFIX}{email}",
            "firstName": first_name,
            "lastName": last_name,
            "contacts": [contact],
        }
        order = {
            "classifiers": [const.CONSTRAINT_PRIORITY],
            "attributes": {"priority": priority},
        }
        self.processes[process_id]["parties"].append(
            {
                "party": party,
                "role": const.ROLE_SIGNER,
                "constraints": [order],
                "participationStatus": assumptions.PARTICIPATION_PENDING,
                "events": [],
                **values,
            }
        )

    def remove_party(self, process_id, email):
        process = self.processes[process_id]
        process["parties"].remove(self._party(process, email))
        self._give_turn(process)

    def reject(self, process_id, email, comment):
        process = self.processes[process_id]
        self._party(process, email)["events"] = [
            {
                "eventType": const.EVENT_REJECTION,
                "attributes": {assumptions.REJECTION_COMMENT_ATTRIBUTE: comment},
            }
        ]
        process["status"] = const.PROCESS_REJECTED

    def log_in(self, email):
        """Have a user log in.

        :return: the code with which they go back to Odoo
        """
        code = f"code-{uuid.uuid4()}"
        self.logins[code] = email
        return code

    # === How it answers ===

    def knows(self, url):
        return url.startswith(self.api_urls) or url in self.jwks_urls

    def answer(self, request):
        """Answer a request.

        :param requests.PreparedRequest request:
        :rtype: requests.Response
        """
        operation, ids = self._route(request)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer token-")
        user = self._token_users[int(bearer) - 1] if bearer else None
        call = Call(operation, user, ids, request)
        self.calls.append(call)
        fault = self._faults[operation].pop(self.count(operation), None)
        if fault and not fault.after:
            return self._happen(fault)
        response = getattr(self, f"_on_{operation}")(call, **ids)
        return self._happen(fault) if fault else response

    def _happen(self, fault):
        if isinstance(fault.outcome, Exception):
            raise fault.outcome
        return fault.outcome

    def _route(self, request):
        if request.url in self.jwks_urls:
            return "jwks", {}
        path = urlsplit(request.url).path.removeprefix("/api/v2")
        for operation, method, template in self.routes:
            pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template)
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                ids = {
                    name: unquote(value) for name, value in match.groupdict().items()
                }
                if operation == "act":
                    operation = ACTIONS[self._assertion(request)]
                return operation, ids
        raise AssertionError(f"Autenti has no {request.method} {request.url}")

    def _assertion(self, request):
        header = request.headers[const.ASSERTION_HEADER]
        assertion = json.loads(base64.b64decode(header))
        return assertion["attributes"]["selectedIds"][0]

    def _on_jwks(self, call):
        return answer(data=self.jwks)

    def _on_token(self, call):
        if call.form["grant_type"] == const.GRANT_JWT_BEARER:
            return self._answer_token(self._take_assertion(call.form["assertion"]))
        offered = call.form.get("code") or call.form["refresh_token"]
        if offered not in self.logins:
            return answer(400, {"error": assumptions.TOKEN_ERROR_GRANT})
        email = self.logins.pop(offered)
        refresh_token = f"refresh-{uuid.uuid4()}"
        self.logins[refresh_token] = email
        return self._answer_token(email, refresh_token=refresh_token)

    def _take_assertion(self, assertion):
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
        self.assertions.append((header, claims))
        return claims["email"]

    def _answer_token(self, email, **more):
        self._token_users.append(email)
        token = f"token-{len(self._token_users)}"
        return answer(data={"access_token": token, "expires_in": 1800, **more})

    def _on_create(self, call):
        process_id = f"{assumptions.PROCESS_ID_PREFIX}{uuid.uuid4()}"
        body = call.json
        parties = [
            {
                **party,
                "participationStatus": assumptions.PARTICIPATION_NONE,
                "events": [],
            }
            for party in body["parties"]
        ]
        self.processes[process_id] = {
            **body,
            "id": process_id,
            "status": const.PROCESS_DRAFT,
            "parties": parties,
            "files": [],
        }
        return answer(data=self.processes[process_id])

    def _on_read(self, call, process_id):
        if process_id not in self.processes:
            return answer(404)
        return answer(data=self.processes[process_id])

    def _on_upload(self, call, process_id):
        upload = call.files["file"]
        return answer(
            data=self._add_file(
                process_id, upload.filename, const.FILE_SOURCE, upload.read()
            )
        )

    def _on_list(self, call, process_id):
        files = self.processes[process_id]["files"]
        return answer(data="".join(map(json.dumps, files)).encode())

    def _on_download(self, call, process_id, file_id):
        return answer(data=self.contents[file_id])

    def _on_send(self, call, process_id):
        process = self.processes[process_id]
        process["status"] = const.PROCESS_PROCESSING
        for number, party in enumerate(process["parties"], start=1):
            party["party"]["id"] = f"{assumptions.SENT_PARTY_ID_PREFIX}{number}"
        self._give_turn(process)
        return answer(data=[{"eventType": const.EVENT_SENT}])

    def _on_withdraw(self, call, process_id):
        self.processes[process_id]["status"] = const.PROCESS_WITHDRAWN
        return answer(data=[{"eventType": const.EVENT_WITHDRAWAL}])

    def _on_remind(self, call, process_id):
        return answer(data=[{"eventType": const.EVENT_REMINDER_SENT}])

    def _on_link(self, call, process_id, party_id):
        uri = f"https://sign.example.com/{process_id}/{party_id}"
        return answer(data=[{"attributes": {"httpRequest": {"uri": uri}}}])

    def _on_list_callbacks(self, call):
        return answer(
            data=[
                {"id": url, "callbackParameters": {"callbackUrl": url}}
                for url in self.callback_urls
            ]
        )

    def _on_register_callback(self, call):
        url = call.json["callbackParameters"]["callbackUrl"]
        self.callback_urls.append(url)
        return answer(data={"id": url})

    def _on_delete_callback(self, call, callback_id):
        self.callback_urls.remove(callback_id)
        return answer(204)

    def _party(self, process, email):
        for party in process["parties"]:
            if party["party"]["contacts"][0]["attributes"]["email"] == email:
                return party
        raise AssertionError(f"{email} takes no part in {process['id']}")

    def _give_turn(self, process):
        waiting = [
            party
            for party in acting_parties(process)
            if party["participationStatus"] == assumptions.PARTICIPATION_NONE
        ]
        if waiting:
            first = min(waiting, key=priority)
            first["participationStatus"] = assumptions.PARTICIPATION_PENDING

    def _add_file(self, process_id, filename, purpose, content):
        file = {
            "id": f"FILE:{len(self.contents) + 1}/1",
            "filename": filename,
            "filePurpose": purpose,
            "mimeType": const.PDF_TYPE,
        }
        self.contents[file["id"]] = content
        self.processes[process_id]["files"].append(file)
        return file


def acting_parties(process):
    """List who has something to do in a process as the API writes it."""
    return [p for p in process["parties"] if p["role"] in const.ORDERED_ROLES]


def priority(party):
    """Tell the place in the order of a party as the API writes it."""
    for constraint in party["constraints"]:
        if const.CONSTRAINT_PRIORITY in constraint["classifiers"]:
            return constraint["attributes"]["priority"]
    raise AssertionError("The party has no place in the order.")
