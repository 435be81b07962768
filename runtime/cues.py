"""Which support action a supporter's message is, decided by hand-written cues from its words and what stood before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy


@dataclass(frozen=True, slots=True)
class ActionLabel:
    """What a supporter's message does."""

    action: str  # one of the taxonomy's 17
    strategy: str  # the ESConv strategy that the action counts as
    confidence: float  # 0 (a guess) to 1 (the cues leave no doubt); an order, not a probability
    cues: tuple[str, ...]  # ids of the cues that decided, strongest first


def label_action(text: str, before: Sequence[Message] = ()) -> ActionLabel:
    """The action that a supporter's message is; `before` is the dialogue up to it, oldest first."""
    action = "open-question" if "?" in text else "presence"
    return ActionLabel(action, taxonomy().strategy(action), 0.0, ())
