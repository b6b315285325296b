# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What Odoo believes, compared with what happened at Autenti."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from contracts import find_number
from words import (
    LOST,
    OPEN,
    RESULT,
    SIGNED,
    SOURCE,
    STORED,
    STUCK,
    TWICE,
    WRONG,
)

STATES = {
    "PROCESSING": "sent",
    "COMPLETED": "signed",
    "REJECTED": "declined",
    "WITHDRAWN": "withdrawn",
    "EXPIRED": "expired",
    "ERROR": "failed",
}
SOURCE_FILE, SIGNED_FILE = "SOURCE_FILE", "SIGNED_CONTENT_FILE"
CARD_FILE = "SIGNATURE_CARD"
REQUEST_FIELDS = [
    "name",
    "res_id",
    "state",
    "remote_status",
    "process_id",
    "source_attachment_id",
    "card_attachment_id",
    "next_check_at",
    "last_error",
]


@dataclass
class Verdict:
    """Findings by kind, and figures to print beside them."""

    findings: list = field(default_factory=list)
    drafts: int = 0
    states: Counter = field(default_factory=Counter)

    def add(self, kind, text):
        self.findings.append((kind, text))

    def count(self, kind):
        return sum(found == kind for found, _text in self.findings)


class Evidence:
    """All that Odoo and the emulator hold at one moment."""

    def __init__(self, stage):
        self.admin = stage.admin
        self.processes = stage.control("GET", "truth").json()["processes"]
        requests = self.admin.search_read("autenti.request", [], REQUEST_FIELDS)
        self.requests = {}
        for request in requests:
            self.requests.setdefault(request["res_id"], []).append(request)
        self.known = {r["process_id"]: r for r in requests if r["process_id"]}
        self.sent = {}
        for process in self.processes:
            if process["sends"]:
                number = find_number(process["title"])
                self.sent.setdefault(number, []).append(process)
        signers = self.admin.search_read(
            "autenti.signer", [("status", "=", "signed")], ["request_id", "email"]
        )
        self.signers = {}
        for signer in signers:
            self.signers.setdefault(signer["request_id"][0], set()).add(signer["email"])


def compare(stage, contracts, with_files=True):
    """Compare, and return the `Verdict`."""
    evidence, verdict = Evidence(stage), Verdict()
    for contract in contracts:
        request = judge_attempts(evidence, contract, verdict)
        if request:
            judge_state(evidence, contract, request, verdict)
            if with_files:
                judge_files(evidence, contract, request, verdict)
            verdict.states[request["state"]] += 1
    for process in evidence.processes:
        if process["id"] not in evidence.known:
            if process["sends"]:
                verdict.add(LOST, f"{process['title']}: Odoo doesn't know {process}")
            else:
                verdict.drafts += 1
    judge_callbacks(evidence, verdict)
    return verdict


def judge_attempts(evidence, contract, verdict):
    """One click is one request is one process; return the request, or None."""
    sends = sum(p["sends"] for p in evidence.sent.get(contract.number, ()))
    if sends > 1:
        verdict.add(TWICE, f"{contract}: {sends} times at Autenti")
    requests = evidence.requests.get(contract.agreement_id, [])
    if not requests:
        verdict.add(LOST, f"{contract}: Odoo has no request")
        return None
    if len(requests) > 1:
        verdict.add(TWICE, f"{contract}: {requests}")
    return requests[0]


def judge_state(evidence, contract, request, verdict):
    [process, *_more] = evidence.sent.get(contract.number) or [None]
    about = f"{contract}: {request}, at Autenti {process and process['status']}"
    if not process:
        if request["state"] in OPEN:
            verdict.add(STUCK, about)
        elif request["state"] != "withdrawn":
            verdict.add(LOST, about)
        return
    state = STATES[process["status"]]
    if request["state"] in OPEN and state != request["state"]:
        verdict.add(STUCK, about)
    elif request["state"] != state or request["remote_status"] != process["status"]:
        verdict.add(WRONG, about)
    if request["state"] in OPEN and not request["next_check_at"]:
        verdict.add(STUCK, f"{about}, without a next look")
    signed = {
        party["email"]
        for party in process["parties"]
        if party["participationStatus"] == SIGNED
    }
    known = evidence.signers.get(request["id"], set())
    if signed != known:
        verdict.add(WRONG, f"{about}: {signed} have signed, Odoo says {known}")


def judge_files(evidence, contract, request, verdict):
    """Odoo has the bytes that were shown, Autenti got them, and the signed ones."""
    source = digest(evidence.admin, request["source_attachment_id"][0])
    if source != contract.sha256:
        verdict.add(SOURCE, f"{contract}: {source} in Odoo")
    for process in evidence.sent.get(contract.number, ()):
        if digests(process, SOURCE_FILE) != [contract.sha256]:
            verdict.add(SOURCE, f"{contract}: {process['files']} at Autenti")
        if request["state"] == "signed":
            judge_signed(evidence, contract, request, process, verdict)


def judge_signed(evidence, contract, request, process, verdict):
    card_id, _name = request["card_attachment_id"] or (False, "")
    card = card_id and digest(evidence.admin, card_id)
    if [card] != digests(process, CARD_FILE):
        verdict.add(RESULT, f"{contract}: signature card {card}")
    domain = [
        ("autenti_request_id", "=", request["id"]),
        ("id", "not in", [request["source_attachment_id"][0], card_id]),
    ]
    copies = evidence.admin.search_read("ir.attachment", domain, ["res_model"])
    found = {copy["res_model"]: digest(evidence.admin, copy["id"]) for copy in copies}
    [expected] = digests(process, SIGNED_FILE) or [None]
    if found != {"autenti.request": expected, "agreement": expected}:
        verdict.add(RESULT, f"{contract}: {found}, not {expected}")
    if len(copies) != len(found):
        verdict.add(RESULT, f"{contract}: {copies}")


def digest(admin, attachment_id):
    return hashlib.sha256(admin.download(attachment_id)).hexdigest()


def digests(process, purpose):
    return [f["sha256"] for f in process["files"] if f["filePurpose"] == purpose]


def judge_callbacks(evidence, verdict):
    callbacks = evidence.admin.search_read("autenti.callback", [], ["event_id"])
    for event_id, count in Counter(c["event_id"] for c in callbacks).items():
        if count > 1:
            verdict.add(STORED, f"{event_id}: {count} times")
