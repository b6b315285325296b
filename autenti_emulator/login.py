# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The login of a user in a browser: OAuth's authorization endpoint (RFC 6749, 4.1)."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict

from .errors import Refusal
from .oauth import Application, OAuthError, office
from .people import page


class Login(BaseModel):
    """What the application asks for, in the page's address. SINGLE."""

    model_config = ConfigDict(extra="forbid")

    client_id: str
    redirect_uri: str
    response_type: str = ""
    response_mode: str = "query"
    scope: str = ""
    state: str | None = None
    # Language of the page, no part of the API
    lang: str | None = None


Asked = Annotated[Login, Query()]


async def find_application(request: Request, login: Asked) -> Application:
    """Dependency: the application, if the browser may be sent back to it at all."""
    application = office(request).applications.get(login.client_id)
    if not application:
        raise Refusal("UNKNOWN_CLIENT", "client_id isn't known.")
    if login.redirect_uri not in application.redirectUrls:
        raise Refusal(
            "REDIRECT_URI", "redirect_uri isn't, letter by letter, a registered one."
        )
    return application


Asking = Annotated[Application, Depends(find_application)]

router = APIRouter(prefix="/auth/authorization", tags=["auth"])


@router.get(
    "",
    response_class=HTMLResponse,
    responses={303: {"description": "Back to the application, with an error"}},
)
async def show(request: Request, login: Asked, application: Asking) -> Response:
    """A page where the tester picks the user who logs in."""
    if login.response_type != "code":
        return _back(login, error="unsupported_response_type")
    if login.response_mode != "query":
        return _back(login, error="invalid_request")
    try:
        scope = office(request).scope(application, login.scope)
    except OAuthError as problem:
        return _back(login, error=problem.code)
    values = {"application": application, "scope": scope}
    return page(request, "login.jinja", values)


@router.post("", include_in_schema=False)
async def choose(
    request: Request,
    login: Asked,
    application: Asking,
    email: Annotated[str, Form()] = "",
) -> Response:
    """The user is chosen, or access denied: back to the application."""
    user = application.user(email)
    if not user:
        return _back(login, error="access_denied")
    tokens = office(request)
    scope = tokens.scope(application, login.scope)
    code = tokens.code(application, user.email, scope, login.redirect_uri)
    return _back(login, code=code)


def _back(login: Login, **answer: str) -> RedirectResponse:
    if login.state is not None:
        answer["state"] = login.state
    glue = "&" if "?" in login.redirect_uri else "?"
    url = login.redirect_uri + glue + urlencode(answer)
    return RedirectResponse(url, status_code=303)
