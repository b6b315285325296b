# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo databases, copied from templates that are made once and kept.

A template's name ends in a hash of what it was made from, so a changed addon leads to a
new template, and an unchanged one costs only the copy of a database.
"""

import ast
import contextlib
import hashlib
import os
import shutil

from . import ODOO_HOME, ROOT, TAG, locked, progress
from .postgresql import create_database, database_names, drop_database, rename_database
from .servers import DATA, run_odoo

ADDON = "autenti_esign"
LANGUAGES = "en_US,pl_PL"
INSTALL = ("--skip-auto-install", "--stop-after-init", f"--load-language={LANGUAGES}")


@contextlib.contextmanager
def odoo_database(name, demo=False):
    """Give a fresh database with the addon installed, dropped after the block."""
    with locked("templates"):
        copy_database(addon_template(demo), name)
    try:
        yield name
    finally:
        remove_database(name)


def addon_template(demo=False):
    """Return the name of the template with the addon, made if there is none yet."""
    options = (*INSTALL, "--with-demo") if demo else INSTALL
    kind = "demo" if demo else "plain"
    manifest = ast.literal_eval((ROOT / ADDON / "__manifest__.py").read_text())
    depends = ",".join(manifest["depends"])

    def install_depends(database):
        create_database(database)
        run_odoo(database, "--init", f"base,web,{depends}", *options)

    def install_addon(database):
        copy_database(base, database)
        run_odoo(database, "--init", ADDON, *options)

    release = (ODOO_HOME / "odoo" / "release.py").read_text()
    oca = (ROOT / "script" / "locks" / "oca.txt").read_text()
    base_inputs = (str(ODOO_HOME), release, oca, depends, *options)
    base = template(f"base_{kind}", install_depends, *base_inputs)
    return template(f"addon_{kind}", install_addon, *base_inputs, addon_checksum())


def template(kind, make, *inputs):
    """Return the name of a template database, made by `make(name)` when there is none.

    Older ones of the kind are dropped. Call it with the lock `templates` held.
    """
    key = hashlib.sha256("\0".join(inputs).encode()).hexdigest()[:8]
    prefix = f"autenti_{TAG}_{kind}_"
    name = f"{prefix}{key}"
    names = database_names()
    if name in names and filestore(name).exists():
        return name
    unfinished = f"{name}_unfinished"
    for old in names:
        if old.startswith(prefix):
            remove_database(old)
    try:
        with progress(f"database {name}"):
            make(unfinished)
    except BaseException:
        remove_database(unfinished)
        raise
    shutil.rmtree(filestore(name), ignore_errors=True)  # of a database that is gone
    rename_database(unfinished, name)
    filestore(unfinished).rename(filestore(name))
    return name


def copy_database(source, name):
    """Make `name` a copy of `source`, files included; an existing one is replaced."""
    remove_database(name)
    create_database(name, template=source)
    # Odoo never changes a stored file, so the copies can share them.
    shutil.copytree(filestore(source), filestore(name), copy_function=os.link)


def remove_database(name):
    drop_database(name)
    shutil.rmtree(filestore(name), ignore_errors=True)


def filestore(name):
    return DATA / "filestore" / name


def addon_checksum():
    """Return a hash of the addon's files that matter to an installed database."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / ADDON).rglob("*")):
        if path.is_file() and not {"tests", "__pycache__"} & {*path.parts}:
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
