# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Confirmed facts of Autenti's Public API v2 and the limits that we set ourselves.

Confirmed is what Autenti itself published (its pages, cited by name, or its Power
Automate connector) or what two independent integrations use. Weaker knowledge is in
``assumptions.py``. Last seen: 2026-11.
"""

from typing import NamedTuple

from . import assumptions

# === Environments (page `autenti-document-process-api`) ===


class Environment(NamedTuple):
    """One installation of Autenti: base of its API, address of its webhook keys."""

    api_url: str
    jwks_url: str


ENVIRONMENTS = {
    "test": Environment(
        "https://api.accept.autenti.net/api/v2", assumptions.TEST_JWKS_URL
    ),
    "production": Environment(
        "https://api.autenti.com/api/v2",
        "https://autenti.com/developers/keys/webhook.jwks",
    ),
}

# === Endpoints, relative to the base; ids are percent-encoded, slashes included ===

TOKEN_PATH = "/auth/token"  # page `refreshing-tokens`
AUTHORIZATION_PATH = "/auth/authorization"  # page `authorization-code-grant`
PROCESSES_PATH = "/document-processes"  # page `autenti-document-process-api`
PROCESS_PATH = "/document-processes/{process_id}"
FILES_PATH = "/document-processes/{process_id}/files"  # page `document-process-files`
CONTENT_PATH = "/document-processes/{process_id}/files/{file_id}/content"
ACTIONS_PATH = "/document-processes/{process_id}/actions"  # `document-sending-action`
LINKS_PATH = assumptions.LINKS_PATH
CALLBACKS_PATH = "/applications/callbacks"  # page `callbacks`
CALLBACK_PATH = "/applications/callbacks/{callback_id}"

# RFC 7523, section 4; RFC 6749, sections 4.1.3 and 6
GRANT_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANT_CODE = "authorization_code"
GRANT_REFRESH = "refresh_token"

# === Scopes, with spaces between (Autenti's Power Automate connector) ===

SCOPE_FULL = "full"
SCOPE_NOTIFICATIONS = "notification_management"

# === Headers and media types ===

ASSERTION_HEADER = "X-ASSERTION"  # page `document-sending-action`
CHALLENGE_HEADER = "X-Challenge"
JSON_TYPE = "application/json"
# Objects one after the other, not an array (page `listing-files`)
STREAM_TYPE = "application/stream+json"
PDF_TYPE = "application/pdf"

# === Process `status` ===

PROCESS_DRAFT = "DRAFT"
PROCESS_PROCESSING = "PROCESSING"
PROCESS_COMPLETED = "COMPLETED"
PROCESS_REJECTED = "REJECTED"
PROCESS_WITHDRAWN = "WITHDRAWN"
PROCESS_EXPIRED = assumptions.PROCESS_EXPIRED
PROCESS_ERROR = assumptions.PROCESS_ERROR
# Nothing follows any of these
PROCESS_ENDS = frozenset(
    {
        PROCESS_COMPLETED,
        PROCESS_REJECTED,
        PROCESS_WITHDRAWN,
        PROCESS_EXPIRED,
        PROCESS_ERROR,
    }
)

# === Parties ===

ROLE_SIGNER = "SIGNER"
ROLE_APPROVER = "APPROVER"
ROLE_REVIEWER = "REVIEWER"
ROLE_VIEWER = "VIEWER"
ROLE_SENDER = "SENDER"
ROLES = frozenset({ROLE_SIGNER, ROLE_APPROVER, ROLE_REVIEWER, ROLE_VIEWER, ROLE_SENDER})
# Roles that `PARTICIPATION_PRIORITY` puts in order
ORDERED_ROLES = frozenset({ROLE_SIGNER, ROLE_APPROVER})

CONTACT_EMAIL = "CONTACT-TYPE:EMAIL"
RELATIONSHIP_MEMBER = "PARTY_RELATIONSHIP-TYPE:MEMBER"
TAX_SPACE_PL = "TAXID-PL-NIP"
LANGUAGES = frozenset({"pl", "en", "de", *assumptions.MORE_LANGUAGES})

# === Constraints (pages `requesting-basic-electronic-signature-by-autenti`,
# `requesting-e-idas-qualified-electronic-signature`) ===

CONSTRAINT_SIGNATURE_TYPE = "CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE"
CONSTRAINT_PRIORITY = "CONSTRAINT-UNIQUE_TYPE:PARTICIPATION_PRIORITY"
CONSTRAINT_PHONE = "CONSTRAINT-UNIQUE_TYPE:PHONE_NUMBER_VERIFICATION_REQUIRED"
ACTION_SIGN = "ACTION:SIGNATURE_APPLICATION"
ACTION_READ = "ACTION:READ_SENSITIVE_METADATA"
SIGNATURE_TYPE_PREFIX = "SIGNATURE_PROVIDER-SIGNATURE_TYPE:"
SIGNATURE_BASIC = "BASIC"
SIGNATURE_ADVANCED = assumptions.SIGNATURE_ADVANCED
SIGNATURE_QUALIFIED = "QUALIFIED"
SIGNATURE_TYPES = frozenset({SIGNATURE_BASIC, SIGNATURE_ADVANCED, SIGNATURE_QUALIFIED})

# === Actions and events (page `document-sending-action`) ===

CHALLENGE_ACTION = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:ACTION_SELECTION"
CHALLENGE_AVAILABLE = "AVAILABLE"
EVENT_SENT = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_SENT"
EVENT_WITHDRAWAL = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_WITHDRAWAL"
EVENT_REMINDER_SENT = assumptions.EVENT_REMINDER_SENT
EVENT_REJECTION = assumptions.EVENT_REJECTION
EVENT_SIGNATURE = assumptions.EVENT_SIGNATURE
EVENT_COMPLETED = assumptions.EVENT_COMPLETED

# === Files (pages `document-process-files`, `retrieving-file-content`) ===

FILE_SOURCE = "SOURCE_FILE"
FILE_PARTIALLY_SIGNED = "PARTIALLY_SIGNED_CONTENT_FILE"
FILE_SIGNED = "SIGNED_CONTENT_FILE"  # the only one that every participant has signed
FILE_CARD = assumptions.FILE_SIGNATURE_CARD

# === Callbacks (page `callbacks`) ===

CALLBACK_ADAPTER = "CALLBACK_ADAPTER:API_V2"

# === Our own limits ===

TIMEOUT = 30  # seconds to connect and between two pieces of an answer
UPLOAD_TIMEOUT = 120
KEYS_TIMEOUT = 10
# Seconds for the whole of an answer, and what a file has to come with at least
KEYS_SECONDS = 10
JSON_SECONDS = 60
FILE_BYTES_PER_SECOND = 64 * 1024
TOKEN_LIFETIME_MAX = 24 * 3600  # seconds, whatever Autenti says
RETRY_AFTER_MAX = 24 * 3600.0  # seconds, however long Autenti asks to wait
JSON_MAX_BYTES = 4 * 1024 * 1024
# A signed file holds the source, its signatures and the pages that Autenti adds
FILE_MAX_BYTES = 4 * assumptions.MAX_PROCESS_BYTES
CALLBACK_MAX_BYTES = 1024 * 1024
KEYS_MAX_BYTES = 256 * 1024
