# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Applications, their users, and the access tokens that they get (RFC 6749, RFC 7523).

Tokens are opaque and kept as SHA-256 only.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Annotated, Any

import jwt
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field, field_validator
from starlette.datastructures import UploadFile

from . import assumptions
from .description import TOKEN_BODY, TOKEN_ERRORS
from .errors import Refusal
from .facts import (
    EMAIL_ID_PREFIX,
    GRANT_JWT_BEARER,
    SCOPE_FULL,
    SCOPE_NOTIFICATIONS,
)
from .schemas import Email, Label, Wire
from .settings import Settings
from .store import Database

# RFC 7523, section 2.2. SINGLE that Autenti takes it (a Laravel package's README);
# GUESS that it does so by the standard's own parameters.
CLIENT_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# SINGLE: RS256 in use by a plugin; a Laravel package's README allows RS512 too.
ALGORITHMS = (assumptions.ASSERTION_ALGORITHM, "RS512")
MIN_KEY_BITS = 2048
CODE_LIFETIME = 60
CLIENT_FIELDS = frozenset(
    {"client_id", "client_secret", "client_assertion_type", "client_assertion"}
)


class User(Wire):
    """A user of an organisation. The password serves the legacy grant alone."""

    email: Email
    firstName: str
    lastName: str
    password: str | None = None
    # Reads all documents of the organisation, as the panel can let users do (confirmed
    # of the panel; that the API lets them read and no more, a GUESS)
    allDocuments: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.firstName} {self.lastName}"


class KeySet(Wire):
    """JWK set (RFC 7517) of public RSA keys that sign an application's assertions."""

    keys: list[dict[str, Any]] = []

    @field_validator("keys")
    @classmethod
    def _check_keys(cls, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for key in keys:
            try:
                loaded = jwt.PyJWK(key, "RS256").key
                bits = loaded.public_numbers().n.bit_length()
            except (jwt.PyJWTError, AttributeError, TypeError, ValueError):
                raise ValueError("isn't a public RSA key in JWK form") from None
            if bits < MIN_KEY_BITS:
                raise ValueError(f"an RSA key needs {MIN_KEY_BITS} bits")
        kids = [key.get("kid") for key in keys]
        if len(kids) != len(set(kids)):
            raise ValueError("two keys have the same kid")
        return keys


class Application(Wire):
    """A client application, as its organisation registers it in Autenti's panel."""

    client_id: Annotated[str, Field(min_length=1)]
    client_secret: Annotated[str, Field(min_length=1)]
    organisation: Annotated[str, Field(min_length=1)]
    users: list[User] = []
    jwks: KeySet = KeySet()
    redirectUrls: list[str] = []
    scopes: list[str] = [SCOPE_FULL, SCOPE_NOTIFICATIONS]
    tags: list[Label] = []
    # Key for the header `Authorization: api-key ...` (SINGLE)
    apiKey: str | None = None

    def user(self, email: str) -> User | None:
        wanted = email.lower()
        return next((u for u in self.users if u.email.lower() == wanted), None)


@dataclass(frozen=True)
class Principal:
    """Who calls: an application, for one user (lower-case e-mail) or for nobody."""

    application: Application
    email: str | None
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        return (
            EMAIL_ID_PREFIX + self.email if self.email else self.application.client_id
        )


class Grant(BaseModel):
    """What a token, or a code for one, stands for."""

    client_id: str
    email: str | None
    scope: str
    expires_at: float
    # Tokens that descend from one login are revoked together
    family: str
    redirect_uri: str | None = None
    used: bool = False


class Used(BaseModel):
    """A ``jti`` that was seen."""

    expires_at: float


class OAuthError(Exception):
    """Error of the token endpoint (RFC 6749, section 5.2). GUESS for Autenti."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status


def answer_oauth_error(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler of the application for :class:`OAuthError`."""
    assert isinstance(error, OAuthError)
    return JSONResponse(
        {"error": error.code, "error_description": error.description}, error.status
    )


def _invalid_grant(description: str) -> OAuthError:
    return OAuthError(assumptions.TOKEN_ERROR_GRANT, description)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())


