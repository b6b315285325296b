# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make the addons' README.rst from their fragments: `script/readme [--check]`.

The fragments are in the part of Markdown that is nearly reStructuredText: paragraphs,
lists without lists in them, `code`, _emphasis_, **strong** and [links](address).
"""

import argparse
import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# In the order and under the headings of OCA's addons; an addon has those it needs
SECTIONS = {
    "CONTEXT": "Use Cases / Context",
    "INSTALL": "Installation",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "ROADMAP": "Known issues / Roadmap",
}
NOTICE = """\
..
   This file is made by script/readme from the fragments in readme/; change those.
"""
CONTENTS = """\
**Table of contents**

.. contents::
   :local:
"""


def main():
    parser = argparse.ArgumentParser(prog="script/readme", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing, fail when out of date"
    )
    arguments = parser.parse_args()
    old = []
    for manifest in sorted(ROOT.glob("*/__manifest__.py")):
        text, target = make_readme(manifest), manifest.with_name("README.rst")
        if not arguments.check:
            target.write_text(text)
        elif not target.exists() or target.read_text() != text:
            old.append(f"{target.relative_to(ROOT)} is not up to date: script/readme")
    if old:
        sys.exit("\n".join(old))


def make_readme(path):
    """Return the README.rst of the addon with this manifest."""
    manifest = ast.literal_eval(path.read_text())
    fragments = {
        fragment.stem: to_rst(fragment.read_text())
        for fragment in path.parent.glob("readme/*.md")
    }
    name = manifest["name"]
    rule = "=" * len(name)
    parts = [f"{rule}\n{name}\n{rule}\n", NOTICE, fragments["DESCRIPTION"], CONTENTS]
    for file, title in SECTIONS.items():
        if file in fragments:
            parts += [heading(title, "="), fragments[file]]
    parts += [heading("Credits", "="), heading("Contributors", "-")]
    parts.append(fragments["CONTRIBUTORS"])
    parts += [heading("License", "-"), f"{manifest['license']}\n"]
    return "\n".join(parts)


def heading(title, underline):
    return f"{title}\n{underline * len(title)}\n"


def to_rst(text):
    """Return a fragment's Markdown as reStructuredText."""
    text = re.sub(r"`([^`]+)`", r"``\1``", text)
    text = re.sub(r"(?<![\w`])_([^_`]+)_(?!\w)", r"*\1*", text)
    return re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", text)


if __name__ == "__main__":
    main()
