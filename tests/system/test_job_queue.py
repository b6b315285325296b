# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two servers and OCA's job runner send on one database, as fast as they may."""

from benchmarks import job_queue


def test_rate_grows_with_the_channel():
    rows = list(job_queue.measure(turns=1))
    assert all(row.reached for row in rows), rows
