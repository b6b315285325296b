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
from functools import partial

from . import LOCKS, ODOO_HOME, ROOT, TAG, locked, progress
from .postgresql import create_database, database_names, drop_database, rename_database
from .servers import DATA, make_bundles, run_odoo

ADDON = "autenti_esign"
EVIDENCE = "autenti_esign_evidence"
# All addons of this project, the one that the others build on first
ADDONS = (
    ADDON,
    *sorted({p.parent.name for p in ROOT.glob("*/__manifest__.py")} - {ADDON}),
)
# What an addon's tests need of Odoo's beside what the addon depends on
TESTED_WITH = {"autenti_esign_document": ("hr", "purchase")}
# Odoo loads the words of what is installed later by itself
LOAD_LANGUAGES = "--load-language=en_US,pl_PL"
INSTALL_WHOLE = ("--stop-after-init",)
INSTALL = ("--skip-auto-install", *INSTALL_WHOLE)


@contextlib.contextmanager
def odoo_database(name, demo=False, addons=(ADDON,), alone=True):
    """Give a fresh database with addons installed, dropped after the block.

    :param addons: names; this project's or any other on the addons path
    :param alone: without the addons that install themselves beside them, as they do
        for people
    """
    try:
        copy_database(addons_template(addons, demo, alone), name)
        yield name
    finally:
        remove_database(name)


def addons_template(addons, demo, alone=True):
    """Return the name of the template with the addons, made if there is none yet.

    It grows from one to the next: what the core depends on, what others do beside it,
    this project's own. So each addon is installed as seldom as can be.
    """
    options = INSTALL if alone else INSTALL_WHOLE
    if demo:
        options = (*options, "--with-demo")
    flavour = f"{'' if alone else '_whole'}_{'demo' if demo else 'plain'}"
    label = addons[0] if len(addons) == 1 else f"several_{digest(*addons)[:4]}"
    own, foreign = resolve(addons)
    first = ("base", "web", *resolve((ADDON,))[1])
    others = sorted({*foreign} - {*first})
    release = (ODOO_HOME / "odoo" / "release.py").read_text()
    oca = (LOCKS / "oca.txt").read_text()

    inputs = (str(ODOO_HOME), release, oca, LOAD_LANGUAGES, *options)
    source = None
    base = f"base_{digest(*others)[:4]}"
    for kind, layer in (("base", first), (base, others), (label, own)):
        if layer:
            # Who has scripts of their own is tried in a browser
            opened = any(addon in layer and has_assets(addon) for addon in addons)
            inputs += (*layer, *map(checksum, own if layer is own else ()))
            inputs += ("opened",) * opened
            make = partial(install, source, layer, options, opened)
            with locked(f"templates/{kind}{flavour}"):
                source = template(kind + flavour, make, *inputs)
    return source


def install(source, addons, options, opened, database):
    """Make a database, empty or a copy of another one, and install addons in it.

    :param bool opened: a browser will open pages of it
    """
    if source:
        copy_database(source, database)
    else:
        create_database(database)
        options = (*options, LOAD_LANGUAGES)
    run_odoo(database, "--init", ",".join(addons), *options)
    if opened:
        make_bundles(database)


def resolve(addons):
    """Sort addons and what they depend on into this project's and all others.

    :return: two sorted lists of names
    """
    own, foreign, waiting = set(), set(), set(addons)
    while waiting:
        addon = waiting.pop()
        if addon in ADDONS:
            own.add(addon)
            waiting.update(read_manifest(addon)["depends"])
        else:
            foreign.add(addon)
        waiting -= own | foreign
    return sorted(own), sorted(foreign)


def has_assets(addon):
    return addon in ADDONS and "assets" in read_manifest(addon)


def read_manifest(addon):
    return ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())


def template(kind, make, *inputs):
    """Return the name of a template database, made by `make(name)` when there is none.

    Older ones of the kind are dropped. Call it with a lock of the kind held.
    """
    prefix = f"autenti_{TAG}_{kind}_"
    name = f"{prefix}{digest(*inputs)[:8]}"
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


def digest(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def checksum(addon):
    """Return a hash of an addon's files that matter to an installed database."""
    files = hashlib.sha256()
    for path in sorted((ROOT / addon).rglob("*")):
        if path.is_file() and not {"tests", "__pycache__"} & {*path.parts}:
            files.update(f"{path.relative_to(ROOT)}\0".encode())
            files.update(path.read_bytes())
    return files.hexdigest()
