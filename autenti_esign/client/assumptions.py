# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Values that rest on weak knowledge of Autenti's API: one line changes per truth.

Each value names its confidence: SINGLE (one credible, published integration uses it)
or GUESS (inferred; nothing published says so). What two independent sources or Autenti
itself publish is in ``const.py``. This file imports nothing, so that anything which
plays Autenti's side can share it.
"""

# === Access token ===

# SINGLE (a BPM vendor's plugin): the audience is a literal, not the token's address.
ASSERTION_AUDIENCE = "autenti.com"
# SINGLE (the same plugin; a Laravel package's README also allows RS512); the `alg` of
# the public JWK too.
ASSERTION_ALGORITHM = "RS256"
# SINGLE (the same plugin), seconds from `iat` to `exp`; Autenti's maximum is unknown.
ASSERTION_LIFETIME = 300
# SINGLE (the same plugin): the claim that selects the acting user of Autenti; `sub` is
# the user's permanent id in the calling system and must not be the e-mail.
ASSERTION_USER_CLAIM = "email"
# SINGLE (the same plugin): goes with the e-mail, always true.
ASSERTION_USER_VERIFIED_CLAIM = "email_verified"
# GUESS: seconds that Autenti's clock may differ from ours when it checks `iat`, `exp`.
ASSERTION_LEEWAY = 60
# SINGLE (an integration written from the official pages): seconds that a token lives
# when the answer doesn't tell `expires_in`.
TOKEN_LIFETIME_FALLBACK = 300

# GUESS: the token endpoint's errors are those of RFC 6749, section 5.2; the secret is
# refused as `invalid_client`, the assertion as `invalid_grant` (RFC 7523, section 3.1).
TOKEN_ERROR_CLIENT = "invalid_client"
TOKEN_ERROR_GRANT = "invalid_grant"
# GUESS, from the same standard: the application may not use this way to get a token.
TOKEN_ERROR_PERMISSION = "unauthorized_client"
# GUESS: words of the error's description that tell why an assertion is refused. Looked
# for in this order, case-insensitively, as whole words.
TOKEN_ERROR_KEY_WORDS = ("key", "kid", "signature")
TOKEN_ERROR_USER_WORDS = ("user", "email", "e-mail", "account")

# === Calls ===

# GUESS: a header that Autenti's logs may keep, so that its support finds our call.
CORRELATION_HEADER = "X-Correlation-Id"
# SINGLE (a BPM vendor's plugin): where a participant's personal links are made. The
# plugin takes the first one, from its `attributes.httpRequest.uri`.
LINKS_PATH = "/document-processes/{process_id}/parties/{party_id}/action-links"

# GUESS: times are ISO 8601, in UTC where they name no zone. Where one is a number, it
# counts seconds since 1970, from this size on milliseconds (this one is in 1973).
EPOCH_MILLISECONDS_FROM = 10**11
# GUESS: answers that tell that nothing was taken because of how an upload is written.
# CONFIRMED is the other form: one part `file` with its name (two plugins of a vendor).
UPLOAD_FORM_REFUSALS = (400, 415, 422)
UPLOAD_PLAIN_TYPE = "application/octet-stream"
# GUESS: answers to a listing that tell that it isn't given in the form asked for.
LISTING_FORM_REFUSALS = (400, 406, 415, 500)

# GUESS: the calls that Autenti limits are all with an application's token or for one,
# so those for tokens count, and those for its public keys don't.
TOKEN_CALLS_COUNT = True
# GUESS: seconds for which nothing is asked after a 429 that doesn't name any.
RATE_LIMIT_PAUSE = 30

# === Webhooks ===

# SINGLE (an integration written from the official pages): keys of the test environment.
TEST_JWKS_URL = "https://autenti.com/developers/keys/accept-webhook.jwks"
# SINGLE (the same; a Laravel package's README says RS256 with `kid`): a detached,
# compact JWS over the raw body, `protected..signature`.
JWS_HEADER = "x-jws-signature"
JWS_ALGORITHM = "RS256"
# SINGLE (the same): callbacks that one organisation may register.
CALLBACK_LIMIT = 5
# SINGLE: seen as events inside processes and assertions, or in a callback, by one
# source each (a BPM vendor's plugin; the completion by the integration from the pages).
EVENT_REMINDER_SENT = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_REMINDER_SENT"
EVENT_REJECTION = "EVENT_CLASSIFIER-UNIQUE_TYPE:SIGNATURE_REJECTION"
EVENT_COMPLETED = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_PROCESS_COMPLETED"
# GUESS: a participant's own signature or approval as an event of their party; nobody
# published its name. It is used to show the time of signing and for nothing else.
EVENT_SIGNATURE = "EVENT_CLASSIFIER-UNIQUE_TYPE:SIGNATURE_APPLICATION"

# === Statuses ===

# SINGLE (a CRM integration whose statuses were checked on the live test environment).
PROCESS_EXPIRED = "EXPIRED"
# SINGLE (a BPM vendor's plugin): a technical failure on Autenti's side.
PROCESS_ERROR = "ERROR"
# GUESS: other words for statuses that are known, each read as that one.
STATUS_SYNONYMS = {"DECLINED": "REJECTED"}
# SINGLE (the same plugin): `participationStatus` of a party. NONE is not yet their
# turn, PENDING is their turn, OBSOLETE is no longer relevant.
PARTICIPATION_NONE = "NONE"
PARTICIPATION_PENDING = "PENDING"
PARTICIPATION_COMPLETED = "COMPLETED"
PARTICIPATION_OBSOLETE = "OBSOLETE"
PARTICIPATION_FAILED = "FAILED"
# GUESS: words of the same place that may say that the person declined.
PARTICIPATION_REJECTIONS = ("REJECTED", "DECLINED")
# SINGLE (the same plugin): attribute of EVENT_REJECTION with the person's reason.
REJECTION_COMMENT_ATTRIBUTE = "comment"

# === Parties ===

# SINGLE (an integration written from the official pages): how processes' ids begin.
PROCESS_ID_PREFIX = "DOCUMENT_PROCESS:"
# SINGLE (a BPM vendor's plugin): parties can be named by their e-mail in paths; after
# sending they get ids of their own a moment later.
PARTY_EMAIL_PREFIX = "PARTY-EMAIL:"
SENT_PARTY_ID_PREFIX = "PARTY-PUBLIC_SIGNING_PROCESS_ID:"
# GUESS: the basis of representation ("prokura samoistna") goes in the free text that
# sources label as the position in the organisation: no other field fits.
REPRESENTATION_ATTRIBUTE = "relationshipDescription"
# GUESS: the space of a tax id outside Poland ("TAXID-PL-NIP" is confirmed).
TAX_SPACE_PATTERN = "TAXID-{country}-NIP"
# GUESS: phone numbers in E.164 (ITU-T), a regular expression for the whole number.
PHONE_PATTERN = r"\+[1-9][0-9]{6,14}"
# SINGLE (a BPM vendor's plugin): languages of a process besides pl, en and de.
MORE_LANGUAGES = (
    *("cs", "da", "el", "es", "fi", "fr", "ga", "hr", "hu", "it", "lt", "lv"),
    *("mt", "nl", "no", "ro", "ru", "sk", "sl", "sv", "uk"),
)

# === Signatures ===

# SINGLE (a BPM vendor's plugin; a Laravel package's README names the three levels).
SIGNATURE_ADVANCED = "ADVANCED"
# SINGLE (the same plugin): ADVANCED comes with a check of the signer's identity, whose
# profile asks for these values; the signer's names are added as claims.
CONSTRAINT_IDENTITY = "CONSTRAINT-UNIQUE_TYPE:IDENTITY_VERIFICATION"
IDENTITY_METHODS = ("autenti-v3",)
IDENTITY_REUSE = "PT24H"
IDENTITY_FRAMEWORK = "eidas"
IDENTITY_ASSURANCE = "substantial"

# === Actions ===

# SINGLE (a BPM vendor's plugin): second step of a reminder, chooses whom to remind.
CHALLENGE_REMINDER_PARTIES = (
    "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_REMINDER_PARTY_SELECTION"
)
# SINGLE (the same plugin): the acting user's own access waits for an SMS code.
CHALLENGE_ACCESS_UNLOCK = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_ACCESS_UNLOCK"
# SINGLE (a CRM integration sends it as a second classifier; the others don't).
CHALLENGE_SELECTION = "CHALLENGE_CLASSIFIER-USER_INTERACTION_TYPE:SELECTION"

# === Files ===

# SINGLE (a CRM integration: a ZIP once completed; a BPM vendor's plugin: the card).
FILE_ARCHIVE = "CONTENT_ARCHIVE"
FILE_SIGNATURE_CARD = "SIGNATURE_CARD"
# GUESS: where a signed file names the ids of those that it was made from. That listings
# have this member is confirmed, what it holds is not; ids are looked for in all of it.
FILE_RELATIONS_MEMBER = "relationships"
# SINGLE (Autenti's help page, of its panel): what Autenti makes into a PDF by itself,
# by the extension. Pictures aren't among them. That the API converts too is confirmed
# by a member of its answers (`mimeTypeBeforeConversion`); that it takes the same types,
# a GUESS.
CONVERTED_TYPES = {
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# SINGLE (Autenti's help page in its current form), bytes. An older copy of the page
# says 50 MB a process. A megabyte is read as 10**6, the smaller, so safer reading.
MAX_FILE_BYTES = 10 * 1000 * 1000
MAX_PROCESS_BYTES = 20 * 1000 * 1000
