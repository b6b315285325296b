# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the application is served: by uvicorn, with a way to reset connections."""

import asyncio
import socket
import struct

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .faults import CONNECTION

# Seconds that open connections get to end when the server is stopped.
GRACE = 2


class Connection:
    """The client's connection behind a request."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def close(self) -> None:
        """End it once what was written has gone."""
        self._transport.close()

    def reset(self) -> None:
        """Break it: the client gets a RST (socket(7), SO_LINGER with no time)."""
        connection: socket.socket = self._transport.get_extra_info("socket")
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()


class Protocol(H11Protocol):
    """Tells the application the connection of each request; ASGI has no word for it."""

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        app = self.app
        connection = Connection(transport)

        async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
            scope[CONNECTION] = connection
            await app(scope, receive, send)

        self.app = with_connection


def make_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """A server that isn't running yet. Port 0 lets the system choose."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=Protocol,
            log_level="warning",
            lifespan="on",
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
    )
