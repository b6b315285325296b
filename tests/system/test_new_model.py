# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The guide for making a model signable works as it stands."""

import os
import re
from datetime import date

import pytest
from workspace import ROOT
from workspace.databases import odoo_database
from workspace.servers import ADDONS_PATH, emulator, log_problems, odoo, run_odoo
from workspace.stage import Stage

GUIDE = ROOT / "docs" / "new-model.md"
FILE = re.compile(r"^`(?P<path>[\w/.]+)`\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
ADDON = "project_acceptance"
MODEL = "project.project"
MIXIN = ROOT / "autenti_esign/models/autenti_sign_mixin.py"


@pytest.fixture(scope="module")
def addons_path(tmp_path_factory):
    """A folder with the addon that the guide shows, and all others."""
    folder = tmp_path_factory.mktemp("addons")
    for file in FILE.finditer(GUIDE.read_text()):
        path = folder / file["path"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(file["text"])
    return [*ADDONS_PATH, folder]


@pytest.fixture(scope="module")
def stage(addons_path, tmp_path_factory):
    paths = f"--addons-path={','.join(map(str, addons_path))}"
    database = f"autenti_guide_{os.getpid()}"
    with odoo_database(database):
        install = ("--init", ADDON, "--skip-auto-install", "--stop-after-init")
        run_odoo(database, *install, addons=addons_path)
        with (
            odoo(database, None, paths) as server,
            emulator(tmp_path_factory.mktemp("state")) as autenti,
        ):
            it = Stage(server, autenti, database)
            it.connect_main_company()
            it.control("PUT", "settings", {"signed_file_delay": 0})
            yield it
            assert not log_problems(server.log)


def test_model_takes_about_20_lines(addons_path):
    lines = (addons_path[-1] / ADDON / "models.py").read_text().splitlines()
    assert sum(map(bool, lines)) <= 20


def test_guide_names_all_that_a_model_can_say():
    section = MIXIN.read_text().partition("WHAT A SIGNABLE MODEL SAYS === #")[2]
    section = section.partition("# ===")[0]
    names = re.findall(r"def (_autenti_\w+)", section)
    assert names
    assert [name for name in names if f"| `{name}`" not in GUIDE.read_text()] == []


def test_form_has_the_signing(stage):
    view = stage.admin.call(MODEL, "get_view", None, "form")
    assert 'name="action_autenti_sign"' in view["arch"]
    assert 'name="autenti_request_count"' in view["arch"]


def test_project_is_signed(stage):
    admin, start = stage.admin, date.today()
    client = {"name": "Jan Kowalski", "email": "jan.kowalski@klient.example"}
    [client_id] = admin.call("res.partner", "create", [client])
    project = {
        "name": "Garden",
        "partner_id": client_id,
        "company_id": admin.ref("base.main_company"),
    }
    [project_id] = admin.call(MODEL, "create", [project])

    request_id = stage.submit(admin, project_id, MODEL)
    stage.wait_for("autenti.request", request_id, "state", "sent")
    title = admin.read("autenti.request", request_id, ["name"])["name"]
    assert title == "TEST Acceptance of Garden"
    stage.sign_next(request_id)
    stage.sign_next(request_id)
    stage.fetch_until_signed(request_id)

    names = ["autenti_state", "autenti_signed_attachment_id", "date_accepted"]
    signed = admin.read(MODEL, project_id, names)
    assert signed["autenti_state"] == "signed"
    assert str(start) <= signed["date_accepted"] <= str(date.today())
    content = admin.download(signed["autenti_signed_attachment_id"][0])
    assert content.startswith(b"%PDF")
    assert b"/Type /Sig" in content or b"/Type/Sig" in content
