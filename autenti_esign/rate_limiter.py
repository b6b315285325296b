# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The calls of a connection in a minute, limited over all servers of a database."""

import time
from contextlib import contextmanager
from typing import NamedTuple

from odoo.tools import SQL

from .client import const, errors

# Seconds; what is counted is when calls reach Autenti, which can be so much later than
# when they were let go
MINUTE = 63
# Calls that are left to people, once at a time and once spread over a minute, whatever
# jobs do: a tenth of the limit each time, at most these
CALLS_OF_PEOPLE = 10
# The smallest limit with which a contract gets on
CALLS_MIN = 10
# Seconds that a call waits in its place: of a person who looks on; the first one of a
# request, of one whose turn it is, and each further one, before which it doesn't stop
PERSON_PATIENCE = 5
PATIENCE = 2
TURN_PATIENCE = 20
FURTHER_PATIENCE = 60
# Seconds by which calls and turns are planned ahead at most. Else nothing would be
# asked for as long as the database's clock was put back
CALLS_PLANNED = 90
TURNS_PLANNED = 600
# Of the table, in seconds since 1970 by the database's clock; how far ahead at most
MOMENTS = {
    "next_call_at": CALLS_PLANNED,
    "next_extra_at": CALLS_PLANNED,
    "next_turn_at": TURNS_PLANNED,
    "paused_until": const.RETRY_AFTER_MAX,
}


class Lane(NamedTuple):
    """Places in a row, of which some may be taken early, at once (GCRA).

    :param str name: of the moment of the next place
    :param float interval: seconds between two places
    :param float tolerance: seconds that a place may be taken early
    """

    name: str
    interval: float
    tolerance: float = 0


class RateLimiter:
    """Lets the calls of one connection go, evenly spaced, as an `AutentiSession` asks.

    That is the generic cell rate algorithm (ITU-T I.371, annex A), with its state in
    the database and by the database's clock, so it is one for all servers. Each place
    is taken in a transaction of its own, and waited for without one.

    Safe for threads: no record is used after the beginning.

    :param connection: autenti.connection record; ``autenti_has_turn`` in its context
        tells that a job calls, and whether for a request whose turn it is
    """

    def __init__(self, connection):
        self._registry = connection.env.registry
        self._connection_id = connection.id
        calls = connection.calls_per_minute
        extra = min(CALLS_OF_PEOPLE, calls // 10)
        # Such that no minute has more calls than the limit, those of people included
        self._interval = calls and MINUTE / (calls - 2 * extra - 1)
        self._lanes = [Lane("next_call_at", self._interval)]
        has_turn = connection.env.context.get("autenti_has_turn")
        self._is_persons = has_turn is None
        if self._is_persons:
            self._patience = PERSON_PATIENCE
            if extra:
                pause = MINUTE / extra
                self._lanes.append(Lane("next_extra_at", pause, MINUTE - pause))
        else:
            patience = TURN_PATIENCE if has_turn else PATIENCE
            # The next place of who is alone is always within it
            self._patience = max(patience, 2 * self._interval)

    def acquire(self):
        """Wait until Autenti may be called, if that is soon.

        :raise client.errors.AutentiError: PAUSED, with the seconds until it may
        """
        wait = self._take_place() if self._interval else self._get_pause()
        while 0 < wait <= self._patience:
            time.sleep(wait)
            # Somebody else may have been told to slow down meanwhile
            wait = self._get_pause()
        if wait > 0:
            raise errors.AutentiError(errors.PAUSED, retry_after=wait)
        if not self._is_persons:
            self._patience = FURTHER_PATIENCE

    def pause(self, seconds):
        """Have nobody call for so long."""
        with self._lock() as (now, row):
            row["paused_until"] = max(row["paused_until"], now + seconds)

    def take_turn(self, calls):
        """Get in line with what the job works on; every turn has time for its calls.

        :param int calls: that it needs
        :return: seconds until the turn
        """
        with self._lock() as (now, row):
            moments = (row[name] for name in MOMENTS if name != "next_extra_at")
            turn = max(now, *moments)
            row["next_turn_at"] = turn + calls * self._interval
        return turn - now

    def _take_place(self):
        """Take the next place, unless that takes longer than the patience lasts.

        :return: seconds until it
        """
        with self._lock() as (now, row):
            begin = max(now, row["paused_until"])
            free_at = {
                each: max(begin, row[each.name] - each.tolerance)
                for each in self._lanes
            }
            # What jobs don't need comes before what is left to people
            lane = min(free_at, key=free_at.get)
            wait = free_at[lane] - now
            if wait <= self._patience:
                row[lane.name] = max(begin, row[lane.name]) + lane.interval
        return wait

    def _get_pause(self):
        """Return for how many seconds nobody may call."""
        with self._registry.cursor() as cr:
            now, row = self._read(cr)
        return max(0, row["paused_until"] - now)

    @contextmanager
    def _lock(self):
        """Give the database's time and the row, to be changed, to one at a time."""
        with self._registry.cursor() as cr:
            # First of all: what a transaction sees is as old as its first query. What
            # is deleted with a connection needn't wait for it
            cr.execute("LOCK TABLE autenti_rate_limit IN SHARE UPDATE EXCLUSIVE MODE")
            now, row = self._read(cr)
            yield now, row
            self._write(cr, row)

    def _read(self, cr):
        columns = SQL(", ").join(
            SQL("coalesce(max(%s), 0)", SQL.identifier(name)) for name in MOMENTS
        )
        cr.execute(
            SQL(
                "SELECT extract(epoch FROM clock_timestamp())::float, %s "
                "FROM autenti_rate_limit WHERE connection_id = %s",
                *(columns, self._connection_id),
            )
        )
        now, *moments = cr.fetchone()
        return now, {
            name: min(moment, now + ahead)
            for (name, ahead), moment in zip(MOMENTS.items(), moments, strict=True)
        }

    def _write(self, cr, row):
        names = [SQL.identifier(name) for name in row]
        cr.execute(
            SQL(
                "INSERT INTO autenti_rate_limit (connection_id, %s) VALUES %s "
                "ON CONFLICT (connection_id) DO UPDATE SET %s",
                SQL(", ").join(names),
                (self._connection_id, *row.values()),
                SQL(", ").join(SQL("%s = EXCLUDED.%s", name, name) for name in names),
            )
        )
