"""Intervals beside figures: a bootstrap over personas for means, and exact bounds for shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, lgamma, log, log1p, sqrt
from random import Random

CONFIDENCE = 0.95
RESAMPLES = 2_000
"""Resamples of a bootstrap: the ends of a 95% interval then vary by about a twentieth of its width."""


def bootstrap_mean(
    by_persona: Mapping[str, Sequence[float]], *, seed: int = 1, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """The interval of the mean of all values when personas are drawn anew; None for fewer than two personas.

    Percentile bootstrap over whole personas (cluster bootstrap; Davison and Hinkley, Bootstrap Methods and their
    Application, 1997, §3.8), widened about the mean by √(n/(n-1)) since it is too narrow for few personas (Hesterberg, The
    American Statistician 69, 2015). Deterministic for a seed, whatever the order of the personas.
    """
    sums = [(sum(values), len(values)) for _, values in sorted(by_persona.items()) if values]
    n = len(sums)
    if n < 2:
        return None
    middle = sum(total for total, _ in sums) / sum(count for _, count in sums)
    draw = Random(seed)
    means = []
    if len({count for _, count in sums}) == 1:
        each, count = [total for total, _ in sums], sums[0][1] * n
        means = [sum(draw.choices(each, k=n)) / count for _ in range(RESAMPLES)]
    else:
        for _ in range(RESAMPLES):
            drawn = draw.choices(sums, k=n)
            means.append(sum(total for total, _ in drawn) / sum(count for _, count in drawn))
    means.sort()
    tail = (1 - confidence) / 2
    wider = sqrt(n / (n - 1))
    low, high = _quantile(means, tail), _quantile(means, 1 - tail)
    return middle + (low - middle) * wider, middle + (high - middle) * wider


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def upper_bound(events: int, chances: int, *, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided upper bound of a share: the largest that still gives so few events with 1 - `confidence`.

    Clopper and Pearson, Biometrika 26, 1934. For no event at all it is 1 - 0.05^(1/n), about 3/n. 1.0 where nothing
    was tried. Chances of one dialogue or persona are not independent, so it is a bound for chances as counted.
    """
    if not 0 <= events <= chances:
        raise ValueError(f"{events} events of {chances} chances")
    if events == chances:
        return 1.0
    if events == 0:
        return float(1 - (1 - confidence) ** (1 / chances))
    low, high = events / chances, 1.0
    for _ in range(60):  # halvings: past the precision of a float
        middle = (low + high) / 2
        if _at_most(events, chances, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(events: int, chances: int, share: float) -> float:
    """The probability of at most so many events."""
    if share >= 1:
        return 0.0
    whole = lgamma(chances + 1)
    return sum(
        exp(whole - lgamma(k + 1) - lgamma(chances - k + 1) + k * log(share) + (chances - k) * log1p(-share))
        for k in range(events + 1)
    )
