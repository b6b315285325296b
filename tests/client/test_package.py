# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The client stands alone."""

import ast
import subprocess
import sys
from pathlib import Path

import client
from client import assumptions

MODULES = sorted(path.stem for path in Path(client.__file__).parent.glob("*.py"))


def test_the_client_runs_without_odoo():
    program = (
        "import importlib, sys; sys.modules['odoo'] = None; "
        f"[importlib.import_module('client.' + name) for name in {MODULES!r}]"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(client.__file__).parents[1],
        check=True,
    )


def test_the_assumptions_import_nothing():
    tree = ast.parse(Path(assumptions.__file__).read_text())
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert imports == []
