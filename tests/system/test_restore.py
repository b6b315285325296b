# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A backup is restored on another server and domain, as docs/administration.md says."""

import contextlib
import os
import subprocess

import pytest
from cryptography.fernet import Fernet
from workspace.databases import odoo_database, remove_database
from workspace.rpc import OdooError
from workspace.servers import DATA, ODOO_BIN, PYTHON, emulator, log_problems, odoo
from workspace.servers import odoo_options as get_options
from workspace.stage import ACTS, Stage

# What Odoo says of the option that holds the key, and of what it tells a person
EXPECTED = ("autenti_esign_key", "may be a copy", "put the right key")
PDFS = ["source_attachment_id", "signed_attachment_id"]


@pytest.fixture
def key_file(tmp_path):
    """The configuration file of the servers, with the key of the secrets."""
    path = tmp_path / "odoo.conf"
    key = Fernet.generate_key().decode()
    path.write_text(f"[options]\nautenti_esign_key = {key}\n")
    return path


@pytest.fixture
def serve(tmp_path):
    """Gives the Stage of a server for a database; each is at an address of its own."""
    with emulator(tmp_path) as autenti:

        @contextlib.contextmanager
        def serve(database, *options):
            with odoo(database, None, *options) as server:
                stage = Stage(server, autenti, database, EXPECTED)
                yield stage
                assert not log_problems(server.log, EXPECTED)

        yield serve


def run_db(*arguments):
    """Run Odoo's command for whole databases."""
    [addons] = [o for o in get_options("any") if o.startswith("--addons-path=")]
    options = ("db", f"--data-dir={DATA}", addons)
    done = subprocess.run(
        [PYTHON, ODOO_BIN, *options, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def send_and_sign_once(stage):
    """Send a contract, which the client signs.

    :return: the request's id, and the PDF that was sent
    """
    stage.connect_companies()
    stage.control("PUT", "settings", {"signed_file_delay": 0})
    request = stage.send(ACTS["individual"])
    stage.sign_next(request)
    [source, _name] = stage.admin.read("autenti.request", request, PDFS)[PDFS[0]]
    return request, stage.admin.download(source)


def move_here(stage):
    """Do what the administrator does after a move."""
    admin, model = stage.admin, "autenti.connection"
    admin.call("ir.config_parameter", "set_param", "web.base.url", stage.odoo.url)
    connections = admin.search_read(model, [], ["is_elsewhere"])
    assert all(connection["is_elsewhere"] for connection in connections)
    ids = [connection["id"] for connection in connections]
    with pytest.raises(OdooError, match="may be a copy"):
        admin.call(model, "action_test", ids[:1])
    admin.call(model, "action_is_real", ids[:1])
    for connection_id in ids:
        admin.call(model, "action_register_callback", [connection_id])
        former = [
            *(("connection_id", "=", connection_id), ("is_own", "=", True)),
            ("url", "not like", f"{stage.odoo.url}%"),
        ]
        for registration in admin.search_read("autenti.registration", former, ["id"]):
            admin.call("autenti.registration", "action_remove", [registration["id"]])
    return ids


def test_on_another_server_and_domain(serve, tmp_path, key_file):
    name = f"autenti_restore_{os.getpid()}"
    backup, with_key = tmp_path / "backup.zip", f"--config={key_file}"
    with odoo_database(name, demo=True) as database:
        with serve(database, with_key) as stage:
            request, sent = send_and_sign_once(stage)
            run_db("dump", database, str(backup))
            # Which the backup doesn't know
            stage.sign_next(request)
    # The server is gone, with its database and files
    restored = f"{name}_restored"
    try:
        run_db("load", restored, str(backup))
        with serve(restored, with_key) as stage:
            ids = move_here(stage)
            stage.fetch_until_signed(request)
            files = stage.admin.read("autenti.request", request, PDFS)
            assert stage.admin.download(files[PDFS[0]][0]) == sent
            assert stage.admin.download(files[PDFS[1]][0]).startswith(b"%PDF")
            stage.sign_next(stage.send(ACTS["representative"]))
        # Whoever has the backup alone has no secret
        with serve(restored) as stage:
            url = stage.odoo.url
            stage.admin.call("ir.config_parameter", "set_param", "web.base.url", url)
            stage.admin.call("autenti.connection", "action_is_real", ids[:1])
            with pytest.raises(OdooError, match="put the right key"):
                stage.admin.call("autenti.connection", "action_test", ids[:1])
    finally:
        remove_database(restored)
