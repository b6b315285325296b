# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A client with a login to the portal asks what only employees may know."""

from uuid import uuid4

import pytest
from workspace.rpc import OdooError


@pytest.fixture
def guest(stage):
    login = f"guest-{uuid4()}"
    values = {
        "name": "Gość",
        "login": login,
        "password": login,
        "email": f"{login}@klient.example",
        "group_ids": [[6, 0, [stage.admin.ref("base.group_portal")]]],
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
