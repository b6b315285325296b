# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The README names what an update leaves to be installed by hand."""

import ast

import structure

README = (structure.ROOT / "README.md").read_text()


def read_manifest(addon):
    return ast.literal_eval((addon / "__manifest__.py").read_text())


def test_addons_that_an_update_does_not_install_are_named():
    _before, by_hand = README.split("**Apps to install by hand after an update.**")
    by_hand, _after = by_hand.split("\n## ", maxsplit=1)
    missing = {
        addon.name
        for addon in structure.list_addons()
        if (manifest := read_manifest(addon)).get("auto_install")
        and manifest["depends"] == ["autenti_esign"]
    }
    assert missing
    assert {name for name in missing if f"`{name}`" not in by_hand} == set()
