# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make an addon's README.rst from its fragments: `script/readme [--check]`.

The fragments are in the part of Markdown that is nearly reStructuredText: paragraphs,
lists without lists in them, `code`, _emphasis_, **strong** and [links](address).
"""

import argparse
import ast
import re
import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parent.parent / "autenti_esign"
TARGET = ADDON / "README.rst"
# In the order and under the headings of OCA's addons
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
    text = make_readme()
    if not arguments.check:
        TARGET.write_text(text)
    elif TARGET.read_text() != text:
        sys.exit("autenti_esign/README.rst is not up to date: run script/readme")


def make_readme():
    manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text())
    name = manifest["name"]
    rule = "=" * len(name)
    parts = [f"{rule}\n{name}\n{rule}\n", NOTICE, fragment("DESCRIPTION"), CONTENTS]
    for file, title in SECTIONS.items():
        parts += [heading(title, "="), fragment(file)]
    parts += [heading("Credits", "="), heading("Contributors", "-")]
    parts.append(fragment("CONTRIBUTORS"))
    parts += [heading("License", "-"), f"{manifest['license']}\n"]
    return "\n".join(parts)


def heading(title, underline):
    return f"{title}\n{underline * len(title)}\n"


def fragment(name):
    """Return a fragment as reStructuredText."""
    text = (ADDON / "readme" / f"{name}.md").read_text()
    text = re.sub(r"`([^`]+)`", r"``\1``", text)
    text = re.sub(r"(?<![\w`])_([^_`]+)_(?!\w)", r"*\1*", text)
    return re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", text)


if __name__ == "__main__":
    main()
