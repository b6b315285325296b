# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keeps the pages of other sites away, which a browser here may have open.

They could sign, or read everybody's mail: by a name of their own that leads to this
machine (DNS rebinding), or by a form that they have the browser send (CSRF).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from . import errors

HOSTS = ("localhost", "127.0.0.1", "::1")


class Guard:
    """ASGI middleware that answers only under trusted names, and no foreign page.

    ``more_hosts`` are names and addresses besides those of this machine, without port.
    """

    def __init__(self, app: ASGIApp, more_hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = {*HOSTS, *(host.strip("[]").lower() for host in more_hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and (refusal := self._refuse(Headers(scope=scope))):
            app = errors.respond(refusal)
        await app(scope, receive, send)

    def _refuse(self, headers: Headers) -> errors.Refusal | None:
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            return errors.Refusal(
                "UNTRUSTED_HOST",
                "The emulator isn't known by this name; see --trusted-host.",
                status=403,
            )
        # Browsers send it with all that isn't a mere link or picture (Fetch, 3.2), and
        # no page can forge it
        origins = headers.getlist("origin")
        own = {f"http://{host}", f"https://{host}"}
        if any(origin not in own for origin in origins):
            return errors.Refusal(
                "FOREIGN_ORIGIN", "Pages of other sites are refused.", status=403
            )
        return None


def _name_of(host: str) -> str | None:
    """Take the port off; None when it isn't a host as a client writes it."""
    try:
        parts = urlsplit(f"//{host}")
        is_plain = parts.netloc == host and parts.username is None
        return parts.hostname if is_plain else None
    except ValueError:
        return None
