# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Several things that wait for remote answers, at the same time."""

import logging
import queue
import threading
import time

_logger = logging.getLogger(__name__)

# Seconds without an answer after which `drive` asks for more to do
PATIENCE = 1


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
