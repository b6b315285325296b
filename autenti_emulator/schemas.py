# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Bodies of the API, field by field as they travel; an unknown field is refused.

Names are the wire's own, so they are in camel case.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from . import assumptions
from .facts import (
    MAX_TEXT,
    MAX_TITLE,
    PLACEHOLDER_NAME,
    SIGN,
    TENANT_SELF,
    Challenge,
    Purpose,
    Role,
    SignatureType,
)

LANGUAGES = frozenset({"pl", "en", "de", *assumptions.MORE_LANGUAGES})


def _check_email(value: str) -> str:
    if not re.fullmatch(r"[^@\s:,/]+@[^@\s:,/]+\.[^@\s:,/.]+", value):
        raise ValueError("is not an e-mail address")
    return value


def _check_language(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError("is not one of " + " ".join(sorted(LANGUAGES)))
    return value


def _check_tax_space(value: str) -> str:
    if not re.fullmatch(
        assumptions.TAX_SPACE_PATTERN.format(country="[A-Z]{2}"), value
    ):
        raise ValueError("is not a known identification space, like TAXID-PL-NIP")
    return value


def _check_phone(value: str) -> str:
    if not re.fullmatch(assumptions.PHONE_PATTERN, value):
        raise ValueError("is not a phone number like +48000000000")
    return value


Email = Annotated[str, AfterValidator(_check_email)]
Language = Annotated[str, AfterValidator(_check_language)]
TaxSpace = Annotated[str, AfterValidator(_check_tax_space)]
Phone = Annotated[str, AfterValidator(_check_phone)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_TITLE, pattern=r"\S")]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class Wire(BaseModel):
    """Base of what clients send. Some write null for what they leave out."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, values: Any) -> Any:
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value is not None}
        return values


# === Parties ===


class EmailAttributes(Wire):
    email: Email


class Contact(Wire):
    type: Literal["CONTACT-TYPE:EMAIL"]
    attributes: EmailAttributes


class ExternalId(Wire):
    identificationSpace: TaxSpace
    identifier: Annotated[str, Field(pattern=r"^[0-9A-Za-z]+$", max_length=32)]


class Organisation(Wire):
    id: str | None = None
    name: Name
    extIds: list[ExternalId] = []


class RelationshipAttributes(Wire):
    relationshipDescription: Text | None = None


class Relationship(Wire):
    """Whom a person acts for: the organisation and the person's capacity in it."""

    type: Literal["PARTY_RELATIONSHIP-TYPE:MEMBER"]
    party: Organisation
    attributes: RelationshipAttributes = RelationshipAttributes()


class Person(Wire):
    """A party's person, or with ``id`` PARTY-TENANT:SELF the whole organisation."""

    id: str | None = None
    firstName: Name | None = None
    lastName: Name | None = None
    name: Name | None = None
    contacts: list[Contact] = []
    extIds: list[ExternalId] = []
    relationships: list[Relationship] = []

    @model_validator(mode="after")
    def _check_complete(self) -> "Person":
        if self.id == TENANT_SELF:
            return self
        if not (self.firstName and self.lastName):
            raise ValueError("firstName and lastName are required")
        if len(self.contacts) != 1:
            raise ValueError("contacts needs exactly one CONTACT-TYPE:EMAIL")
        return self


# === Constraints ===


class SignatureTypeAttributes(Wire):
    requiredClassifiers: Annotated[
        list[
            Literal[
                "SIGNATURE_PROVIDER-SIGNATURE_TYPE:BASIC",
                "SIGNATURE_PROVIDER-SIGNATURE_TYPE:ADVANCED",
                "SIGNATURE_PROVIDER-SIGNATURE_TYPE:QUALIFIED",
            ]
        ],
        Field(min_length=1, max_length=1),
    ]


class SignatureTypeConstraint(Wire):
    """SINGLE: an early integration leaves ``constrainedActions`` out, and it works."""

    classifiers: tuple[Literal["CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE"]]
    constrainedActions: tuple[Literal["ACTION:SIGNATURE_APPLICATION"]] | None = None
    attributes: SignatureTypeAttributes

    @property
    def signature_type(self) -> SignatureType:
        return SignatureType(self.attributes.requiredClassifiers[0].split(":")[1])


class PriorityAttributes(Wire):
    priority: Annotated[int, Field(ge=1, le=1000, strict=True)]


