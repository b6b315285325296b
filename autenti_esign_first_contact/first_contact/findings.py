# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a first contact with Autenti found: fact by fact, without anything private."""

import json
import re
from datetime import datetime, timezone
from typing import NamedTuple

from .client import assumptions, const

AS_ASSUMED, OTHERWISE, NOT_TRIED = "as assumed", "otherwise", "not tried"
RESULTS = (AS_ASSUMED, OTHERWISE, NOT_TRIED)

# A word of the API, as opposed to a text, an id, a token or an address
_WORD = re.compile(r"[A-Za-z][\w:./+-]{0,79}", re.ASCII)
_PRIVATE = re.compile(r"\d{4}|@|eyJ")


class Fact(NamedTuple):
    """Something that the client takes for granted.

    :param str name: of the constant, or of what stands for it
    :param str group: facts that are tried together
    :param str text: the fact
    :param str expected: what shows it
    """

    name: str
    group: str
    text: str
    expected: str

    @property
    def place(self):
        """Name the file where it is written down."""
        for module in (assumptions, const):
            if hasattr(module, self.name):
                return f"client/{module.__name__.rpartition('.')[2]}.py"
        return "client/session.py"


def _word(name, group, text):
    """Make the fact that a constant is a word of the API."""
    value = getattr(assumptions, name, None) or getattr(const, name)
    return Fact(name, group, text, str(value))


