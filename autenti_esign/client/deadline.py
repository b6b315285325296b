# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An end to each HTTP call, however slowly the other side answers.

The timeouts of HTTP libraries count from byte to byte: a host that sends one of them
now and then, of its headers or of its body, is never too slow for them.
"""

import contextlib
import socket
import threading
from time import monotonic

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_thread = threading.local()


class Deadline:
    """The end of one call, at which its connections are taken down."""

    def __init__(self, seconds):
        self.is_over = False
        self._ends_at = monotonic() + seconds
        self._lock = threading.Lock()
        self._lines = []
        self._timer = None

    def extend(self, seconds):
        """Give the call more time, for what has come of its answer."""
        self._ends_at += seconds

    def watch(self, line):
        """Have a connected socket taken down at the end."""
        # A socket of its own for the same connection: TLS takes the other one away,
        # and HTTP closes it while the answer is still to be read
        own = socket.socket(fileno=socket.dup(line.fileno()))
        with self._lock:
            self._lines.append(own)
            if self.is_over:
                _take_down(own)

    def start(self):
        self._timer = threading.Timer(self._ends_at - monotonic(), self._look)
        self._timer.daemon = True
        self._timer.start()

    def stop(self):
        with self._lock:
            self._timer.cancel()
            self._timer = None
            while self._lines:
                self._lines.pop().close()

    def _look(self):
        with self._lock:
            if not self._timer:
                return
            self.is_over = monotonic() >= self._ends_at
            for line in self._lines if self.is_over else ():
                _take_down(line)
            if not self.is_over:
                self.start()


def _take_down(line):
    with contextlib.suppress(OSError):  # the other side may have been faster
        line.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def within(seconds):
    """End the calls of the block, made by sessions of `make_session`, at the deadline.

    :param float seconds: until then
    :return: context with the `Deadline`
    :raise requests.Timeout: it's over, whatever has come of the call
    """
    deadline = _thread.deadline = Deadline(seconds)
    deadline.start()
    try:
        yield deadline
    except Exception as error:
        if deadline.is_over:
            raise requests.Timeout from error
        raise
    else:
        # An answer of no announced length looks whole where it was cut
        if deadline.is_over:
            raise requests.Timeout
    finally:
        _thread.deadline = None
        deadline.stop()


def make_session():
    """Make a session whose calls `within` can end.

    :rtype: requests.Session
    """
    session = requests.Session()
    for prefix in ("https://", "http://"):
        session.mount(prefix, _Adapter())
    return session


class _Watched:
    def _new_conn(self):
        line = super()._new_conn()
        _watch(line)
        return line

    def putrequest(self, *args, **options):
        if self.sock:  # kept open since the call before
            _watch(self.sock)
        return super().putrequest(*args, **options)


def _watch(line):
    if deadline := getattr(_thread, "deadline", None):
        deadline.watch(line)


class _HTTPConnection(_Watched, HTTPConnection):
    pass


class _HTTPSConnection(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **options):
        result = super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS
        return result

    def proxy_manager_for(self, proxy, **options):
        manager = super().proxy_manager_for(proxy, **options)
        # SOCKS has connections of its own kind
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager
