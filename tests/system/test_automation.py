# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The examples of docs/automation.md, as they are written there."""

import re
import textwrap

import pytest
from workspace import ROOT
from workspace.stage import ACTS

SALESMAN = "sales_team.group_sale_salesman"
BLOCK = re.compile(r"```\w*\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def addons():
    return ("autenti_esign_automation", "autenti_esign_sale")


def read_example(title):
    """Return what is to be typed in an example of the page, in order."""
    page = (ROOT / "docs/automation.md").read_text()
    _before, _title, rest = page.partition(f"\n## Example: {title}\n")
    assert rest, title
    blocks = BLOCK.findall(rest.partition("\n## ")[0])
    return [textwrap.dedent(block).strip() for block in blocks]


def make_rule(stage, model, domain, *actions):
    """Make a rule, as the form does with what is typed into it."""
    admin = stage.admin
    [model_record] = admin.search_read("ir.model", [("model", "=", model)], ["id"])
    name = [("model", "=", model), ("name", "=", "autenti_state")]
    [field] = admin.search_read("ir.model.fields", name, ["id"])
    common = {"model_id": model_record["id"], "usage": "base_automation"}
    admin.call(
        "base.automation",
        "create",
        [
            {
                "name": f"Rule of {model}",
                "model_id": model_record["id"],
                "trigger": "on_create_or_write",
                "trigger_field_ids": [(6, 0, [field["id"]])],
                "filter_domain": domain,
                "action_server_ids": [(0, 0, {**common, **each}) for each in actions],
            }
        ],
    )


def find_activities(stage, model, record_id, kind):
    domain = [("res_model", "=", model), ("res_id", "=", record_id)]
    domain.append(("activity_type_id", "=", stage.admin.ref(kind)))
    return stage.admin.search_read("mail.activity", domain, ["user_id"])


def test_signed(stage):
    admin = stage.admin
    [anna] = admin.search_read("res.users", [("login", "=", "anna")], ["company_id"])
    groups = {"group_ids": [(4, admin.ref(SALESMAN))]}
    admin.call("res.users", "write", [anna["id"]], groups)
    domain, code = read_example("signed")
    make_rule(
        *(stage, "sale.order", domain),
        {"name": "Confirm", "state": "code", "code": code},
        {
            "name": "Call",
            "state": "next_activity",
            "activity_type_id": admin.ref("mail.mail_activity_data_call"),
            "activity_date_deadline_range": 2,
            "activity_user_type": "generic",
            "activity_user_field_name": "user_id",
        },
    )
    [product] = admin.call("product.product", "create", [{"name": "Garden gate"}])
    [order] = admin.call(
        "sale.order",
        "create",
        [
            {
                "partner_id": admin.ref("autenti_esign.res_partner_zielony_demo"),
                "company_id": anna["company_id"][0],
                "user_id": anna["id"],
                "order_line": [(0, 0, {"product_id": product, "price_unit": 1000})],
            }
        ],
    )
    request_id = stage.submit(stage.log_in("anna"), order, "sale.order")
    stage.wait_until_sent(request_id)
    stage.sign_next(request_id)
    assert admin.read("sale.order", order, ["state"])["state"] != "sale"
    stage.sign_next(request_id)
    stage.wait_for("autenti.request", request_id, "state", "signed")
    assert admin.read("sale.order", order, ["state"])["state"] == "sale"
    calls = find_activities(stage, "sale.order", order, "mail.mail_activity_data_call")
    assert [call["user_id"][0] for call in calls] == [anna["id"]]


def test_declined(stage):
    admin = stage.admin
    [domain] = read_example("declined")
    make_rule(
        *(stage, "agreement", domain),
        {
            "name": "Tell",
            "state": "next_activity",
            "activity_type_id": admin.ref("mail.mail_activity_data_todo"),
            "activity_user_type": "specific",
            "activity_user_id": admin.id,
        },
    )
    act = ACTS["individual"]
    agreement = admin.ref(act.agreement)
    request_id = stage.send(act)
    stage.act_next(request_id, "reject", {"comment": "Nie"})
    stage.wait_for("autenti.request", request_id, "state", "declined")
    told = find_activities(
        stage, "agreement", agreement, "mail.mail_activity_data_todo"
    )
    assert [each["user_id"][0] for each in told] == [admin.id]
