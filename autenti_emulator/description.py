# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The API's own description (OpenAPI): all answers that a call can give, no other."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from .facts import CHALLENGE_HEADER, JSON_TYPE
from .schemas import ErrorsView

METHODS = frozenset({"get", "put", "post", "delete"})

Responses = dict[int | str, dict[str, Any]]


class OAuthErrorView(BaseModel):
    """RFC 6749, section 5.2."""

    error: str
    error_description: str


def _error(description: str, **more: Any) -> dict[str, Any]:
    return {"model": ErrorsView, "description": description, **more}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


ERRORS: Responses = {
    400: _error("The request is wrong; nothing was done"),
    413: _error("The body is too large"),
}
CHALLENGE = {CHALLENGE_HEADER: _header("Base64 of what is asked for")}
API_ERRORS: Responses = {
    **ERRORS,
    401: _error(
        "No valid access token",
        headers={"WWW-Authenticate": _header("Bearer")},
    ),
    403: _error("No permission, or more is asked for", headers=CHALLENGE),
    404: _error("Not there, or not to be seen"),
}
TOKEN_ERRORS: Responses = {
    400: {"model": OAuthErrorView, "description": "The request is refused"},
    401: {"model": OAuthErrorView, "description": "The client is refused"},
    413: ERRORS[413],
}

TOKEN_FIELDS = {
    "type": "object",
    "required": ["grant_type", "client_id"],
    "properties": {
        name: {"type": "string"}
        for name in (
            *("grant_type", "client_id", "client_secret", "client_assertion_type"),
            *("client_assertion", "assertion", "scope", "code", "redirect_uri"),
            *("refresh_token", "username", "password"),
        )
    },
}
TOKEN_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {"schema": TOKEN_FIELDS},
            JSON_TYPE: {"schema": TOKEN_FIELDS},
        },
    }
}


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """The function that FastAPI calls for the description, instead of its own.

    FastAPI says by itself that a request of the wrong shape is answered 422; here it
    is 400.
    """

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            for item in schema["paths"].values():
                for method in METHODS & set(item):
                    _correct(item[method]["responses"])
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
            app.openapi_schema = schema
        return app.openapi_schema

    return openapi


def _correct(responses: dict[str, Any]) -> None:
    responses.pop("422", None)
    for status, response in responses.items():
        if status >= "400":
            # FastAPI takes the type of the call's good answer.
            (content,) = response["content"].values()
            response["content"] = {JSON_TYPE: content}
