# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Command line: ``python -m autenti_emulator`` or ``autenti-emulator``."""

import argparse
import contextlib
from pathlib import Path

from .app import create_app
from .server import make_server


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="autenti-emulator",
        description="Autenti's API v2, signing pages and callbacks on localhost.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="default: 8090")
    parser.add_argument(
        "--state",
        type=Path,
        default=Path("autenti-emulator-state"),
        help="directory that keeps everything; default: ./autenti-emulator-state",
    )
    parser.add_argument(
        "--trusted-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer under this name too, besides localhost; may be repeated",
    )
    options = parser.parse_args()
    # 0.0.0.0 and :: are no address that anybody calls
    hosts = [options.host, *options.trusted_host]
    app = create_app(options.state, trusted_hosts=hosts)
    address = f"http://{options.host}:{options.port}"
    print(f"API {address}/api/v2  people {address}/people", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        make_server(app, options.host, options.port).run()


if __name__ == "__main__":
    main()
