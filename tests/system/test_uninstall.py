# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When an addon goes, the contracts and their signed PDFs stay."""

import base64
import contextlib
import io
import os

import psycopg2
import pytest
from reportlab.pdfgen.canvas import Canvas
from workspace.databases import ADDON, ADDONS, odoo_database, read_manifest
from workspace.rpc import OdooError
from workspace.servers import emulator, free_port, log_problems, odoo
from workspace.stage import Stage

DOCUMENT = "autenti_esign_document"
JOB_RUNNER = "--load=base,web,queue_job"
# Odoo uninstalls nothing while a cron job runs
IDLE = "--max-cron-threads=0"
GONE = "What was sent and signed is kept here"
# Those that build on the first
BRIDGES = [addon for addon in ADDONS if ADDON in read_manifest(addon)["depends"]]
TEXT = "<p>Strony zgodnie postanawiają.</p>"


@pytest.fixture
def addons():
    """The addons to install, without demo data, which would go together with them."""
    return (ADDON,)


@pytest.fixture
def serve(tmp_path, addons):
    """Gives a Stage of a server with or without its cron jobs."""
    name = f"autenti_uninstall_{os.getpid()}"
    port = free_port()

    @contextlib.contextmanager
    def serve(*options):
        with odoo(database, port, *options) as server:
            yield Stage(server, autenti, database)
            assert not log_problems(server.log, [GONE])

    with odoo_database(name, addons=addons) as database, emulator(tmp_path) as autenti:
        yield serve


def make_client(stage):
    client = {"name": "Jan Kowalski", "email": "jan.kowalski@klient.example"}
    [client_id] = stage.admin.call("res.partner", "create", [client])
    return client_id


def make_contract(stage):
    contract = {
        **{"name": "Umowa", "code": "UM/1", "document_text": TEXT},
        "partner_id": make_client(stage),
    }
    [contract_id] = stage.admin.call("agreement", "create", [contract])
    return contract_id


def query(database, text):
    """Return the first column of what a query finds."""
    with psycopg2.connect(dbname=database) as connection:
        with connection.cursor() as cursor:
            cursor.execute(text)
            return [row[0] for row in cursor.fetchall()]


def test_uninstall(serve):
    with serve() as stage:
        stage.connect_main_company()
        stage.control("PUT", "settings", {"signed_file_delay": 0})
        contract = make_contract(stage)
        sign(stage, send(stage, "agreement", contract))
        names = ["autenti_signed_attachment_id"]
        signed = stage.admin.read("agreement", contract, names)
        [attachment, _name] = signed["autenti_signed_attachment_id"]
        content = stage.admin.download(attachment)

    with serve(IDLE) as stage:
        uninstall(stage.admin, ADDON)
        check_what_is_left(stage, contract, attachment, content)


def check_what_is_left(stage, contract, attachment, content):
    admin = stage.admin
    names = ["name", "signature_date", "document_text", "document_text_frozen"]
    kept = admin.read("agreement", contract, names)
    assert kept["name"] == "Umowa"
    assert kept["signature_date"]
    # The addon that contracts are written with stays
    assert kept["document_text"] == TEXT
    assert kept["document_text_frozen"]
    report = "agreement_document.agreement_report"
    url = f"{admin.url}/report/html/{report}/{contract}"
    printed = admin.session.get(url, timeout=60)
    assert "Strony zgodnie postanawiają." in printed.text
    assert "Autenti" not in printed.text
    place = ["res_model", "res_id", "mimetype"]
    assert admin.read("ir.attachment", attachment, place) == {
        "id": attachment,
        "res_model": "agreement",
        "res_id": contract,
        "mimetype": "application/pdf",
    }
    assert admin.download(attachment) == content
    assert left_over(stage.database) == []
    # Like any other attachment
    admin.call("ir.attachment", "unlink", [attachment])


def make_order(stage):
    client_id = make_client(stage)
    [product_id] = stage.admin.call("product.product", "create", [{"name": "Ogród"}])
    line = {"product_id": product_id}
    order = {"partner_id": client_id, "order_line": [(0, 0, line)]}
    [order_id] = stage.admin.call("sale.order", "create", [order])
    return order_id


