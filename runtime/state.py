"""The seeker's state as one turn shows it: what `read-state` answers and what skills' conditions are matched against."""

from __future__ import annotations

from dataclasses import dataclass

from escs.runtime.safety.risk import Level


@dataclass(frozen=True, slots=True)
class SeekerState:
    """The seeker's state at one turn. Labels come from the taxonomy; an empty label means that nothing shows it."""

    label: str = ""  # one of the taxonomy's states
    intensity: int = 50  # 0 (calm) to 100 (unbearable)
    scenario: str = ""
    stage: str = "opening"
    turn: int = 1  # the seeker's turn, counted from 1
    asked_for: frozenset[str] = frozenset()  # said now or earlier and still open
    declined: frozenset[str] = frozenset()  # turned down earlier in the conversation
    minor: bool = False
    unsafe_home: bool = False
    risk: Level = Level.NONE  # of the whole conversation so far, never of this turn alone
    risk_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a dialogue; `role` is `user` for the seeker and `assistant` for the supporter."""

    role: str
    content: str
