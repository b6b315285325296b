# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Limits that a process sets to itself before it reads what it can't trust."""

import sys

try:
    import resource
except ImportError:  # not on Windows, where only the caller's time limit holds
    resource = None


def apply(seconds=None, memory=None):
    """Limit the process that calls it.

    :param int seconds: of processor time
    :param int memory: MiB of address space
    """
    if resource is None:
        return
    if seconds:
        _lower(resource.RLIMIT_CPU, seconds)
    if memory and sys.platform != "darwin":  # where the system ignores it
        _lower(resource.RLIMIT_AS, memory * 2**20)


def _lower(kind, value):
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))
