# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a signed contract takes in PostgreSQL and on the disk, and retention frees."""

from workspace import progress

from odoo.tools import SQL

from . import Row
from .history import KEPT
from .office import office

CONTRACTS = 16
SHARE = 0.02  # of all: tables that take less are told together
# What Odoo deletes by itself after some hours, and what is the same for all contracts
PASSING = ("autenti\\_send%", "bus\\_%", "mail\\_mail")
TABLES = ("agreement", "autenti\\_%", "ir\\_attachment", "mail\\_%", "res\\_partner")
TEMPLATE = (
    "<h2>§ {number}</h2><p>The contractor keeps the client's gardens, which are at the "
    "client's seat, from spring to autumn, and brings tools and plants along. What the "
    "client orders beside that is paid by the hour, after a list that both have "
    "signed.</p>"
)
PARAGRAPHS = 15  # about two pages


def measure():
    with office("storage") as it, progress(f"{CONTRACTS} contracts"):
        env = it.env
        kind = env["agreement.type"].create(
            {
                "name": "Gardens",
                "document_template": "".join(
                    TEMPLATE.format(number=number) for number in range(PARAGRAPHS)
                ),
            }
        )
        it.sign_new(["warm-up"], agreement_type_id=kind.id)
        tables = list_tables(env)
        before = weigh(it, tables)
        codes = [str(number) for number in range(CONTRACTS)]
        requests = it.sign_new(codes, agreement_type_id=kind.id)
        signed, files = weigh(it, tables), weigh_files(requests)
        forget(env, kind, requests)
        left, files_left = weigh(it, tables), weigh_files(requests)
    taken = subtract(signed, before)
    yield tell("PostgreSQL for a signed contract", taken, sum(taken.values()))
    yield tell("file store for a signed contract", files, sum(files.values()))
    freed = subtract(signed, left)
    yield tell("PostgreSQL that retention gives back", freed, sum(taken.values()))
    freed = subtract(files, files_left)
    yield tell("file store that retention gives back", freed, sum(files.values()))


def list_tables(env):
    """Return the names of the tables that keep something of each contract."""
    query = SQL(
        "SELECT relname FROM pg_class WHERE relkind = 'r' "
        "AND relname LIKE ANY(%s) AND NOT relname LIKE ANY(%s)",
        list(TABLES),
        list(PASSING),
    )
    return [name for [name] in env.execute_query(query)]


def weigh(it, tables):
    """Return bytes by table, with its indexes and what is kept out of line."""
    it.env["autenti.send"].search([]).unlink()
    it.vacuum(*tables)
    return {
        table: size
        for table, size in it.env.execute_query(
            SQL(
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
                "WHERE relkind = 'r' AND relname = ANY(%s)",
                tables,
            )
        )
    }


def weigh_files(requests):
    """Return bytes by the kind of file."""
    names = ("source_attachment_id", "signed_attachment_id", "card_attachment_id")
    return {
        requests._fields[name].string: sum(requests[name].mapped("file_size"))
        for name in names
    }


def forget(env, kind, requests):
    """Let so much time pass that all of it is deleted that can be."""
    kind.write({f"autenti_keep_{what}": 1 for what in KEPT})
    env.flush_all()
    query = "UPDATE autenti_request SET ended_date = ended_date - interval '3 months'"
    env.cr.execute(query)
    env.cr.commit()
    env.invalidate_all()
    requests._cron_forget()


def subtract(sizes, others):
    return {name: size - others[name] for name, size in sizes.items()}


def tell(what, sizes, whole):
    """Tell kilobytes of a contract, and which part each table or file has in them."""
    total = sum(sizes.values())
    parts = {name: size for name, size in sizes.items() if abs(size) > SHARE * whole}
    parts = dict(sorted(parts.items(), key=lambda part: -part[1]))
    parts["others"] = total - sum(parts.values())
    shares = ", ".join(
        f"{name} {size / whole:.0%}" for name, size in parts.items() if size
    )
    return Row(what, f"{total / CONTRACTS / 1000:.1f} kB: {shares}", "", True)
