# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Send and sign contracts while calls are disturbed and servers are killed, then
compare Odoo with the emulator and print what was found, as a table in Markdown.

With --mutations the addon gets mistakes, one at a time, and each must be found.
"""

import argparse
import dataclasses
import sys

from workspace import ROOT, WorkspaceError, handle_signals, progress
from workspace.postgresql import postgresql

sys.path.insert(0, str(ROOT / "tests" / "faults"))
from mutants import MUTANTS  # noqa: E402
from play import Script, play  # noqa: E402
from words import KINDS  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="script/faults", description=__doc__)
    parser.add_argument("--contracts", type=int, default=40, metavar="N")
    parser.add_argument("--kills", type=int, default=5, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--queue", action="store_true", help="have jobs of OCA's queue_job do the work"
    )
    parser.add_argument("--mutations", action="store_true")
    arguments = vars(parser.parse_args())
    handle_signals()
    try:
        with postgresql():
            if arguments.pop("mutations"):
                return play_mutants(arguments["seed"])
            return play_once(Script(**arguments))
    except WorkspaceError as error:
        return f"faults: {error}"
    except KeyboardInterrupt:
        return "faults: ended"


def play_once(script):
    with progress(f"{script.contracts} contracts"):
        outcome = play(script)
    print(outcome.to_markdown())
    for kind, text in outcome.verdict.findings:
        print(f"{kind}: {text}", file=sys.stderr)
    return len(outcome.verdict.findings) > 0


def play_mutants(seed):
    """Play each mutant without its mistake and with it, and print what was found."""
    print("| mistake | without it | with it |\n| --- | --- | --- |")
    missed = 0
    for name, mutant in MUTANTS.items():
        script = dataclasses.replace(mutant.script, seed=seed)
        control, verdict = play(script).verdict, mutant.play(seed).verdict
        count = verdict.count(mutant.finding)
        print(f"| {name} | {describe(control)} | {describe(verdict)} |", flush=True)
        missed += bool(control.findings) or not count
    return missed


def describe(verdict):
    found = {kind: verdict.count(kind) for kind in KINDS if verdict.count(kind)}
    return ", ".join(f"{count} {kind}" for kind, count in found.items()) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
