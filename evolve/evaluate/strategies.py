"""How an arm's choice of strategy compares with what people chose: accuracy, macro-F1 and preference bias."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

ROUNDS = 20  # of the preference's iteration, as its source has it


@dataclass(frozen=True, slots=True)
class StrategyFigures:
    """Accuracy and macro-F1 in percent; the preference for each strategy (mean 1), and their spread, the bias."""

    n: int
    accuracy: float
    macro_f1: float
    bias: float
    preference: dict[str, float]
    chosen: dict[str, int]  # how often each was


def accuracy(true: Sequence[str], chosen: Sequence[str]) -> float:
    """Share of turns with the strategy that people marked, in percent."""
    return 100 * sum(a == b for a, b in zip(true, chosen, strict=True)) / max(1, len(true))


def macro_f1(true: Sequence[str], chosen: Sequence[str], strategies: Sequence[str]) -> float:
    """Unweighted mean of F1 over the strategies that occur among either, in percent (van Rijsbergen 1979; as scikit-learn's
    `f1_score(average="macro")` has it)."""
    scores = []
    for name in strategies:
        both = sum(a == b == name for a, b in zip(true, chosen, strict=True))
        marked, said = true.count(name), chosen.count(name)
        if marked or said:
            scores.append(2 * both / (marked + said))
    return 100 * sum(scores) / max(1, len(scores))


def preference(true: Sequence[str], chosen: Sequence[str], strategies: Sequence[str]) -> dict[str, float]:
    """How much an arm prefers each strategy, scaled to a mean of 1; above 1: chosen where people did not.

    Kang et al. 2024 ("Can Large Language Models be Good Emotional Supporter? Mitigating Preference Bias on Emotional
    Support Conversation", ACL, §4.2): a Bradley-Terry model by Newman's iteration (2023, JMLR 24). With w_ij how often
    strategy i was chosen where people marked j,

        p_i ← Σ_j w_ij p_j / (p_i + p_j)  ÷  Σ_j w_ji / (p_i + p_j)    (j ≠ i)

    for 20 rounds from 1, each round scaled to a mean of 1.
    """
    w = Counter(zip(chosen, true, strict=True))
    p = dict.fromkeys(strategies, 1.0)
    for _ in range(ROUNDS):
        for i in strategies:
            above = sum(w[i, j] * p[j] / (p[i] + p[j]) for j in strategies if j != i and p[i] + p[j] > 0)
            below = sum(w[j, i] / (p[i] + p[j]) for j in strategies if j != i and p[i] + p[j] > 0)
            if below > 0:
                p[i] = above / below
        mean = sum(p.values()) / len(p)
        if mean > 0:
            p = {name: value / mean for name, value in p.items()}
    return p


def strategy_figures(true: Sequence[str], chosen: Sequence[str], strategies: Sequence[str]) -> StrategyFigures:
    """All of them. The bias is the standard deviation of the preferences: 0 for who prefers nothing (Kang et al. 2024)."""
    found = preference(true, chosen, strategies)
    mean = sum(found.values()) / len(found)
    spread = sqrt(sum((value - mean) ** 2 for value in found.values()) / len(found))
    counts = Counter(chosen)
    return StrategyFigures(
        len(true), accuracy(true, chosen), macro_f1(true, chosen, strategies), spread, found,
        {name: counts[name] for name in strategies},
    )  # fmt: skip