def make_subscription(stage):
    """Make a recurring contract.

    :return: its id and that of its annex
    """
    line = {"name": "Abonament", "quantity": 1, "price_unit": 99}
    contract = {
        "name": "Abonament",
        "partner_id": make_client(stage),
        "contract_line_fixed_ids": [(0, 0, line)],
    }
    [contract_id] = stage.admin.call("contract.contract", "create", [contract])
    names = ["modification_ids"]
    [annex_id] = stage.admin.read("contract.contract", contract_id, names)[names[0]]
    return contract_id, annex_id


@pytest.mark.parametrize("addons", [ADDONS])
def test_uninstall_one_after_the_other(serve):
    with serve(JOB_RUNNER) as stage:
        stage.connect_main_company()
        stage.control("PUT", "settings", {"signed_file_delay": 0})
        subscription, annex = make_subscription(stage)
        records = (
            ("agreement", make_contract(stage)),
            ("sale.order", make_order(stage)),
            ("contract.contract", subscription),
            ("contract.modification", annex),
        )
        signed = {
            place: get_signed_file(stage, send(stage, *place)) for place in records
        }
        waiting = send_many(stage, "sale.order", make_order(stage))

    with serve(IDLE) as stage:
        for addon in reversed(BRIDGES):
            uninstall(stage.admin, addon)
            assert left_over_of(stage.database, addon) == []
            for place, (attachment_id, content) in signed.items():
                stage.admin.read(*place, ["display_name"])
                assert stage.admin.download(attachment_id) == content

    with serve(JOB_RUNNER) as stage:
        # The order can't be told any more, but nothing is lost
        _attachment_id, content = get_signed_file(stage, waiting)
        assert content.startswith(b"%PDF")
        with pytest.raises(OdooError, match=GONE):
            stage.admin.call("autenti.request", "action_open_record", [waiting])

    with serve(IDLE) as stage:
        uninstall(stage.admin, ADDON)
        assert left_over(stage.database) == []
        for attachment_id, content in signed.values():
            assert stage.admin.download(attachment_id) == content


def draw_pdf():
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(100, 700, "Zgoda")
    canvas.save()
    return buffer.getvalue()


def make_document(stage):
    pdf = base64.b64encode(draw_pdf()).decode()
    file = {"name": "Zgoda.pdf", "datas": pdf, "res_model": "autenti.document"}
    [file_id] = stage.admin.call("ir.attachment", "create", [file])
    document = {"name": "Zgoda", "partner_id": make_client(stage)}
    document["attachment_id"] = file_id
    [document_id] = stage.admin.call("autenti.document", "create", [document])
    return document_id


def send_by_rule(stage):
    """Have a contact signed, by the rule of a manager.

    :return: id of the contact, and of the request
    """
    rule = {
        "source_model": "res.partner",
        "source": "attachment",
        "partner_path": "child_ids",
    }
    client_id = make_client(stage)
    person = {"name": "Jan Kos", "email": "jan@kos.example", "parent_id": client_id}
    stage.admin.call("res.partner", "create", [person])
    attachment = {
        "name": "Zgoda.pdf",
        "datas": base64.b64encode(draw_pdf()).decode(),
        "res_model": "res.partner",
        "res_id": client_id,
    }
    stage.admin.call("ir.attachment", "create", [attachment])
    [rule_id] = stage.admin.call("autenti.sign.rule", "create", [rule])
    [action, _name] = stage.admin.read("autenti.sign.rule", rule_id, ["action_id"])[
        "action_id"
    ]
    context = {"active_model": "res.partner", "active_ids": [client_id]}
    dialog = stage.admin.call("ir.actions.server", "run", [action], context=context)
    stage.admin.call("autenti.send", "action_send", [dialog["res_id"]])
    [request, *_others] = stage.admin.search_read(
        "autenti.request", [("res_model", "=", "autenti.document")], ["id"]
    )
    stage.wait_for("autenti.request", request["id"], "state", "sent")
    return client_id, request["id"]


