# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A salesperson of one company reaches out for what isn't theirs."""

from uuid import uuid4

import pytest
from workspace.rpc import OdooError


@pytest.fixture
def anna(stage):
    """Sells for the first company, where each salesperson signs."""
    return stage.log_in("anna")


@pytest.fixture
def piotr(stage):
    """Sells for the other one, where Maria signs."""
    return stage.log_in("piotr")


@pytest.fixture
def own(stage):
    return stage.admin.ref("autenti_esign.agreement_garden_demo")


@pytest.fixture
def foreign(stage):
    return stage.admin.ref("autenti_esign.agreement_steel_demo")


def is_refused(user, *args, **kwargs):
    with pytest.raises(OdooError):
        user.call(*args, **kwargs)
    return True


def open_dialog(user, agreement):
    action = user.call("agreement", "action_autenti_sign", [agreement])
    return action["res_id"]


# === What is printed ===


def test_a_contract_of_another_company_is_not_printed(stage, anna, own, foreign):
    dialog = open_dialog(anna, own)
    assert anna.read("autenti.send", dialog, ["pdf"])["pdf"]
    names = ["connection_id", "mode", "environment", "language", "name"]
    values = anna.read("autenti.send", dialog, names)
    values |= {"connection_id": values["connection_id"][0]}
    values |= {"res_model": "agreement", "res_id": foreign, "source": "report"}
    del values["id"]
    spec = {"pdf": {}, "checklist": {}, "remind_days": {}}
    assert is_refused(anna, "autenti.send", "create", [values])
    assert is_refused(anna, "autenti.send", "web_save", [], values, spec)
    assert is_refused(anna, "autenti.send", "write", [dialog], {"res_id": foreign})
    assert is_refused(anna, "autenti.send", "onchange", [], values, [*values], spec)
    context = {f"default_{name}": value for name, value in values.items()}
    named = {**spec, **{name: {} for name in values}}
    assert is_refused(
        anna, "autenti.send", "onchange", [], {}, [], named, context=context
    )


# === Contracts of others ===


def test_an_annex_names_no_contract_of_another_company(stage, anna, own, foreign):
    named = {"autenti_parent_id": foreign}
    spec = {"autenti_parent_id": {"fields": {"display_name": {}}}}
    title = stage.admin.read("agreement", foreign, ["display_name"])["display_name"]
    for attack in (
        ("write", [own], named),
        ("create", [{"name": "Aneks", "code": str(uuid4()), **named}]),
        ("onchange", [own], named, [*named], spec),
    ):
        with pytest.raises(OdooError) as caught:
            anna.call("agreement", *attack)
        assert title not in str(caught.value)


def test_an_unsent_contract_is_not_moved_to_another_company(stage, anna, own):
    [copy] = anna.call("agreement", "copy", [own], {"code": str(uuid4())})
    company = stage.admin.ref("autenti_esign.res_company_stal_demo")
    assert is_refused(anna, "agreement", "write", [copy], {"company_id": company})
    anna.call("agreement", "write", [copy], {"name": "Inna nazwa"})
    anna.call("agreement", "unlink", [copy])


def test_the_version_of_a_contract_is_no_default(stage, anna, own):
    set_default = ("ir.default", "set", "agreement", "autenti_version")
    anna.call(*set_default, 9, user_id=True)
    try:
        [copy] = anna.call("agreement", "copy", [own], {"code": str(uuid4())})
        assert anna.read("agreement", copy, ["autenti_version"])["autenti_version"] == 1
        anna.call("agreement", "unlink", [copy])
    finally:
        domain = [("user_id", "=", anna.id)]
        stage.admin.call(
            "ir.default", "unlink", stage.admin.call("ir.default", "search", domain)
        )


# === Representatives ===


def test_representatives_of_another_company_are_not_told(stage, anna, own):
    connection = stage.admin.ref("autenti_esign.autenti_connection_representative_demo")
    values = {
        "connection_id": connection,
        "first_name": "Adam",
        "last_name": "Wrona",
        "email": f"{uuid4()}@stal-szklo.example",
        "phone": "+48501600700",
        "basis": "Prokurent",
    }
    [second] = stage.admin.call("autenti.representative", "create", [values])
    try:
        dialog = open_dialog(anna, own)
        spec = {"second_representative_phone": {}, "checklist": {}}
        named = {"second_representative_id": second}
        assert is_refused(anna, "autenti.send", "write", [dialog], named)
        for values in (named, {**named, "connection_id": connection}):
            assert is_refused(
                anna, "autenti.send", "onchange", [dialog], values, [*values], spec
            )
    finally:
        stage.admin.call("autenti.representative", "unlink", [second])


def test_the_code_by_sms_goes_to_the_representative(piotr, foreign):
    [copy] = piotr.call("agreement", "copy", [foreign], {"code": str(uuid4())})
    dialog = open_dialog(piotr, copy)
    values = {
        "signature_type": "ADVANCED",
        "company_signer_phone": "+48666666666",
        "signer_ids": [
            [1, each["id"], {"phone": "+48601601601"}]
            for each in piotr.search_read(
                "autenti.send.signer", [("send_id", "=", dialog)], ["id"]
            )
        ],
    }
    piotr.call("autenti.send", "write", [dialog], values)
    piotr.call("autenti.send", "action_send", [dialog])
    domain = [("request_id.res_id", "=", copy), ("side", "=", "company")]
    [signer] = piotr.search_read("autenti.signer", domain, ["phone"])
    assert signer["phone"] == "+48600700800"
