# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Show the addon with its demo data and the emulator: `script/demo [--once]`."""

import argparse
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from workspace import ROOT, WORKSPACE, WorkspaceError, handle_signals, progress
from workspace.databases import odoo_database
from workspace.postgresql import postgresql
from workspace.servers import emulator, free_port, odoo
from workspace.stage import ACTS, Stage

ADDONS = (
    "autenti_esign_automation",
    "autenti_esign_batch",
    "autenti_esign_document",
    "autenti_esign_evidence",
    "autenti_esign_first_contact",
    "autenti_esign_health",
    "autenti_esign_my_turn",
    "autenti_esign_pades",
    "autenti_esign_takeover",
    "purchase",
)
PORTS = {"odoo": 8069, "emulator": 8090}
GUIDE = """
Odoo:     {odoo}  logins (password = login): anna, piotr, maria, admin
Autenti:  {emulator}/people  (the emulator's mailboxes and signing pages)

1. Log in as anna (each salesperson signs) or piotr (Maria signs for the company),
   open Agreements, choose a contract and click Sign with Autenti, then Send. Or, as
   anna, open Documents: there is one, and each PDF that you drop there becomes one.
2. Open the Autenti address, and sign as the client, then as the company's signer.
3. Go back to the contract: it says Signed with Autenti, with the signed PDF. Its
   signature request says what the signatures prove.

Anything else can be signed too: as anna, open Purchase, the order to Zielony Ogród, and
choose Send with Autenti in its action menu. As admin, see Agreements > Configuration >
What Can Be Signed.

Every start begins anew. Ctrl-C ends it.
"""


def main():
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument(
        "--once", action="store_true", help="sign a contract in each mode, and leave"
    )
    arguments = parser.parse_args()
    handle_signals()
    try:
        with stage() as it:
            if arguments.once:
                play(it)
            else:
                print(GUIDE.format(odoo=it.odoo.url, emulator=it.emulator.url))
                signal.pause()
    except WorkspaceError as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        print("\nended")


@contextlib.contextmanager
def stage():
    """Give a `Stage` with all companies connected, and take it down after the block."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(postgresql())
        database = stack.enter_context(
            odoo_database(f"autenti_demo_{os.getpid()}", demo=True, addons=ADDONS)
        )
        state = stack.enter_context(tempfile.TemporaryDirectory(dir=WORKSPACE))
        with progress("Odoo and the emulator"):
            it = Stage(
                odoo=stack.enter_context(odoo(database, usual_port("odoo"))),
                emulator=stack.enter_context(emulator(state, usual_port("emulator"))),
                database=database,
            )
            it.connect_companies()
            it.trust_authority()
            it.make_orders_signable()
        yield it


def usual_port(name):
    """Return the server's usual port, or a free one when that is taken."""
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", PORTS[name])):
        return PORTS[name]
    return free_port()


def play(it):
    """Send and sign a contract in each mode, and print what came of it."""
    for mode, act in ACTS.items():
        request_id = it.send(act)
        it.sign_next(request_id)
        it.sign_next(request_id)
        it.fetch_until_signed(request_id)
        print(f"{mode}: signed {describe(it, mode, request_id)}")


def describe(it, mode, request_id):
    """Save the signed PDF, and describe the request and the file in one line."""
    names = ["process_id", "signed_attachment_id", "source_attachment_id"]
    names.append("validation_state")
    request = it.admin.read("autenti.request", request_id, names)
    attachment_id, _name = request["signed_attachment_id"]
    content = it.admin.download(attachment_id)
    source_id, _name = request["source_attachment_id"]
    path = WORKSPACE / "demo" / f"{mode}.pdf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    facts = {
        "request": request_id,
        "process": request["process_id"],
        "pdf": path,
        "sha256": hashlib.sha256(content).hexdigest(),
        "signatures": count_signatures(it, path, it.admin.download(source_id)),
        "proof": request["validation_state"],
    }
    return " ".join(f"{name}={value}" for name, value in facts.items())


def count_signatures(it, path, sent):
    """Count the signatures of a PDF, the platform's seals among them.

    :raise WorkspaceError: when the validator finds that the file isn't in order
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sent.pdf").write_bytes(sent)
        (folder / "ca.pem").write_bytes(it.get_authority())
        validator = ROOT / "autenti_esign_pades" / "pades"
        options = ["--trust", folder / "ca.pem"]
        done = subprocess.run(
            [sys.executable, validator, path, folder / "sent.pdf", *options],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise WorkspaceError(f"{path}: {done.stdout}{done.stderr}")
    return len(json.loads(done.stdout)["signatures"])


if __name__ == "__main__":
    main()