def get_file_of(stage, model, record_id):
    """Return the id of the signed file that a record has, and its content."""
    domain = [("res_model", "=", model), ("res_id", "=", record_id)]
    domain.append(("name", "ilike", "signed"))
    [file] = stage.admin.search_read("ir.attachment", domain, ["id"])
    return file["id"], stage.admin.download(file["id"])


@pytest.mark.parametrize("addons", [(DOCUMENT,)])
def test_the_signed_files_of_documents_that_are_gone_stay(serve):
    def get_kept_file(request):
        names = ["signed_attachment_id"]
        kept = stage.admin.read("autenti.request", request, names)
        [attachment, _name] = kept["signed_attachment_id"]
        return stage.admin.download(attachment)

    with serve() as stage:
        stage.connect_main_company()
        stage.control("PUT", "settings", {"signed_file_delay": 0})
        signed = send(stage, "autenti.document", make_document(stage))
        waiting = send(stage, "autenti.document", make_document(stage))
        sign(stage, signed)
        content = get_kept_file(signed)
        contact, request = send_by_rule(stage)
        sign(stage, request)
        file_of_contact = get_file_of(stage, "res.partner", contact)

    with serve(IDLE) as stage:
        uninstall(stage.admin, DOCUMENT)
        assert left_over_of(stage.database, DOCUMENT) == []
        assert get_kept_file(signed) == content
        assert get_file_of(stage, "res.partner", contact) == file_of_contact
        actions = "SELECT id FROM ir_act_server WHERE code LIKE '%autenti.sign.rule%'"
        assert query(stage.database, actions) == []
        with pytest.raises(OdooError, match=GONE):
            stage.admin.call("autenti.request", "action_open_record", [signed])

    with serve() as stage:
        sign(stage, waiting)
        assert get_kept_file(waiting).startswith(b"%PDF")


def send(stage, model, record_id):
    request_id = stage.submit(stage.admin, record_id, model)
    stage.wait_for("autenti.request", request_id, "state", "sent")
    return request_id


def send_many(stage, model, record_id):
    """Send as `send` does, as one of many."""
    opened = stage.admin.call(model, "action_autenti_send_batch", [record_id])
    stage.admin.call("autenti.batch", "action_start", [opened["res_id"]])
    stage.wait_for("autenti.batch", opened["res_id"], "out_count", 1)
    domain = [("res_model", "=", model), ("res_id", "=", record_id)]
    [request] = stage.admin.search_read("autenti.request", domain, ["id"])
    return request["id"]


def sign(stage, request_id):
    for _signer in range(2):
        stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)


def get_signed_file(stage, request_id):
    """Have all sign, and return the id of the record's file and its content."""
    sign(stage, request_id)
    place = ["res_model", "res_id"]
    request = stage.admin.read("autenti.request", request_id, place)
    domain = [(name, "=", request[name]) for name in place]
    domain.append(("autenti_request_id", "=", request_id))
    [*_, file] = stage.admin.search_read("ir.attachment", domain, ["id"])
    return file["id"], stage.admin.download(file["id"])


def uninstall(admin, addon):
    module = admin.ref(f"base.module_{addon}")
    admin.call("ir.module.module", "button_immediate_uninstall", [module])


def left_over_of(database, addon):
    records = f"SELECT name FROM ir_model_data WHERE module = '{addon}'"
    return query(database, records)


def left_over(database):
    """Return the names of what the addons have left in a database."""
    tables = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'autenti%'"
    columns = (
        "SELECT table_name || '.' || column_name FROM information_schema.columns "
        "WHERE column_name LIKE 'autenti%'"
    )
    models = "SELECT model FROM ir_model WHERE model LIKE 'autenti%'"
    crons = "SELECT cron_name FROM ir_cron WHERE cron_name ILIKE '%autenti%'"
    records = "SELECT name FROM ir_model_data WHERE module = 'autenti_esign'"
    return [
        name
        for text in (tables, columns, models, crons, records)
        for name in query(database, text)
    ]
