"""What a long command may spend, and what it has spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Budget:
    """What may be spent: tokens (input and output together) and US dollars; None means no bound.

    Each call is held against the budget before it is made, at what it can be expected to take at most (thinking
    aside), and counted at what it took. So calls side by side do not overspend together.
    """

    tokens: int | None = None
    dollars: float | None = None
    totals: Totals = field(default_factory=Totals)
    _held_tokens: int = 0
    _held_dollars: float = 0.0

    def hold(self, engine: Mapping[str, str], expected: Usage) -> None:
        """Set aside what a call may take. Raises `BudgetSpentError` where the rest does not cover it."""
        needed, price = expected.input + expected.output, cost(engine, expected)
        used = self.totals.usage.input + self.totals.usage.output
        if self.tokens is not None and used + self._held_tokens + needed > self.tokens:
            raise BudgetSpentError(
                f"The budget of {self.tokens:,} tokens does not cover another call ({used:,} are used); "
                "raise it and run the same command again, which goes on from here."
            )
        if self.dollars is not None and price is None:
            raise BudgetSpentError(
                f"The price of {engine.get('model', 'this engine')} is not known; give the budget in tokens."
            )
        if self.dollars is not None and self.totals.dollars + self._held_dollars + (price or 0.0) > self.dollars:
            raise BudgetSpentError(
                f"The budget of ${self.dollars:.2f} does not cover another call (${self.totals.dollars:.2f} are used); "
                "raise it and run the same command again, which goes on from here."
            )
        self._held_tokens += needed
        self._held_dollars += price or 0.0

    def settle(self, engine: Mapping[str, str], expected: Usage, took: Usage | None) -> None:
        """Release what was set aside for a call and count what it took; None where it took nothing."""
        self._held_tokens -= expected.input + expected.output
        self._held_dollars -= cost(engine, expected) or 0.0
        if took is None:
            return
        price = cost(engine, took)
        self.totals.paid += 1
        self.totals.usage = self.totals.usage + took
        self.totals.dollars += price or 0.0
        self.totals.unpriced += price is None
