# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the service would have mailed or texted; people read it in the mailbox."""

from enum import Enum

from pydantic import BaseModel


class Kind(str, Enum):
    """Why a message was written."""

    INVITATION = "INVITATION"
    REMINDER = "REMINDER"
    SIGN_CODE = "SIGN_CODE"
    READ_CODE = "READ_CODE"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


class Message(BaseModel):
    """One message to one person. ``at`` is in seconds since the epoch."""

    id: str
    recipient: str
    kind: Kind
    at: float
    process_id: str
    title: str
    sender: str
    text: str
    # End of the personal link, when there is one
    token: str | None
    comment: str
    code: str