class PriorityConstraint(Wire):
    classifiers: tuple[Literal["CONSTRAINT-UNIQUE_TYPE:PARTICIPATION_PRIORITY"]]
    attributes: PriorityAttributes


class PhoneAttributes(Wire):
    phoneNumber: Phone


class PhoneConstraint(Wire):
    """An SMS code, to sign or to open the document."""

    classifiers: tuple[
        Literal["CONSTRAINT-UNIQUE_TYPE:PHONE_NUMBER_VERIFICATION_REQUIRED"]
    ]
    constrainedActions: tuple[
        Literal["ACTION:SIGNATURE_APPLICATION", "ACTION:READ_SENSITIVE_METADATA"]
    ]
    attributes: PhoneAttributes


class Verification(Wire):
    trust_framework: str
    assurance_level: str


class VerifiedClaims(Wire):
    verification: Verification
    claims: dict[Literal["given_name", "family_name"], str | dict[str, str] | None]


class ReusePolicy(Wire):
    reuse_duration: Annotated[str, Field(pattern=r"^P(T?\d+[DHMS])+$")]


class IdentificationProfile(Wire):
    amr_values: Annotated[list[str], Field(min_length=1)]
    reuse_policy: ReusePolicy | None = None
    verified_claims: list[VerifiedClaims]


class IdentityAttributes(Wire):
    identificationProfiles: Annotated[list[IdentificationProfile], Field(min_length=1)]


class IdentityConstraint(Wire):
    classifiers: tuple[Literal["CONSTRAINT-UNIQUE_TYPE:IDENTITY_VERIFICATION"]]
    constrainedActions: tuple[Literal["ACTION:SIGNATURE_APPLICATION"]]
    attributes: IdentityAttributes


class VisualisationAttributes(Wire):
    visualisationId: Literal[
        "VISUALISATION:AUTENTI_SIGNATURE_CARD", "VISUALISATION:MANUAL"
    ]


class VisualisationConstraint(Wire):
    classifiers: tuple[Literal["CONSTRAINT-UNIQUE_TYPE:VISUALISATION"]]
    constrainedActions: tuple[Literal["ACTION:SIGNATURE_APPLICATION"]]
    attributes: VisualisationAttributes


def _classifier(constraint: Any) -> str | None:
    """What tells one constraint from another: its only classifier."""
    if isinstance(constraint, dict):
        classifiers = constraint.get("classifiers")
    else:
        classifiers = getattr(constraint, "classifiers", None)
    if isinstance(classifiers, list | tuple) and len(classifiers) == 1:
        return str(classifiers[0])
    return None


PartyConstraint = Annotated[
    Annotated[SignatureTypeConstraint, Tag("CONSTRAINT-UNIQUE_TYPE:SIGNATURE_TYPE")]
    | Annotated[
        PriorityConstraint, Tag("CONSTRAINT-UNIQUE_TYPE:PARTICIPATION_PRIORITY")
    ]
    | Annotated[
        PhoneConstraint,
        Tag("CONSTRAINT-UNIQUE_TYPE:PHONE_NUMBER_VERIFICATION_REQUIRED"),
    ]
    | Annotated[IdentityConstraint, Tag(assumptions.CONSTRAINT_IDENTITY)],
    Discriminator(_classifier),
]


