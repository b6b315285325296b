# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a validation finds, as plain data."""

import json
from dataclasses import dataclass, field

GREEN, AMBER, RED = "green", "amber", "red"
_RANK = (GREEN, AMBER, RED)

# The file as a whole
UNREADABLE = "unreadable"  # detail
NOT_CHECKED = "not_checked"  # detail
NO_SIGNATURE = "no_signature"
NOT_RETURNED = "not_returned"  # file
EMPTY_FIELD = "empty_field"  # field; who was asked hasn't signed
SPARE_FIELD = "spare_field"  # field; all who were asked have signed others
LENIENT = "lenient"
ACTIVE = "active"  # keys
DISPLAY = "display"  # keys
FEWER_SIGNATURES = "fewer_signatures"  # level, expected, found
# One signature; all have: signer
BROKEN = "broken"
UNCHECKED = "unchecked"  # detail: why it can't be checked here
WEAK = "weak"  # detail: an algorithm that proves nothing any more
BORROWED = "borrowed"  # field
PARTIAL = "partial"
CHANGED_LATER = "changed_later"  # revision, detail
REVOKED = "revoked"  # date
UNTRUSTED = "untrusted"  # issuer; address: where its certificate is, or ""
EXPIRED = "expired"  # date
NOT_LISTED = "not_listed"  # issuer
DOUBTFUL = "doubtful"  # detail
TIMESTAMP_DOUBTFUL = "timestamp_doubtful"
OTHER_PERSON = "other_person"  # asked
# What was sent; all have: pages, those of the sent file or, of what is added to it, of
# the signed one; they count from 1
ALTERED = "altered"
PAGES_MISSING = "pages_missing"
NOT_SHOWN = "not_shown"
DRAWN_OVER = "drawn_over"
INSERTED = "inserted"

SEVERITY = {
    **dict.fromkeys(
        (
            UNREADABLE,
            NO_SIGNATURE,
            EMPTY_FIELD,
            BROKEN,
            BORROWED,
            PARTIAL,
            CHANGED_LATER,
            REVOKED,
            ALTERED,
            PAGES_MISSING,
        ),
        RED,
    ),
    **dict.fromkeys(
        (
            NOT_CHECKED,
            SPARE_FIELD,
            UNCHECKED,
            WEAK,
            LENIENT,
            ACTIVE,
            DISPLAY,
            FEWER_SIGNATURES,
            UNTRUSTED,
            EXPIRED,
            NOT_LISTED,
            DOUBTFUL,
            TIMESTAMP_DOUBTFUL,
            OTHER_PERSON,
            NOT_SHOWN,
            DRAWN_OVER,
            INSERTED,
            NOT_RETURNED,
        ),
        AMBER,
    ),
}

ABOUT_CONTENT = {
    ACTIVE,
    ALTERED,
    DISPLAY,
    DRAWN_OVER,
    INSERTED,
    NOT_SHOWN,
    PAGES_MISSING,
}

# Levels of a signature, the weakest first
BASIC, ADVANCED, QUALIFIED_SEAL, QUALIFIED = (
    "basic",
    "advanced",
    "qualified_seal",
    "qualified",
)

# How the content was found to be what was sent
BY_REVISION, BY_PAGES = "revision", "pages"


@dataclass
class Finding:
    """Something that keeps the file from being green.

    :ivar code: one of this module's constants
    :ivar values: what its comment there names, JSON-able
    """

    code: str
    values: dict = field(default_factory=dict)

    @property
    def severity(self):
        return SEVERITY[self.code]


@dataclass
class Change:
    """What a revision after a signature has changed, as far as it is allowed.

    :ivar revision: number, the first of the file is 1
    :ivar kind: "archive" (time stamps and evidence), "form" (more signatures) or
        "other" (anything else: it breaks the signature)
    :ivar detail: why it is "other"; else the names of changed fields
    """

    revision: int
    kind: str
    detail: str = ""


