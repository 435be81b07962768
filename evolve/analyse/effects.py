"""How a reply landed apart from who it met and when: adjusted changes, and their means with intervals by persona."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import copysign, log1p, sqrt
from statistics import NormalDist

from escs.evolve.analyse.steps import Step

ROUNDS = 12  # of backfitting; it settles within a few
SHRINK = {"profile": 8.0, "turn": 8.0, "emotion": 8.0, "skill": 4.0}
"""Steps that the overall mean counts for in each part: few steps say little."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Effect:
    """A mean adjusted change: points of emotion a reply, its 95% interval by persona, and what it rests on."""

    mean: float
    low: float
    high: float
    p: float  # one-sided, for a mean below 0
    steps: int
    dialogues: int
    personas: int


def adjusted(steps: Sequence[Step]) -> list[float]:
    """The changes with what the profile, the turn and the emotion before explain taken off, in the steps' order.

    An additive model (profile, turn, band of emotion, leading skill), fitted by backfitting with shrunken means, so that a
    skill is not blamed for the people it meets, nor praised for the turn at which it comes.
    """
    keys: dict[str, Callable[[Step], Hashable]] = {
        "profile": lambda step: step.profile,
        "turn": lambda step: min(step.turn, 8),
        "emotion": lambda step: int(step.emotion // 15),
        "skill": lambda step: step.lead,
    }
    overall = sum(step.change for step in steps) / len(steps) if steps else 0.0
    left = [step.change - overall for step in steps]
    parts: dict[str, dict[Hashable, float]] = {name: {} for name in keys}
    for _ in range(ROUNDS):
        for name, key in keys.items():
            sums: dict[Hashable, list[float]] = {}
            old = parts[name]
            for place, step in enumerate(steps):
                label = key(step)
                left[place] += old.get(label, 0.0)
                total = sums.setdefault(label, [0.0, 0.0])
                total[0] += left[place]
                total[1] += 1
            parts[name] = {label: total / (count + SHRINK[name]) for label, (total, count) in sums.items()}
            for place, step in enumerate(steps):
                left[place] -= parts[name][key(step)]
    return [value + parts["skill"][step.lead] for value, step in zip(left, steps, strict=True)]


def effect(some: Sequence[tuple[Step, float]]) -> Effect:
    """The mean of adjusted changes. Personas are the clusters (Liang and Zeger, Biometrika 73, 1986), with the variance
    widened for few of them, and never taken below that of the steps alone."""
    n = len(some)
    mean = sum(value for _, value in some) / n
    clusters: dict[str, float] = {}
    squares = 0.0
    for step, value in some:
        clusters[step.persona] = clusters.get(step.persona, 0.0) + value - mean
        squares += (value - mean) ** 2
    k = len(clusters)
    between = sum(total**2 for total in clusters.values()) / n**2 * (k / (k - 1) if k > 1 else 4.0)
    spread = max(squares / max(1, n - 1), 4.0)  # a handful that agree by chance are not that exact
    error = sqrt(max(between, spread / n))
    wide = _student(k - 1) * error
    return Effect(
        mean, mean - wide, mean + wide, _below(mean / error, k - 1), n, len({step.dialogue for step, _ in some}), k
    )


def against(some: Sequence[tuple[Step, float]], others: Sequence[tuple[Step, float]]) -> Effect:
    """The mean beside that of other moments. A skill that leads most turns makes up most of the overall mean, so that its
    own adjusted mean lies near 0 however it does; only the difference says what it is worth."""
    mine = effect(some)
    if not others:
        return mine
    theirs = effect(others)
    mean = mine.mean - theirs.mean
    error = sqrt(_error(mine) ** 2 + _error(theirs) ** 2)
    freedom = min(mine.personas, theirs.personas) - 1
    wide = _student(freedom) * error
    return Effect(
        mean, mean - wide, mean + wide, _below(mean / error, freedom), mine.steps, mine.dialogues, mine.personas
    )


def _error(one: Effect) -> float:
    return (one.high - one.mean) / _student(one.personas - 1)


def _student(freedom: int) -> float:
    """The 97.5% quantile of Student's t, by the expansion of Cornish and Fisher; 6 for a single degree or none."""
    z = 1.959964
    if freedom <= 1:
        return 6.0
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _below(t: float, freedom: int) -> float:
    """How often Student's t lies below `t`, by Wallace's normal deviate (JASA 54, 1959; right to about 0.001 from three degrees on)."""
    freedom = max(1, freedom)
    size = (8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * log1p(t * t / freedom))
    return _NORMAL.cdf(copysign(size, t))


def discoveries(p: Sequence[float], rate: float = 0.1) -> list[bool]:
    """Which of several tests stand when false discoveries are held at `rate` (Benjamini and Hochberg, JRSS B 57, 1995)."""
    order = sorted(range(len(p)), key=p.__getitem__)
    last = max((rank for rank, place in enumerate(order, 1) if p[place] <= rate * rank / len(p)), default=0)
    kept = set(order[:last])
    return [place in kept for place in range(len(p))]


def support_of(one: Effect) -> dict[str, int]:
    """What an effect rests on, as findings say it."""
    return {"steps": one.steps, "dialogues": one.dialogues, "personas": one.personas}
