"""The engines of long commands: named by flag, behind the call record, and never beyond what a person allowed.

A key in the environment alone spends nothing: a long command runs offline unless an engine is named, and an engine that
costs money runs only with `--max-cost` or `--max-tokens`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from escs.runtime.engines.budget import Budget, Totals
from escs.runtime.engines.choose import engine_from_name
from escs.runtime.engines.hosts import is_loopback
from escs.runtime.engines.patience import LONG
from escs.runtime.engines.record import CallRecord, Recorded
from escs.runtime.errors import UsageError
from escs.runtime.paths import data_dir, private
from escs.runtime.task import Engine

Result = TypeVar("Result")
Command = TypeVar("Command", bound=Callable[..., Any])

CONCURRENCY = 8
"""Calls under way at once where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What a long command was given: the engine's name, the record's file, and bounds."""

    engine: str = "offline"
    record: Path | None = None  # None: calls.sqlite among the data that escs keeps
    max_cost: float | None = None  # US dollars
    max_tokens: int | None = None
    concurrency: int = CONCURRENCY
    batch: bool = False  # by Message Batches, where the engine is Claude


def call_options(command: Command) -> Command:
    """The options of a long command's calls; they arrive as one argument `calls`."""

    @wraps(command)  # click's own parameters of the command come along
    def take(
        *args: Any,
        engine: str | None,
        record: Path | None,
        max_cost: float | None,
        max_tokens: int | None,
        concurrency: int,
        **others: Any,
    ) -> Any:
        name = engine or os.environ.get("ESCS_ENGINE") or "offline"
        return command(*args, calls=Calls(name, record, max_cost, max_tokens, concurrency), **others)

    wrapped: Any = take
    for option in reversed(
        [
            click.option("--engine", metavar="NAME", help="offline (default), a claude-… model, or llama:PATH."),
            click.option("--record", type=click.Path(path_type=Path), help="The call record's file; shared by default."),
            click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Stop before spending more."),
            click.option("--max-tokens", type=click.IntRange(min=1), help="Stop before using more."),
            click.option(
                "--concurrency", type=click.IntRange(1, 1024), default=CONCURRENCY, show_default=True,
                help="Calls under way at once.",
            ),
        ]
    ):  # fmt: skip
        wrapped = option(wrapped)
    made: Command = wrapped
    return made


@dataclass(slots=True)
class Engines:
    """The engines of one run: each behind the same record and the same budget."""

    calls: Calls
    budget: Budget
    record: CallRecord | None = None
    waits: str = ""  # why a call was last tried again, in a sentence
    kept: bool = True  # False: the record stays in memory, as for everything that a person types
    _open: dict[str, Engine] = field(default_factory=dict)
    _waited_at: int = -1  # paid calls when it was

    def get(self, name: str | None = None) -> Engine:
        """The engine of that name, opened once. Raises `UsageError` where it costs money and nothing bounds that."""
        name = name or self.calls.engine
        if name not in self._open:
            engine = engine_from_name(name, os.environ, patience=LONG, on_wait=self._waits)
            if engine.name != "offline":
                self._allowed(engine)
                if self.record is None:
                    self.record = CallRecord(self._path() if self.kept else None)
                engine = Recorded(self._by_batches(engine) if self.calls.batch else engine, self.record, self.budget)
            self._open[name] = engine
        return self._open[name]

    def _by_batches(self, engine: Engine) -> Engine:
        """The engine by batches, noted beside the call record. Raises `UsageError` for an engine that has none."""
        from escs.runtime.engines.batches import BatchEngine
        from escs.runtime.engines.claude import ClaudeEngine

        if not isinstance(engine, ClaudeEngine):
            raise UsageError(f"{engine.name} has no batches; leave --batch out.")
        path = self._path()
        return BatchEngine(engine, path.with_name(f"{path.name}.batches.json"))

    def _path(self) -> Path:
        return self.calls.record or private(data_dir() / "calls") / "calls.sqlite"

    def _allowed(self, engine: Engine) -> None:
        server = engine.key.get("base_url")
        unbounded = self.calls.max_cost is None and self.calls.max_tokens is None
        if server is not None and not is_loopback(server) and unbounded:
            raise UsageError(
                f"{engine.name} costs money; say how much may be spent with --max-cost USD (or --max-tokens N)."
            )

    def _waits(self, why: str) -> None:
        self.waits = why
        self._waited_at = self.totals.paid

    @property
    def waiting(self) -> str:
        """Why calls are being tried again, in a sentence, as long as none was answered since."""
        return self.waits if self.totals.paid == self._waited_at else ""

    @property
    def totals(self) -> Totals:
        """What was asked and paid so far."""
        return self.budget.totals

    @property
    def spent(self) -> str:
        """What was asked and paid, in a sentence."""
        made = self.totals
        return (
            f"{made.paid:,} calls made, {made.recorded:,} answered from the record; "
            f"{made.usage.input + made.usage.output:,} tokens, {made.money}."
        )

    async def close(self) -> None:
        """Close all engines and the record."""
        for engine in self._open.values():
            await engine.close()
        if self.record is not None:
            self.record.close()


def with_engines(calls: Calls, work: Callable[[Engines], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work` with the engines of a command in an event loop of its own, and close them whatever happens."""

    async def run() -> Result:
        engines = Engines(calls, Budget(calls.max_tokens, calls.max_cost))
        try:
            return await work(engines)
        finally:
            await engines.close()
            if engines.totals.paid or engines.totals.recorded:
                click.echo(engines.spent, err=True)

    return asyncio.run(run())