@dataclass
class Signature:
    """One signature. Times are ISO 8601 with offset; None is "not said"."""

    field: str
    revision: int
    signer: str
    # Given name and surname, where the certificate says that it is a person's
    person: str = ""
    organisation: str = ""
    issuer: str = ""
    serial: str = ""
    certificate_sha256: str = ""
    valid_from: str | None = None
    valid_until: str | None = None
    level: str = BASIC
    # The subject is an organisation
    is_seal: bool = False
    # The platform has sealed the file with it; no party has
    is_platform: bool = False
    # It was in the file before that was sent; nobody who was asked has signed with it
    was_sent: bool = False
    # The certificate's issuer is on a trusted list for that level
    level_is_listed: bool = False
    intact: bool | None = False  # None where it can't be checked
    covers: str = ""  # "file", "revision" or "part"
    changes: list[Change] = field(default_factory=list)
    claimed_time: str | None = None
    # What a trusted time stamp proves: it was signed before then
    proven_time: str | None = None
    timestamp_authority: str = ""
    trust: str = ""  # "" where not looked at, "trusted", or a finding's code
    anchor: str = ""
    # "good" where the file itself brings the evidence, "revoked", else "unknown"
    revocation: str = "unknown"


@dataclass
class Content:
    """If the signed file contains what was sent; pages count from 1.

    :ivar shown_by: BY_REVISION, BY_PAGES, or None where it can't be shown
    """

    shown_by: str | None = None
    sent_pages: int = 0
    pages: int = 0
    added_pages: list[int] = field(default_factory=list)
    missing_pages: list[int] = field(default_factory=list)
    altered_pages: list[int] = field(default_factory=list)
    unclear_pages: list[int] = field(default_factory=list)
    drawn_over_pages: list[int] = field(default_factory=list)


@dataclass
class Report:
    moment: str
    sha256: str
    sent_sha256: str
    size: int
    revisions: int = 0
    signatures: list[Signature] = field(default_factory=list)
    content: Content = field(default_factory=Content)
    findings: list[Finding] = field(default_factory=list)

    def find(self, code, **values):
        self.findings.append(Finding(code, values))

    @property
    def verdict(self):
        return max(
            (finding.severity for finding in self.findings),
            key=_RANK.index,
            default=GREEN,
        )

    def to_dict(self):
        """Return all of it as JSON-able data, the worst findings first."""
        worst_first = sorted(
            self.findings, key=lambda finding: -_RANK.index(finding.severity)
        )
        findings = [
            {"severity": finding.severity, "code": finding.code, **finding.values}
            for finding in worst_first
        ]
        data = {"verdict": self.verdict, **vars(self), "findings": findings}
        # pyHanko's strings hold on to the whole file; JSON makes plain ones of them
        return json.loads(json.dumps(data, default=vars))


def add_enclosures(document, enclosures):
    """Join the reports of a document and of the files that were sent along with it.

    :param dict document: of `Report.to_dict`
    :param enclosures: pairs of file name and `Report.to_dict`, or None instead where
        the file didn't come back
    :return: the document's report, with the worst verdict of all, all findings (those
        about another file with its name as "file"), and the other reports as
        "enclosures", each with its "name"
    """
    findings = list(document["findings"])
    for name, report in enclosures:
        found = (
            [{"severity": SEVERITY[NOT_RETURNED], "code": NOT_RETURNED}]
            if report is None
            else report["findings"]
        )
        findings += [{**finding, "file": name} for finding in found]
    findings.sort(key=lambda finding: -_RANK.index(finding["severity"]))
    return {
        **document,
        "verdict": findings[0]["severity"] if findings else GREEN,
        "findings": findings,
        "enclosures": [
            {"name": name, **report} for name, report in enclosures if report
        ],
    }


def add_finding(report, code, **values):
    """Return a report that has one finding more.

    :param dict report: of `Report.to_dict`
    :param values: what the code's comment names, JSON-able
    :rtype: dict
    """
    finding = {"severity": SEVERITY[code], "code": code, **values}
    findings = sorted(
        [*report["findings"], finding], key=lambda one: -_RANK.index(one["severity"])
    )
    return {**report, "verdict": findings[0]["severity"], "findings": findings}
