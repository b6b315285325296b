# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the application is served: by uvicorn, quietly."""

import uvicorn
from fastapi import FastAPI

# Seconds that open connections get to end when the server is stopped.
GRACE = 2


def make_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """A server that isn't running yet. Port 0 lets the system choose."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=GRACE,
        )
    )
