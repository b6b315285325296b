# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Puts the emulator together as an ASGI application."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import (
    actions,
    assumptions,
    callbacks,
    control,
    errors,
    login,
    oauth,
    people,
    processes,
    validation,
)
from .description import API_ERRORS, ERRORS, describe
from .emulator import Emulator
from .facts import API_PREFIX
from .faults import FaultyCalls
from .guard import Guard
from .otherwise import Otherwise
from .rate_limit import RateLimit
from .recorder import Recorder

# Bytes; an upload has a few hundred of them around its file.
MAX_BODY = assumptions.MAX_PROCESS_BYTES + 1_000_000
SWEEP = 0.2  # seconds between two looks for processes whose time ran out


def create_app(
    state_dir: Path,
    clock: Callable[[], float] = time.time,
    trusted_hosts: Iterable[str] = (),
) -> FastAPI:
    """The application on the state in this directory, which it makes if need be.

    ``clock`` gives seconds since the epoch. ``trusted_hosts`` as `Guard` takes them.
    """
    emulator = Emulator(state_dir, clock)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(emulator.sender.run()),
            asyncio.create_task(_sweep(emulator)),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        emulator.database.close()

    app = FastAPIOffline(
        redoc_url=None,
        title="Autenti emulator",
        version="2",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.emulator = emulator
    app.openapi = describe(app)  # type: ignore[method-assign]
    app.include_router(oauth.router, prefix=API_PREFIX)
    app.include_router(login.router, prefix=API_PREFIX, responses=ERRORS)
    for router in (
        callbacks.router,
        processes.router,
        processes.links_router,
        processes.labels_router,
        actions.router,
    ):
        app.include_router(
            router,
            prefix=API_PREFIX,
            dependencies=[Depends(validation.refuse_query)],
            responses=API_ERRORS,
        )
    app.include_router(control.router, responses={**ERRORS, 403: API_ERRORS[403]})
    app.include_router(control.keys_router)
    app.include_router(people.router)
    app.add_exception_handler(errors.Refusal, _answer_refusal)
    app.add_exception_handler(oauth.OAuthError, oauth.answer_oauth_error)
    app.add_exception_handler(RequestValidationError, validation.answer)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_middleware(Otherwise, names=lambda: emulator.settings.otherwise)
    app.add_middleware(BodyLimit)
    app.add_middleware(FaultyCalls, faults=emulator.faults, spared="/emulator")
    app.add_middleware(
        RateLimit, limit=lambda: emulator.settings.calls_per_minute, clock=clock
    )
    app.add_middleware(Recorder, received=lambda: emulator.received, clock=clock)
    app.add_middleware(Guard, more_hosts=tuple(trusted_hosts))
    return app


class BodyLimit:
    """ASGI middleware that ends the reading of too large a body.

    Starlette's own answers it in plain text, which is no error of the API.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY:
                raise HTTPException(413)
            return message

        await self._app(scope, limited, send)


async def _sweep(emulator: Emulator) -> None:
    while True:
        await emulator.expire_due()
        await asyncio.sleep(SWEEP)


def _answer_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, errors.Refusal)
    if refusal.status == 404 and request.url.path.startswith("/people"):
        return people.page(request, "not_found.jinja", {}, status=404)
    return errors.answer(request, refusal)


def _answer_http(_request: Request, problem: Exception) -> JSONResponse:
    """Errors of the framework (no such path, no such method) in the API's shape."""
    assert isinstance(problem, HTTPException)
    kind = "NOT_FOUND" if problem.status_code == 404 else "BAD_REQUEST"
    return JSONResponse(
        errors.body(kind, str(problem.detail)), problem.status_code, problem.headers
    )
