# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A salesperson of one company reaches out for what isn't theirs."""

import base64
import hashlib
from uuid import uuid4

import pytest
from workspace.rpc import OdooError


@pytest.fixture
def anna(stage):
    """Sells for the first company, where each salesperson signs."""
    return stage.log_in("anna")


@pytest.fixture
def own(stage):
    return stage.admin.ref("autenti_esign.agreement_garden_demo")


def is_refused(user, *args, **kwargs):
    with pytest.raises(OdooError):
        user.call(*args, **kwargs)
    return True


def open_dialog(user, agreement):
    action = user.call("agreement", "action_autenti_sign", [agreement])
    return action["res_id"]


# === What is sent ===


def test_a_made_up_pdf_is_not_sent_as_made_by_odoo(stage, anna, own):
    values = {"code": str(uuid4())}
    [contract] = anna.call("agreement", "copy", [own], values)
    made_up = {
        "pdf": base64.b64encode(b"%PDF-1.4 made up\n%%EOF\n").decode(),
        "pdf_sha256": hashlib.sha256(b"%PDF-1.4 made up\n%%EOF\n").hexdigest(),
        "pdf_problem": False,
        "pdf_key": "x",
    }
    context = {f"default_{name}": value for name, value in made_up.items()}
    action = anna.call("agreement", "action_autenti_sign", [contract], context=context)
    dialog = action["res_id"]
    shown = anna.read("autenti.send", dialog, ["pdf_sha256"])["pdf_sha256"]
    for name, value in made_up.items():
        assert is_refused(anna, "autenti.send", "write", [dialog], {name: value})
        assert is_refused(anna, "autenti.send", "web_save", [dialog], {name: value}, {})
    anna.call("autenti.send", "action_preview", [dialog], made_up)
    anna.call("autenti.send", "action_send", [dialog])
    domain = [("res_model", "=", "agreement"), ("res_id", "=", contract)]
    [request] = anna.search_read("autenti.request", domain, ["source_sha256"])
    assert request["source_sha256"] == shown != made_up["pdf_sha256"]


def test_the_file_of_one_contract_is_not_sent_as_another_ones(stage, anna, own):
    first, second = (
        anna.call("agreement", "copy", [own], {"code": str(uuid4())})[0]
        for _number in range(2)
    )
    dialog = open_dialog(anna, first)
    shown = anna.read("autenti.send", dialog, ["pdf_sha256"])["pdf_sha256"]
    anna.call("autenti.send", "write", [dialog], {"res_id": second})
    anna.call("autenti.send", "action_send", [dialog])
    domain = [("res_model", "=", "agreement"), ("res_id", "=", second)]
    [request] = anna.search_read("autenti.request", domain, ["source_sha256"])
    assert request["source_sha256"] != shown


def test_a_preview_is_not_given_to_a_colleague(stage, anna, own):
    [contract] = anna.call("agreement", "copy", [own], {"code": str(uuid4())})
    dialog = open_dialog(anna, contract)
    shown = anna.read("autenti.send", dialog, ["pdf_sha256"])["pdf_sha256"]

    def fetch(user, sha256):
        url = f"{stage.odoo.url}/autenti/preview/{dialog}/{sha256}"
        return user.session.get(url, allow_redirects=False)

    answer = fetch(anna, shown)
    assert hashlib.sha256(answer.content).hexdigest() == shown
    assert fetch(anna, "0" * 64).status_code == 404
    assert fetch(stage.log_in("piotr"), shown).status_code == 404
