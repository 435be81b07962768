"""The till: what is answered already, what is being asked, and what may still be paid, call by call under their keys.

It knows calls by their keys alone and nothing of tasks, so that it can stand in one process while the calls are made in
others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from escs.runtime.engines.budget import Budget
from escs.runtime.engines.call_file import CallRecord, Row
from escs.runtime.errors import EngineError, EngineUnavailable
from escs.runtime.task import Usage


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that somebody wants answered."""

    key: str
    task: str
    name: str  # of the engine
    engine: Mapping[str, str]  # what decides its price
    expected: Usage  # what it can be expected to take at most


class Till(Protocol):
    """Where calls are looked up and paid."""

    async def known(self, wanted: Wanted) -> Row | None:
        """The answer where it is recorded, or under way for somebody else. None: whoever asked pays, and at once."""
        ...

    def paying(self, wanted: Wanted) -> AbstractAsyncContextManager[list[Row]]:
        """Around one paid call, whose answer is appended. Raises `BudgetSpentError` where it may not be paid."""
        ...


class OwnTill:
    """The till of this process. Calls with the same key that are under way at the same time are asked once."""

    def __init__(self, record: CallRecord, budget: Budget) -> None:
        self.record, self.budget = record, budget
        self._flying: dict[str, asyncio.Future[Row]] = {}

    async def known(self, wanted: Wanted) -> Row | None:
        """The answer where it is recorded or under way. Whoever waits for a call that was given up asks anew."""
        while (flying := self._flying.get(wanted.key)) is not None:
            try:
                row: Row | None = await asyncio.shield(flying)
            except asyncio.CancelledError:
                if not flying.cancelled() or (current := asyncio.current_task()) is None or current.cancelling():
                    raise
            else:
                self.budget.totals.recorded += 1
                return row
        row = self.record.get(wanted.key)
        self.budget.totals.recorded += row is not None
        return row

    @asynccontextmanager
    async def paying(self, wanted: Wanted) -> AsyncIterator[list[Row]]:
        """Shared with whoever asks the same meanwhile, held against the budget, then recorded."""
        flying: asyncio.Future[Row] = asyncio.get_running_loop().create_future()
        self._flying[wanted.key] = flying  # before anything is waited for, or two would pay for the same call
        rows: list[Row] = []
        took: Usage | None = None
        held = False
        try:
            await self.budget.hold(wanted.engine, wanted.expected)
            held = True
            yield rows
            if not rows:
                raise EngineUnavailable(f"{wanted.name} stopped without an answer.")
            took = rows[0].usage
            self.record.put(wanted.key, wanted.task, rows[0])
            flying.set_result(rows[0])
        except Exception as error:
            took = took or (error.spent if isinstance(error, EngineError) else None)
            flying.set_exception(error)
            flying.exception()  # whoever waits gets it; nobody waiting is no fault
            raise
        finally:
            if not flying.done():
                flying.cancel()
            del self._flying[wanted.key]
            if held:
                self.budget.settle(wanted.engine, wanted.expected, took)
