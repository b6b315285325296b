# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When the addon goes, the contracts and their signed PDFs stay."""

import os

import psycopg2
import pytest
from workspace.databases import odoo_database
from workspace.servers import emulator, log_problems, odoo
from workspace.stage import Stage


@pytest.fixture
def empty_stage(tmp_path):
    """As `stage`, without demo data, which would go together with the addon."""
    with (
        odoo_database(f"autenti_uninstall_{os.getpid()}") as database,
        odoo(database) as server,
        emulator(tmp_path) as autenti,
    ):
        it = Stage(server, autenti, database)
        it.connect_main_company()
        it.control("PUT", "settings", {"signed_file_delay": 0})
        yield it


def make_contract(stage):
    client = {"name": "Jan Kowalski", "email": "jan.kowalski@klient.example"}
    [client_id] = stage.admin.call("res.partner", "create", [client])
    contract = {"name": "Umowa", "code": "UM/1", "partner_id": client_id}
    [contract_id] = stage.admin.call("agreement", "create", [contract])
    return contract_id


def query(database, text):
    """Return the first column of what a query finds."""
    with psycopg2.connect(dbname=database) as connection:
        with connection.cursor() as cursor:
            cursor.execute(text)
            return [row[0] for row in cursor.fetchall()]


def test_uninstall(empty_stage):
    stage, admin = empty_stage, empty_stage.admin
    contract = make_contract(stage)
    request_id = stage.submit(admin, contract)
    stage.wait_for("autenti.request", request_id, "state", "sent")
    for _signer in range(2):
        stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)
    [attachment, _name] = admin.read(
        "agreement", contract, ["autenti_signed_attachment_id"]
    )["autenti_signed_attachment_id"]
    content = admin.download(attachment)

    addon = admin.ref("base.module_autenti_esign")
    admin.call("ir.module.module", "button_immediate_uninstall", [addon])

    kept = admin.read("agreement", contract, ["name", "signature_date"])
    assert kept["name"] == "Umowa"
    assert kept["signature_date"]
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
    assert not log_problems(stage.odoo.log)


def left_over(database):
    """Return the names of what the addon has left in a database."""
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
