"""The call record: every answered call in one SQLite file, so that nothing recorded is ever paid again.

A call's key is made of task, template version, inputs, the engine's own key and the sample number. Errors are never
recorded. Used around engines in simulation, discovery, evaluation and evolution; a person's own conversation keeps no
record on disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from escs.runtime.engines.prices import cost
from escs.runtime.engines.prompt import template
from escs.runtime.errors import EngineError, StorageError
from escs.runtime.task import Answered, Engine, Piece, Task, Usage

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")

VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
  key TEXT PRIMARY KEY, task TEXT NOT NULL, engine TEXT NOT NULL, answer TEXT NOT NULL, stopped TEXT NOT NULL,
  input INTEGER NOT NULL, output INTEGER NOT NULL, cached INTEGER NOT NULL, written INTEGER NOT NULL,
  seconds REAL NOT NULL, made REAL NOT NULL
) WITHOUT ROWID
"""


class BudgetSpent(EngineError):
    """The tokens or the money that a command may spend are used up."""


@dataclass(slots=True)
class Budget:
    """What may be spent: tokens (input and output together) and US dollars; None means no bound."""

    tokens: int | None = None
    dollars: float | None = None
    used_tokens: int = 0
    used_dollars: float = 0.0

    def check(self) -> None:
        """Raise `BudgetSpent` where nothing is left."""
        if self.tokens is not None and self.used_tokens >= self.tokens:
            raise BudgetSpent(f"The budget of {self.tokens:,} tokens is used up; raise it and run the command again.")
        if self.dollars is not None and self.used_dollars >= self.dollars:
            raise BudgetSpent(f"The budget of ${self.dollars:.2f} is used up; raise it and run the command again.")

    def spend(self, model: str, usage: Usage) -> None:
        """Count one paid call."""
        self.used_tokens += usage.input + usage.output
        self.used_dollars += cost(model, usage) or 0.0


@dataclass(slots=True)
class Totals:
    """What a run has asked: calls answered from the record are not paid."""

    paid: int = 0
    recorded: int = 0
    usage: Usage = Usage()  # noqa: RUF009 - frozen


class CallRecord:
    """The file of answered calls. One connection, used from one event loop; safe against `kill -9` at any moment."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=30.0)
            if path is not None:
                path.chmod(0o600)
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
            if found > VERSION:
                raise StorageError(f"{path} was written by a later version of escs; update escs, or name another file.")
            self._db.execute(_SCHEMA)
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"The call record {path} cannot be opened ({error}).") from error

    def get(self, key: str) -> tuple[str, str, str, Usage] | None:
        """Answer (as JSON), engine, how it stopped, and usage; None where the call is not recorded."""
        row = self._db.execute(
            "SELECT answer, engine, stopped, input, output, cached, written FROM calls WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else (row[0], row[1], row[2], Usage(*row[3:]))

    def put(self, key: str, task: str, answered: Answered[Any], answer: str) -> None:
        """Record one answered call; the first answer under a key stays."""
        usage = answered.usage
        try:
            self._db.execute(
                "INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, task, answered.engine, answer, answered.stopped, usage.input, usage.output, usage.cached,
                 usage.written, answered.seconds, time.time()),
            )  # fmt: skip
        except sqlite3.Error as error:
            raise StorageError(f"The call record {self.path} cannot be written ({error}); is the disk full?") from error

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM calls").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def call_key(task: Task[Any, Any], inputs: Any, engine: dict[str, str], sample: int) -> str:
    """The key of a call: a digest of everything that decides its answer."""
    _, version = template(task.name)
    parts = {"task": task.name, "template": version, "inputs": _plain(inputs), "engine": engine, "sample": sample}
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    """Inputs as JSON can hold them, sets in order."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted(map(str, value))
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


class Recorded:
    """An engine behind the call record: what is recorded is answered from there, everything else is asked and recorded.

    Calls with the same key that are under way at the same time are asked once.
    """

    def __init__(self, engine: Engine, record: CallRecord, budget: Budget | None = None) -> None:
        self.engine = engine
        self.record = record
        self.budget = budget or Budget()
        self.totals = Totals()
        self._flying: dict[str, asyncio.Future[Answered[Any]]] = {}

    @property
    def name(self) -> str:
        """The wrapped engine's name."""
        return self.engine.name

    @property
    def key(self) -> dict[str, str]:
        """The wrapped engine's key."""
        return self.engine.key

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """The recorded answer, or a new one. Raises `BudgetSpent` before a call that may not be paid."""
        if self.engine.name == "offline":
            return await self.engine.ask(task, inputs, sample=sample)
        key = call_key(task, inputs, self.engine.key, sample)
        found = self.record.get(key)
        if found is not None:
            answer, engine, stopped, usage = found
            self.totals.recorded += 1
            return Answered(_restore(task, answer), engine, usage, 0.0, stopped)
        if key in self._flying:
            return await asyncio.shield(self._flying[key])
        self.budget.check()
        flying: asyncio.Future[Answered[Any]] = asyncio.get_running_loop().create_future()
        self._flying[key] = flying
        try:
            answered = await self.engine.ask(task, inputs, sample=sample)
            self.record.put(key, task.name, answered, json.dumps(_dump(answered.value), ensure_ascii=False))
        except BaseException as error:
            if isinstance(error, Exception):
                flying.set_exception(error)
                flying.exception()  # whoever waits gets it; nobody waiting is no fault
            else:
                flying.cancel()
            raise
        finally:
            del self._flying[key]
        self.totals.paid += 1
        self.totals.usage = self.totals.usage + answered.usage
        self.budget.spend(self.engine.name, answered.usage)
        flying.set_result(answered)
        return answered

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """A recorded reply as one piece; a new one is asked whole, since nobody watches it come."""
        answered = await self.ask(task, inputs, sample=sample)
        yield Piece(answered.value)
        yield Piece(done=answered)

    async def close(self) -> None:
        """Close the wrapped engine; the record is closed by whoever opened it."""
        await self.engine.close()


def _dump(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _restore(task: Task[Any, Answer], answer: str) -> Answer:
    value = json.loads(answer)
    if task.answer is str:
        return value  # type: ignore[no-any-return]
    return task.answer(**{key: tuple(item) if isinstance(item, list) else item for key, item in value.items()})