FACTS = (
    Fact("TEST_JWKS_URL", "keys", "keys of callbacks are published", "RSA keys"),
    _word("JWS_ALGORITHM", "keys", "how callbacks are signed"),
    Fact(
        "CORRELATION_HEADER", "reach", "an id of ours in a header does no harm", "taken"
    ),
    Fact("UNAUTHORIZED", "reach", "a call without a token is refused", "401"),
    Fact("TOKEN_PATH", "token", "a token is given for a signed assertion", "200"),
    _word("ASSERTION_AUDIENCE", "token", "audience of the assertion"),
    _word("ASSERTION_ALGORITHM", "token", "signature of the assertion"),
    Fact(
        "ASSERTION_LIFETIME",
        "token",
        "an assertion may live so many seconds",
        str(assumptions.ASSERTION_LIFETIME),
    ),
    _word("ASSERTION_USER_CLAIM", "token", "claim that selects the acting user"),
    _word("ASSERTION_USER_VERIFIED_CLAIM", "token", "claim that goes with the e-mail"),
    Fact(
        "TOKEN_LIFETIME_FALLBACK",
        "token",
        "the answer tells how long a token lives",
        "expires_in",
    ),
    _word("TOKEN_ERROR_CLIENT", "token", "error of a wrong secret"),
    Fact(
        "TOKEN_ERROR_KEY_WORDS",
        "token",
        "words about an unknown key",
        ", ".join(assumptions.TOKEN_ERROR_KEY_WORDS),
    ),
    _word("TOKEN_ERROR_GRANT", "token", "error of an expired assertion"),
    Fact(
        "TOKEN_ERROR_USER_WORDS",
        "token",
        "words about an unknown user",
        ", ".join(assumptions.TOKEN_ERROR_USER_WORDS),
    ),
    Fact(
        "ASSERTION_LEEWAY",
        "token",
        "clocks may differ by so many seconds",
        str(assumptions.ASSERTION_LEEWAY),
    ),
    Fact("NOT_FOUND", "reading", "a process that isn't there", "404"),
    Fact("PROCESSES_PATH", "draft", "a draft is created and gets an id", "200 or 201"),
    Fact("PROCESS_PATH", "draft", "title, message, language read back", "the same"),
    _word("PROCESS_ID_PREFIX", "draft", "how ids of processes begin"),
    _word("PROCESS_DRAFT", "draft", "status of a draft"),
    Fact("ROLES", "draft", "roles of two people read back", const.ROLE_SIGNER),
    Fact("CONTACT_EMAIL", "draft", "e-mails of two people read back", "the same"),
    Fact("CONSTRAINT_SIGNATURE_TYPE", "draft", "signature types read back", "BASIC"),
    Fact("CONSTRAINT_PRIORITY", "draft", "the order reads back", "1, 2"),
    Fact("TAX_SPACE_PL", "draft", "company and NIP read back", "the same"),
    Fact(
        "REPRESENTATION_ATTRIBUTE",
        "draft",
        "field of the basis of representation",
        assumptions.REPRESENTATION_ATTRIBUTE,
    ),
    _word("PARTICIPATION_NONE", "draft", "status of people in a draft"),
    Fact("MORE_LANGUAGES", "more", "a further language", assumptions.MORE_LANGUAGES[0]),
    Fact(
        "TAX_SPACE_PATTERN",
        "more",
        "space of a foreign tax id",
        assumptions.TAX_SPACE_PATTERN.format(country="DE"),
    ),
    Fact("PHONE_PATTERN", "more", "phone numbers begin with a plus", "taken"),
    _word("SIGNATURE_ADVANCED", "more", "the advanced signature"),
    _word("CONSTRAINT_IDENTITY", "more", "the check of an identity"),
    Fact(
        "FILE_META", "file", "upload as the parts fileMeta and file", "a file with id"
    ),
    _word("FILE_SOURCE", "file", "purpose of an uploaded file"),
    Fact("FILES_PATH", "file", "the name of a file is kept", "the same"),
    Fact("STREAM_TYPE", "file", "listing by default and as a stream", "objects"),
    Fact("JSON_TYPE", "file", "listing as JSON", "an array"),
    Fact(
        "FILE_RELATIONS_MEMBER",
        "file",
        "listings tell related files",
        assumptions.FILE_RELATIONS_MEMBER,
    ),
    Fact("CONTENT_PATH", "file", "the content of a file", "as it was uploaded"),
    Fact("CHALLENGE_HEADER", "action", "what can be done is asked by a 403", "403"),
    _word("CHALLENGE_ACTION", "action", "question: which action"),
    _word("CHALLENGE_SELECTION", "action", "question: how it is answered"),
    _word("CHALLENGE_AVAILABLE", "action", "availability of an option"),
    _word("EVENT_SENT", "action", "the action that sends"),
    Fact("LINKS_PATH", "link", "where personal links are made", "a refusal in a draft"),
    _word("PARTY_EMAIL_PREFIX", "link", "people are named by their e-mail in paths"),
    Fact("CALLBACKS_PATH", "callback", "callbacks are listed", "200"),
    Fact(
        "CALLBACK_LIMIT",
        "callback",
        "callbacks of an organisation",
        f"at most {assumptions.CALLBACK_LIMIT}",
    ),
    _word("PROCESS_PROCESSING", "sent", "status after sending"),
    _word("PARTICIPATION_PENDING", "sent", "status of whose turn it is"),
    _word("SENT_PARTY_ID_PREFIX", "sent", "how ids of people begin after sending"),
    _word("EVENT_REMINDER_SENT", "sent", "the action that reminds"),
    _word("CHALLENGE_REMINDER_PARTIES", "sent", "question: whom to remind"),
    _word("EVENT_WITHDRAWAL", "sent", "the action that withdraws"),
    _word("PROCESS_WITHDRAWN", "sent", "status after withdrawing"),
    _word("PARTICIPATION_OBSOLETE", "sent", "status of who need not sign any more"),
)
# What can't be tried, by the ends of the names
UNTRIED = {
    "TOKEN_ERROR_PERMISSION": "needs an application without the permission",
    "TOKEN_CALLS_COUNT": "needs more calls than Autenti takes in a minute",
    "RATE_LIMIT_": "needs more calls than Autenti takes in a minute",
    "JWS_HEADER": "needs a callback",
    "EVENT_": "needs somebody who signs or rejects",
    "PROCESS_": "needs a process that ended so",
    "PARTICIPATION_": "needs somebody who signs or rejects",
    "REJECTION_": "needs somebody who rejects",
    "IDENTITY_": "goes with CONSTRAINT_IDENTITY, shows when somebody signs",
    "SIGNATURE_": "shows when somebody signs",
    "CHALLENGE_ACCESS_UNLOCK": "needs an acting user who is locked out by SMS",
    "FILE_": "needs a process that is completed",
    "MAX_": "would take a large upload",
    "CONVERTED_": "would take one upload for each type",
    "AUTHORIZATION_PATH": "needs a person who logs in",
    "GRANT_": "needs a person who logs in",
    "CALLBACK": "would register a callback",
}
# Of const.py: our own limits, and what is put together of other values
OWN = re.compile(
    r"TIMEOUT|\w+_TIMEOUT|\w+_SECONDS|\w+_PER_SECOND|\w+_MAX|\w+_MAX_BYTES"
    r"|ENVIRONMENTS|\w+_ENDS|ORDERED_ROLES|LANGUAGES|SIGNATURE_TYPES|FILE_CARD"
)


