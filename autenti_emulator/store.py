# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All state in one SQLite file, so that a restart loses nothing.

A collection keeps models as JSON, in the order in which they came. Calls are short and
made from the event loop's thread only (so by no dependency that isn't a coroutine:
FastAPI would run it in a thread), hence no reader sees half of a change.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

COLLECTION = """
CREATE TABLE IF NOT EXISTS {name} (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS {name}_owner ON {name} (owner);
"""


class Collection(Generic[M]):
    """Models of one kind by ``id``, each belonging to an ``owner``."""

    def __init__(self, connection: sqlite3.Connection, name: str, model: type[M]):
        self._connection = connection
        self._name = name
        self._model = model
        connection.executescript(COLLECTION.format(name=name))

    def put(self, key: str, value: M, owner: str = "") -> None:
        """Store, or replace in its place, the model with this id."""
        self._connection.execute(
            f"INSERT INTO {self._name} (id, owner, data) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET owner = excluded.owner,"
            " data = excluded.data",
            (key, owner, value.model_dump_json()),
        )

    def get(self, key: str) -> M | None:
        row = self._connection.execute(
            f"SELECT data FROM {self._name} WHERE id = ?", (key,)
        ).fetchone()
        return self._model.model_validate_json(row[0]) if row else None

    def all(self, owner: str | None = None) -> list[M]:
        """Every model, oldest first, or those of one owner."""
        where, values = ("", ()) if owner is None else ("WHERE owner = ?", (owner,))
        rows = self._connection.execute(
            f"SELECT data FROM {self._name} {where} ORDER BY seq", values
        )
        return [self._model.model_validate_json(row[0]) for row in rows]

    def owners(self) -> list[str]:
        rows = self._connection.execute(
            f"SELECT DISTINCT owner FROM {self._name} ORDER BY owner"
        )
        return [row[0] for row in rows]

    def delete(self, key: str) -> bool:
        """Whether there was one to delete."""
        cursor = self._connection.execute(
            f"DELETE FROM {self._name} WHERE id = ?", (key,)
        )
        return cursor.rowcount > 0

    def clear(self, owner: str | None = None) -> None:
        where, values = ("", ()) if owner is None else ("WHERE owner = ?", (owner,))
        self._connection.execute(f"DELETE FROM {self._name} {where}", values)


class Contents:
    """Bytes of files by file id, and other secrets of the installation by name."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(
            "CREATE TABLE IF NOT EXISTS contents (id TEXT PRIMARY KEY, data BLOB)"
        )

    def put(self, key: str, data: bytes) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO contents (id, data) VALUES (?, ?)", (key, data)
        )

    def get(self, key: str) -> bytes | None:
        row = self._connection.execute(
            "SELECT data FROM contents WHERE id = ?", (key,)
        ).fetchone()
        return bytes(row[0]) if row else None

    def delete(self, key: str) -> None:
        self._connection.execute("DELETE FROM contents WHERE id = ?", (key,))


class Database:
    """The SQLite file ``emulator.sqlite`` in the state directory."""

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(
            state_dir / "emulator.sqlite",
            isolation_level=None,
            # An application is built in one thread and served in another.
            check_same_thread=False,
        )
        self.connection.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing; a power cut may lose all, which is borne here.
        self.connection.execute("PRAGMA synchronous = OFF")
        self.contents = Contents(self.connection)

    def collection(self, name: str, model: type[M]) -> Collection[M]:
        return Collection(self.connection, name, model)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes of the block, or none."""
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def close(self) -> None:
        self.connection.close()
