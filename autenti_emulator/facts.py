# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the emulator knows of Autenti's API, stated independently of any client.

Words are CONFIRMED (Autenti published them, or two independent integrations use them)
unless the comment says otherwise. Facts of weaker standing that a client shares come
from ``assumptions.py``; the few that only the emulator needs are at the end.
"""

from enum import Enum

from . import assumptions

API_PREFIX = "/api/v2"
STREAM_TYPE = "application/stream+json"
JSON_TYPE = "application/json"
PDF_TYPE = "application/pdf"

# What is made into a PDF, by the end of its name (Autenti's help page)
OFFICE_TYPES = {
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}

ASSERTION_HEADER = "X-ASSERTION"
CHALLENGE_HEADER = "X-Challenge"

# RFC 7523, section 2.1
GRANT_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

SCOPE_FULL = "full"
SCOPE_NOTIFICATIONS = "notification_management"

TENANT_SELF = "PARTY-TENANT:SELF"
CALLBACK_ADAPTER = "CALLBACK_ADAPTER:API_V2"


class Status(str, Enum):
    """``status`` of a document process."""

    DRAFT = "DRAFT"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = assumptions.PROCESS_EXPIRED
    ERROR = assumptions.PROCESS_ERROR


class Role(str, Enum):
    """``role`` of a party, next to ``party`` and not inside it."""

    SIGNER = "SIGNER"
    APPROVER = "APPROVER"
    REVIEWER = "REVIEWER"
    VIEWER = "VIEWER"
    SENDER = "SENDER"


# A process is completed when everybody in these roles has acted.
DECIDING_ROLES = frozenset({Role.SIGNER, Role.APPROVER})


class Participation(str, Enum):
    """``participationStatus`` of a party."""

    NONE = assumptions.PARTICIPATION_NONE
    PENDING = assumptions.PARTICIPATION_PENDING
    COMPLETED = assumptions.PARTICIPATION_COMPLETED
    OBSOLETE = assumptions.PARTICIPATION_OBSOLETE
    FAILED = assumptions.PARTICIPATION_FAILED


class Purpose(str, Enum):
    """``filePurpose``."""

    SOURCE = "SOURCE_FILE"
    SIGNED = "SIGNED_CONTENT_FILE"
    PARTIALLY_SIGNED = "PARTIALLY_SIGNED_CONTENT_FILE"
    ARCHIVE = assumptions.FILE_ARCHIVE
    CARD = assumptions.FILE_SIGNATURE_CARD


class SignatureType(str, Enum):
    """Level of a signature, the end of ``SIGNATURE_PROVIDER-SIGNATURE_TYPE:``."""

    BASIC = "BASIC"
    ADVANCED = assumptions.SIGNATURE_ADVANCED
    QUALIFIED = "QUALIFIED"


class Event(str, Enum):
    """``eventType``; SENT, WITHDRAWAL and REMINDER_SENT are actions as well."""

    SENT = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_SENT"
    WITHDRAWAL = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_WITHDRAWAL"
    REMINDER_SENT = assumptions.EVENT_REMINDER_SENT
    SIGNATURE = assumptions.EVENT_SIGNATURE
    REJECTION = assumptions.EVENT_REJECTION
    COMPLETED = assumptions.EVENT_COMPLETED


class Challenge(str, Enum):
    """Classifiers of a challenge and of the assertion that answers it."""

    ACTION_SELECTION = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:ACTION_SELECTION"
    REMINDER_PARTIES = assumptions.CHALLENGE_REMINDER_PARTIES
    ACCESS_UNLOCK = assumptions.CHALLENGE_ACCESS_UNLOCK
    SELECTION = assumptions.CHALLENGE_SELECTION


SIGN = "ACTION:SIGNATURE_APPLICATION"
READ = "ACTION:READ_SENSITIVE_METADATA"

PUBLIC_ID_PREFIX = assumptions.SENT_PARTY_ID_PREFIX
EMAIL_ID_PREFIX = assumptions.PARTY_EMAIL_PREFIX
PROCESS_ID_PREFIX = assumptions.PROCESS_ID_PREFIX

# GUESS: types of the objects that events name; nothing published shows them.
OBJECT_PROCESS = "DOCUMENT_PROCESS"
OBJECT_PARTY = "PARTY"
# GUESS: the other value of an option's `availability` (AVAILABLE is confirmed).
AVAILABLE = "AVAILABLE"
UNAVAILABLE = "UNAVAILABLE"
# GUESS: words of an action link besides its `httpRequest`.
LINK_INTERACTION = "REQUIRED"
# GUESS: a file's id is the only published shape, whatever its purpose.
FILE_ID = "FILE-DTBS:{}/DTBS"
# GUESS: the placeholder itself; SINGLE that there is one for a file without a name.
PLACEHOLDER_NAME = "document.pdf"
# GUESS: state of the conversion of an upload that was no PDF.
CONVERTED = "SUCCESS"
# GUESS: longest texts; nothing published tells a limit.
MAX_TITLE = 255
MAX_TEXT = 4000
