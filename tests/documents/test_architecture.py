# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""ARCHITECTURE.md shows the way that the code goes, and the code is built so."""

import ast

import pytest
import structure


def read_function(path, name):
    """Return the source of a function or method in the core."""
    text = (structure.CORE / path).read_text()
    [found] = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return ast.get_source_segment(text, found)


def test_the_last_steps_way_is_the_one_that_the_code_goes():
    way = structure.read_way()
    sources = [read_function(path, name) for path, name in way]
    for number, (_path, name) in enumerate(way[1:], start=1):
        assert any(calls(source, name) for source in sources[:number]), name
    assert way[0][1] == "_cron_process"
    assert way[-1][1] == "_autenti_signed"


def calls(source, name):
    """Tell if a function names another one, to call it or to have it called."""
    tree = ast.parse(source)
    return any(
        getattr(node, "attr", getattr(node, "id", None)) == name
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("addon", structure.list_addons(), ids=lambda path: path.name)
def test_imports_of_models_are_in_alphabetical_order(addon):
    for folder in ("models", "wizards", "controllers"):
        init = addon / folder / "__init__.py"
        lines = init.read_text().splitlines() if init.exists() else []
        imports = [line for line in lines if line.startswith("from")]
        assert imports == sorted(imports)


@pytest.mark.parametrize("addon", structure.list_addons(), ids=lambda path: path.name)
def test_no_model_depends_on_the_order_of_imports(addon):
    """Who extends what the addon makes imports it: Odoo keeps the order of classes."""
    reach = structure.find_reach(structure.find_imports(addon / "models"))
    classes = [
        each
        for each in structure.read_classes(addon)
        if each.file.parent == addon / "models"
    ]
    makers = {
        each.model: each.file.stem for each in classes if each.model not in each.parents
    }
    for each in classes:
        for parent in each.parents:
            maker = makers.get(parent, each.file.stem)
            assert maker in reach[each.file.stem] | {each.file.stem}, each
    for model, method in structure.find_overrides(classes):
        files = [
            each.file.stem
            for each in classes
            if each.model == model and method in each.methods
        ]
        first = min(files, key=lambda file: len(reach[file]))
        assert all(first in reach[file] for file in files if file != first), method


def test_overrides_and_cycles_are_found(tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    (models / "a.py").write_text(
        "class Thing(Model):\n"
        "    _name = 'thing'\n"
        "    def _do_it(self):\n"
        "        self._do_more()\n"
    )
    (models / "b.py").write_text(
        "from . import a\n"
        "class Thing(Model):\n"
        "    _inherit = 'thing'\n"
        "    def _do_it(self):\n"
        "        return super()._do_it()\n"
        "    def _do_more(self):\n"
        "        self.name = 'used by nobody'\n"
    )
    (models / "c.py").write_text("from . import b\n")
    classes = list(structure.read_classes(tmp_path))
    assert structure.find_overrides(classes) == [("thing", "_do_it")]
    uses = structure.find_uses(models, classes)
    assert uses == {"a": {"b"}, "b": {"a"}, "c": {"b"}}
    assert structure.find_largest_cycle(uses) == {"a", "b"}
