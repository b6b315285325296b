# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A salesperson of one company reaches out for what isn't theirs."""

import base64
import hashlib
import json
import re
from uuid import uuid4

import pytest
import requests
from workspace.rpc import OdooError
from workspace.stage import Act


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


def test_an_id_in_another_spelling_names_nothing_of_another_company(stage, anna, own):
    company = stage.admin.ref("autenti_esign.res_company_stal_demo")
    values = {"name": "Tajny Klient", "company_id": company}
    [client] = stage.admin.call("res.partner", "create", [values])
    values = {"name": "tajne.pdf", "raw": "eA==", "company_id": company}
    [file] = stage.admin.call("ir.attachment", "create", [values])
    dialog = open_dialog(anna, own)
    names = ["connection_id", "mode", "environment", "language", "name"]
    values = anna.read("autenti.send", dialog, names)
    values |= {"connection_id": values["connection_id"][0]}
    values |= {"res_model": "agreement", "res_id": own}
    del values["id"]
    person = {"send_id": dialog}
    for spelling in (int, str, float):
        named = {**person, "partner_id": spelling(client)}
        assert is_refused(anna, "autenti.send.signer", "create", [named])
        named = {**values, "attachment_id": spelling(file)}
        assert is_refused(anna, "autenti.send", "create", [named])
    # The status quo
    partner, _name = anna.read("agreement", own, ["partner_id"])["partner_id"]
    anna.call("autenti.send.signer", "create", [{**person, "partner_id": partner}])
    stage.admin.call("ir.attachment", "unlink", [file])
    stage.admin.call("res.partner", "unlink", [client])


# === Contracts of others ===


def test_an_annex_names_no_contract_of_another_company(stage, anna, own, foreign):
    named = {"parent_id": foreign}
    spec = {"parent_id": {"fields": {"display_name": {}}}}
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
    set_default = ("ir.default", "set", "agreement", "document_version")
    anna.call(*set_default, 9, user_id=True)
    try:
        [copy] = anna.call("agreement", "copy", [own], {"code": str(uuid4())})
        assert (
            anna.read("agreement", copy, ["document_version"])["document_version"] == 1
        )
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


def test_a_salesperson_takes_no_colleagues_name(anna):
    names = ["autenti_first_name", "autenti_last_name"]
    before = anna.read("res.users", anna.id, names)
    del before["id"]
    colleague = {"autenti_first_name": "Marc", "autenti_last_name": "Demo"}
    # Among them another order, and letters that look alike or don't show
    spellings = (
        *("Marc Demo", "demo  MARC", "Märc\N{NO-BREAK SPACE}Demo"),
        *("Ma\N{ZERO WIDTH SPACE}rc Demo", "M\N{CYRILLIC SMALL LETTER A}rc Demo"),
        "\N{FULLWIDTH LATIN CAPITAL LETTER M}arc Demo",
    )
    for values in (colleague, *({"name": name} for name in spellings)):
        with pytest.raises(OdooError, match="the name of a colleague"):
            anna.call("res.users", "write", [anna.id], values)
    anna.call("res.users", "write", [anna.id], before)


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


def test_the_sent_file_is_not_shown_to_everybody_by_a_default(stage, anna, own):
    defaults = {
        "access_token": "known",
        "public": True,
        "res_field": "image_1920",
        "type": "url",
        "url": "https://attacker.example.com",
    }
    for name, value in defaults.items():
        anna.call("ir.default", "set", "ir.attachment", name, value, user_id=True)
    try:
        [contract] = anna.call("agreement", "copy", [own], {"code": str(uuid4())})
        file = send(anna, contract)
    finally:
        domain = [("user_id", "=", anna.id)]
        kept = stage.admin.call("ir.default", "search", domain)
        stage.admin.call("ir.default", "unlink", kept)
    stored = stage.admin.read("ir.attachment", file, [*defaults])
    assert stored["type"] == "binary"
    assert not any(stored[name] for name in defaults if name != "type")
    for query in ("", "?access_token=known"):
        answer = requests.get(
            f"{stage.odoo.url}/web/content/{file}{query}",
            allow_redirects=False,
            timeout=60,
        )
        assert answer.status_code == 404
    # The status quo
    assert anna.download(file).startswith(b"%PDF-")


def send(user, contract):
    """Send a contract; return the id of the sent file."""
    dialog = open_dialog(user, contract)
    user.call("autenti.send", "action_send", [dialog])
    domain = [("res_model", "=", "agreement"), ("res_id", "=", contract)]
    [request] = user.search_read("autenti.request", domain, ["source_attachment_id"])
    return request["source_attachment_id"][0]


# === What belongs to administrators ===


def test_jobs_templates_and_exports_are_not_a_salespersons(stage, anna, own):
    [model] = stage.admin.search_read(
        "ir.model", [("model", "=", "autenti.connection")], ["id"]
    )
    secret = {"name": "x", "subject": "{{ object.client_secret }}"}
    code = {"name": "x", "state": "code", "code": "env", "model_id": model["id"]}
    for attack in (
        ("queue.job", "search_read", [], ["uuid"]),
        *(("queue.job", name, [1]) for name in ("requeue", "button_done", "unlink")),
        ("queue.job", "write", [1], {"user_id": anna.id}),
        ("queue.requeue.job", "create", [{"job_ids": [[6, 0, [1]]]}]),
        ("autenti.request", "_work_as_job", [1]),
        ("mail.template", "create", [{**secret, "model_id": model["id"]}]),
        ("ir.actions.server", "create", [code]),
        ("ir.cron", "create", [code]),
        *(("agreement", "export_data", [own], [name]) for name in ("name", "id")),
    ):
        assert is_refused(anna, *attack), attack
    for kind in ("csv", "xlsx"):
        assert export(anna, kind, "agreement", "name") == 500
        # The status quo: who has the right exports
        assert export(stage.admin, kind, "res.lang", "name") == 200


def export(user, kind, model, name):
    """Export a field of all records as the web client does; return the HTTP status."""
    page = user.session.get(f"{user.url}/odoo").text
    column = {"name": name, "label": name, "type": "char"}
    chosen = {"model": model, "fields": [column], "ids": False, "domain": []}
    form = {
        "csrf_token": re.search(r'csrf_token: "([^"]+)"', page)[1],
        "data": json.dumps({**chosen, "import_compat": False}),
    }
    answer = user.session.post(f"{user.url}/web/export/{kind}", data=form)
    return answer.status_code
