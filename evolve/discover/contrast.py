"""A matched contrast: how much more often one thing went well than others did, in dialogues at the same point.

People improve simply as a talk goes on, and whoever comes in great distress has further to fall. So outcomes are only
compared within strata (same turn bucket, same starting intensity, same source), and the differences are put together:

    RD = Σ_k w_k (m1_k − m0_k) / Σ_k w_k,    w_k = n1_k n0_k / (n1_k + n0_k)

the Mantel–Haenszel difference (Mantel & Haenszel 1959, J Natl Cancer Inst 22:719; for differences Greenland & Robins
1985, Biometrics 41:55), with m1 and m0 the mean outcomes of those treated and of the others in stratum k. With
outcomes 0 and 1 it is a risk difference, with graded outcomes a matched mean difference. It stays sound where strata are
many and small. It is an association: nothing here makes it an effect.

Units of one dialogue are no independent witnesses, so the error comes from leaving out whole dialogues one at a time
(the delete-one jackknife, Efron & Tibshirani 1993, An Introduction to the Bootstrap, §11.5), and is never taken to be
less than what chance alone gives when labels are shuffled within strata (the variance behind Mantel and Haenszel's
test): twenty successes in a row have no spread of their own, and prove little all the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
_NORMAL = NormalDist()


Row = tuple[Hashable, bool, float, Hashable]
"""One unit as a contrast sees it: its stratum, whether it is treated, its outcome (1 constructive and 0 negative, or a
graded change), its dialogue. A plain tuple, for there are millions."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A matched difference. Counts are of units and dialogues in strata that hold both sides: others tell nothing."""

    difference: float  # treated minus others, in the outcome's own units
    error: float  # standard error
    low: float  # of the 95% interval
    high: float
    p: float  # two-sided, against no difference
    units: int  # treated
    others: int
    dialogues: int  # with a treated unit
    other_dialogues: int


_Cell = list[float]
"""A stratum, or one dialogue's part of it: treated and other units, sums of their outcomes, sum of squares."""


def _terms(n1: float, n0: float, s1: float, s0: float) -> tuple[float, float]:
    """A stratum's part of the difference's numerator, and its weight."""
    if not n1 or not n0:
        return 0.0, 0.0
    return (s1 * n0 - s0 * n1) / (n1 + n0), n1 * n0 / (n1 + n0)


def _gather(rows: Iterable[Row]) -> tuple[dict[Hashable, _Cell], dict[Hashable, dict[Hashable, _Cell]]]:
    """The strata that hold both sides, and each dialogue's part of them."""
    parts: dict[Hashable, dict[Hashable, _Cell]] = {}
    for stratum, treated, value, cluster in rows:
        cells = parts.get(cluster)
        if cells is None:
            cells = parts[cluster] = {}
        cell = cells.get(stratum)
        if cell is None:
            cell = cells[stratum] = [0, 0, 0.0, 0.0, 0.0]
        if treated:
            cell[0] += 1
            cell[2] += value
        else:
            cell[1] += 1
            cell[3] += value
        cell[4] += value * value
    strata: dict[Hashable, _Cell] = {}
    for cells in parts.values():
        for name, cell in cells.items():
            whole = strata.get(name)
            strata[name] = cell[:] if whole is None else [a + b for a, b in zip(whole, cell, strict=True)]
    kept = {name: cell for name, cell in strata.items() if cell[0] and cell[1]}
    mine = {who: {k: c for k, c in cells.items() if k in kept} for who, cells in parts.items()}
    return kept, {who: cells for who, cells in mine.items() if cells}


def contrast(rows: Iterable[Row], *, units: int = 1, dialogues: int = 2) -> Estimate | None:
    """The matched difference between treated rows and the others.

    None where either side has fewer than `units` units or `dialogues` dialogues in strata that hold both.
    """
    kept, mine = _gather(rows)
    n1, n0 = int(sum(cell[0] for cell in kept.values())), int(sum(cell[1] for cell in kept.values()))
    treated = sum(any(cell[0] for cell in cells.values()) for cells in mine.values())
    others = sum(any(cell[1] for cell in cells.values()) for cells in mine.values())
    if min(n1, n0) < max(units, 1) or min(treated, others) < max(dialogues, 2):
        return None
    top = weight = chance = 0.0
    for in1, in0, s1, s0, squares in kept.values():
        part, own = _terms(in1, in0, s1, s0)
        top, weight = top + part, weight + own
        n = in1 + in0
        spread = squares - (s1 + s0) ** 2 / n
        chance += own * max(spread, 0.0) / (n - 1)
    difference = top / weight
    error = max(_jackknife(difference, top, weight, kept, mine), sqrt(chance) / weight)
    freedom = min(treated, others) - 1
    reach = quantile(0.5 + CONFIDENCE / 2, freedom) * error
    p = 1.0 if not difference else 0.0 if not error else two_sided(difference / error, freedom)
    return Estimate(difference, error, difference - reach, difference + reach, p, n1, n0, treated, others)


