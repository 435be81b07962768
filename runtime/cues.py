"""Which support action a supporter's message is, decided by hand-written cues from its words and what stood before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp

from escs.runtime.cue_file import Cues, cues
from escs.runtime.phrases import words
from escs.runtime.shape import Before, before_of, facts
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy

POINT = 0.4
"""What a point is worth when points become shares: e^0.4, so that a point makes a strategy half as likely again."""


@dataclass(frozen=True, slots=True)
class ActionLabel:
    """What a supporter's message does."""

    action: str  # one of the taxonomy's 17
    strategy: str  # the ESConv strategy that the action counts as
    confidence: float  # the strategy's share of what the cues gave, 0 to 1; an order, not a probability
    cues: tuple[str, ...]  # names of the cues that spoke for it, strongest first


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the cues gave to each strategy and action of one message."""

    strategies: dict[str, int]
    actions: dict[str, int]
    spoke: tuple[tuple[str, str, int], ...]  # cue, strategy or action, points


def _holds(when: tuple[tuple[str, bool], ...], held: frozenset[str]) -> bool:
    for name, wanted in when:  # noqa: SIM110 - quicker than `all` over the many cues of every message
        if (name in held) is not wanted:
            return False
    return True


@lru_cache(maxsize=4_096)
def _hear(text: str) -> frozenset[str]:
    return frozenset(words(text, cues().spelling))


def weigh(text: str, before: Before, using: Cues) -> Weighed:
    """Add up the cues of one message. A cue counts once, and points for an action count for its strategy too."""
    known = taxonomy()
    row = words(text, using.spelling)
    held = facts(row, before, _hear)
    found = using.phrases.find(row)
    totals = dict.fromkeys((*known.strategies, *known.actions), 0)
    spoke: list[tuple[str, str, int]] = []

    def add(cue: str, name: str, points: int) -> None:
        totals[name] += points
        if name in known.actions:
            totals[known.strategy(name)] += points
        if cue:
            spoke.append((cue, name, points))

    for name, points in using.start.items():
        totals[name] += points
    for cue in using.cues:
        if (not cue.spoken or cue.name in found) and _holds(cue.when, held):
            for name, points in cue.points:
                add(cue.name, name, points)
    return Weighed(
        {name: totals[name] for name in known.strategies}, {name: totals[name] for name in known.actions}, tuple(spoke)
    )


@lru_cache(maxsize=4_096)
def _label(text: str, before: Before) -> ActionLabel:
    known = taxonomy()
    weighed = weigh(text, before, cues())
    # The order of [start] decides between equals.
    ranked = dict.fromkeys((*(name for name in cues().start if name in weighed.strategies), *weighed.strategies))
    strategy = max(ranked, key=weighed.strategies.__getitem__)
    mine = [action for action, label in known.actions.items() if label.strategy == strategy]
    action = max(mine, key=weighed.actions.__getitem__)
    top = weighed.strategies[strategy]
    share = 1 / sum(exp(POINT * (points - top)) for points in weighed.strategies.values())
    reasons = sorted(
        {(points, cue) for cue, name, points in weighed.spoke if points > 0 and name in (strategy, action)},
        key=lambda reason: (-reason[0], reason[1]),
    )
    return ActionLabel(action, strategy, round(share, 3), tuple(dict.fromkeys(cue for _, cue in reasons)))


def label_action(text: str, before: Sequence[Message] = ()) -> ActionLabel:
    """The action that a supporter's message is; `before` is the dialogue up to it, oldest first."""
    return _label(text, before_of(before))
