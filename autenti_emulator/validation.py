# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Turns what pydantic finds wrong with a request into the API's own 400."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from . import errors
from .errors import Refusal

KIND = "BAD_REQUEST"
JSON = re.compile(r"application/([^;\s]+\+)?json\s*(;|$)", re.IGNORECASE)
MAX_ERRORS = 20


def describe(problem: Mapping[str, Any]) -> str:
    """One problem in one line: where, and what."""
    place = ".".join(str(part) for part in problem["loc"] if part != "body")
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def refusal_of(problems: Sequence[Mapping[str, Any]]) -> Refusal:
    """The refusal that tells the first problem."""
    return Refusal(KIND, describe(problems[0]))


async def refuse_query(request: Request) -> None:
    """Dependency: parameters in the address are known nowhere but in one call."""
    known = {"responseVariant"} if request.url.path.endswith("/callbacks") else set()
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise Refusal(KIND, "Unknown parameters: " + ", ".join(unknown))


async def ignore_body(request: Request) -> None:
    """Dependency: whatever the body says is ignored, but what's called JSON is JSON."""
    content = await request.body()
    kind = request.headers.get("content-type", "")
    if not content.strip() or not JSON.match(kind.strip()):
        return
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        raise Refusal(KIND, "The body isn't JSON.") from None


def answer(_request: Request, problem: Exception) -> JSONResponse:
    """Exception handler of the application for a request of the wrong shape."""
    assert isinstance(problem, RequestValidationError)
    found = [describe(item) for item in problem.errors()[:MAX_ERRORS]]
    return JSONResponse(errors.body(KIND, *found), 400)