def untried_facts():
    """List the constants that no fact above stands for.

    :return: fact and the reason why it isn't tried
    :rtype: list[tuple[Fact, str]]
    """
    known = {fact.name for fact in FACTS}
    names = [name for name in vars(assumptions) if name.isupper()]
    names += [
        name for name in vars(const) if name.isupper() and not OWN.fullmatch(name)
    ]
    found = []
    for name in dict.fromkeys(names):
        if name not in known:
            reasons = (why for start, why in UNTRIED.items() if name.startswith(start))
            reason = next(reasons, "goes with the facts above")
            found.append((Fact(name, "", "", ""), reason))
    return found


def show(value):
    """Show a word of the API; of anything else that it is something else.

    :rtype: str
    """
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, int):
        return str(value) if abs(value) < 10**7 else "a number"
    if not isinstance(value, str):
        return "a list" if isinstance(value, list) else "an object"
    if _WORD.fullmatch(value) and not _PRIVATE.search(value):
        return value
    return "another text" if value else "an empty text"


def show_prefix(value):
    """Show how an id begins."""
    start, colon, _rest = value.partition(":") if isinstance(value, str) else ("",) * 3
    return show(start + colon) if colon else "an id without a prefix"


class Finding(NamedTuple):
    """One row of the result."""

    fact: Fact
    seen: str
    result: str

    def to_json(self):
        return {
            "constant": self.fact.name,
            "file": self.fact.place,
            "fact": self.fact.text,
            "expected": self.fact.expected,
            "seen": self.seen,
            "result": self.result,
        }


class Report(NamedTuple):
    """The whole result.

    :param list findings: of `Finding`, in the order of `FACTS`
    :param list stays: sentences on what is left at Autenti
    :param int calls: HTTP requests that were made
    """

    findings: list
    stays: list
    calls: int

    @property
    def changes(self):
        """Say which constants are to be changed.

        :rtype: list[str]
        """
        return [
            f"{f.fact.place}, {f.fact.name}: {f.fact.expected} is assumed,"
            f" seen: {f.seen}"
            for f in self.findings
            if f.result == OTHERWISE
        ]

    @property
    def is_as_assumed(self):
        """Tell if something was tried and nothing was otherwise."""
        return bool(self.count(AS_ASSUMED)) and not self.count(OTHERWISE)

    def count(self, result):
        return sum(finding.result == result for finding in self.findings)

    def to_dict(self):
        """Give it as JSON data.

        :rtype: dict
        """
        return {
            "made_at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%MZ"),
            "calls": self.calls,
            "facts": [finding.to_json() for finding in self.findings],
            "change": self.changes,
            "stays": self.stays,
        }

    def to_json(self):
        """Write it as JSON.

        :rtype: str
        """
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_text(self):
        """Write it as a table.

        :rtype: str
        """
        data = self.to_dict()
        header = {name: name for name in ("result", "constant", "fact", "expected")}
        rows = [{**header, "seen": "seen"}, *data["facts"]]
        columns = ("result", "constant", "fact", "expected", "seen")
        widths = {c: max(len(row[c]) for row in rows) for c in columns}
        lines = [
            "  ".join(row[c].ljust(widths[c]) for c in columns).rstrip() for row in rows
        ]
        counts = ", ".join(f"{result}: {self.count(result)}" for result in RESULTS)
        head = f"First contact with Autenti's API, {data['made_at']}"
        change = data["change"] or ["Nothing has to be changed."]
        stays = data["stays"] or ["Nothing."]
        return "\n".join(
            [
                f"{head}, {self.calls} calls. {counts}.",
                *("", *lines),
                *("", "To change:", *change),
                *("", "Stays at Autenti:", *stays, ""),
            ]
        )
