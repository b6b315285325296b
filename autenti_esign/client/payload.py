# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A document process as Autenti's JSON, and back.

Writing is strict: what Autenti would refuse raises a ValueError before the call.
Reading is tolerant: unknown fields are ignored, unknown words are kept. Every text of
an answer comes through `as_text`, so that any database can keep it.
"""

import base64
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone

from . import assumptions, const, file_names

# Characters of a title. GUESS: nothing published tells the limit
MAX_TITLE = 255
# Of the message. GUESS, too
MAX_MESSAGE = 4000
_SPACE = re.compile(r"\s*")
_FRACTION = re.compile(r"\.(\d+)")
# "+0100" and "+01" of ISO 8601, which Python 3.10 doesn't read; a name behind a zone
_ZONE = re.compile(r"(?<=[\d.])([+-]\d\d):?(\d\d)?$")
_ZONE_NAME = re.compile(r"\[[^\]]*\]$")
# Longer than a date without hyphens
_EPOCH = re.compile(r"\d{9,14}(\.\d+)?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NIP = re.compile(r"\d{10}")
# What neither PostgreSQL nor XML can hold, or nobody can read: control characters but
# those of white space, two that are none, and halves of a pair (RFC 8259, section 8.2)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_HALF = re.compile("[\ud800-\udfff]")
_KNOWN_CHALLENGES = {const.CHALLENGE_ACTION, assumptions.CHALLENGE_REMINDER_PARTIES}
# Databases index ids, which have less room than texts
ID_MAX_LENGTH = 500
# Times outside can't be meant, and not all can be shown in each time zone
_YEARS = range(1970, 3000)


@dataclass(frozen=True)
class Organisation:
    """The organisation that a party stands for.

    :param str name: registered name
    :param str tax_id: its number without the country code
    :param str tax_space: e.g. "TAXID-PL-NIP"; elsewhere see `tax_space_of`
    :param str description: position or basis of representation, free text
    """

    name: str
    tax_id: str
    tax_space: str = const.TAX_SPACE_PL
    description: str = ""

    def to_json(self):
        """Write a ``relationship`` of a party.

        :rtype: dict
        :raise ValueError: the name or the tax id is missing or unfit
        """
        _require(self.name.strip(), "An organisation has no name.")
        _require(self.tax_id.strip(), f"{self.name} has no tax id.")
        if self.tax_space == const.TAX_SPACE_PL:
            _require(_NIP.fullmatch(self.tax_id), f"{self.name}: a NIP has ten digits.")
        relationship = {
            "type": const.RELATIONSHIP_MEMBER,
            "party": {
                "name": self.name,
                "extIds": [
                    {"identificationSpace": self.tax_space, "identifier": self.tax_id}
                ],
            },
        }
        if self.description:
            relationship["attributes"] = {
                assumptions.REPRESENTATION_ATTRIBUTE: self.description
            }
        return relationship


@dataclass(frozen=True)
class Party:
    """One participant of a process.

    Written:

    :param str email: identifies the person at Autenti; unique in a process
    :param str role: one of `const.ROLES`
    :param int priority: place in the order, from 1; None for all at once
    :param str signature_type: one of `const.SIGNATURE_TYPES`, for signers alone
    :param str phone: E.164, gets a code by SMS that signing asks for
    :param str phone_to_read: E.164, gets a code by SMS that opening asks for
    :param Organisation organisation: whom the person stands for

    Read (`from_json` gives these, the e-mail, the names, the role and the place in the
    order, nothing else):

    :param str party_id: changes a moment after sending
    :param str participation_status: Autenti's word, `assumptions.PARTICIPATION_*`
    :param bool current_user: this is the user that the session acts for
    :param str rejection_comment: the reason, "" when none was given; None means that
        the person didn't reject
    :param datetime.datetime signed_at: UTC, None when unknown or not yet
    """

    email: str
    first_name: str
    last_name: str
    role: str = const.ROLE_SIGNER
    priority: int | None = None
    signature_type: str | None = None
    phone: str | None = None
    phone_to_read: str | None = None
    organisation: Organisation | None = None
    party_id: str | None = None
    participation_status: str | None = None
    current_user: bool = False
    rejection_comment: str | None = None
    signed_at: datetime | None = None

    def to_json(self):
        """Write an entry of ``parties``; the role stands beside the party.

        :rtype: dict
        :raise ValueError: a name, the e-mail or a phone is missing or unfit
        """
        self._check()
        party = {
            "firstName": self.first_name,
            "lastName": self.last_name,
            "contacts": [
                {"type": const.CONTACT_EMAIL, "attributes": {"email": self.email}}
            ],
        }
        if self.organisation:
            party["relationships"] = [self.organisation.to_json()]
        return {"party": party, "role": self.role, "constraints": self._constraints()}

    @classmethod
    def from_json(cls, data):
        """Read an entry of ``parties`` of an answer.

        :param dict data: page `autenti-document-process-api`
        :rtype: Party
        """
        party = as_mapping(data.get("party"))
        events = as_mappings(data.get("events"))
        rejection = _last(events, const.EVENT_REJECTION)
        signature = _last(events, assumptions.EVENT_SIGNATURE)
        first_name, last_name = _names(party)
        return cls(
            email=_email(party),
            first_name=first_name,
            last_name=last_name,
            role=as_text(data.get("role")),
            priority=_priority(data),
            party_id=as_id(party.get("id")) or None,
            participation_status=as_text(data.get("participationStatus")) or None,
            current_user=data.get("currentUser") is True,
            rejection_comment=rejection and _comment(rejection),
            signed_at=signature and parse_timestamp(signature.get("timestamp")),
        )

    @property
    def full_name(self):
        return f"{self.first_name} {self.last_name}".strip()

    def _check(self):
        who = self.email or f"{self.first_name} {self.last_name}"
        _require(self.first_name.strip(), f"{who} has no first name.")
        _require(self.last_name.strip(), f"{who} has no last name.")
        _require(_EMAIL.fullmatch(self.email), f"{who} has no valid e-mail address.")
        _require(self.role in const.ROLES, f"{who}: {self.role} is not a role.")
        for phone in filter(None, (self.phone, self.phone_to_read)):
            _require(
                re.fullmatch(assumptions.PHONE_PATTERN, phone),
                f"{who}: a phone number is +, the country and the number.",
            )
        if self.role == const.ROLE_SIGNER:
            self._check_signature(who)
        else:
            _require(
                not self.signature_type and not self.phone,
                f"{who} does not sign, so takes no signature type and no code.",
            )

    def _check_signature(self, who):
        _require(
            self.signature_type in const.SIGNATURE_TYPES,
            f"{who}: {self.signature_type} is not a signature type.",
        )
        if self.signature_type == const.SIGNATURE_ADVANCED:
            _require(self.phone, f"{who}: an advanced signature needs a phone number.")
        if self.signature_type == const.SIGNATURE_QUALIFIED:
            _require(not self.phone, f"{who}: a qualified signature takes no SMS code.")

    def _constraints(self):
        constraints = []
        if self.signature_type:
            required = [const.SIGNATURE_TYPE_PREFIX + self.signature_type]
            constraints.append(
                _constraint(
                    const.CONSTRAINT_SIGNATURE_TYPE,
                    {"requiredClassifiers": required},
                    const.ACTION_SIGN,
                )
            )
        if self.signature_type == const.SIGNATURE_ADVANCED:
            constraints.append(self._identity_constraint())
        for phone, action in (
            (self.phone, const.ACTION_SIGN),
            (self.phone_to_read, const.ACTION_READ),
        ):
            if phone:
                constraints.append(
                    _constraint(const.CONSTRAINT_PHONE, {"phoneNumber": phone}, action)
                )
        if self.priority is not None:
            constraints.append(
                _constraint(const.CONSTRAINT_PRIORITY, {"priority": self.priority})
            )
        return constraints

    def _identity_constraint(self):
        verification = {
            "trust_framework": assumptions.IDENTITY_FRAMEWORK,
            "assurance_level": assumptions.IDENTITY_ASSURANCE,
        }
        claims = {"given_name": self.first_name, "family_name": self.last_name}
        profile = {
            "amr_values": list(assumptions.IDENTITY_METHODS),
            "reuse_policy": {"reuse_duration": assumptions.IDENTITY_REUSE},
            "verified_claims": [{"verification": verification, "claims": claims}],
        }
        return _constraint(
            assumptions.CONSTRAINT_IDENTITY,
            {"identificationProfiles": [profile]},
            const.ACTION_SIGN,
        )


@dataclass(frozen=True)
class ProcessFile:
    """One file of a process.

    :param str file_id: contains ``:`` and ``/``; None before the upload
    :param str purpose: `const.FILE_*`
    :param int size: bytes, None when Autenti doesn't tell
    :param related_ids: ids that Autenti names as related, of other files among them
    """

    file_id: str | None
    filename: str
    purpose: str = const.FILE_SOURCE
    mimetype: str = const.PDF_TYPE
    size: int | None = None
    related_ids: tuple[str, ...] = ()

    def to_json(self):
        """Write the ``fileMeta`` of an upload (page `document-process-files`)."""
        return {
            "filename": self.filename,
            "filePurpose": self.purpose,
            "mimeType": self.mimetype,
        }

    @classmethod
    def from_json(cls, data):
        """Read a file of an answer.

        :raise ValueError: it has no id
        """
        size = data.get("size")
        return cls(
            file_id=_id(data),
            filename=file_names.clean(as_text(data.get("filename"))),
            purpose=as_text(data.get("filePurpose")),
            mimetype=as_text(data.get("mimeType")),
            size=size if isinstance(size, int) and size >= 0 else None,
            related_ids=tuple(_texts(data.get(assumptions.FILE_RELATIONS_MEMBER))),
        )


@dataclass(frozen=True)
class DocumentProcess:
    """One document process (page `autenti-document-process-api`).

    Written: title, description (the message to the participants), language (one of
    `const.LANGUAGES`) and parties. Read besides: the id, Autenti's status word (another
    word for one of `const.PROCESS_*` as that one, an unknown one as it is), the files,
    and when it was created and changed (UTC, None when unknown).
    """

    title: str
    description: str
    language: str
    parties: tuple[Party, ...]
    process_id: str | None = None
    status: str | None = None
    files: tuple[ProcessFile, ...] = ()
    created_at: datetime | None = None
    modified_at: datetime | None = None

    def to_json(self):
        """Write the body that creates the process.

        :rtype: dict
        :raise ValueError: what Autenti would refuse, in a sentence
        """
        _require(self.title.strip(), "The document has no title.")
        _require(
            self.language in const.LANGUAGES,
            f"{self.language} is not offered by Autenti.",
        )
        parties = [party.to_json() for party in self.parties]
        self._check_together()
        return {
            "title": self.title,
            "description": self.description,
            "processLanguage": self.language,
            "parties": parties,
        }

    @classmethod
    def from_json(cls, data):
        """Read a process of an answer.

        :rtype: DocumentProcess
        :raise ValueError: it, or one of its files, has no id
        """
        return cls(
            title=as_text(data.get("title")),
            description=as_text(data.get("description")),
            language=as_text(data.get("processLanguage")),
            parties=tuple(map(Party.from_json, as_mappings(data.get("parties")))),
            process_id=_id(data),
            status=_status(data),
            files=tuple(map(ProcessFile.from_json, as_mappings(data.get("files")))),
            created_at=parse_timestamp(data.get("createdAt")),
            modified_at=parse_timestamp(data.get("modifiedAt")),
        )

    def _check_together(self):
        roles = {party.role for party in self.parties}
        _require(const.ROLE_SIGNER in roles, "Nobody is asked to sign.")
        emails = Counter(party.email.casefold() for party in self.parties)
        for email, count in emails.items():
            _require(count == 1, f"{email} takes part twice.")
        if any(party.priority is not None for party in self.parties):
            self._check_order()
        else:
            _require(const.ROLE_APPROVER not in roles, "Approving needs an order.")

    def _check_order(self):
        ordered = [p for p in self.parties if p.role in const.ORDERED_ROLES]
        for party in ordered:
            _require(
                isinstance(party.priority, int) and party.priority > 0,
                f"{party.email} has no place in the order.",
            )
        for party in set(self.parties).difference(ordered):
            _require(
                party.priority is None, f"{party.email} takes no place in the order."
            )
        _require(
            len({party.priority for party in ordered}) == len(ordered),
            "Two participants have the same place in the order.",
        )
        last = max(ordered, key=lambda party: party.priority)
        _require(last.role == const.ROLE_SIGNER, "The last in the order must sign.")


@dataclass(frozen=True)
class Callback:
    """One address that Autenti posts events to (page `callbacks`)."""

    callback_id: str
    url: str

    def to_json(self):
        """Write the body that registers the address."""
        return {
            "callbackAdapterId": const.CALLBACK_ADAPTER,
            "callbackParameters": {"callbackUrl": self.url},
        }

    @classmethod
    def from_json(cls, data):
        """Read a callback of an answer.

        :raise ValueError: it has no id
        """
        parameters = as_mapping(data.get("callbackParameters"))
        return cls(callback_id=_id(data), url=as_text(parameters.get("callbackUrl")))


def tax_space_of(country):
    """Name the space of tax ids of a country.

    :param str country: ISO 3166-1 alpha-2
    :rtype: str
    """
    return assumptions.TAX_SPACE_PATTERN.format(country=country.upper())


def encode_assertion(classifier, selected_ids):
    """Write one value of ``X-ASSERTION`` (page `document-sending-action`).

    :param str classifier: the question answered, a challenge classifier
    :param list[str] selected_ids: the answer
    :return: base64 of the JSON
    :rtype: str
    """
    assertion = {
        "classifiers": [classifier],
        "attributes": {"selectedIds": selected_ids},
    }
    return base64.b64encode(json.dumps(assertion).encode()).decode()


def decode_challenge(header):
    """Read ``X-Challenge``, in either alphabet of base64, padded or not.

    :param str header: the header's value
    :rtype: dict
    :raise ValueError: not base64, or not a JSON object
    """
    standard = header.strip().rstrip("=").replace("-", "+").replace("_", "/")
    padded = standard + "=" * (-len(standard) % 4)
    challenge = json.loads(base64.b64decode(padded, validate=True))
    if not isinstance(challenge, dict):
        raise ValueError("The challenge is not an object.")
    return challenge


def available_options(challenge, classifier):
    """List what a challenge lets us choose.

    :param dict challenge: from `decode_challenge`
    :param str classifier: the question that must be asked
    :return: ids of the usable options, as they came, for they go back; none when
        another question is asked
    :rtype: list
    """
    if classifier not in challenge_classifiers(challenge):
        return []
    return [
        option["id"]
        for option in _options(challenge)
        if option.get("availability") == const.CHALLENGE_AVAILABLE
        and as_id(option.get("id"))
    ]


def challenge_classifiers(challenge):
    """List the words by which a challenge says what is asked.

    :rtype: list[str]
    """
    classifiers = challenge.get("classifiers")
    words = classifiers if isinstance(classifiers, list) else [classifiers]
    return [word for word in map(as_text, words) if word]


def describe_challenge(challenge):
    """Say what a challenge of a kind that we don't know asks for.

    :return: its descriptions, else its classifiers in words; "" of a kind that we know
    :rtype: str
    """
    classifiers = challenge_classifiers(challenge)
    if not _KNOWN_CHALLENGES.isdisjoint(classifiers):
        return ""
    attributes = as_mapping(challenge.get("attributes"))
    sources = [challenge, attributes, *_options(challenge)]
    described = [as_text(source.get("description")) for source in sources]
    words = [word.rpartition(":")[2].replace("_", " ").lower() for word in classifiers]
    return ", ".join(dict.fromkeys(filter(None, described))) or ", ".join(words)


def challenge_errors(challenge):
    """Collect the descriptions of a challenge's errors.

    :rtype: list[str]
    """
    errors = as_mappings(as_mapping(challenge.get("attributes")).get("errors"))
    return [text for text in (as_text(e.get("description")) for e in errors) if text]


def parse_objects(text):
    """Read a collection in any form that Autenti sends it (page `listing-files`).

    :param str text: JSON objects one after the other (with or without white space
        between them), an array of objects, or nothing
    :rtype: list[dict]
    :raise ValueError: not JSON, or a value that is not an object
    """
    decoder = json.JSONDecoder()
    values = []
    position = _SPACE.match(text).end()
    while position < len(text):
        value, end = decoder.raw_decode(text, position)
        values.extend(value if isinstance(value, list) else [value])
        position = _SPACE.match(text, end).end()
    if not all(isinstance(value, dict) for value in values):
        raise ValueError("The collection holds something that is not an object.")
    return values


def parse_timestamp(value):
    """Read an ISO 8601 time, or the number of (milli)seconds since 1970.

    :param value: of JSON. Text with any number of decimals; without a zone it is UTC
    :return: aware, in UTC; None when there is no time that can be meant
    :rtype: datetime.datetime
    """
    try:
        moment = _read_timestamp(value)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment and moment.year in _YEARS else None


def _read_timestamp(value):
    if isinstance(value, str) and _EPOCH.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        is_milliseconds = value >= assumptions.EPOCH_MILLISECONDS_FROM
        seconds = value / 1000 if is_milliseconds else value
        return datetime.fromtimestamp(seconds, timezone.utc)
    if not isinstance(value, str):
        return None
    # Python 3.10 reads neither "Z" nor other decimals than three or six
    text = _ZONE_NAME.sub("", value.strip()).upper().replace("Z", "+00:00")
    text = _FRACTION.sub(_microseconds, text)
    if "T" in text or " " in text:
        text = _ZONE.sub(lambda zone: f"{zone[1]}:{zone[2] or '00'}", text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)


def _microseconds(fraction):
    return f".{fraction[1]:0<6.6}"


def _require(condition, message):
    if not condition:
        raise ValueError(message)


def _constraint(classifier, attributes, action=None):
    constraint = {"classifiers": [classifier], "attributes": attributes}
    if action:
        constraint["constrainedActions"] = [action]
    return constraint


def _id(data):
    found = as_id(data.get("id"))
    if not found:
        raise ValueError("The answer has no id.")
    return found


def _status(data):
    word = as_text(data.get("status"))
    return assumptions.STATUS_SYNONYMS.get(word, word) or None


def as_id(value):
    """Take an id: a string, or a whole number in digits; "" for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = as_text(value)
    # Dots alone would be a relative path
    return text if text.strip(".") and len(text) <= ID_MAX_LENGTH else ""


