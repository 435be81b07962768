"""Reading the seeker's state from the conversation so far, by cues alone: the offline rule of `read-state`."""

from __future__ import annotations

from collections.abc import Sequence

from escs.runtime.safety.risk import Level
from escs.runtime.state import Message, SeekerState


def read(history: Sequence[Message], *, risk: Level = Level.NONE, risk_kinds: tuple[str, ...] = ()) -> SeekerState:
    """The state after the newest seeker turn of `history`; a pure function of it."""
    turn = sum(message.role == "user" for message in history)
    return SeekerState(turn=max(turn, 1), risk=risk, risk_kinds=risk_kinds)
