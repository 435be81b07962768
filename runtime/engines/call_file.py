"""The file of answered calls: SQLite, safe against `kill -9` at any moment, and for its owner alone."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from escs.runtime.errors import StorageError
from escs.runtime.task import Answered, Usage

VERSION = 1
MARK = 0x45534353  # SQLite's application id: "ESCS"
PATIENCE = 30.0  # seconds for another process to finish writing

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
  key TEXT PRIMARY KEY, task TEXT NOT NULL, engine TEXT NOT NULL, answer TEXT NOT NULL, stopped TEXT NOT NULL,
  input INTEGER NOT NULL, output INTEGER NOT NULL, cached INTEGER NOT NULL, written INTEGER NOT NULL,
  seconds REAL NOT NULL, notes TEXT NOT NULL, made REAL NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One answered call, as it is stored."""

    answer: str  # JSON
    engine: str
    stopped: str
    usage: Usage
    seconds: float
    notes: tuple[str, ...]

    @classmethod
    def of(cls, answered: Answered[Any]) -> Row:
        """The row of an answer."""
        answer = json.dumps(answered.value, default=_fields)
        return cls(answer, answered.engine, answered.stopped, answered.usage, answered.seconds, answered.notes)


def _fields(value: Any) -> dict[str, Any]:
    """The fields of an answer, or of an item in its lists."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


class CallRecord:
    """The file of answered calls; in memory where `path` is None.

    One connection, used from one event loop; other processes may use the same file. Safe against `kill -9` at any
    moment. Raises `StorageError` where the file is another program's, of a later version, or cannot be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        try:
            if path is not None:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # before SQLite makes it readable for others
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=PATIENCE)
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"The call record {path} cannot be opened ({error}); name another file.") from error

    def _open(self) -> None:
        version, mark, tables = (
            self._db.execute(question).fetchone()[0]
            for question in ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_master")
        )
        if tables and mark != MARK:
            raise StorageError(f"{self.path} is a database of another program; name another file.")
        if version > VERSION:
            raise StorageError(
                f"{self.path} was written by a later version of escs; update escs, or name another file."
            )
        if self.path is not None:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        with _transaction(self._db):
            self._db.execute(f"PRAGMA application_id = {MARK}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")
            self._db.execute(_SCHEMA)

    def get(self, key: str) -> Row | None:
        """The recorded call; None where there is none."""
        try:
            row = self._db.execute(
                "SELECT answer, engine, stopped, input, output, cached, written, seconds, notes FROM calls WHERE key = ?",
                (key,),
            ).fetchone()
        except sqlite3.Error as error:
            raise StorageError(f"The call record {self.path} cannot be read ({error}).") from error
        if row is None:
            return None
        return Row(row[0], row[1], row[2], Usage(*row[3:7]), row[7], tuple(json.loads(row[8])))

    def put(self, key: str, task: str, row: Row) -> None:
        """Record one answered call; the first answer under a key stays."""
        usage = row.usage
        try:
            self._db.execute(
                "INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, task, row.engine, row.answer, row.stopped, usage.input, usage.output, usage.cached,
                 usage.written, row.seconds, json.dumps(row.notes), time.time()),
            )  # fmt: skip
        except sqlite3.Error as error:
            raise StorageError(f"The call record {self.path} cannot be written ({error}); is the disk full?") from error

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM calls").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
