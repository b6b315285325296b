# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A salesperson of one company reaches out for what isn't theirs."""

import pytest
from workspace.rpc import OdooError
from workspace.stage import Act

# === Acting as somebody else ===


def open_copy(stage, user):
    """Open the dialog for a new contract like the one of the demo data."""
    original = stage.admin.ref("autenti_esign.agreement_garden_demo")
    values = {"code": "A/approval"}
    [agreement] = user.call("agreement", "copy", [original], values)
    action = user.call("agreement", "action_autenti_sign", [agreement])
    return agreement, action["res_id"]


def test_a_colleagues_approval_does_not_go_to_the_own_mailbox(stage):
    anna, piotr = stage.log_in("anna"), stage.log_in("piotr")
    colleague = stage.admin.read("res.users", piotr.id, ["partner_id", "email"])
    _agreement, dialog = open_copy(stage, anna)
    person = {
        "send_id": dialog,
        "role": "APPROVER",
        "partner_id": colleague["partner_id"][0],
        "first_name": "Piotr",
        "last_name": "Zając",
        "email": "anna.private@mail.example",
    }
    [person_id] = anna.call("autenti.send.signer", "create", [person])
    # Picked: the colleague's contact with an address of the salesperson's
    with pytest.raises(OdooError, match="is a user of Odoo, whose own e-mail is"):
        anna.call("autenti.send", "action_send", [dialog])
    # Typed instead of picked: another colleague's mailbox under that name
    typed = {"partner_id": False, "email": colleague["email"], "first_name": "Jan"}
    anna.call("autenti.send.signer", "write", [person_id], typed)
    with pytest.raises(OdooError, match="a user of Odoo. Enter their first"):
        anna.call("autenti.send", "action_send", [dialog])


# === The client's signing link ===


def test_who_fetches_the_clients_link_leaves_a_trace_or_is_refused(stage):
    anna = stage.log_in("anna")
    act = Act("anna", "autenti_esign.agreement_garden_demo")
    [request_id] = stage.submit_copies(act, 1)
    stage.wait_until_sent(request_id)
    link = anna.call("autenti.request", "action_fetch_client_link", [request_id])
    assert link["url"].startswith("http")
    domain = [("request_id", "=", request_id), ("kind", "=", "link")]
    [event] = anna.search_read("autenti.event", domain, ["author", "text"])
    assert event["author"] in event["text"]
    assert link["name"] in event["text"]
    connection = anna.read("autenti.request", request_id, ["connection_id"])
    connection_id, _name = connection["connection_id"]
    switch = {"allows_in_person": False}
    with pytest.raises(OdooError):
        anna.call("autenti.connection", "write", [connection_id], switch)
    stage.admin.call("autenti.connection", "write", [connection_id], switch)
    try:
        for name in ("action_fetch_client_link", "action_sign_in_person"):
            with pytest.raises(OdooError, match="is switched off"):
                anna.call("autenti.request", name, [request_id])
        assert len(anna.search_read("autenti.event", domain, ["id"])) == 1
    finally:
        switch = {"allows_in_person": True}
        stage.admin.call("autenti.connection", "write", [connection_id], switch)
        anna.call("autenti.request", "action_withdraw", [request_id], "attack")
