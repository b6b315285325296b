# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from concurrent.futures import ThreadPoolExecutor

import pytest
from workspace.databases import EVIDENCE
from workspace.stage import ACTS

PEOPLE = 4


@pytest.fixture(scope="module")
def addons():
    return (EVIDENCE,)


@pytest.fixture(scope="module")
def expected_problems():
    """PostgreSQL lets one go first; Odoo logs it, and does the others' again."""
    return (r'odoo\.sql_db: bad query: b. UPDATE "agreement"',)


def test_links_fetched_at_one_moment_are_all_written_down(stage):
    act = ACTS["individual"]
    request_id = stage.send(act)
    users = [stage.log_in(act.salesperson) for _person in range(PEOPLE)]

    def fetch(user):
        link = user.call("autenti.request", "action_fetch_client_link", [request_id])
        return link["url"]

    with ThreadPoolExecutor(PEOPLE) as pool:
        assert all(pool.map(fetch, users))
    written = stage.admin.search_read(
        "autenti.event", [("request_id", "=", request_id)], ["number", "kind"]
    )
    numbers = sorted(event["number"] for event in written)
    assert numbers == [*range(1, len(written) + 1)]
    assert sum(event["kind"] == "link" for event in written) == PEOPLE


def test_annexes_saved_at_one_moment_get_numbers_of_their_own(stage):
    act = ACTS["individual"]
    contract_id = stage.admin.ref(act.agreement)
    users = [stage.log_in(act.salesperson) for _person in range(PEOPLE)]
    context = users[0].call("agreement", "action_new_annex", [contract_id])
    defaults = context["context"]
    prefix = "default_"
    values = {name.removeprefix(prefix): value for name, value in defaults.items()}

    def save(user):
        return user.call("agreement", "create", [values])

    with ThreadPoolExecutor(PEOPLE) as pool:
        created = list(pool.map(save, users))
    ids = [annex_id for [annex_id] in created]
    annexes = stage.admin.search_read("agreement", [("id", "in", ids)], ["code"])
    codes = {annex["code"] for annex in annexes}
    first = values["code"].removesuffix("1")
    assert codes == {f"{first}{number}" for number in range(1, PEOPLE + 1)}