def as_text(value):
    """Take a string that any database can keep, "" for anything else."""
    if not isinstance(value, str):
        return ""
    return _HALF.sub("\ufffd", _CONTROL.sub("", value))


def as_mapping(value):
    """Take a JSON object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_mappings(value):
    """Take the JSON objects of an array, none for anything else."""
    values = value if isinstance(value, list) else []
    return [item for item in values if isinstance(item, dict)]


def _options(challenge):
    return as_mappings(as_mapping(challenge.get("attributes")).get("options"))


def _texts(value):
    """Go through the strings of a JSON value, however deep they are."""
    todo = [value]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list):
            todo += value


def _email(party):
    for contact in as_mappings(party.get("contacts")):
        if contact.get("type") == const.CONTACT_EMAIL:
            return as_text(as_mapping(contact.get("attributes")).get("email"))
    return ""


def _names(party):
    names = as_text(party.get("firstName")), as_text(party.get("lastName"))
    if any(names):
        return names
    first_name, _space, last_name = as_text(party.get("name")).strip().partition(" ")
    return first_name, last_name


def _priority(data):
    """Read the place in the order from the constraints of a party."""
    for constraint in as_mappings(data.get("constraints")):
        classifiers = constraint.get("classifiers")
        if isinstance(classifiers, list) and const.CONSTRAINT_PRIORITY in classifiers:
            priority = as_mapping(constraint.get("attributes")).get("priority")
            return priority if isinstance(priority, int) else None
    return None


def _last(events, event_type):
    return next((e for e in reversed(events) if e.get("eventType") == event_type), None)


def _comment(rejection):
    attributes = as_mapping(rejection.get("attributes"))
    return as_text(attributes.get(assumptions.REJECTION_COMMENT_ATTRIBUTE))