class TokenOffice:
    """Registers applications; gives, checks and revokes their tokens."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        settings: Callable[[], Settings],
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self.applications = database.collection("applications", Application)
        self._access = database.collection("access_tokens", Grant)
        self._refresh = database.collection("refresh_tokens", Grant)
        self._codes = database.collection("codes", Grant)
        self._used = database.collection("used_assertions", Used)

    def register(self, application: Application) -> None:
        """Add, or replace, the application with this client id."""
        self.applications.put(application.client_id, application)

    # --- Use of a token ---

    def principal(self, authorization: str | None) -> Principal:
        """Who an ``Authorization`` header stands for; 401 for nobody."""
        kind, _, value = (authorization or "").partition(" ")
        principal = None
        if kind.lower() == "bearer":
            principal = self._bearer(value.strip())
        elif kind.lower() == "api-key":
            principal = self._api_key(value.strip())
        if not principal:
            raise Refusal(
                "UNAUTHORIZED",
                "The access token is missing, unknown or expired.",
                status=401,
                headers={"WWW-Authenticate": "Bearer"},
            )
        return principal

    def _bearer(self, token: str) -> Principal | None:
        grant = self._access.get(_digest(token))
        if not grant or grant.expires_at <= self._clock():
            return None
        application = self.applications.get(grant.client_id)
        if not application or (grant.email and not application.user(grant.email)):
            return None
        return Principal(application, grant.email, frozenset(grant.scope.split()))

    def _api_key(self, key: str) -> Principal | None:
        for application in self.applications.all():
            if application.apiKey and _same(key, application.apiKey):
                return Principal(application, None, frozenset(application.scopes))
        return None

    # --- The token endpoint ---

    def token(self, fields: Mapping[str, str], url: str) -> dict[str, str | int]:
        """Answer a token request. ``url`` is the endpoint's own address."""
        grants = {
            GRANT_JWT_BEARER: (self._jwt_bearer, {"assertion", "scope"}),
            "client_credentials": (self._client_credentials, {"scope"}),
            "authorization_code": (self._code, {"code", "redirect_uri"}),
            "refresh_token": (self._refresh_token, {"refresh_token", "scope"}),
            "password": (self._password, {"username", "password", "scope"}),
        }
        kind = fields.get("grant_type", "")
        if not kind:
            raise OAuthError("invalid_request", "grant_type is missing.")
        if kind not in grants:
            raise OAuthError("unsupported_grant_type", "grant_type isn't known.")
        method, known = grants[kind]
        unknown = set(fields) - known - CLIENT_FIELDS - {"grant_type"}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise OAuthError("invalid_request", f"Unknown parameters: {names}.")
        return method(self._client(fields, url), fields)

    def _client(self, fields: Mapping[str, str], url: str) -> Application:
        """The application that proves, by secret or by assertion, to be itself."""
        refused = OAuthError(
            assumptions.TOKEN_ERROR_CLIENT,
            "The client is unknown or its credentials are wrong.",
            status=401,
        )
        application = self.applications.get(fields.get("client_id", ""))
        if not application:
            raise refused
        if fields.get("client_assertion_type") == CLIENT_ASSERTION_TYPE:
            audience = [assumptions.ASSERTION_AUDIENCE, url]
            try:
                claims = self._claims(
                    application, fields.get("client_assertion", ""), audience
                )
            except OAuthError:
                raise refused from None
            if not claims.get("iss") == claims.get("sub") == application.client_id:
                raise refused
        elif not _same(fields.get("client_secret", ""), application.client_secret):
            raise refused
        return application

    def _jwt_bearer(
        self, application: Application, fields: Mapping[str, str]
    ) -> dict[str, str | int]:
        audience = [self._unless("ASSERTION_AUDIENCE", "https://autenti.com")]
        claims = self._claims(application, fields.get("assertion", ""), audience)
        verified = self._unless("ASSERTION_USER_VERIFIED_CLAIM", "")
        if verified and claims.get(verified) is not True:
            raise _invalid_grant("email_verified must be true.")
        if not verified and assumptions.ASSERTION_USER_VERIFIED_CLAIM in claims:
            raise _invalid_grant("email_verified must be left out.")
        lifetime = claims["exp"] - claims["iat"]
        if lifetime > 60 and self._is_otherwise("ASSERTION_LIFETIME"):
            raise _invalid_grant("The assertion lives too long.")
        email = claims.get(self._unless("ASSERTION_USER_CLAIM", "sub"))
        if not isinstance(email, str) or not application.user(email):
            raise _invalid_grant("The email is no user of the organisation.")
        return self._issue(application, email, fields.get("scope"))

    def _claims(
        self, application: Application, assertion: str, audience: list[str]
    ) -> dict[str, Any]:
        """Claims of a JWT signed with a key of the application, used once."""
        try:
            header = jwt.get_unverified_header(assertion)
        except jwt.PyJWTError:
            raise _invalid_grant("The assertion is no JWS in compact form.") from None
        kid = header.get("kid")
        keys = [key for key in application.jwks.keys if key.get("kid") == kid]
        if not keys:
            raise _invalid_grant(f"The application has no key with the kid {kid}.")
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion,
                jwt.PyJWK(keys[0], "RS256").key,
                algorithms=[
                    self._unless("ASSERTION_ALGORITHM", ALGORITHMS[1]),
                    *ALGORITHMS[1:],
                ],
                audience=audience,
                leeway=self._unless("ASSERTION_LEEWAY", 0),
                options={"require": ["aud", "iat", "exp", "jti"]},
            )
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
            raise _invalid_grant("The assertion's signature is wrong.") from None
        except jwt.PyJWTError as error:
            raise _invalid_grant(f"The assertion is refused: {error}.") from None
        self._use_once(application, claims)
        return claims

    def _is_otherwise(self, name: str) -> bool:
        return name in self._settings().otherwise

    def _unless(self, name: str, other: Any) -> Any:
        """What a client assumes, unless it is to be otherwise."""
        return other if self._is_otherwise(name) else getattr(assumptions, name)

    def _use_once(self, application: Application, claims: Mapping[str, Any]) -> None:
        key = f"{application.client_id} {claims['jti']}"
        if self._used.get(key):
            raise _invalid_grant("The assertion's jti was used before.")
        self._used.put(key, Used(expires_at=claims["exp"]))

    def _client_credentials(
        self, application: Application, fields: Mapping[str, str]
    ) -> dict[str, str | int]:
        return self._issue(application, None, fields.get("scope"))

    def _password(
        self, application: Application, fields: Mapping[str, str]
    ) -> dict[str, str | int]:
        if not self._settings().password_grant:
            raise OAuthError("unauthorized_client", "The password grant is off.")
        user = application.user(fields.get("username", ""))
        given = fields.get("password", "")
        if not user or not user.password or not _same(given, user.password):
            raise _invalid_grant("Username or password is wrong.")
        return self._issue(
            application, user.email, fields.get("scope"), family=token_urlsafe(16)
        )

    # --- Login of a user ---

    def code(
        self, application: Application, email: str, scope: str, redirect_uri: str
    ) -> str:
        """A single-use code for the user who just logged in."""
        code = token_urlsafe(24)
        self._codes.put(
            _digest(code),
            Grant(
                client_id=application.client_id,
                email=email,
                scope=scope,
                expires_at=self._clock() + CODE_LIFETIME,
                family=token_urlsafe(16),
                redirect_uri=redirect_uri,
            ),
        )
        return code

    def scope(self, application: Application, wanted: str | None) -> str:
        """Scopes that a request gets: those asked for, or all of the application's."""
        scopes = (wanted or "").split() or application.scopes
        if not set(scopes) <= set(application.scopes):
            raise OAuthError("invalid_scope", "The scope isn't the application's.")
        return " ".join(scopes)

    def _code(
        self, application: Application, fields: Mapping[str, str]
    ) -> dict[str, str | int]:
        key = _digest(fields.get("code", ""))
        grant = self._codes.get(key)
        if not grant or grant.client_id != application.client_id:
            raise _invalid_grant("The code is unknown.")
        self._spend(grant, key, "code")
        if grant.redirect_uri != fields.get("redirect_uri"):
            raise _invalid_grant("redirect_uri isn't the one of the login.")
        return self._issue(application, grant.email, grant.scope, family=grant.family)

    def _refresh_token(
        self, application: Application, fields: Mapping[str, str]
    ) -> dict[str, str | int]:
        key = _digest(fields.get("refresh_token", ""))
        grant = self._refresh.get(key)
        if not grant or grant.client_id != application.client_id:
            raise _invalid_grant("The refresh token is unknown.")
        self._spend(grant, key, "refresh token")
        scope = fields.get("scope") or grant.scope
        if not set(scope.split()) <= set(grant.scope.split()):
            raise OAuthError("invalid_scope", "The scope is wider than the login's.")
        return self._issue(application, grant.email, scope, family=grant.family)

    def _spend(self, grant: Grant, key: str, what: str) -> None:
        """Use once; the second use revokes all that came of the first."""
        collection = self._codes if grant.redirect_uri else self._refresh
        if grant.used:
            self._access.clear(grant.family)
            self._refresh.clear(grant.family)
            raise _invalid_grant(f"The {what} was used before; log in again.")
        if grant.expires_at <= self._clock():
            raise _invalid_grant(f"The {what} has expired; log in again.")
        grant.used = True
        collection.put(key, grant, owner=grant.family)

    def _issue(
        self,
        application: Application,
        email: str | None,
        scope: str | None,
        family: str = "",
    ) -> dict[str, str | int]:
        """An access token, and with a family of logins a refresh token too."""
        now, settings = self._clock(), self._settings()
        token = token_urlsafe(32)
        grant = Grant(
            client_id=application.client_id,
            email=email.lower() if email else None,
            scope=self.scope(application, scope),
            expires_at=now + settings.token_lifetime,
            family=family,
        )
        answer: dict[str, str | int] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": settings.token_lifetime,
            "scope": grant.scope,
        }
        with self._database.transaction():
            self._access.put(_digest(token), grant, owner=family)
            if family:
                refresh = token_urlsafe(32)
                grant.expires_at = now + settings.refresh_token_lifetime
                self._refresh.put(_digest(refresh), grant, owner=family)
                answer["refresh_token"] = refresh
        return answer


