"""The call record: every answered call in one SQLite file, so that nothing recorded is ever paid again.

A call's key is made of the task, its template's version, the prompt that the inputs make, the form of the answer, the
engine's own key (model, server, parameters) and the sample number. Where a skill lies on disk, and whatever else no
model sees, is not part of it. Errors are never recorded. Used around engines in simulation, discovery, evaluation and
evolution; a person's own conversation keeps no record on disk.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

from escs.runtime.engines.answers import restore, schema
from escs.runtime.engines.budget import Budget, BudgetSpentError, Totals
from escs.runtime.engines.call_file import CallRecord, Row
from escs.runtime.engines.prompt import Prompt, laid_out, layout, template
from escs.runtime.engines.till import OwnTill, Till, Wanted
from escs.runtime.errors import StorageError
from escs.runtime.task import Answered, Engine, Piece, Task, Usage

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")

CHARACTERS_A_TOKEN = 3  # an English token has four or five; the low figure makes an expectation that rarely falls short

Heard = dict[str, tuple[str, str]]
"""Calls by their key: the task, and a sha256 of the answer."""


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


class BehindTill:
    """An engine behind a till: what is known is answered from there, everything else is asked and paid.

    The offline engine is asked directly: it is quicker than any record.
    """

    def __init__(self, engine: Engine, till: Till) -> None:
        self.engine, self.till = engine, till
        self.place = "The call record"
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

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """The known answer, or a new one. Raises `BudgetSpentError` before a call that may not be paid."""
        if self.engine.name == "offline":
            return await self.engine.ask(task, inputs, sample=sample)
        prompt = layout(task, inputs)
        wanted = self._wanted(task, prompt, sample)
        row = await self.till.known(wanted)
        if row is not None:
            return self._restored(task, wanted, row)
        async with self.till.paying(wanted) as rows:
            with laid_out(task, inputs, prompt):
                answered = await self.engine.ask(task, inputs, sample=sample)
            rows.append(Row.of(answered))
        self._note(wanted, rows[0])
        return answered

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """A known reply as one piece; a new one as it comes, recorded when it is complete."""
        wanted = self._wanted(task, layout(task, inputs), sample)
        row = None if self.engine.name == "offline" else await self.till.known(wanted)
        if row is not None:
            known = self._restored(task, wanted, row)
            yield Piece(known.value)
            yield Piece(done=known)
            return
        pieces: Any = self.engine.stream(task, inputs, sample=sample)
        async with aclosing(pieces):
            if self.engine.name == "offline":
                async for piece in pieces:
                    yield piece
                return
            async with self.till.paying(wanted) as rows:
                async for piece in pieces:
                    if piece.done is not None:
                        done = piece.done
                        rows.append(Row.of(done))
                    else:
                        yield piece
            self._note(wanted, rows[0])
            yield Piece(done=done)

    def _wanted(self, task: Task[Any, Any], prompt: Prompt, sample: int) -> Wanted:
        priced = self.engine.key | {"discount": str(getattr(self.engine, "discount", 1))}
        expected = Usage(len(prompt.whole) // CHARACTERS_A_TOKEN, task.max_tokens)
        return Wanted(_key(task, prompt, self.engine.key, sample), task.name, self.engine.name, priced, expected)

    def _restored(self, task: Task[Any, Answer], wanted: Wanted, row: Row) -> Answered[Answer]:
        try:
            value = json.loads(row.answer)
            restored = value if task.answer is str else restore(task.answer, value)
        except (ValueError, TypeError, AttributeError) as error:
            raise StorageError(f"{self.place} is damaged at the call {wanted.key[:12]}; name another file.") from error
        self._note(wanted, row)
        return Answered(restored, row.engine, row.usage, row.seconds, row.stopped, row.notes)

    def _note(self, wanted: Wanted, row: Row) -> None:
        if self.heard is not None:
            self.heard[wanted.key] = (wanted.task, hashlib.sha256(row.answer.encode()).hexdigest())

    async def close(self) -> None:
        """Close the wrapped engine; the record is closed by whoever opened it."""
        await self.engine.close()


class Recorded(BehindTill):
    """An engine behind the call record of this process. Several engines may share a record and a budget."""

    def __init__(self, engine: Engine, record: CallRecord, budget: Budget | None = None) -> None:
        self.record = record
        self.budget = budget or Budget()
        super().__init__(engine, OwnTill(self.record, self.budget))
        self.place = f"The call record {record.path}"

    @property
    def totals(self) -> Totals:
        """What was asked, paid and answered from the record, over all engines that share the budget."""
        return self.budget.totals


__all__ = ["BehindTill", "Budget", "BudgetSpentError", "CallRecord", "Recorded", "Row", "Totals", "call_key"]
