"""What a supporter in a simulation is, whoever stands behind it: a party that begins talks, and talks that reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from escs.runtime.bank.skill import Skill


@dataclass(frozen=True, slots=True)
class Replied:
    """One reply with what stood behind it."""

    said: str
    skills: tuple[str, ...] = ()
    loaded: tuple[Skill, ...] = ()
    state: str = ""
    risk: str = "none"
    withheld: tuple[str, ...] = ()
    strategy: str = ""  # of ESConv, where the supporter named one


class Talk(Protocol):
    """One conversation from the supporter's side."""

    async def reply(self, text: str) -> Replied:
        """Answer the seeker's next turn. Raises `EngineError` where the engine fails: that is never a reply."""
        ...

    def instead(self, text: str) -> None:
        """Go on as if this had been the last reply: what a person really said, where a real dialogue is followed."""
        ...


class Party(Protocol):
    """A supporter that can hold many conversations at once."""

    @property
    def name(self) -> str:
        """The engine's or the script's name, as it stands in a rollout."""
        ...

    @property
    def bank(self) -> str:
        """The tree hash of the bank behind it; "" where there is none."""
        ...

    def begin(self, sample: int) -> Talk:
        """A new conversation; `sample` tells repetitions apart for the call record."""
        ...
