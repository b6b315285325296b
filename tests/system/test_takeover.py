# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A sales team beside all that installs itself: a deputy, and its head who takes over.

Both see only their own quotations.
"""

from datetime import date, timedelta

import pytest
from workspace.rpc import OdooError

SALESMAN = "sales_team.group_sale_salesman"
CLIENT = "autenti_esign.res_partner_zielony_demo"
TODAY = date.today()
A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_evidence", "autenti_esign_sale", "autenti_esign_takeover")


@pytest.fixture(scope="module")
def alone():
    return False


@pytest.fixture(scope="module")
def expected_problems():
    return (
        "top-secret records",
        "Only Piotr Zając, who sent it",
        "no open signature requests to take over",
    )


@pytest.fixture(scope="module")
def piotr(stage):
    return stage.log_in("piotr")


@pytest.fixture(scope="module")
def maria(stage, piotr):
    """The head of the team that Piotr belongs to."""
    maria, admin = stage.log_in("maria"), stage.admin
    salesmen = {"group_ids": [(4, admin.ref(SALESMAN))]}
    admin.call("res.users", "write", [piotr.id, maria.id], salesmen)
    # Whoever is notified is mailed at once, though here is no server for that
    queue = admin.ref("mail.ir_cron_mail_scheduler_action")
    admin.call("ir.cron", "write", [queue], {"active": False})
    team = {"name": "Zespół", "user_id": maria.id, "member_ids": [(6, 0, [piotr.id])]}
    admin.call("crm.team", "create", [team])
    return maria


@pytest.fixture
def order(stage, piotr, maria):
    """A quotation of Piotr's that is out for signature."""
    product = stage.admin.call(
        "product.product", "create", [{"name": "Szklarnia", "list_price": 900}]
    )
    line = {"product_id": product[0], "product_uom_qty": 2}
    [order] = piotr.call(
        "sale.order",
        "create",
        [{"partner_id": stage.admin.ref(CLIENT), "order_line": [(0, 0, line)]}],
    )
    stage.wait_until_sent(stage.submit(piotr, order, "sale.order"))
    return order


def find_request(user, order):
    domain = [("res_model", "=", "sale.order"), ("res_id", "=", order)]
    names = ["may_act", "sent_by_id", "user_id"]
    [request] = user.search_read("autenti.request", domain, names)
    return request


def sees(user, order):
    domain = [("id", "=", order)]
    lines = [("order_id", "=", order)]
    return bool(
        user.search_read("sale.order", domain, ["name"])
        and user.search_read("sale.order.line", lines, ["name"])
    )


def test_a_deputy_reads_the_quotation_and_reminds_until_the_period_ends(
    stage, piotr, maria, order
):
    assert not sees(maria, order)
    deputy = piotr.call(
        "autenti.deputy",
        "create",
        [
            {
                "user_id": piotr.id,
                "deputy_id": maria.id,
                "date_from": f"{TODAY - A_DAY}",
                "date_to": f"{TODAY + A_DAY}",
            }
        ],
    )
    assert sees(maria, order)
    request = find_request(maria, order)
    assert request["may_act"]
    maria.call("autenti.request", "action_remind", [request["id"]])
    with pytest.raises(OdooError):
        maria.call("sale.order", "write", [order], {"client_order_ref": "x"})
    piotr.call("autenti.deputy", "unlink", deputy)
    assert not sees(maria, order)
    with pytest.raises(OdooError):
        maria.call("autenti.request", "action_remind", [request["id"]])


def test_the_head_of_the_team_takes_over(stage, piotr, maria, order):
    dialog = maria.call(
        "autenti.take.over",
        "create",
        [{"person_id": piotr.id, "taker_id": maria.id}],
    )
    action = maria.call("autenti.take.over", "action_take_over", dialog)
    stage.wait_for("autenti.takeover", action["res_id"], "state", "done")
    takeover = maria.read("autenti.takeover", action["res_id"], ["failed_count"])
    assert not takeover["failed_count"]
    request = find_request(maria, order)
    assert request["user_id"][0] == maria.id
    assert request["sent_by_id"][0] == piotr.id
    assert maria.read("sale.order", order, ["user_id"])["user_id"][0] == maria.id
    trail = [("request_id", "=", request["id"]), ("text", "ilike", "from Piotr")]
    [event] = stage.admin.search_read("autenti.event", trail, ["author", "data"])
    assert event["author"] == "Maria Wiśniewska"
    assert event["data"]["former"] == piotr.id


def test_a_member_takes_nothing_from_the_head(stage, piotr, maria, order):
    request = find_request(piotr, order)
    with pytest.raises(OdooError):
        dialog = piotr.call(
            "autenti.take.over",
            "create",
            [{"request_ids": [request["id"]], "taker_id": maria.id}],
        )
        piotr.call("autenti.take.over", "action_take_over", dialog)


def test_whoever_archives_the_salesperson_is_offered_the_takeover(
    stage, piotr, maria, order
):
    action = stage.admin.call("res.users", "action_archive", [piotr.id])
    assert action["context"] == {"default_person_id": piotr.id}
    assert action["res_model"] == "autenti.take.over"
    # A head of the team takes over from who has left as well
    dialog = maria.call(
        "autenti.take.over",
        "create",
        [{"person_id": piotr.id, "taker_id": maria.id}],
    )
    action = maria.call("autenti.take.over", "action_take_over", dialog)
    stage.wait_for("autenti.takeover", action["res_id"], "state", "done")
    assert find_request(maria, order)["user_id"][0] == maria.id
