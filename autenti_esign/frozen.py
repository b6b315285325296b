# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can't be changed any more, whoever wants it and by whatever way of Odoo's."""

# In the context of the few places in this addon that may change evidence. Being an
# object, it can't come from outside: not by RPC, not from a server action
_KEEPER = object()
_KEY = "autenti_keeper"


def as_keeper(records):
    """Return records that may change evidence, to write only what is written down."""
    return records.with_context(**{_KEY: _KEEPER})


def is_keeper(env):
    return env.context.get(_KEY) is _KEEPER


def is_changed(record, vals, set_once, set_until_end, has_ended):
    """Tell if a write changes what can't be changed any more."""

    def differs(name):
        field = record._fields[name]
        return field.convert_to_write(record[name], record) != vals[name]

    return any(
        differs(name)
        for name in vals
        if (name in set_once and record[name]) or (name in set_until_end and has_ended)
    )
