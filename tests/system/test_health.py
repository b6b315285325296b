# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The server calls its own address: with threads, and with a single worker."""

import pytest
from workspace import wait_until
from workspace.rpc import User
from workspace.servers import log_problems, odoo

CLICKS = 4
SLOW = "didn't answer in time"


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_health",)


def read_outcome(admin, connection_id):
    """Return the line of the address once it was tried, which makes it the newest."""
    lines = admin.search_read(
        "autenti.check",
        [("connection_id", "=", connection_id)],
        ["name", "level", "message"],
    )
    newest = max(lines, key=lambda line: line["id"])
    return newest if newest["name"] == "own_call" else None


def check(admin, url):
    """Click on Check Health, until the address answers in time if need be.

    A busy machine may be slow. A server that waits for itself never answers.

    :return: its line
    """
    [connection, *_others] = admin.search_read("autenti.connection", [], ["id"])
    for _click in range(CLICKS):
        admin.call("autenti.connection", "action_check", [connection["id"]])
        wait_until(
            lambda: read_outcome(admin, connection["id"]), "the address was tried"
        )
        line = read_outcome(admin, connection["id"])
        if SLOW not in line["message"]:
            break
    return line


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
