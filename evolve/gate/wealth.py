"""Anytime-valid tests of the mean of bounded numbers, by betting: what a sceptic's wealth says at every moment.

A bet on `x` with mean at most 0 under the null hypothesis multiplies the wealth by 1 + λ·x, where λ ≥ 0 may depend on
what was seen before and is so small that nothing can be lost whole. The wealth is then a nonnegative supermartingale,
and the chance that it ever reaches 1/α is at most α (Ville, Étude critique de la notion de collectif, 1939), whenever and
however often one looks. Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, Journal of the
Royal Statistical Society B 86, 2024; the bet's size is their approximately growth-optimal one, aimed at a difference
named beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log, log1p

REACH = 100.0
"""Differences of final emotions lie within ±100."""
BOLDEST = 0.9
"""Of the largest bet that cannot lose everything."""
PRIOR = 12
"""How many pairs the spread that was assumed beforehand counts for."""


@dataclass(slots=True)
class Wealth:
    """A sceptic of "the mean is at most `bound`", for numbers within ±`reach`; `sign` -1 turns it round ("at least").

    Bets are sized for a mean `aim` away from the bound, with a spread that begins at `spread` and is learnt.
    """

    bound: float
    aim: float
    spread: float
    sign: int = 1
    reach: float = REACH
    log: float = 0.0  # of the wealth
    best: float = 0.0  # its highest so far
    n: int = 0
    _mean: float = field(default=0.0)
    _squares: float = field(default=0.0)

    def see(self, value: float) -> None:
        """One more number."""
        x = self.sign * (value - self.bound)
        variance = (PRIOR * self.spread**2 + self._squares) / (PRIOR + self.n)
        worst = self.reach + self.sign * self.bound
        stake = min(self.aim / (variance + self.aim**2), BOLDEST / max(worst, 1.0))
        self.log += log1p(stake * x)
        self.best = max(self.best, self.log)
        self.n += 1
        step = value - self._mean
        self._mean += step / self.n
        self._squares += step * (value - self._mean)

    def convinced(self, alpha: float) -> bool:
        """Whether the null hypothesis is rejected at level `alpha`, now or at any moment before."""
        return self.best >= log(1 / alpha)


@dataclass(slots=True)
class Purse:
    """Wealth split evenly over several sizes of bet on a number within ±1: for events that are rare or frequent."""

    bound: float
    stakes: tuple[float, ...] = (0.2, 0.5, 0.9)
    n: int = 0
    best: float = 0.0
    _logs: list[float] = field(default_factory=list)

    def see(self, value: float) -> None:
        """One more number, -1 to 1."""
        if not self._logs:
            self._logs = [0.0] * len(self.stakes)
        self.n += 1
        for place, stake in enumerate(self.stakes):
            self._logs[place] += log1p(stake / (1 + self.bound) * (value - self.bound))
        self.best = max(self.best, self.log)

    @property
    def log(self) -> float:
        """Of the mean wealth."""
        if not self._logs:
            return 0.0
        top = max(self._logs)
        return top + log(sum(exp(one - top) for one in self._logs) / len(self._logs))

    def convinced(self, alpha: float) -> bool:
        """Whether "the mean is at most `bound`" is rejected at level `alpha`, now or at any moment before."""
        return self.best >= log(1 / alpha)


def interval(values: Sequence[float], *, alpha: float = 0.05, spread: float = 40.0, reach: float = REACH) -> tuple[float, float]:  # fmt: skip
    """An anytime-valid interval of the mean at level 1 - `alpha`: the bounds that neither of two sceptics refutes.

    Each end is a one-sided test at `alpha`/2, aimed at a standard error's distance, found by halving; within ±`reach`.
    """
    if not values:
        return -reach, reach
    aim = max(2.0, 2.5 * spread / len(values) ** 0.5)

    def refuted(bound: float, sign: int) -> bool:
        sceptic = Wealth(bound, aim, spread, sign=sign, reach=reach)
        for value in values:
            sceptic.see(value)
        return sceptic.convinced(alpha / 2)

    middle = sum(values) / len(values)

    def end(sign: int) -> float:
        inside, outside = middle, -sign * reach
        if not refuted(outside, sign):
            return outside
        while abs(inside - outside) > 0.05:
            between = (inside + outside) / 2
            if refuted(between, sign):
                outside = between
            else:
                inside = between
        return outside

    return end(1), end(-1)
