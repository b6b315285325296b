# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Somebody who may change contacts makes them what they aren't."""

from uuid import uuid4

import pytest
from workspace.rpc import OdooError

MERGE = "base.partner.merge.automatic.wizard"


@pytest.fixture
def clerk(stage):
    """An employee of the first company without rights on contracts."""
    login = f"clerk-{uuid4()}"
    groups = map(stage.admin.ref, ("base.group_user", "base.group_partner_manager"))
    values = {
        # Nobody bears the name of a colleague
        "name": f"Kuba {login}",
        "login": login,
        "password": login,
        "email": f"{login}@firma.example",
        "group_ids": [[6, 0, [*groups]]],
    }
    context = {"no_reset_password": True}
    [user_id] = stage.admin.call("res.users", "create", [values], context=context)
    yield stage.log_in(login)
    stage.admin.call("res.users", "write", [user_id], {"active": False})


@pytest.fixture
def client(stage, clerk):
    """A client of the other company, with a contract that is out for signature."""
    values = {
        "name": "Jan Kowalski",
        "email": f"{uuid4()}@klient.example",
        "phone": "+48601601601",
    }
    [client] = clerk.call("res.partner", "create", [values])
    original = stage.admin.ref("autenti_esign.agreement_steel_demo")
    values = {"code": str(uuid4()), "partner_id": client}
    piotr = stage.log_in("piotr")
    [contract] = piotr.call("agreement", "copy", [original], values)
    stage.wait_until_sent(stage.submit(piotr, contract))
    return client, values["code"]


def own_contact(user):
    return user.read("res.users", user.id, ["partner_id"])["partner_id"][0]


def merge(user, contacts, kept):
    values = {"partner_ids": [[6, 0, contacts]], "dst_partner_id": kept}
    wizard = user.call(MERGE, "create", [{**values, "state": "selection"}])
    user.call(MERGE, "action_merge", wizard)


def see_portal(user):
    answer = user.session.get(f"{user.url}/my/signatures")
    assert answer.status_code == 200
    return answer.text


# === The client's contracts ===


def test_a_client_made_a_part_of_oneself_shows_no_contract(clerk, client):
    client_id, code = client
    values = {"parent_id": own_contact(clerk), "is_company": False}
    clerk.call("res.partner", "write", [client_id], values)
    assert code not in see_portal(clerk)


def test_a_client_merged_with_oneself_shows_no_contract(stage, clerk, client):
    client_id, code = client
    mine = own_contact(clerk)
    email = clerk.read("res.partner", mine, ["email"])["email"]
    clerk.call("res.partner", "write", [client_id], {"email": email})
    merge(clerk, [client_id, mine], mine)
    domain = [("partner_id", "=", mine), ("name", "like", code)]
    assert stage.admin.search_read("autenti.request", domain, ["id"])
    assert code not in see_portal(clerk)


def test_a_client_sees_the_contract_on_the_portal(stage, client):
    client_id, code = client
    login = f"client-{uuid4()}"
    values = {
        "login": login,
        "password": login,
        "partner_id": client_id,
        "group_ids": [[6, 0, [stage.admin.ref("base.group_portal")]]],
    }
    context = {"no_reset_password": True}
    [user_id] = stage.admin.call("res.users", "create", [values], context=context)
    try:
        assert code in see_portal(stage.log_in(login))
    finally:
        stage.admin.call("res.users", "write", [user_id], {"active": False})


# === Who signs for the company ===


def test_nobody_else_becomes_the_representative(stage, clerk):
    maria = stage.log_in("maria").id
    names = ["name", "email", "phone", "partner_id"]
    before = stage.admin.read("res.users", maria, names)
    contact, _name = before["partner_id"]
    false = {"email": "clerk@mail.example", "phone": "+48666666666"}
    for name, value in false.items():
        with pytest.raises(OdooError):
            clerk.call("res.partner", "write", [contact], {name: value})
    double = {**false, "name": "Kuba Biuro", "email": before["email"]}
    [double_id] = clerk.call("res.partner", "create", [double])
    with pytest.raises(OdooError):
        merge(clerk, [contact, double_id], double_id)
    assert stage.admin.read("res.users", maria, names) == before
    clerk.call("res.partner", "unlink", [double_id])
