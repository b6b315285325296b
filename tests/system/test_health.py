# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The server calls its own address: with threads, and with a single worker."""

import pytest
from workspace import wait_until
from workspace.rpc import User
from workspace.servers import log_problems, odoo


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_health",)


def read_line(admin, connection_id):
    domain = [("connection_id", "=", connection_id), ("name", "=", "own_call")]
    lines = admin.search_read("autenti.check", domain, ["level", "message"])
    return lines[0] if lines else None


def check(admin, url):
    """Click on Check Health, and wait for what comes of the call.

    :return: its line, once it tells of the address
    """
    [connection, *_others] = admin.search_read("autenti.connection", [], ["id"])
    admin.call("autenti.connection", "action_check", [connection["id"]])
    wait_until(
        lambda: url in read_line(admin, connection["id"])["message"],
        "the address was tried",
    )
    return read_line(admin, connection["id"])


def test_with_threads(stage):
    line = check(stage.admin, stage.odoo.url)
    assert (line["level"], line["message"]) == (
        "green",
        f"{stage.odoo.url}/autenti leads to this database.",
    )


def test_a_single_worker_does_not_wait_for_itself(stage):
    log_name = f"{stage.database}.worker.log"
    with odoo(stage.database, None, "--workers=1", log_name=log_name) as server:
        admin = User(server.url, stage.database, "admin", "admin")
        set_param = ("ir.config_parameter", "set_param", "web.base.url", server.url)
        admin.call(*set_param)
        [connection, *_others] = admin.search_read("autenti.connection", [], ["id"])
        admin.call("autenti.connection", "action_is_real", [connection["id"]])
        line = check(admin, server.url)
        assert line["level"] == "green", line
        assert not log_problems(server.log)