class Party(Wire):
    """One participant with role and constraints."""

    party: Person
    role: Role
    constraints: list[PartyConstraint] = []

    @model_validator(mode="after")
    def _check_role(self) -> "Party":
        if (self.party.id == TENANT_SELF) != (self.role is Role.SENDER):
            raise ValueError(f"{TENANT_SELF} and the role SENDER go together")
        self._check_unique()
        self._check_constraints()
        return self

    def _check_unique(self) -> None:
        kinds = [
            (item.classifiers, getattr(item, "constrainedActions", None))
            for item in self.constraints
        ]
        if len(kinds) != len(set(kinds)):
            raise ValueError("the same constraint is given twice")

    def _check_constraints(self) -> None:
        if self.signature_type and self.role is not Role.SIGNER:
            raise ValueError("SIGNATURE_TYPE is for the role SIGNER")
        if self.priority and self.role not in (Role.SIGNER, Role.APPROVER):
            raise ValueError("PARTICIPATION_PRIORITY is for SIGNER and APPROVER")
        if self.phone(SIGN) and self.role is not Role.SIGNER:
            raise ValueError("an SMS code at signing is for the role SIGNER")
        if self.signature_type is SignatureType.ADVANCED and not self.phone(SIGN):
            raise ValueError("ADVANCED needs an SMS code at signing")
        if self.signature_type is SignatureType.QUALIFIED and self.phone(SIGN):
            raise ValueError("QUALIFIED must not have an SMS code at signing")

    @property
    def email(self) -> str:
        """Lower-case address, empty for the organisation itself."""
        contacts = self.party.contacts
        return contacts[0].attributes.email.lower() if contacts else ""

    @property
    def priority(self) -> int | None:
        for item in self.constraints:
            if isinstance(item, PriorityConstraint):
                return item.attributes.priority
        return None

    @property
    def signature_type(self) -> SignatureType | None:
        for item in self.constraints:
            if isinstance(item, SignatureTypeConstraint):
                return item.signature_type
        return None

    def phone(self, action: str) -> str | None:
        """Number that gets the code for ``action``, SIGN or READ."""
        for item in self.constraints:
            if isinstance(item, PhoneConstraint) and item.constrainedActions == (
                action,
            ):
                return item.attributes.phoneNumber
        return None


# === Processes ===


class Label(Wire):
    """A label; ``id`` alone is enough where one is used."""

    id: str
    type: str | None = None
    description: str | None = None


class ProcessBody(Wire):
    """What a draft says. Created empty, it may get its title by PUT."""

    title: Name | None = None
    description: Text | None = None
    processLanguage: Language = "pl"
    parties: list[Party] = []
    constraints: list[VisualisationConstraint] = []
    tags: list[Label] = []


class FileMeta(Wire):
    """The part ``fileMeta`` of an upload.

    SINGLE: a file whose ``filename`` is missing, or is spelled ``fileName`` as one
    shipped client did at first, is taken under a placeholder's name.
    """

    filename: Name = PLACEHOLDER_NAME
    fileName: Name | None = None
    filePurpose: Literal["SOURCE_FILE"]
    mimeType: str


class Selection(Wire):
    selectedIds: Annotated[list[str], Field(min_length=1)]


class Assertion(Wire):
    """One value of X-ASSERTION, decoded."""

    classifiers: Annotated[list[Challenge], Field(min_length=1)]
    attributes: Selection


class CallbackParameters(Wire):
    callbackUrl: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]


class CallbackBody(Wire):
    callbackAdapterId: Literal["CALLBACK_ADAPTER:API_V2"]
    callbackParameters: CallbackParameters


# === Answers ===


class Reference(BaseModel):
    id: str
    type: str


class EventView(BaseModel):
    id: str
    eventType: str
    timestamp: str
    classifiers: list[str] = []
    actor: Reference
    object: Reference
    attributes: dict[str, str] = {}


class FileView(BaseModel):
    id: str
    filename: str
    version: str
    size: int
    filePurpose: Purpose
    mimeType: str
    mimeTypeBeforeConversion: str | None = None
    conversionStatus: str | None = None
    description: str | None = None
    modificationTime: str
    relationships: list[str] = []
    processes: list[str] = []


class UnknownConstraint(BaseModel):
    """One of those that clients don't know."""

    classifiers: list[str]
    attributes: dict[str, str] = {}


class PartyView(BaseModel):
    party: Person
    role: str
    participationStatus: str
    constraints: list[PartyConstraint | UnknownConstraint]
    currentUser: bool
    events: list[EventView]


class ProcessView(BaseModel):
    id: str
    title: str | None
    description: str | None
    processLanguage: str
    status: str
    parties: list[PartyView]
    files: list[FileView]
    tags: list[Label]
    constraints: list[VisualisationConstraint | UnknownConstraint]
    flags: list[str]
    createdAt: str
    modifiedAt: str
    documentLink: str | None = None


class HttpRequest(BaseModel):
    uri: str
    method: Literal["GET"]


class LinkAttributes(BaseModel):
    userInteraction: str
    httpRequest: HttpRequest
    description: str
    actionIdentifier: str


class ActionLink(BaseModel):
    classifiers: list[str]
    attributes: LinkAttributes


class CallbackView(BaseModel):
    id: str
    callbackAdapterId: str
    callbackParameters: CallbackParameters


class ErrorView(BaseModel):
    id: str
    type: str
    description: str


class ErrorsView(BaseModel):
    errors: list[ErrorView]
