# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Bring the translation files up to date: `script/translations [--check]`."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polib
from workspace import ROOT, WORKSPACE, WorkspaceError, handle_signals
from workspace.databases import ADDONS, odoo_database
from workspace.postgresql import postgresql
from workspace.servers import PYTHON, odoo_options

# The addons whose screens ours extend have no Polish of their own. Odoo reads what is
# in i18n_extra after i18n, and lets a translation that is there already stand.
CATALOGUES = {
    **{addon: ROOT / addon / "i18n" / "pl.po" for addon in ADDONS},
    "agreement": ROOT / "agreement_document" / "i18n_extra" / "pl.po",
    "contract": ROOT / "autenti_esign_contract" / "i18n_extra" / "pl.po",
}
# What Polish says in the same words. The linter wants these left empty, so they have to
# be told apart from the forgotten ones.
SAME = frozenset(
    {
        '"%s %s" % (object.name, object.code)',
        "Autenti",
        "<br/>\n                    Status:",
        "Client ID",
        "Client secret",
        "E-mail",
        "%(file)s: %(sentence)s",
        "%(user)s, %(moment)s: %(reason)s",
        "ID",
        "KRS",
        "Monitoring",
        "Problem",
        "REGON",
        "SHA-256",
        "Status",
        "TEST",
        "Test",
        "Token",
        "https://…/api/v2",
        "<span invisible=\"environment == 'production'\" "
        'class="badge text-bg-warning ms-1">TEST</span>',
        "https://…/webhook.jwks",
        "object.display_name",
    }
)
# That `sms` adds to whatever has a chatter, where it is installed
FOREIGN_FIELD = "__message_has_sms_error"
HEADER = {
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}
# From the Unicode CLDR, for whole numbers
POLISH = {
    "Language": "pl",
    "Plural-Forms": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && "
    "(n%100<12 || n%100>14) ? 1 : 2);",
}


def main():
    parser = argparse.ArgumentParser(prog="script/translations", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing, fail when all isn't well"
    )
    arguments = parser.parse_args()
    handle_signals()
    try:
        files = make_files()
    except WorkspaceError as error:
        sys.exit(f"translations: {error}")
    except KeyboardInterrupt:
        sys.exit("translations: ended")
    if not arguments.check:
        write(files)
    if problems := find_problems(files):
        sys.exit("\n".join(problems))


def make_files():
    """Return the files as they should be, by path, as text."""
    database_name = f"autenti_i18n_{os.getpid()}"
    with postgresql(), odoo_database(database_name, addons=ADDONS) as database:
        terms = {addon: export(database, addon) for addon in CATALOGUES}
    files = {}
    for addon, path in CATALOGUES.items():
        header = {"Project-Id-Version": f"{path.parent.parent.name} 19.0"} | HEADER
        if addon in ADDONS:
            files[path.with_name(f"{addon}.pot")] = render(terms[addon], header)
        known = translations(path)
        for entry in terms[addon]:
            entry.msgstr = known.get(entry.msgid, "")
        files[path] = render(terms[addon], header | POLISH)
    return files


def export(database, addon):
    """Return what is to be translated in an addon, as polib entries.

    :raise WorkspaceError: when Odoo fails
    """
    with tempfile.TemporaryDirectory(dir=WORKSPACE) as folder:
        # This command of Odoo takes its other options from a file alone.
        options = dict(o[2:].split("=") for o in odoo_options(database) if "=" in o)
        config, target = Path(folder, "odoo.conf"), Path(folder, "terms.pot")
        config.write_text(
            f"[options]\naddons_path = {options['addons-path']}\n"
            f"data_dir = {options['data-dir']}\n"
        )
        command = [PYTHON, "-m", "odoo", "i18n", "export", "-c", config]
        command += ["-d", database, "-o", target, addon]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not target.exists():
            raise WorkspaceError(f"Odoo can't export the terms:\n{done.stderr}")
        return [entry for entry in polib.pofile(target.read_text()) if is_own(entry)]


def is_own(entry):
    """Drop the places in fields of others, and tell if the term has any other place."""
    entry.occurrences = [
        place for place in entry.occurrences if FOREIGN_FIELD not in place[0]
    ]
    return bool(entry.occurrences)


def translations(path):
    """Return the translations of a file by source text, the doubtful ones left out."""
    entries = polib.pofile(path).translated_entries() if path.exists() else ()
    return {e.msgid: e.msgstr for e in entries if e.msgid != e.msgstr}


def render(entries, header):
    """Return a file's text; it holds no dates, so the same terms give the same text."""
    catalogue = polib.POFile()
    catalogue.metadata = header
    catalogue.extend(entries)
    return f"{catalogue}"


def write(files):
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def find_problems(files):
    """Return a line for each file that is out of date and each missing translation."""
    problems = []
    for path, text in files.items():
        name = path.relative_to(ROOT)
        if not path.exists() or path.read_text() != text:
            problems.append(f"{name} is not up to date: run script/translations")
        if path.suffix == ".po":
            problems += [
                f"{name}: no translation of {entry.msgid!r}"
                for entry in polib.pofile(text).untranslated_entries()
                if entry.msgid not in SAME
            ]
    return problems


if __name__ == "__main__":
    main()
