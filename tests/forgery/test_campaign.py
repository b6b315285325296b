# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Nothing that is forged gets into a real Odoo; if it did, the campaign would tell."""

import re
from pathlib import Path

import pytest
from workspace.servers import ADDONS_PATH

ADDONS = Path(__file__).parent / "addons"


def test_nothing_that_is_forged_gets_in(campaign):
    outcome = campaign.run(seed="script/test", count=1300)
    assert outcome.answers.total() == 1300
    assert not outcome.problems, outcome.to_markdown()


@pytest.mark.parametrize(
    ("mistake", "kind", "problem"),
    [
        ("take_unsigned", "alg_none", "alg_none: .* accepted"),
        ("take_shared_secret", "hmac_with_the_public_key", "hmac_.*: .* accepted"),
        ("take_any_key", "keys_brought_along", "keys_brought_along: .* accepted"),
        ("follow_addresses", "keys_brought_along", "/evil.jwks was fetched"),
        ("pass_over_extensions", "crit", "crit: .* accepted"),
        ("stumble", "nesting_bomb", "nesting_bomb: .* times 500"),
        ("hoard", "foreign_key", "memory has grown"),
    ],
)
def test_each_mistake_is_found(run_campaigner, monkeypatch, mistake, kind, problem):
    monkeypatch.setenv("AUTENTI_MISTAKE", mistake)
    addons = ",".join(map(str, (*ADDONS_PATH, ADDONS)))
    options = (f"--addons-path={addons}", "--load=base,web,autenti_credulous")
    with run_campaigner(*options) as campaign:
        outcome = campaign.run(seed=mistake, count=100, kinds=[kind])
    assert any(re.search(problem, found) for found in outcome.problems), outcome
