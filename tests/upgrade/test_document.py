# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was written before `agreement_document` was an addon of its own stays.

`autenti_esign-19.0.1.1.0.zip` is the addon as it was then, without its tests and texts
for people: `git archive` of the commit f9c790c.
"""

import ast
import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from rows import get_structure, query
from workspace.databases import ADDON, EVIDENCE, INSTALL, odoo_database
from workspace.servers import ADDONS_PATH, emulator, free_port, log_problems, odoo
from workspace.servers import run_odoo as run
from workspace.stage import Stage

BEFORE = Path(__file__).with_name("autenti_esign-19.0.1.1.0.zip")
IDLE = "--max-cron-threads=0"
BATCH = "autenti_esign_batch"
FIRST_CONTACT = "autenti_esign_first_contact"
# The old names of fields are in what people wrote
TEMPLATE = (
    '<p>{word} <t t-out="object.name"/> to <t t-out="object.autenti_parent_id.code"/>, '
    '<t t-out="object.partner_id.autenti_krs"/>, '
    '<t t-out="object.autenti_company_signer"/></p>'
)
COLUMNS = {
    "agreement": {
        "autenti_text": "document_text",
        "autenti_text_edited": "document_text_edited",
        "autenti_text_frozen": "document_text_frozen",
        "autenti_version": "document_version",
        "autenti_parent_id": "parent_id",
        "autenti_last_annex_number": "last_annex_number",
    },
    "res_partner": {"autenti_krs": "l10n_pl_krs", "autenti_regon": "l10n_pl_regon"},
}
REPORT = """<t t-name="own.report"><t t-foreach="docs" t-as="doc">
<t t-call="autenti_esign.agreement_report_document"/>
<p>Version <t t-out="doc.autenti_version"/></p></t></t>"""
LIST = '<field name="code" position="after"><field name="autenti_version"/></field>'


@dataclass(frozen=True)
class Upgrade:
    stage: Stage  # as it is today
    ids: dict  # of what was made
    before: dict  # columns of `COLUMNS`, by table and id
    form: str  # of contracts, as it was


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    shutil.unpack_archive(BEFORE, folder)
    addons, port = (folder, *ADDONS_PATH[1:]), free_port()
    name = f"autenti_document_{os.getpid()}"
    with contextlib.ExitStack() as stack:
        autenti = stack.enter_context(emulator(tmp_path_factory.mktemp("state")))
        database = stack.enter_context(odoo_database(name, addons=("agreement",)))
        run(database, "--init", ADDON, *INSTALL, addons=addons)
        with odoo(database, port, IDLE, addons=addons) as server:
            stage = Stage(server, autenti, database)
            stage.connect_main_company()
            ids = write_contracts(stage)
            name_fields(stage.admin, ids)
            form = stage.admin.call("agreement", "get_view", view_type="form")["arch"]
        before = {
            table: get_values(database, table, COLUMNS[table]) for table in COLUMNS
        }
        run(database, "--update", ADDON, *INSTALL)
        with odoo(database, port, IDLE) as server:
            yield Upgrade(Stage(server, autenti, database), ids, before, form)
            assert not log_problems(server.log)


def write_contracts(stage):
    """Make a contract that is handed over, with an annex, and one edited by hand."""
    admin = stage.admin

    def create(model, /, **values):
        return admin.call(model, "create", [values])[0]

    kind = create(
        "agreement.type",
        name="Service",
        autenti_template=TEMPLATE.format(word="Contract"),
        autenti_file_name="{{ object.autenti_parent_id.code }} annex",
    )
    polish = {"autenti_template": TEMPLATE.format(word="Umowa")}
    admin.call("agreement.type", "write", [kind], polish, context={"lang": "pl_PL"})
    company = create(
        "res.partner",
        name="Klient S.A.",
        is_company=True,
        autenti_krs="0000123456",
        autenti_regon="123456785",
        lang="pl_PL",
    )
    client = create(
        "res.partner",
        name="Jan Kowalski",
        email="jan@klient.example",
        parent_id=company,
        lang="pl_PL",
    )
    values = {"partner_id": client, "agreement_type_id": kind}
    sent = create("agreement", name="Ogród", code="UM/1", **values)
    action = admin.call("agreement", "action_autenti_new_annex", [sent])
    context = action["context"]
    [annex] = admin.call("agreement", "create", [values], context=context)
    edited = create("agreement", name="Las", code="UM/2", **values)
    admin.call("agreement", "write", [edited], {"autenti_text": "<p>Las i łąka</p>"})
    request = stage.submit(admin, sent)
    return {
        **{"kind": kind, "company": company, "sent": sent, "annex": annex},
        **{"edited": edited, "request": request},
    }


def name_fields(admin, ids):
    """Make what people make of fields and reports: filters, views, exports."""

    def create(model, /, **values):
        ids[model] = admin.call(model, "create", [values])[0]

    create(
        "ir.filters",
        name="Annexes",
        model_id="agreement",
        domain="[('autenti_parent_id', '!=', False)]",
        context="{'group_by': ['autenti_parent_id']}",
    )
    lines = [(0, 0, {"name": "autenti_text"})]
    create("ir.exports", name="Texts", resource="agreement", export_fields=lines)
    report = admin.ref("autenti_esign.agreement_report_action")
    [ids["copy"]] = admin.call("ir.actions.report", "copy", [report])
    view = {"name": "own", "type": "qweb", "key": "own.report", "arch": REPORT}
    create("ir.ui.view", **view)
    create(
        "ir.actions.report",
        name="Own",
        model="agreement",
        report_name="own.report",
        report_type="qweb-pdf",
    )
    inherited = admin.ref("agreement.agreement_tree")
    view = {"name": "own", "model": "agreement", "inherit_id": inherited, "arch": LIST}
    create("ir.ui.view", **view)


def get_values(database, table, columns):
    rows = query(database, f"SELECT id, {', '.join(columns)} FROM {table} ORDER BY id")
    return [list(row) for row in rows]


@pytest.mark.parametrize("table", COLUMNS)
def test_nothing_is_lost(upgrade, table):
    columns = COLUMNS[table].values()
    assert get_values(upgrade.stage.database, table, columns) == upgrade.before[table]
    assert any(row[1] for row in upgrade.before[table])


def test_contracts_are_as_they_were(upgrade):
    names = ["document_text", "document_text_frozen", "document_version", "annex_ids"]
    sent = upgrade.stage.admin.read("agreement", upgrade.ids["sent"], names)
    assert "Umowa Ogród to" in sent["document_text"]
    assert sent["document_text_frozen"]
    assert sent["annex_ids"] == [upgrade.ids["annex"]]
    edited = upgrade.stage.admin.read("agreement", upgrade.ids["edited"], names)
    assert edited["document_text"] == "<p>Las i łąka</p>"


def test_templates_go_on_filling_in(upgrade):
    admin, annex = upgrade.stage.admin, upgrade.ids["annex"]
    assert "Umowa Annex no. 1 to Ogród to UM/1, 0000123456, " in read_text(admin, annex)
    admin.call("agreement", "write", [annex], {"name": "Aneks"})
    text = read_text(admin, annex)
    assert "Umowa Aneks to UM/1, 0000123456, Anna Nowak" in text
    # It is checked when somebody saves it
    for lang, word in (("en_US", "Contract"), ("pl_PL", "Umowa")):
        context = {"lang": lang}
        names = ["document_template", "autenti_file_name"]
        [kind] = admin.call(
            "agreement.type", "read", [upgrade.ids["kind"]], names, context=context
        )
        assert word in kind["document_template"]
        assert "autenti_" not in kind["document_template"] + kind["autenti_file_name"]
        values = {"document_template": kind["document_template"] + "<p>x</p>"}
        admin.call(
            "agreement.type", "write", [upgrade.ids["kind"]], values, context=context
        )


def read_text(admin, contract):
    text = admin.read("agreement", contract, ["document_text"])["document_text"]
    return " ".join(text.replace("<p>", "").split())


def test_what_was_sent_is_compared_with_what_is(upgrade):
    admin, request_id = upgrade.stage.admin, upgrade.ids["request"]
    values = admin.read("autenti.request", request_id, ["shown_values"])["shown_values"]
    assert "Umowa Ogród" in values["document_text"]
    assert values["commercial_partner_id.l10n_pl_krs"] == "0000123456"
    assert not [path for path in values if "autenti_" in path]
    names = ["autenti_changed_fields"]
    assert not admin.read("agreement", upgrade.ids["sent"], names)[names[0]]


def test_filters_and_exports_find_their_fields(upgrade):
    admin = upgrade.stage.admin
    names = ["domain", "context"]
    found = admin.read("ir.filters", upgrade.ids["ir.filters"], names)
    domain = ast.literal_eval(found["domain"])
    assert admin.call("agreement", "search", domain) == [upgrade.ids["annex"]]
    assert found["context"] == "{'group_by': ['parent_id']}"
    lines = admin.search_read("ir.exports.line", [], ["name"])
    assert [line["name"] for line in lines] == ["document_text"]


def test_own_views_and_reports_work(upgrade):
    admin = upgrade.stage.admin
    arch = admin.call("agreement", "get_view", view_type="list")["arch"]
    assert "document_version" in arch
    for report in (upgrade.ids["copy"], upgrade.ids["ir.actions.report"]):
        name = admin.read("ir.actions.report", report, ["report_name"])["report_name"]
        url = f"{admin.url}/report/html/{name}/{upgrade.ids['edited']}"
        answer = admin.session.get(url, timeout=60)
        assert answer.status_code == 200
        assert "Las i łąka" in answer.text
    assert "Version" in answer.text


def test_structure_is_that_of_a_new_database(upgrade):
    name = f"autenti_document_new_{os.getpid()}"
    with odoo_database(name, addons=(BATCH, EVIDENCE, FIRST_CONTACT)) as database:
        expected = get_structure(database)
    found = get_structure(upgrade.stage.database)
    assert sorted(found - expected) == []
    assert sorted(expected - found) == []
    fields = "SELECT model, name FROM ir_model_fields WHERE name LIKE 'autenti%'"
    kept = {tuple(row) for row in query(upgrade.stage.database, fields)}
    assert not {("agreement", name) for name in COLUMNS["agreement"]} & kept
