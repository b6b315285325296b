# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The parts of compose.yaml fit the addons; the whole isn't run, for want of Docker."""

import re

import pytest
import yaml
from workspace import ROOT
from workspace.databases import read_manifest, resolve

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
ODOO = COMPOSE["services"]["odoo"]
OPTIONS = dict(
    option.removeprefix("--").partition("=")[::2] for option in ODOO["command"]
)
ADDONS = OPTIONS["init"].split(",")
VOLUMES = [volume.split(":") for volume in ODOO["volumes"]]


@pytest.mark.parametrize("addon", ADDONS)
def test_an_addon_is_where_odoo_looks(addon):
    assert [f"./{addon}", f"/mnt/extra-addons/{addon}", "ro"] in VOLUMES
    assert (ROOT / addon / "__manifest__.py").is_file()
    assert "/mnt/extra-addons" in OPTIONS["addons-path"].split(",")


def test_all_that_the_addons_need_is_installed():
    own, foreign = resolve(ADDONS)
    recipe = ODOO["build"]["dockerfile_inline"]
    installed = set(re.findall(r"[A-Za-z][\w-]*", recipe.partition("packages")[2]))
    for addon in own:
        needed = read_manifest(addon).get("external_dependencies", {})
        assert {*needed.get("python", ())} <= installed
    for addon in set(foreign) - {"portal"}:  # Odoo's own
        assert f"odoo-addon-{addon}" in installed


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
