# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The signed file follows the last signature; Odoo has it seconds after it is ready."""

import statistics
import time
from datetime import datetime, timezone
from urllib.parse import quote

from workspace import wait_until
from workspace.stage import ACTS

LAGS = (3, 20, 45, 70, 110)  # seconds
# What the goal of 5 seconds may become on a machine that is busy with other tests
MOST = 10
# Looks that a lag of two minutes may cost where none is known from before
MOST_LOOKS = 30
TIME = 240


def test_late_files_are_here_soon(stage):
    request_ids = stage.submit_copies(ACTS["individual"], len(LAGS))
    for request_id in request_ids:
        stage.wait_for("autenti.request", request_id, "state", "sent")
        stage.wait_until_quiet()
        stage.sign_next(request_id)
    stage.wait_until_quiet()
    ready = {}
    for request_id, lag in zip(request_ids, LAGS, strict=True):
        stage.control("PUT", "settings", {"signed_file_delay": lag})
        stage.act_next(request_id, "sign")
        ready[request_id] = time.time() + lag

    domain = [("id", "in", request_ids), ("state", "=", "signed")]

    def are_signed():
        return stage.admin.call("autenti.request", "search_count", domain) == len(LAGS)

    wait_until(are_signed, "all are signed", TIME)
    delays, looks = [], []
    calls = stage.control("GET", "requests").json()
    for request in stage.admin.search_read(
        "autenti.request", domain, ["ended_date", "process_id"]
    ):
        ended = datetime.fromisoformat(request["ended_date"])
        delays.append(
            ended.replace(tzinfo=timezone.utc).timestamp() - ready[request["id"]]
        )
        path = f"/document-processes/{quote(request['process_id'], safe='')}"
        looks.append(
            sum(
                call["method"] == "GET"
                and call["path"].endswith((path, f"/{request['process_id']}"))
                for call in calls
            )
        )
    print(f"signed after the file was ready: {delays}; looks: {looks}")
    assert statistics.median(delays) <= MOST
    assert max(looks) <= MOST_LOOKS
