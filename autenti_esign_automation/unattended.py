# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which transactions are those of jobs, where nobody is there to be told no.

A flag in the context would be lost where Odoo recomputes fields, and the cache of a
cursor is emptied with each failure that is undone.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

_jobs = WeakKeyDictionary()


@dataclass
class Job:
    """A job's work in one transaction after the other, with one cursor."""

    # Of the autenti.request that it works on, if it is one
    request_id: int | None
    # Ids of the base.automation whose failure a person knows of
    told: set = field(default_factory=set)


@contextmanager
def unattended(cr, request_id=None):
    """Note that a job works with a cursor, for the time of the block.

    :param int request_id: of the autenti.request that it works on, if it is one
    """
    _jobs[cr] = Job(request_id)
    try:
        yield
    finally:
        _jobs.pop(cr, None)


def get_job(cr):
    """Return the `Job` that works with a cursor, or None: a person does."""
    return _jobs.get(cr)