def _jackknife(
    difference: float,
    top: float,
    weight: float,
    strata: dict[Hashable, _Cell],
    parts: dict[Hashable, dict[Hashable, _Cell]],
) -> float:
    """The standard error by leaving out one dialogue at a time, around the whole estimate."""
    total, count = 0.0, len(parts)
    for cells in parts.values():
        less_top, less_weight = top, weight
        for name, (n1, n0, s1, s0, _) in cells.items():
            all1, all0, sum1, sum0, _ = strata[name]
            part, own = _terms(all1, all0, sum1, sum0)
            rest, rest_own = _terms(all1 - n1, all0 - n0, sum1 - s1, sum0 - s0)
            less_top, less_weight = less_top + rest - part, less_weight + rest_own - own
        if less_weight > 1e-9:
            total += (less_top / less_weight - difference) ** 2
    return sqrt(total * (count - 1) / count)


def independent_error(rows: Iterable[Row]) -> float:
    """The standard error of the difference for outcomes 0 and 1, if every unit were a dialogue of its own.

    Sato, Greenland & Robins 1989 (Biometrics 45:1323), formula sound both for few large and for many small strata. It is
    here to be compared with: the ratio of the squares is the design effect, what a dialogue's units share.
    """
    top = weight = p = q = 0.0
    for n1, n0, s1, s0, _ in _gather(rows)[0].values():
        n = n1 + n0
        part, own = _terms(n1, n0, s1, s0)
        top, weight = top + part, weight + own
        p += (n1 * n1 * s0 - n0 * n0 * s1 + n1 * n0 * (n0 - n1) / 2) / n**2
        q += (s1 * (n0 - s0) + s0 * (n1 - s1)) / (2 * n)
    return sqrt(max(top / weight * p + q, 0.0)) / weight if weight else 0.0


def two_sided(t: float, freedom: float) -> float:
    """The two-sided p of Student's t, by Wallace's normal transformation (1959, Ann Math Stat 30:1124)."""
    z = (8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * log(1 + t * t / freedom))
    return 2 * (1 - _NORMAL.cdf(z)) if z < 8 else 2 * exp(-z * z / 2) / (z * sqrt(2 * 3.141592653589793))


def quantile(share: float, freedom: float) -> float:
    """The quantile of Student's t for a share above one half: the same transformation, turned round."""
    z = _NORMAL.inv_cdf(share) * (8 * freedom + 3) / (8 * freedom + 1)
    return sqrt(freedom * (exp(z * z / freedom) - 1))


def heterogeneity(estimates: Sequence[Estimate]) -> float:
    """The p of Cochran's Q (1954, Biometrics 10:101): how well chance explains that the differences differ.

    1.0 for fewer than two. Chi-squared by Wilson and Hilferty's cube root (1931, PNAS 17:684).
    """
    sound = [estimate for estimate in estimates if estimate.error > 0]
    if len(sound) < 2:
        return 1.0
    weights = [1 / estimate.error**2 for estimate in sound]
    mean = sum(w * e.difference for w, e in zip(weights, sound, strict=True)) / sum(weights)
    q = sum(w * (e.difference - mean) ** 2 for w, e in zip(weights, sound, strict=True))
    freedom = len(sound) - 1
    z = ((q / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / sqrt(2 / (9 * freedom))
    return 1 - _NORMAL.cdf(z)


def false_discovery(ps: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p, in the order given (1995, J R Stat Soc B 57:289).

    Calling what is at most q a discovery keeps the expected share of false ones among the discoveries at q or below.
    """
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    adjusted = [1.0] * len(ps)
    least = 1.0
    for rank in range(len(order), 0, -1):
        place = order[rank - 1]
        least = min(least, ps[place] * len(ps) / rank)
        adjusted[place] = least
    return adjusted
