# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""SQL queries to open a contract and a list of them, with and without the addon."""

import os
from contextlib import ExitStack

from lxml import etree
from workspace.databases import odoo_database

from odoo.fields import Command

from . import Row
from .environment import environment

CONTRACTS = 80
GOALS = {"form": 6, "list": 2}  # queries more than without the addon
TITLES = {
    "form": "SQL queries to open a contract, more than without the addon",
    "list": f"SQL queries to open a list of {CONTRACTS}, more than without the addon",
}


def measure():
    with_addon = count_queries(
        "autenti_esign", "autenti_esign.autenti_esign_group_user"
    )
    without = count_queries("agreement", "agreement.group_agreement_user")
    for view, goal in GOALS.items():
        more = with_addon[view] - without[view]
        result = f"{more:+} ({with_addon[view]} and {without[view]})"
        yield Row(TITLES[view], result, f"at most +{goal}", more <= goal)


def count_queries(addon, group):
    """Count the queries for each view, as a user with one group needs them.

    :return: numbers of queries by type of view
    """
    with ExitStack() as stack:
        name = f"autenti_bench_{addon}_{os.getpid()}"
        database = stack.enter_context(odoo_database(name, addons=(addon,)))
        env = stack.enter_context(environment(database))
        user = create_salesperson(env, group)
        agreements = create_agreements(env, user)
        return {view: count(agreements.with_user(user), view) for view in GOALS}


def create_salesperson(env, group):
    """Return an employee with one more group, whose password is the login."""
    groups = env.ref("base.group_user") + env.ref(group)
    return env["res.users"].create(
        {
            "name": "Salesperson",
            "login": "bench",
            "password": "bench",
            "group_ids": [Command.set(groups.ids)],
        }
    )


def create_agreements(env, user, count=CONTRACTS):
    partners = env["res.partner"].create(
        [{"name": f"Client {number}"} for number in range(count)]
    )
    values = [
        {"name": "Contract", "code": f"B/{partner.id}", "partner_id": partner.id}
        for partner in partners
    ]
    agreements = env["agreement"].create(values)
    if "autenti.request" in env:
        send_all(env, agreements, user)
    return agreements


def send_all(env, agreements, user):
    """Have the contracts out for signature."""
    connection = env["autenti.connection"].create({"mode": "individual"})
    env["autenti.request"].create(
        [
            {
                "name": agreement.name,
                "res_model": agreement._name,
                "res_id": agreement.id,
                "company_id": env.company.id,
                "connection_id": connection.id,
                "user_id": user.id,
                "mode": connection.mode,
                "environment": connection.environment,
                "state": "sent",
                "sender_email": "bench@example.com",
                "sender_subject": "bench",
                "signer_ids": [
                    Command.create(
                        {
                            "first_name": "Jan",
                            "last_name": "Kowalski",
                            "email": "jan@example.com",
                            "side": "client",
                            "status": "turn",
                            "sequence": 1,
                            "signature_type": "BASIC",
                        }
                    )
                ],
            }
            for agreement in agreements
        ]
    )


def count(agreements, view):
    """Count the queries of the web client's calls, what is cached for good left out."""
    env = agreements.env
    spec = {}

    def open_view():
        env.flush_all()
        env.invalidate_all()
        before = env.cr.sql_log_count
        arch = agreements.get_views([(False, view)])["views"][view]["arch"]
        spec.update(read_spec(agreements, etree.fromstring(arch)))
        if view == "form":
            agreements[0].web_read(spec)
        else:
            domain = [("id", "in", agreements.ids)]
            agreements.web_search_read(domain, spec, limit=CONTRACTS)
        return env.cr.sql_log_count - before

    open_view()
    return open_view()


def read_spec(model, arch):
    """Return what the web client reads for an arch, sub-views included."""
    spec = {}
    for node in arch.xpath(".//field[not(ancestor::field)]"):
        field = model._fields[node.get("name")]
        spec[field.name] = {}
        if field.type == "many2one":
            spec[field.name] = {"fields": {"display_name": {}}}
        elif field.relational:
            comodel = model.env[field.comodel_name]
            subviews = node.xpath("./list | ./kanban | ./form")[:1]
            names = {
                n: s for sub in subviews for n, s in read_spec(comodel, sub).items()
            }
            spec[field.name] = {"fields": names or {"display_name": {}}}
    return spec
