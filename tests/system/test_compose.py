# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The parts of compose.yaml fit the addons; the whole isn't run, for want of Docker."""

import os
import re
import subprocess

import pytest
import yaml
from packaging.requirements import Requirement
from workspace import ROOT
from workspace.databases import odoo_database, read_manifest, resolve
from workspace.servers import PYTHON, emulator, log_problems, odoo
from workspace.stage import ACTS, Stage

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
ODOO = COMPOSE["services"]["odoo"]
OPTIONS = dict(
    option.removeprefix("--").partition("=")[::2] for option in ODOO["command"]
)
ADDONS = OPTIONS["init"].split(",")
VOLUMES = [volume.split(":") for volume in ODOO["volumes"]]
OFFERED = [name[2:] for name, *_ in VOLUMES if name.startswith("./")]
ODOOS_OWN = {
    *("account", "base_automation", "mail", "portal", "product", "sale_management"),
}
RECIPE = ODOO["build"]["dockerfile_inline"]


def test_the_addons_are_offered():
    assert set(ADDONS) < set(OFFERED)


@pytest.mark.parametrize("addon", OFFERED)
def test_an_addon_is_where_odoo_looks(addon):
    assert [f"./{addon}", f"/mnt/extra-addons/{addon}", "ro"] in VOLUMES
    assert (ROOT / addon / "__manifest__.py").is_file()
    assert "/mnt/extra-addons" in OPTIONS["addons-path"].split(",")


@pytest.mark.parametrize("addon", OFFERED)
def test_all_that_an_addon_needs_is_installed(addon):
    own, foreign = resolve([addon])
    installed = set(re.findall(r"[A-Za-z][\w-]*", RECIPE))
    for each in own:
        needed = read_manifest(each).get("external_dependencies", {})
        names = {Requirement(each).name for each in needed.get("python", ())}
        assert names <= installed
        assert each in OFFERED
    for each in set(foreign) - ODOOS_OWN:
        assert f"odoo-addon-{each}" in installed


def test_versions_are_those_of_the_tests():
    locked = (ROOT / "script/locks/odoo.txt").read_text()
    pins = re.findall(r"[\w-]+==[\d.]+\d(?=\s)", RECIPE)
    assert pins
    for pin in pins:
        assert re.search(rf"^{re.escape(pin)} ", locked, re.M), pin


def test_what_the_emulator_is_built_from_is_there():
    recipe = COMPOSE["services"]["emulator"]["build"]["dockerfile_inline"]
    sources = re.findall(r"^COPY (\S+)", recipe, re.M)
    assert sources
    assert all((ROOT / source).exists() for source in sources)


def test_the_services_and_volumes_that_are_named_exist():
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"])
        named = {volume.split(":")[0] for volume in service.get("volumes", ())}
        assert {name for name in named if name[0] != "."} <= set(COMPOSE["volumes"])


def test_the_emulator_is_at_odoos_own_address():
    assert COMPOSE["services"]["emulator"]["network_mode"] == "service:odoo"
    assert ODOO["ports"] == ["8069:8069", "8090:8090"]


def test_the_command_connects_odoo_with_the_emulator(tmp_path):
    name = f"autenti_compose_{os.getpid()}"
    with (
        odoo_database(name, demo=True, addons=ADDONS) as database,
        odoo(database) as server,
        emulator(tmp_path) as autenti,
    ):
        command = [PYTHON, "-B", ROOT / "script/connect.py", "--database", database]
        command += ["--odoo", server.url, "--emulator", autenti.url]
        subprocess.run(command, check=True)
        Stage(server, autenti, database).send(ACTS["representative"])
        assert not log_problems(server.log)
