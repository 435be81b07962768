"""Paired comparisons of arms: differences with bootstrap intervals over clusters, and Holm's correction for several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from random import Random

RESAMPLES = 2_000
CONFIDENCE, ALPHA = 0.95, 0.05
FEWEST = 6
"""Clusters below which nothing is told: were all of fewer to point the same way, that would happen by chance alone in more
than 5% of cases (two-sided sign test, 2^(1-n)), whatever a bootstrap says."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One arm minus another in one measure, over so many clusters. `p` is two-sided; `holm` after Holm's correction."""

    arm: str
    other: str
    measure: str
    value: float
    low: float
    high: float
    p: float
    clusters: int
    holm: float = 1.0

    @property
    def said(self) -> str:
        """`better` or `worse` where its 95% interval leaves out 0 and it stands after Holm's correction at 5%."""
        if self.clusters < FEWEST:
            return "too few to tell"
        if self.holm > ALPHA:
            return "not told apart"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "not told apart"


Sums = Mapping[str, tuple[float, int]]
"""Of one cluster (a dialogue, a persona) and one arm: by measure the sum of its values and how many there are."""


def differences(clusters: Sequence[tuple[Sums, Sums]], arm: str, other: str, *, seed: int = 1) -> list[Difference]:
    """Arm minus other in each measure's mean, over clusters that both arms met, drawn anew together.

    For each measure the clusters count in which both arms have a value; where they are fewer than two there is no difference.
    Percentile bootstrap over whole clusters (Davison and Hinkley, Bootstrap Methods and their Application, 1997, §3.8),
    widened by √(n/(n-1)) about the estimate; the p value is twice the smaller share of resamples on one side of 0 (Efron and
    Tibshirani, 1993, §15.4), and never below that of a sign test over as many clusters that all agree. The same for a seed.
    """
    made = []
    draws: dict[int, list[list[int]]] = {}
    for measure in clusters[0][0] if clusters else ():
        pairs = [pair for pair in clusters if pair[0][measure][1] and pair[1][measure][1]]
        n = len(pairs)
        if n < 2:
            continue
        if n not in draws:
            draw = Random(seed)
            draws[n] = [draw.choices(range(n), k=n) for _ in range(RESAMPLES)]
        wider = sqrt(n / (n - 1))
        columns = [[pair[side][measure] for pair in pairs] for side in (0, 1)]
        value = _mean(columns[0], range(n)) - _mean(columns[1], range(n))
        resampled = sorted(_mean(columns[0], places) - _mean(columns[1], places) for places in draws[n])
        tail = (1 - CONFIDENCE) / 2
        low, high = resampled[int(tail * RESAMPLES)], resampled[min(RESAMPLES - 1, int((1 - tail) * RESAMPLES))]
        below, above = sum(each <= 0 for each in resampled), sum(each >= 0 for each in resampled)
        p = min(1.0, max(2 * (min(below, above) + 1) / (RESAMPLES + 1), 2.0 ** (1 - n)))
        bounds = value + (low - value) * wider, value + (high - value) * wider
        made.append(Difference(arm, other, measure, value, *bounds, p, n))
    return made


def _mean(column: Sequence[tuple[float, int]], places: Iterable[int]) -> float:
    total, count = 0.0, 0
    for place in places:
        value, many = column[place]
        total += value
        count += many
    return total / count if count else 0.0


def holm(some: Sequence[Difference]) -> list[Difference]:
    """The same with p values corrected for how many there are (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    order = sorted(range(len(some)), key=lambda place: some[place].p)
    corrected = [0.0] * len(some)
    worst = 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, some[place].p * (len(some) - rank)))
        corrected[place] = worst
    return [replace(one, holm=p) for one, p in zip(some, corrected, strict=True)]
