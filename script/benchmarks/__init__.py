# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What `script/bench` measures, one file for each question.

Each file has `measure()`, which yields a `Row` for each figure. Figures are ratios of
what was measured by turns in the same run, so they say the same on any machine.
"""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    :param str what: is measured
    :param str result: with its unit, and how far it spreads
    :param str goal: what the result should be
    :param bool reached: it is
    """

    what: str
    result: str
    goal: str
    reached: bool


def at_least(what, ours, theirs, goal):
    """Compare two rates, taken by turns.

    :param ours: samples, as long as `theirs`
    """
    ratio = statistics.median(ours) / statistics.median(theirs)
    return Row(
        what, f"{ratio:.2f} ({spread(ours, theirs)})", f"≥ {goal}", ratio >= goal
    )


def at_most(what, ours, theirs, goal):
    """Compare two times, taken by turns; as `at_least`."""
    ratio = statistics.median(ours) / statistics.median(theirs)
    return Row(
        what, f"{ratio:.2f} ({spread(ours, theirs)})", f"≤ {goal}", ratio <= goal
    )


def spread(ours, theirs):
    """Describe the ratios of the turns: from the lowest to the highest."""
    ratios = sorted(our / their for our, their in zip(ours, theirs, strict=True))
    return f"{ratios[0]:.2f} to {ratios[-1]:.2f} in {len(ratios)} turns"
