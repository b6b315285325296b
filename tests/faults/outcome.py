# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What came of a play, and how it is printed."""

from dataclasses import dataclass

from verdict import Verdict
from words import KINDS


@dataclass
class Outcome:
    """Figures of a play beside its verdict; times in seconds, parts from 0 to 1."""

    contracts: int
    seed: int
    kills: int
    # How often a person had to click on Try Again
    helped: int
    calls: int
    disturbed: float
    callbacks: int
    callbacks_disturbed: float
    seconds: float
    verdict: Verdict

    def to_markdown(self):
        ends = sorted(self.verdict.states.items())
        rows = {
            "contracts sent": self.contracts,
            "seed": self.seed,
            "servers killed (`kill -9`)": self.kills,
            "calls, of these disturbed": f"{self.calls}, {self.disturbed:.0%}",
            "callbacks, of these disturbed": (
                f"{self.callbacks}, {self.callbacks_disturbed:.0%}"
            ),
            "minutes": f"{self.seconds / 60:.1f}",
            "states in the end": ", ".join(f"{count} {end}" for end, count in ends),
            "times that a person clicked on _Try again_": self.helped,
            "drafts left at Autenti, which nobody sees": self.verdict.drafts,
        }
        rows |= {f"**{kind}**": f"**{self.verdict.count(kind)}**" for kind in KINDS}
        rows = {"": "", **{name: str(value) for name, value in rows.items()}}
        widths = max(map(len, rows)), max(map(len, rows.values()))
        lines = [
            f"| {name:{widths[0]}} | {value:{widths[1]}} |"
            for name, value in rows.items()
        ]
        lines.insert(1, f"| {'-' * widths[0]} | {'-' * widths[1]} |")
        return "\n".join(lines)
