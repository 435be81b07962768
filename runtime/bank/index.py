"""The bank's index: parsed skills and a full-text table in SQLite, a cache that any process may throw away.

The skills' files are the truth. The index remembers, for each file, the signature (times, size, inode) that it was
read under, so that opening a bank of a thousand skills parses nothing that has not changed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from escs.runtime.bank.complaint import Complaint
from escs.runtime.bank.skill import Condition, Outcome, RiskNote, Skill
from escs.runtime.errors import StorageError
from escs.runtime.paths import cache_dir, private

VERSION = 4  # raise it whenever what is stored, or how files are parsed, changes
Signature = tuple[int, int, int, int]

_SCHEMA = """
CREATE TABLE skills (folder TEXT PRIMARY KEY, signature TEXT, name TEXT, head TEXT, skill TEXT, complaints TEXT);
CREATE VIRTUAL TABLE words USING fts5 (folder UNINDEXED, text, tokenize = 'porter unicode61 remove_diacritics 2');
"""


def open_index(root: Path, *, cached: bool) -> sqlite3.Connection:
    """The index of the bank at `root`: its cache file where one can be had, else one in memory."""
    if cached:
        with suppress(StorageError, OSError, sqlite3.Error):
            return _open_file(root)
    # A run by rules asks from whatever thread is free, one at a time.
    return _prepare(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))


def _open_file(root: Path) -> sqlite3.Connection:
    folder = private(cache_dir() / "banks")
    path = folder / (hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:24] + ".sqlite")
    try:
        return _prepare(sqlite3.connect(path, isolation_level=None, timeout=2.0, check_same_thread=False))
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)  # a damaged cache is made anew
        return _prepare(sqlite3.connect(path, isolation_level=None, timeout=2.0, check_same_thread=False))


def _prepare(db: sqlite3.Connection) -> sqlite3.Connection:
    db.execute("PRAGMA temp_store = MEMORY")  # a query holds the seeker's words: they never reach a temporary file
    db.execute("PRAGMA synchronous = OFF")  # losing the cache loses nothing
    if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        db.execute("BEGIN IMMEDIATE")
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE name IN ('skills', 'words')").fetchall():
            db.execute(f"DROP TABLE {table}")
        for statement in _SCHEMA.strip().split("\n"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    return db


def pack(skill: Skill) -> str:
    """A skill as JSON."""
    return json.dumps(asdict(skill) | {"path": str(skill.path)}, ensure_ascii=False)


def unpack(text: str) -> Skill:
    """The skill that `pack` wrote."""
    raw: dict[str, Any] = json.loads(text)
    raw["path"] = Path(raw["path"])
    raw["conditions"] = tuple(Condition(**item | {"values": tuple(item["values"])}) for item in raw["conditions"])
    raw["outcomes"] = tuple(Outcome(**item) for item in raw["outcomes"])
    raw["risks"] = tuple(RiskNote(**item) for item in raw["risks"])
    raw["say"], raw["avoid"] = tuple(raw["say"]), tuple(raw["avoid"])
    return Skill(**raw)


def pack_complaints(complaints: Iterable[Complaint]) -> str:
    """Complaints as JSON; the path is that of the file that they are stored with."""
    return json.dumps([[c.line, c.rule, c.message, c.mend, c.severity] for c in complaints], ensure_ascii=False)


def unpack_complaints(text: str, path: Path) -> list[Complaint]:
    """The complaints that `pack_complaints` wrote."""
    return [Complaint(path, *fields) for fields in json.loads(text)]
