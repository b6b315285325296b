# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A client with a login to the portal asks what only employees may know."""

from uuid import uuid4

import pytest
from workspace.rpc import OdooError


@pytest.fixture
def guest(stage):
    login = f"guest-{uuid4()}"
    company = stage.admin.ref("base.main_company")
    values = {
        "name": "Jan Gość",
        "login": login,
        "password": login,
        "email": f"{login}@klient.example",
        "group_ids": [[6, 0, [stage.admin.ref("base.group_portal")]]],
        "company_id": company,
        "company_ids": [[6, 0, [company]]],
    }
    context = {"no_reset_password": True}
    [user_id] = stage.admin.call("res.users", "create", [values], context=context)
    yield stage.log_in(login)
    stage.admin.call("res.users", "write", [user_id], {"active": False})


# === E-mails ===


def test_which_e_mails_belong_to_employees_is_not_told(guest):
    emails = ("anna.nowak@firma.example", "nobody@firma.example", "no e-mail")
    answers = set()
    for email in emails:
        with pytest.raises(OdooError) as caught:
            guest.call("res.users", "write", [guest.id], {"autenti_email": email})
        answers.add(str(caught.value))
    assert len(answers) == 1


def test_an_employee_enters_the_own_e_mail(stage):
    anna = stage.log_in("anna")
    email = anna.read("res.users", anna.id, ["autenti_email"])["autenti_email"]
    for value in ("anna@inna.example", email):
        anna.call("res.users", "write", [anna.id], {"autenti_email": value})


# === Methods ===


@pytest.mark.parametrize(
    "method", ["action_autenti_connect", "action_autenti_disconnect"]
)
def test_the_account_at_autenti_is_for_who_signs(guest, method):
    with pytest.raises(OdooError):
        guest.call("res.users", method, [guest.id])


# === Notes of employees ===


@pytest.fixture
def order(stage, guest):
    """A quotation to the guest, out for signature."""
    anna = stage.log_in("anna")
    right = stage.admin.ref("sales_team.group_sale_salesman")
    stage.admin.call("res.users", "write", [anna.id], {"group_ids": [[4, right]]})
    [product] = stage.admin.call(
        "product.product", "search", [("sale_ok", "=", True)], limit=1
    )
    values = {
        "partner_id": guest.read("res.users", guest.id, ["partner_id"])["partner_id"][
            0
        ],
        "order_line": [[0, 0, {"product_id": product}]],
    }
    [order] = anna.call("sale.order", "create", [values])
    anna.call("sale.order", "action_quotation_sent", [order])
    request = stage.submit(anna, order, model="sale.order")
    stage.wait_until_sent(request)
    yield order
    anna.call("autenti.request", "action_withdraw", [request], "after the test")
    stage.admin.call("res.users", "write", [anna.id], {"group_ids": [[3, right]]})


def test_what_colleagues_note_on_an_order_is_not_told_to_the_client(
    stage, guest, order
):
    names = stage.admin.call("sale.order", "fields_get", [], ["type"])
    ours = sorted(name for name in names if name.startswith("autenti_"))
    assert "autenti_problem" in ours
    known = guest.call("sale.order", "fields_get", [], ["type"])
    assert not known.keys() & set(ours)
    for name in ours:
        for attack in (
            ("read", [order], [name]),
            ("web_read", [order], {name: {}}),
            ("search", [(name, "!=", "x")]),
            ("formatted_read_group", [], [name], ["__count"]),
            ("search", [], 0, 1, name),
        ):
            with pytest.raises(OdooError):
                guest.call("sale.order", *attack)
    # The status quo: the portal tells where the contract is
    name = guest.read("sale.order", order, ["name"])["name"]
    page = guest.session.get(f"{guest.url}/my/orders/{order}")
    assert "with Autenti" in page.text
    assert name in guest.session.get(f"{guest.url}/my/quotes").text
