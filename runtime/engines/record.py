"""The call record: every answered call in one SQLite file, so that nothing recorded is ever paid again.

A call's key is made of the task, its template's version, the prompt that the inputs make, the form of the answer, the
engine's own key (model, server, parameters) and the sample number. Where a skill lies on disk, and whatever else no
model sees, is not part of it. Errors are never recorded. Used around engines in simulation, discovery, evaluation and
evolution; a person's own conversation keeps no record on disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from escs.runtime.engines.answers import restore, schema
from escs.runtime.engines.budget import Budget, BudgetSpentError, Totals
from escs.runtime.engines.prompt import Prompt, layout, template
from escs.runtime.errors import EngineError, EngineUnavailable, StorageError
from escs.runtime.task import Answered, Engine, Piece, Task, Usage

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")

VERSION = 1
MARK = 0x45534353  # SQLite's application id: "ESCS"
PATIENCE = 30.0  # seconds for another process to finish writing
CHARACTERS_A_TOKEN = 3  # an English token has four or five; the low figure makes an expectation that rarely falls short

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
  key TEXT PRIMARY KEY, task TEXT NOT NULL, engine TEXT NOT NULL, answer TEXT NOT NULL, stopped TEXT NOT NULL,
  input INTEGER NOT NULL, output INTEGER NOT NULL, cached INTEGER NOT NULL, written INTEGER NOT NULL,
  seconds REAL NOT NULL, notes TEXT NOT NULL, made REAL NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One recorded call, as it is stored."""

    answer: str  # JSON
    engine: str
    stopped: str
    usage: Usage
    seconds: float
    notes: tuple[str, ...]


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

    def put(self, key: str, task: str, answered: Answered[Any]) -> None:
        """Record one answered call; the first answer under a key stays."""
        usage, value = answered.usage, answered.value
        answer = _plain(value)
        try:
            self._db.execute(
                "INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, task, answered.engine, answer, answered.stopped, usage.input, usage.output, usage.cached,
                 usage.written, answered.seconds, json.dumps(answered.notes), time.time()),
            )  # fmt: skip
        except sqlite3.Error as error:
            raise StorageError(f"The call record {self.path} cannot be written ({error}); is the disk full?") from error

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM calls").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _plain(value: Any) -> str:
    """An answer as JSON."""
    return json.dumps(asdict(value) if is_dataclass(value) and not isinstance(value, type) else value)


Heard = dict[str, tuple[str, str]]
"""Calls by their key: the task, and a sha256 of the answer."""


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def call_key(task: Task[Any, Any], inputs: Any, engine: Mapping[str, str], sample: int) -> str:
    """The key of a call: a sha256 of everything that decides its answer."""
    return _key(task, layout(task, inputs), engine, sample)


def _key(task: Task[Any, Any], prompt: Prompt, engine: Mapping[str, str], sample: int) -> str:
    _, version = template(task.name)
    parts = {
        "task": task.name,
        "template": version,
        "system": prompt.system,
        "messages": [[said.role, said.blocks] for said in prompt.messages],
        "answer": "str" if task.answer is str else schema(task.answer),
        "limits": [task.max_tokens, task.effort],
        "engine": dict(engine),
        "sample": sample,
    }
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


