"""What a long command may spend, and what it has spent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from escs.runtime.engines.prices import cost
from escs.runtime.errors import EngineError
from escs.runtime.task import Usage


class BudgetSpentError(EngineError):
    """The tokens or the money that a command may spend do not cover another call."""


@dataclass(slots=True)
class Totals:
    """What a run has asked. Calls answered from the record, or together with the same call under way, are not paid."""

    paid: int = 0  # calls, failed ones that took tokens included
    recorded: int = 0  # calls that cost nothing, since the answer was there
    usage: Usage = field(default_factory=Usage)  # of the paid ones
    dollars: float = 0.0
    unpriced: int = 0  # paid calls whose price is not known; `dollars` leaves them out

    @property
    def money(self) -> str:
        """The money in words, with what it leaves out."""
        known = f"${self.dollars:.2f}"
        if not self.unpriced:
            return known
        rest = f"{self.unpriced:,} call{'s' if self.unpriced > 1 else ''} of unknown price"
        return f"{known} and {rest}" if self.dollars else rest

    def to_json(self) -> dict[str, Any]:
        """The totals as the `cost` of `run.json`."""
        return {
            "calls": self.paid,
            "recorded": self.recorded,
            "input": self.usage.input,
            "output": self.usage.output,
            "dollars": round(self.dollars, 6),
            "unpriced": self.unpriced,
        }


@dataclass(slots=True)
class Budget:
    """What may be spent: tokens (input and output together) and US dollars; None means no bound.

    Each call is held against the budget before it is made, at what it can be expected to take at most (thinking
    aside), and counted at what it took. So calls side by side do not overspend together: a call that only others under
    way leave no room for waits until they have taken what they take, which is less.
    """

    tokens: int | None = None
    dollars: float | None = None
    totals: Totals = field(default_factory=Totals)
    _held: int = 0  # calls under way
    _held_tokens: int = 0
    _held_dollars: float = 0.0
    _next: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)
    _settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False, compare=False)

    async def hold(self, engine: Mapping[str, str], expected: Usage) -> None:
        """Set aside what a call may take, once there is room for it; calls that wait get it in the order they came.

        Raises `BudgetSpentError` where what is spent already leaves too little: then waiting would not help.
        """
        needed, price = expected.input + expected.output, cost(engine, expected)
        async with self._next:  # only the first in line looks at each settling: thousands may stand behind it
            while not self._room(engine, needed, price):
                self._settled.clear()
                await self._settled.wait()
            self._held += 1
            self._held_tokens += needed
            self._held_dollars += price or 0.0

    def _room(self, engine: Mapping[str, str], needed: int, price: float | None) -> bool:
        """Whether the rest covers a call beside those under way. Raises `BudgetSpentError` where it does not without."""
        used = self.totals.usage.input + self.totals.usage.output
        if self.tokens is not None and used + needed > self.tokens:
            raise BudgetSpentError(
                f"The budget of {self.tokens:,} tokens does not cover another call ({used:,} are used); "
                "raise it and run the same command again, which goes on from here."
            )
        if self.dollars is not None and price is None:
            raise BudgetSpentError(
                f"The price of {engine.get('model', 'this engine')} is not known; give the budget in tokens."
            )
        if self.dollars is not None and self.totals.dollars + (price or 0.0) > self.dollars:
            raise BudgetSpentError(
                f"The budget of ${self.dollars:.2f} does not cover another call (${self.totals.dollars:.2f} are used); "
                "raise it and run the same command again, which goes on from here."
            )
        enough_tokens = self.tokens is None or used + self._held_tokens + needed <= self.tokens
        dollars = self.totals.dollars + self._held_dollars + (price or 0.0)
        return enough_tokens and (self.dollars is None or dollars <= self.dollars)

    def settle(self, engine: Mapping[str, str], expected: Usage, took: Usage | None) -> None:
        """Release what was set aside for a call and count what it took; None where it took nothing."""
        self._held -= 1
        self._held_tokens -= expected.input + expected.output
        self._held_dollars -= cost(engine, expected) or 0.0
        if not self._held:
            self._held_dollars = 0.0  # what sums of fractions leave over would be waited for in vain
        self._settled.set()
        if took is None:
            return
        price = cost(engine, took)
        self.totals.paid += 1
        self.totals.usage = self.totals.usage + took
        self.totals.dollars += price or 0.0
        self.totals.unpriced += price is None
