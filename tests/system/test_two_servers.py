# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two servers work on one database: each step is done once."""

from collections import Counter

from workspace import wait_until
from workspace.servers import log_problems, odoo
from workspace.stage import ACTS

CONTRACTS = 12
LATENCY = 0.3  # seconds


def test_no_request_is_worked_on_twice(stage):
    act = ACTS["individual"]
    user = stage.log_in(act.salesperson)
    slow = {"path": "/api/v2/document-processes*"}
    slow["action"] = {"type": "delay", "seconds": LATENCY}
    stage.control("PUT", "faults", {"rules": [slow]})
    stage.control("DELETE", "requests")
    with odoo(stage.database) as other:
        request_ids = stage.submit_copies(act, CONTRACTS)

        def are_sent():
            # Both wake both, in the middle of each other's work
            user.call("autenti.request", "action_check", request_ids[:1])
            domain = [("id", "in", request_ids), ("state", "=", "sent")]
            return user.call("autenti.request", "search_count", domain) == CONTRACTS

        wait_until(are_sent, "all are sent", 60)
        assert not log_problems(other.log)
    stage.control("DELETE", "faults")
    steps = Counter(
        call["path"].rsplit("/", 1)[-1]
        for call in stage.control("GET", "requests").json()
        if call["method"] == "POST" and "/document-processes" in call["path"]
    )
    assert steps == {
        "document-processes": CONTRACTS,
        "files": CONTRACTS,
        "actions": CONTRACTS,
    }
    sends = [p["sends"] for p in stage.control("GET", "truth").json()["processes"]]
    assert sends == [1] * CONTRACTS
