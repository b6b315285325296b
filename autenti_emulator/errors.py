# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the API says no."""

from collections.abc import Mapping
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse


class Refusal(Exception):
    """A request that the API turns down.

    ``status`` is the HTTP status, ``kind`` a word for programs and ``description`` a
    sentence for people. Raised by any layer, answered by :func:`answer`.
    """

    def __init__(
        self,
        kind: str,
        description: str,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(description)
        self.kind = kind
        self.description = description
        self.status = status
        self.headers = headers


def not_found(what: str) -> Refusal:
    """The refusal of something that isn't there, or isn't to be seen."""
    return Refusal("NOT_FOUND", f"{what} not found.", status=404)


def error(kind: str, description: str) -> dict[str, str]:
    """One error. GUESS: the shape of the errors in a challenge."""
    return {"id": str(uuid4()), "type": kind, "description": description}


def body(kind: str, *descriptions: str) -> dict[str, list[dict[str, str]]]:
    """Body of an error answer. GUESS: published sources only log it."""
    return {"errors": [error(kind, description) for description in descriptions]}


def answer(_request: Request, refusal: Exception) -> JSONResponse:
    """Exception handler of the application for :class:`Refusal`."""
    assert isinstance(refusal, Refusal)
    return respond(refusal)


def respond(refusal: Refusal) -> JSONResponse:
    """Answer in the API's shape."""
    return JSONResponse(
        body(refusal.kind, refusal.description), refusal.status, refusal.headers
    )
