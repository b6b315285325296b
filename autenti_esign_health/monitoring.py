# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What monitoring is told of a database, in some twenty queries and without Autenti.

Levels, counts and times alone: no name, address or message of anybody.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Domain

from odoo.addons.autenti_esign.models.autenti_check import SEVERITY

# The checks run every day; once they may be late
CHECK_PATIENCE = timedelta(days=2)
# State of a request -> what its age is counted from
REQUEST_AGES = {
    "to_send": "create_date",
    "sent": "sent_date",
    # Odoo was to work on it by then
    "due": "next_check_at",
    # Nothing goes on before somebody acts
    "stuck": "write_date",
}
# Families of metrics -> what they are
METRICS = {
    "autenti_health": "Worst of all: 0 good, 1 look at it, 2 doesn't work.",
    "autenti_connection_health": "Worst of a connection: 0, 1 or 2.",
    "autenti_check": "Line of the health check: 0 good, 1 look at it, 2 doesn't work.",
    "autenti_check_age_seconds": "Since the last health check.",
    "autenti_requests": "Signature requests that are open.",
    "autenti_oldest_request_age_seconds": "How long the oldest of them has been so.",
    "autenti_pending_callbacks": "Callbacks that nobody has looked at.",
    "autenti_oldest_pending_callback_age_seconds": "Since the oldest of them came.",
}


def take(env):
    """Tell how Autenti does in this database.

    :param env: of the superuser
    :return: ``{"level", "connections": [{"id", "environment", "active", "level",
        "check_age_seconds", "checks": {name: level}, "requests": {state: {"count",
        "oldest_seconds"}}}], "pending_callbacks": {"count", "oldest_seconds"}}``;
        levels are those of the health check, ages whole seconds, None where there is
        nothing that could have one
    :rtype: dict
    """
    counts = _count_requests(env)
    # What is archived is followed as long as something is out
    in_use = Domain("active", "=", True) | Domain("id", "in", list(counts))
    connections = (
        env["autenti.connection"]
        .with_context(active_test=False)
        .search(in_use, order="id")
    )
    described = [_describe(each, counts.get(each.id, {})) for each in connections]
    return {
        # Without any connection nothing is sent; maybe nobody has begun yet
        "level": _find_worst([each["level"] for each in described] or ["amber"]),
        "connections": described,
        "pending_callbacks": _count_callbacks(env),
    }


def _describe(connection, counts):
    checks, age = _read_checks(connection) if connection.active else ({}, None)
    # These two are looked at now, for they also keep the checks from being made
    if connection.is_elsewhere:
        checks["database"] = "red"
    elif connection.service_problem:
        checks["jobs"] = "red"
    nothing = {"count": 0, "oldest_seconds": None}
    return {
        "id": connection.id,
        "environment": connection.environment,
        "active": connection.active,
        "level": _find_worst(checks.values()),
        "check_age_seconds": age,
        "checks": checks,
        "requests": {state: counts.get(state, nothing) for state in REQUEST_AGES},
    }


def _read_checks(connection):
    """Read what the last health check has found.

    :return: the worst level by name, and the age of the check in seconds, None before
        the first one
    """
    checks = {}
    for line in connection.check_ids:
        checks[line.name] = _find_worst([line.level, checks.get(line.name, "green")])
    age = _find_age(min(connection.check_ids.mapped("create_date"), default=None))
    is_late = age is None or age > CHECK_PATIENCE.total_seconds()
    checks["check_age"] = "amber" if is_late else "green"
    return checks, age


def _count_requests(env):
    """Count the open requests, by id of the connection and by state."""
    model = env["autenti.request"]
    is_open = model._get_open_domain()
    domains = {
        "to_send": Domain("state", "=", "to_send"),
        "sent": Domain("state", "=", "sent"),
        "due": model._get_due_domain(),
        "stuck": is_open
        & Domain("last_error", "!=", False)
        & Domain("next_check_at", "=", False),
    }
    counts = {}
    for state, since in REQUEST_AGES.items():
        rows = model._read_group(
            domains[state], ["connection_id"], ["__count", f"{since}:min"]
        )
        for connection, count, oldest in rows:
            found = {"count": count, "oldest_seconds": _find_age(oldest)}
            counts.setdefault(connection.id, {})[state] = found
    return counts


def _count_callbacks(env):
    [(count, oldest)] = env["autenti.callback"]._read_group(
        [("state", "=", "pending")], [], ["__count", "create_date:min"]
    )
    return {"count": count, "oldest_seconds": _find_age(oldest)}


def _find_age(moment):
    if not moment:
        return None
    return max(0, int((fields.Datetime.now() - moment).total_seconds()))


def _find_worst(levels):
    return max(levels, key=SEVERITY.get, default="green")


def to_prometheus(report):
    """Write a report in Prometheus's text format, version 0.0.4.

    :param dict report: as of `take`
    :rtype: str
    """
    samples = {name: [] for name in METRICS}
    for name, labels, value in _list_samples(report):
        if value is not None:
            samples[name].append(f"{name}{_write_labels(labels)} {value}\n")
    return "".join(
        f"# HELP {name} {METRICS[name]}\n# TYPE {name} gauge\n{''.join(lines)}"
        for name, lines in samples.items()
    )


def _list_samples(report):
    """Go through the name, labels and value of each sample."""
    yield "autenti_health", {}, SEVERITY[report["level"]]
    for each in report["connections"]:
        labels = {"connection": each["id"], "environment": each["environment"]}
        yield "autenti_connection_health", labels, SEVERITY[each["level"]]
        yield "autenti_check_age_seconds", labels, each["check_age_seconds"]
        for check, level in each["checks"].items():
            yield "autenti_check", {**labels, "check": check}, SEVERITY[level]
        for state, found in each["requests"].items():
            labelled = {**labels, "state": state}
            yield "autenti_requests", labelled, found["count"]
            age = found["oldest_seconds"] or 0
            yield "autenti_oldest_request_age_seconds", labelled, age
    callbacks = report["pending_callbacks"]
    yield "autenti_pending_callbacks", {}, callbacks["count"]
    age = callbacks["oldest_seconds"] or 0
    yield "autenti_oldest_pending_callback_age_seconds", {}, age


def _write_labels(labels):
    # Ids and names of ours: nothing in them has to be escaped
    pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""