class Recorded:
    """An engine behind the call record: what is recorded is answered from there, everything else is asked and recorded.

    Calls with the same key that are under way at the same time are asked once. Several engines may share a record and
    a budget. The offline engine is asked directly: it is quicker than any record.
    """

    def __init__(self, engine: Engine, record: CallRecord, budget: Budget | None = None) -> None:
        self.engine = engine
        self.record = record
        self.budget = budget or Budget()
        self._flying: dict[str, asyncio.Future[Answered[Any]]] = {}
        self.heard: Heard | None = None
        """Where somebody wants to know which calls a piece of work stands on: each answered call is noted there."""

    @property
    def name(self) -> str:
        """The wrapped engine's name."""
        return self.engine.name

    @property
    def key(self) -> dict[str, str]:
        """The wrapped engine's key."""
        return self.engine.key

    @property
    def totals(self) -> Totals:
        """What was asked, paid and answered from the record, over all engines that share the budget."""
        return self.budget.totals

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """The recorded answer, or a new one. Raises `BudgetSpentError` before a call that may not be paid."""
        if self.engine.name == "offline":
            return await self.engine.ask(task, inputs, sample=sample)
        prompt = layout(task, inputs)
        key = _key(task, prompt, self.engine.key, sample)
        if (known := await self._known(task, key)) is not None:
            return self._noted(task, key, known)
        with self._paying(task, prompt, key) as answers:
            answers.append(await self.engine.ask(task, inputs, sample=sample))
            return self._noted(task, key, answers[0])

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """A recorded reply as one piece; a new one as it comes, recorded when it is complete."""
        prompt = layout(task, inputs)
        key = _key(task, prompt, self.engine.key, sample)
        known = None if self.engine.name == "offline" else await self._known(task, key)
        if known is not None:
            yield Piece(known.value)
            yield Piece(done=self._noted(task, key, known))
            return
        pieces: Any = self.engine.stream(task, inputs, sample=sample)
        async with aclosing(pieces):
            if self.engine.name == "offline":
                async for piece in pieces:
                    yield piece
                return
            with self._paying(task, prompt, key) as answers:
                async for piece in pieces:
                    if piece.done is not None:
                        answers.append(piece.done)
                    else:
                        yield piece
            yield Piece(done=self._noted(task, key, answers[0]))

    def _noted(self, task: Task[Any, Any], key: str, answered: Answered[Answer]) -> Answered[Answer]:
        if self.heard is not None:
            self.heard[key] = (task.name, hashlib.sha256(_plain(answered.value).encode()).hexdigest())
        return answered

    async def _known(self, task: Task[Any, Answer], key: str) -> Answered[Answer] | None:
        """The answer where it is recorded or under way. Whoever waits for a call that was given up asks anew."""
        while (flying := self._flying.get(key)) is not None:
            try:
                answered: Answered[Answer] = await asyncio.shield(flying)
            except asyncio.CancelledError:
                if not flying.cancelled() or (current := asyncio.current_task()) is None or current.cancelling():
                    raise
            else:
                self.totals.recorded += 1
                return answered
        row = self.record.get(key)
        if row is None:
            return None
        self.totals.recorded += 1
        try:
            value = json.loads(row.answer)
            restored = value if task.answer is str else restore(task.answer, value)
        except (ValueError, TypeError, AttributeError) as error:
            raise StorageError(f"The call record {self.record.path} is damaged at the call {key[:12]}.") from error
        return Answered(restored, row.engine, row.usage, row.seconds, row.stopped, row.notes)

    @contextmanager
    def _paying(self, task: Task[Any, Any], prompt: Prompt, key: str) -> Iterator[list[Answered[Any]]]:
        """Around one paid call: held against the budget, shared with whoever asks the same meanwhile, then recorded."""
        engine = self.engine.key | {"discount": str(getattr(self.engine, "discount", 1))}
        expected = Usage(len(prompt.whole) // CHARACTERS_A_TOKEN, task.max_tokens)
        self.budget.hold(engine, expected)
        flying: asyncio.Future[Answered[Any]] = asyncio.get_running_loop().create_future()
        self._flying[key] = flying
        answers: list[Answered[Any]] = []
        took: Usage | None = None
        try:
            yield answers
            if not answers:
                raise EngineUnavailable(f"{self.engine.name} stopped without an answer.")
            took = answers[0].usage
            self.record.put(key, task.name, answers[0])
            flying.set_result(answers[0])
        except Exception as error:
            took = took or (error.spent if isinstance(error, EngineError) else None)
            flying.set_exception(error)
            flying.exception()  # whoever waits gets it; nobody waiting is no fault
            raise
        finally:
            if not flying.done():
                flying.cancel()
            del self._flying[key]
            self.budget.settle(engine, expected, took)

    async def close(self) -> None:
        """Close the wrapped engine; the record is closed by whoever opened it."""
        await self.engine.close()


__all__ = ["Budget", "BudgetSpentError", "CallRecord", "Recorded", "Row", "Totals", "call_key"]
