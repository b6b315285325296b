# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The pieces that demo, tests and benchmarks share: PostgreSQL, Odoo, the emulator."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / ".workspace"
VENV = WORKSPACE / "venv"
ODOO_HOME = Path(
    os.environ.get("ODOO_HOME") or WORKSPACE / "odoo/usr/lib/python3/dist-packages"
).resolve()
