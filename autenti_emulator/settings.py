# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a test or a trainer may turn while the emulator runs."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from .otherwise import check_name

Word = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Settings(BaseModel):
    """All times are seconds."""

    model_config = ConfigDict(extra="forbid")

    # From COMPLETED until the signed file can be seen
    signed_file_delay: Seconds = 0.5
    # From sending until parties have their own ids
    party_id_delay: Seconds = 1
    # What becomes of several source files: one signed file, as Autenti's help pages
    # say, or one for each
    signed_files: Literal["merged", "each"] = "merged"
    # What the signed files are called, and their order in listings
    signed_file_names: Literal["kept", "renamed"] = "kept"
    signed_file_order: Literal["upload", "reversed"] = "upload"
    # Which signatures bring the certificate of the authority between the signer's and
    # the root's: all, the platform's opening seal alone, or none
    intermediates: Literal["all", "first", "none"] = "all"
    # Whether the signed file ends with a DSS and a document time stamp
    evidence: bool = False
    # How listings come: an object a line, objects with nothing between them, an array,
    # or a single object for itself; without it, as the client asks for
    listing: Literal["lines", "joined", "array", "object"] | None = None
    # What a rejected process is called
    rejected_status: Literal["REJECTED", "DECLINED"] = "REJECTED"
    # Words that no client knows, of which the API has ever more
    # shown as the status of what is PROCESSING
    unknown_status: Word | None = None
    # shown as what a participant does whose turn it is
    unknown_participation: Word | None = None
    # of one party more, in every process
    unknown_role: Word | None = None
    # kind of one event more, after each event: in callbacks, and at the parties
    unknown_event: Word | None = None
    # of one constraint more, at every party and every process
    unknown_constraint: Word | None = None
    # what is asked, again and again, instead of the selected action
    unknown_challenge: Word | None = None
    token_lifetime: Annotated[int, Field(ge=1)] = 1800
    refresh_token_lifetime: Annotated[int, Field(ge=1)] = 30 * 24 * 3600
    # From sending to EXPIRED; None is never
    expires_after: Seconds | None = None
    # Between the first two tries of a callback; each later pause is twice as long
    callback_first_pause: Seconds = 1
    callback_retry_for: Seconds = 24 * 3600
    # Above so many calls of the API in any minute, 429; None is no limit
    calls_per_minute: Annotated[int, Field(ge=1)] | None = None
    # The legacy grant with the user's password, which is off at any sane place
    password_grant: bool = False
    # What clients assume of the API and is otherwise here; see ``otherwise.py``
    otherwise: list[Annotated[str, AfterValidator(check_name)]] = []
