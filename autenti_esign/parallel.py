# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Several things that wait for remote answers, at the same time."""

import logging
import queue
import threading
import time
from collections import Counter
from functools import partial

from odoo import fields
from odoo.tools import config

from odoo.addons.base.models.ir_cron import MIN_TIME_PER_JOB

_logger = logging.getLogger(__name__)

# Seconds without an answer after which `drive` asks for more to do
PATIENCE = 1
# Requests that one run works on at the same time, unless the system parameter tells
PARALLEL_PARAMETER = "autenti_esign.parallel_requests"
PARALLEL_REQUESTS = 8
# Of the time that the server gives a cron job: when a run takes on no more, and when it
# waits for no answer any more, which is as if the server had died in this moment
TAKING_SHARE = 0.4
WAITING_SHARE = 0.8
# Seconds; the server's default, where it has no limit
TIME_LIMIT = 120
# Seconds for which a run keeps what it has found due
FRESH_TIME = 1
# Seconds in which a run takes no request twice
PAUSE = 5
# Seconds after which a run waits no more for what is due in a moment, so that other
# jobs get their turn; the next run goes on with waiting
WAIT = 10


def drive(take, limit, deadline=float("inf")):
    """Go on with several walks at once until none is left.

    A walk is a generator that yields callables. Each is called in a thread, and the
    walk goes on with what it returned or raised. All else that a walk does, it does in
    the calling thread, so that walks can share what threads can't.

    :param take: callable that takes a number of free places and gives at most as many
        new walks; it is asked again as long as there is room
    :param int limit: walks at once; with 1 nothing leaves the calling thread
    :param float deadline: of `time.monotonic`; walks that still wait for an answer then
        are closed, and the answer is lost
    """
    answers = queue.SimpleQueue()
    start = _answer if limit == 1 else _start_thread
    under_way = set()
    # They come first: the sooner their calls are out, the less time nobody answers
    new = []
    while True:
        if len(under_way) < limit:
            walks = list(take(limit - len(under_way)))
            under_way.update(walks)
            new += walks
        if not under_way:
            return
        try:
            if new:
                walk = new.pop(0)
                go_on, answer = walk.send, None
            else:
                walk, go_on, answer = answers.get(timeout=PATIENCE)
        except queue.Empty:
            if time.monotonic() > deadline:
                _logger.warning("%s answers were given up", len(under_way))
                for walk in under_way:
                    walk.close()
                return
            continue
        try:
            call = go_on(answer)
        except StopIteration:
            under_way.remove(walk)
        except Exception:
            under_way.remove(walk)
            _logger.exception("A walk broke off")
        else:
            start(answers, walk, call)


def _start_thread(answers, walk, call):
    # A daemon: what never answers must not keep the server from stopping
    thread = threading.Thread(
        target=_answer, args=(answers, walk, call), name="autenti.call", daemon=True
    )
    # For the server's log
    thread.dbname = getattr(threading.current_thread(), "dbname", None)
    thread.start()


def _answer(answers, walk, call):
    try:
        answers.put((walk, walk.send, call()))
    except Exception as error:
        answers.put((walk, walk.throw, error))


def get_time_limit():
    """Return how many seconds the server gives a cron job."""
    limit = config["limit_time_real_cron"]
    if limit < 0:
        limit = config["limit_time_real"]
    return limit or TIME_LIMIT


class Run:
    """What one run of the cron job takes on, and when.

    :param requests: the empty recordset of the cron job
    """

    def __init__(self, requests):
        self._requests = requests
        self._cron = requests.env["ir.cron"]
        self.limit = self._get_limit()
        end = requests.env.context.get("cron_end_time")
        begun = end - MIN_TIME_PER_JOB if end else time.monotonic()
        time_limit = get_time_limit()
        self._closing_time = begun + TAKING_SHARE * time_limit
        self.deadline = begun + WAITING_SHARE * time_limit
        self._waiting_end = begun + WAIT
        self._is_waiting = False
        self._found, self._found_at = [], 0
        self._may_find_more = True
        # Walks that have ended since it was last written down
        self._done = 0
        self._taken_at = {}
        self._under_way = Counter()  # by connection

    def _get_limit(self):
        parameters = self._requests.env["ir.config_parameter"].sudo()
        value = parameters.get_param(PARALLEL_PARAMETER)
        try:
            return max(1, int(value or PARALLEL_REQUESTS))
        except ValueError:
            _logger.warning("%s isn't a number: %r", PARALLEL_PARAMETER, value)
            return PARALLEL_REQUESTS

    def take(self, count):
        """Begin with requests that are due; see `drive`.

        The next is always one of the connection with the fewest under way, so that a
        company whose Autenti doesn't answer keeps no other one waiting.
        """
        now = time.monotonic()
        if now > self._closing_time:
            return []
        is_stale = now > self._found_at + FRESH_TIME
        if is_stale or not self._found:
            # A search costs about as much as a step, so it doesn't follow each of them
            if not (is_stale or self._may_find_more or count == self.limit):
                return []
            self._find(now)
        walks = []
        while self._found and len(walks) < count:
            request_id, connection_id = found = min(
                self._found, key=lambda found: self._under_way[found[1]]
            )
            self._found.remove(found)
            self._taken_at[request_id] = now
            self._under_way[connection_id] += 1
            walks.append(self._walk(request_id, connection_id))
        if not walks and (wait := self._wait_for_next(now)):
            walks.append(wait)
        return walks

    def has_more(self):
        """Tell whether the next run is to follow at once."""
        now = time.monotonic()
        return (now > self._closing_time and self._find(now)) or self._is_awaited()

    def _is_awaited(self):
        """Tell whether something is due in a moment that a run can wait for.

        Nobody else would be there in time: a server looks for cron jobs that are due
        once a minute. With one place, who waits would keep others waiting.
        """
        return self.limit > 1 and self._requests._get_awaited_moment()

    def _wait_for_next(self, now):
        """Return a walk that only waits, if there is something to wait for.

        While it is under way, `drive` asks for more to do each second, so that what
        comes in meanwhile has to wait for nothing.
        """
        if self._is_waiting or now > self._waiting_end:
            return None
        moment = self._is_awaited()
        self.commit()
        if not moment:
            return None
        self._is_waiting = True
        until_due = (moment - fields.Datetime.now()).total_seconds()
        return self._sleep(max(1, min(until_due, self._waiting_end - now)))

    def _sleep(self, seconds):
        yield partial(time.sleep, seconds)
        self._is_waiting = False

    def _find(self, now):
        self._requests.env["autenti.callback"]._match_pending()
        taken = [i for i, at in self._taken_at.items() if now < at + PAUSE]
        self._found = self._requests._find_due(self.limit, taken)
        self._found_at = now
        self._may_find_more = len(self._found) >= self.limit
        # So that the next search sees what is new
        self.commit()
        return self._found

    def commit(self):
        """End the transaction of the cron job, and tell it what was done."""
        self._cron._commit_progress(self._done, remaining=0)
        self._done = 0

    def _walk(self, request_id, connection_id):
        try:
            yield from self._requests._walk(request_id)
        finally:
            self._under_way[connection_id] -= 1
        self._done += 1
