# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Foreign files are read in a process of its own, which a malicious one may end.

A file of some hundred bytes can take all the memory or all the time of whoever reads
it, and no library promises otherwise.
"""

import hashlib
import importlib.util
import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

try:
    import resource
except ImportError:  # not on Windows, where only the caller's time limit holds
    resource = None

_logger = logging.getLogger(__name__)

SECONDS = 5  # of processor time
# By the clock: a busy machine takes longer for the same work
PATIENCE = 2 * SECONDS
MEMORY = 256  # MiB of address space
OUT_OF_MEMORY = 3  # exit status
# So many answers are kept, if they are as short: a dialog asks for the same file time
# and again
MAX_KEPT = 1000
KEPT_LENGTH = 1000
# Of this process at once: each may take the memory above
_places = threading.BoundedSemaphore(4)
_kept = {}


class FileTooCostly(Exception):
    """A file took more time or memory than any honest one does."""


def call(module, function, content, seconds=SECONDS, memory=MEMORY):
    """Call a function on a file, in a process with limits.

    :param str module: name of a module of this package that imports nothing of Odoo
    :param str function: takes the file's bytes and returns what JSON can say
    :param bytes content: the whole file
    :param int seconds: of processor time
    :param int memory: MiB of address space
    :return: what the function returns
    :raise FileTooCostly: it was cut off, or the process has died of the file
    """
    key = (module, function, hashlib.sha256(content).digest())
    if key not in _kept:
        answer = _ask(module, function, content, seconds, memory)
        if len(str(answer)) > KEPT_LENGTH:
            return _open(answer)
        if len(_kept) >= MAX_KEPT:
            _kept.clear()
        _kept[key] = answer
        return _open(answer)
    return _open(_kept[key])


def _open(answer):
    if not answer:
        raise FileTooCostly
    return answer[0]


def _ask(module, function, content, seconds, memory):
    """Run the process.

    :return: the function's answer in a tuple; nothing in it when the file, at any
        time, is too costly
    :raise FileTooCostly: it was cut off this time, on a machine that may be busy
    """
    command = [sys.executable, __file__, module, function, str(seconds), str(memory)]
    # Odoo may have found the packages in another way than a new process would
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with _places:
        try:
            done = subprocess.run(
                command,
                input=content,
                capture_output=True,
                timeout=PATIENCE * seconds / SECONDS,
                check=False,
                env=environment,
            )
        except subprocess.TimeoutExpired as error:
            raise FileTooCostly from error
    if done.returncode == 0:
        return (json.loads(done.stdout),)
    if done.returncode == OUT_OF_MEMORY or done.returncode < 0:  # by a signal
        return ()
    last_words = done.stderr.decode(errors="replace").strip()[-500:]
    _logger.warning("A file couldn't be read: %s: %s", done.returncode, last_words)
    raise FileTooCostly


def limit(seconds, memory):
    """Limit the process that calls it.

    :param int seconds: of processor time
    :param int memory: MiB of address space
    """
    if resource is None:
        return
    _lower(resource.RLIMIT_CPU, seconds)
    if sys.platform != "darwin":  # where the system ignores it
        _lower(resource.RLIMIT_AS, memory * 2**20)


def _lower(kind, value):
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _load(name):
    """Load a module of this folder as what it is, without the addon around it."""
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        "autenti_client",
        folder / "__init__.py",
        submodule_search_locations=[str(folder)],
    )
    package = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return importlib.import_module(f"{spec.name}.{name}")


def main(module, function, seconds=SECONDS, memory=MEMORY):
    limit(int(seconds), int(memory))
    # Run as a file, Python looks for modules beside it, such as ``errors``
    del sys.path[0]
    # What a library has to say of a file isn't for the log
    logging.disable(logging.CRITICAL)
    try:
        answer = getattr(_load(module), function)(sys.stdin.buffer.read())
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