def office(request: Request) -> TokenOffice:
    tokens: TokenOffice = request.app.state.emulator.tokens
    return tokens


# Says in the API's description how calls prove who makes them; checks nothing.
Scheme = Annotated[object, Depends(HTTPBearer(auto_error=False))]


def require_scope(scope: str) -> Callable[[Request, Scheme], Awaitable[Principal]]:
    """Dependency: the caller, whose token has this scope (else 403)."""

    async def dependency(request: Request, _scheme: Scheme) -> Principal:
        principal = office(request).principal(request.headers.get("authorization"))
        if scope not in principal.scopes:
            raise Refusal("FORBIDDEN", f"The scope {scope} is needed.", status=403)
        return principal

    return dependency


Caller = Annotated[Principal, Depends(require_scope(SCOPE_FULL))]
Notifier = Annotated[Principal, Depends(require_scope(SCOPE_NOTIFICATIONS))]

router = APIRouter(tags=["auth"])


class TokenView(BaseModel):
    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None


@router.post(
    "/auth/token",
    response_model=TokenView,
    responses=TOKEN_ERRORS,
    openapi_extra=TOKEN_BODY,
)
async def token(request: Request) -> JSONResponse:
    """Give an access token. Both body types are in use: form and JSON."""
    answer = office(request).token(
        await _fields(request), str(request.url.replace(query=""))
    )
    return JSONResponse(
        answer, headers={"Cache-Control": "no-store", "Pragma": "no-cache"}
    )


async def _fields(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise OAuthError("invalid_request", "The body isn't JSON.") from None
        if not isinstance(body, dict):
            raise OAuthError("invalid_request", "The body isn't an object.")
        items = list(body.items())
    elif kind == "application/x-www-form-urlencoded":
        form = await request.form()
        items = list(form.multi_items())
    else:
        raise OAuthError("invalid_request", "The body is neither a form nor JSON.")
    fields: dict[str, str] = {}
    for name, value in items:
        if isinstance(value, UploadFile) or not isinstance(value, str):
            raise OAuthError("invalid_request", f"{name} isn't a string.")
        if name in fields:
            raise OAuthError("invalid_request", f"{name} is given twice.")
        fields[name] = value
    return fields
