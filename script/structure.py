# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Measure how the code is built: `script/structure`.

Prints a Markdown table, and fails where a figure is above its bound: then what was
added belongs elsewhere, or is to be simpler. A bound is only ever lowered.
"""

import ast
import csv
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from workspace import ROOT

CORE = ROOT / "autenti_esign"
MODELS = CORE / "models"
BOUNDS = {
    "Python lines of the core without tests": 17_180,
    "Model files in the core": 24,
    "Overrides inside an addon": 0,
    "Model files in the largest cycle": 16,
    "Files in the last step's way": 7,
    "Rows in the core's access list": 20,
}
CLASS_ATTRIBUTES = {
    *("_check_company_auto", "_check_company_domain", "_description", "_inherit"),
    *("_name", "_order", "_rec_name", "_rec_names_search"),
}
WAY_TITLE = "## The last step's way"
WAY_STOP = re.compile(r"`([\w/]+\.py):(\w+)`")


class ModelClass(NamedTuple):
    """A class of Odoo's that makes or extends a model."""

    file: Path
    model: str
    # Models whose class has to be there before this one
    parents: tuple[str, ...]
    methods: frozenset[str]
    # Of fields and methods, without those that only add to what Odoo has
    members: frozenset[str]


def main():
    classes = [each for each in read_classes(CORE) if each.file.parent == MODELS]
    lines = (
        len(path.read_text().splitlines())
        for path in CORE.rglob("*.py")
        if "tests" not in path.relative_to(CORE).parts
    )
    with (CORE / "security/ir.model.access.csv").open() as file:
        access_rows = list(csv.DictReader(file))
    figures = [
        sum(lines),
        len(list_modules(MODELS)),
        sum(len(find_overrides(read_classes(addon))) for addon in list_addons()),
        len(find_largest_cycle(find_uses(MODELS, classes))),
        len({path for path, _function in read_way()}),
        len(access_rows),
    ]
    print("| figure | now | at most |\n| --- | --: | --: |")
    too_high = []
    for (name, bound), figure in zip(BOUNDS.items(), figures, strict=True):
        print(f"| {name} | {figure} | {bound} |")
        if figure > bound:
            too_high.append(f"structure: {name}: {figure}, at most {bound}")
    if too_high:
        sys.exit("\n".join(too_high))


def list_addons():
    """Return the folders of all addons."""
    return [path.parent for path in sorted(ROOT.glob("*/__manifest__.py"))]


def list_modules(folder):
    """Return the Python files of a folder by their module's name, sorted.

    :rtype: dict[str, Path]
    """
    paths = (path for path in sorted(folder.glob("*.py")) if path.stem != "__init__")
    return {path.stem: path for path in paths}


def read_classes(addon):
    """Read the classes of an addon's models and dialogs.

    :return: iterator of ModelClass
    """
    for folder in ("models", "wizards"):
        for path in list_modules(addon / folder).values():
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and (found := _read(path, node)):
                    yield found


def _read(path, node):
    assigned = {
        part.targets[0].id: part.value
        for part in node.body
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name)
    }
    methods = {
        part.name: _calls_super(part)
        for part in node.body
        if isinstance(part, ast.FunctionDef)
    }
    inherit = ast.literal_eval(assigned.get("_inherit", ast.Constant([])))
    parents = [inherit] if isinstance(inherit, str) else inherit
    name = ast.literal_eval(assigned.get("_name", ast.Constant(None)))
    if not name and not parents:
        return None
    members = assigned.keys() - CLASS_ATTRIBUTES
    members |= {method for method, is_override in methods.items() if not is_override}
    return ModelClass(
        path, name or parents[0], tuple(parents), frozenset(methods), frozenset(members)
    )


def _calls_super(method):
    return any(
        isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(method)
    )


def find_overrides(classes):
    """Find the methods that override one of the same addon, on the same model.

    :return: (model, method) of each
    :rtype: list[tuple[str, str]]
    """
    seen, found = set(), []
    for each in classes:
        for method in sorted(each.methods):
            key = each.model, method
            if key in seen:
                found.append(key)
            seen.add(key)
    return found


def find_uses(folder, classes):
    """Find which modules of a folder use which: by import, or by a member's name.

    A member belongs to the module that first defines it. One that several models have
    tells nothing, nor does a single word: anything may be called so.

    :rtype: dict[str, set[str]]
    """
    imports = find_imports(folder)
    owners = _find_owners(classes, find_reach(imports))
    uses = {}
    for module, path in list_modules(folder).items():
        tree = ast.walk(ast.parse(path.read_text()))
        named = {node.attr for node in tree if isinstance(node, ast.Attribute)}
        used = {owners[name] for name in named if name in owners}
        uses[module] = (used | imports[module]) - {module}
    return uses


def _find_owners(classes, reach):
    models, owners = defaultdict(set), {}
    # What extends a model imports, directly or not, what makes it
    here = [each for each in classes if each.file.stem in reach]
    for each in sorted(here, key=lambda each: len(reach[each.file.stem])):
        for member in filter(lambda name: "_" in name, each.members):
            models[member].add(each.model)
            owners.setdefault(member, each.file.stem)
    return {name: file for name, file in owners.items() if len(models[name]) == 1}


def find_imports(folder):
    """Find which modules of a folder import which of it.

    :rtype: dict[str, set[str]]
    """
    modules = list_modules(folder)
    imports = {}
    for module, path in modules.items():
        found = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                names = {alias.name for alias in node.names}
                found |= {node.module} if node.module else names
        imports[module] = found & modules.keys()
    return imports


def find_reach(uses):
    """Return what each reaches, over however many others.

    :param dict[str, set[str]] uses:
    :rtype: dict[str, set[str]]
    """
    reach = {name: set(used) for name, used in uses.items()}
    for through in uses:
        for name in uses:
            if through in reach[name]:
                reach[name] |= reach[through]
    return reach


def find_largest_cycle(uses):
    """Return the largest group that all use each other, directly or not, or {}."""
    reach = find_reach(uses)
    groups = ({b for b in reach[a] if a in reach[b]} for a in uses)
    return max(groups, key=len, default=set())


def read_way():
    """Read the way from the cron job to "signed", as ARCHITECTURE.md has it.

    :return: (path in the core, name of the function) of each stop
    :rtype: list[tuple[str, str]]
    """
    text = (ROOT / "ARCHITECTURE.md").read_text()
    _before, _title, after = text.partition(f"\n{WAY_TITLE}\n")
    return WAY_STOP.findall(after.partition("\n## ")[0])


if __name__ == "__main__":
    main()
