# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every addon is a wheel that installs beside Odoo, and loads from there."""

import os
import subprocess
from importlib.metadata import distributions

import pytest
from workspace import ROOT, WORKSPACE
from workspace.databases import ADDONS, odoo_database, read_manifest, resolve
from workspace.servers import ADDONS_PATH, run_odoo

UV = WORKSPACE / "uv/bin/uv"
OCA = ADDONS_PATH[1]
NAME_LENGTH = 25  # characters that the apps store shows


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The wheels of all addons, installed into a folder."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("site")
    whool = ("--no-build-isolation", "--python", WORKSPACE / "lint/bin/python")
    for addon in ADDONS:
        uv("build", "--wheel", *whool, "--out-dir", wheels, ROOT / addon)
    files = list(wheels.glob("*.whl"))
    assert len(files) == len(ADDONS)
    uv("pip", "install", "--no-deps", "--target", target, *files)
    return target


@pytest.fixture
def database():
    """A database with all that the addons depend on."""
    _own, foreign = resolve(ADDONS)
    with odoo_database(f"autenti_packages_{os.getpid()}", addons=foreign) as name:
        yield name


def uv(*arguments):
    subprocess.run([UV, "--quiet", *arguments], check=True)


def test_beside_pip_installed_odoo(packages, database):
    # Python finds the wheels' addons, as it finds Odoo's own
    run_odoo(database, *install(), addons=[OCA], packages=packages)


def test_beside_unpacked_odoo(packages, database):
    run_odoo(database, *install(), addons=[packages / "odoo/addons", OCA])


def install():
    return ("--init", ",".join(ADDONS), "--skip-auto-install", "--stop-after-init")


@pytest.mark.parametrize("addon", ADDONS)
def test_metadata(packages, addon):
    [wheel] = (
        distribution
        for distribution in distributions(path=[str(packages)])
        if distribution.metadata["Name"] == f"odoo-addon-{addon}"
    )
    manifest = read_manifest(addon)
    assert wheel.metadata["Summary"] == manifest["summary"]
    assert wheel.version.startswith(manifest["version"])
    for package in manifest.get("external_dependencies", {}).get("python", ()):
        assert package in wheel.requires


@pytest.mark.parametrize("addon", ADDONS)
def test_manifest(addon):
    manifest = read_manifest(addon)
    assert len(manifest["name"]) <= NAME_LENGTH
    images = ["static/description/icon.png", *manifest.get("images", ())]
    assert all((ROOT / addon / image).is_file() for image in images)
