# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How long contracts take to be made beside wkhtmltopdf alone on the same HTML."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from workspace import progress
from workspace.databases import odoo_database
from workspace.stage import ACTS

from odoo.addons.base.models import ir_actions_report

from . import at_most
from .environment import environment

CONTRACTS = 100
TURNS = 5
GOAL = 1.2


def measure():
    name = f"autenti_bench_{os.getpid()}"
    with odoo_database(name, demo=True) as database, environment(database) as env:
        contracts = make_contracts(env)
        contracts[0]._autenti_render_pdf()  # loads fonts and templates
        ours, theirs = [], []
        with progress(f"{CONTRACTS} contracts"):
            for turn in range(TURNS):
                commands = []
                started = time.perf_counter()
                for contract in contracts[turn::TURNS]:
                    with recorded(commands):
                        contract._autenti_render_pdf()
                ours.append(time.perf_counter() - started)
                theirs.append(sum(map(repeat, commands)))
    yield at_most(
        f"making {CONTRACTS} contracts, to wkhtmltopdf alone on the same HTML",
        *(ours, theirs, GOAL),
    )


def make_contracts(env):
    original = env.ref(ACTS["individual"].agreement)
    contracts = original.browse()
    for number in range(CONTRACTS):
        contracts += original.copy(
            {"code": f"UM/2030/{number:04}", "name": f"Umowa nr {number}"}
        )
    env.flush_all()
    return contracts


class recorded:
    """Remember the command and the HTML of each run of wkhtmltopdf in the block.

    :param list commands: gets (arguments, HTML) of each
    """

    def __init__(self, commands):
        self._commands = commands
        self._run = ir_actions_report._run_wkhtmltopdf

    def __enter__(self):
        ir_actions_report._run_wkhtmltopdf = self._record

    def __exit__(self, *error):
        ir_actions_report._run_wkhtmltopdf = self._run

    def _record(self, arguments):
        *options, page, _pdf = arguments
        self._commands.append((options, Path(page).read_bytes()))
        return self._run(arguments)


def repeat(command):
    """Run wkhtmltopdf by itself.

    :return: seconds
    """
    options, html = command
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "contract.html"
        page.write_bytes(html)
        started = time.perf_counter()
        subprocess.run(
            ["wkhtmltopdf", *options, page, Path(folder) / "contract.pdf"],
            capture_output=True,
            check=True,
        )
        return time.perf_counter() - started
