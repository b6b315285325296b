# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two things that pytest lets pass and that fail here.

A skipped test: Odoo's HTTP tests skip themselves when something they need is missing,
and the run stays green. And a warning or an error in Odoo's log that no test expected;
a test says that it expects one with `assertLogs` or `mute_logger`.

Hypothesis draws the same examples in each run, and takes the time that it needs: what
it says depends on the code alone, not on luck or on a busy machine.
"""

import logging

import hypothesis
import pytest

# The browser is stopped at the end of a tour, whatever it loads at that moment.
NOISE = "Error received after termination"


class UnexpectedRecords(logging.Handler):
    """Keeps what is logged until it is taken."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.texts = []

    def emit(self, record):
        text = self.format(record)
        if NOISE not in text:
            self.texts.append(text)

    def take(self):
        texts, self.texts = self.texts, []
        return texts


unexpected_records = UnexpectedRecords()


def pytest_configure():
    logging.getLogger("odoo").addHandler(unexpected_records)
    hypothesis.settings.register_profile(
        "steady",
        deadline=None,
        derandomize=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("steady")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    texts = unexpected_records.take()
    if report.skipped and not hasattr(report, "wasxfail"):
        _fail(report, _reason(report))
    elif report.passed and texts:
        _fail(report, "\n".join(["Odoo logged what no test expected:", *texts]))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if report.skipped:
        _fail(report, _reason(report))
    return report


def _fail(report, text):
    report.outcome = "failed"
    report.longrepr = text


def _reason(report):
    _path, _line, reason = report.longrepr  # "Skipped: why"
    return reason
