# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An accountant of one company, who sets recurring contracts up, reaches for others."""

import base64
from uuid import uuid4

import pytest


@pytest.fixture
def accountant(stage):
    """Keeps the books of the first company, and has its contracts signed."""
    login = f"accountant-{uuid4()}"
    groups = (
        *("base.group_user", "account.group_account_manager"),
        "autenti_esign.autenti_esign_group_user",
    )
    company = stage.admin.ref("base.main_company")
    values = {
        "name": f"Zofia {login}",
        "login": login,
        "password": login,
        "email": f"{login}@firma.example",
        "group_ids": [[6, 0, [*map(stage.admin.ref, groups)]]],
        "company_id": company,
        "company_ids": [[6, 0, [company]]],
    }
    context = {"no_reset_password": True}
    [user_id] = stage.admin.call("res.users", "create", [values], context=context)
    yield stage.log_in(login)
    stage.admin.call("res.users", "write", [user_id], {"active": False})


@pytest.fixture
def contract(stage, accountant):
    """The id of a contract that another company's agreement has too."""
    foreign = stage.admin.ref("autenti_esign.agreement_steel_demo")
    values = {"name": "Jan Kowalski", "email": f"{uuid4()}@klient.example"}
    [partner] = stage.admin.call("res.partner", "create", [values])
    values = {"name": "Abonament", "partner_id": partner, "user_id": accountant.id}
    [contract] = accountant.call("contract.contract", "create", [values])
    while contract < foreign:
        [contract] = accountant.call("contract.contract", "create", [values])
    # More of the other company's, until one of them has the same id
    while foreign < contract:
        values = {"code": str(uuid4())}
        [foreign] = stage.admin.call("agreement", "copy", [foreign], values)
    return contract


def find_report(stage, name):
    [report] = stage.admin.search_read(
        "ir.actions.report", [("report_name", "=", name)], ["id"]
    )
    return report["id"]


def test_a_contract_is_printed_by_no_report_of_other_documents(
    stage, accountant, contract
):
    def choose(report):
        values = {"name": str(uuid4()), "autenti_report_id": find_report(stage, report)}
        [template] = accountant.call("contract.template", "create", [values])
        values = {"contract_template_id": template}
        accountant.call("contract.contract", "write", [contract], values)
        sign = ("contract.contract", "action_autenti_sign", [contract])
        dialog = accountant.call(*sign)["res_id"]
        return accountant.read("autenti.send", dialog, ["pdf", "pdf_problem"])

    printed = choose("agreement_document.agreement_report")
    assert "is of other documents" in printed["pdf_problem"]
    assert not base64.b64decode(printed["pdf"] or b"")
    # The status quo
    printed = choose("contract.report_contract_template")
    assert not printed["pdf_problem"]
    assert base64.b64decode(printed["pdf"]).startswith(b"%PDF-")
