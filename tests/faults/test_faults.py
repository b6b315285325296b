# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whatever happens on the way, Odoo ends up knowing what happened at Autenti."""

import pytest
from mutants import MUTANTS
from play import Script, play

SEEDS = range(1, 4)


def test_nothing_is_lost_sent_twice_or_stuck():
    outcome = play(Script(contracts=40, kills=5, seed=1))
    assert not outcome.verdict.findings, outcome.to_markdown()
    assert outcome.kills >= 5
    assert outcome.disturbed >= 0.2
    assert outcome.callbacks_disturbed >= 0.2


def test_nothing_is_lost_when_jobs_do_the_work():
    outcome = play(Script(contracts=20, kills=3, seed=1, queue=True))
    assert not outcome.verdict.findings, outcome.to_markdown()
    assert outcome.kills >= 3


@pytest.mark.parametrize("mistake", MUTANTS)
def test_each_mistake_is_found(mistake):
    mutant = MUTANTS[mistake]
    # What comes in between can make good for a mistake, but not again and again
    for seed in SEEDS:
        verdict = mutant.play(seed).verdict
        if verdict.count(mutant.finding):
            break
    assert verdict.count(mutant.finding), verdict
