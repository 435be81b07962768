"""The nouns of analysis: findings of three kinds, each with its turns, its skill and what would show it mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

KINDS = ("missing-skill", "unsafe-intervention", "profile-failure")
SHOWN = 12
"""Turns that a finding names; the support says how many there are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that traces show to be wrong. `effect` is in points of emotion a reply, negative for harm."""

    kind: str
    skill: str  # the skill at fault; of a missing skill the one that came in its place most often
    groups: tuple[str, ...]  # of seekers whom it concerns; `all` for everybody
    facts: tuple[tuple[str, str], ...]  # what a condition could see there, as (key, value)
    turns: tuple[tuple[str, int], ...]  # dialogue and turn
    support: dict[str, int]  # steps, dialogues, personas
    effect: float
    interval: tuple[float, float]
    why: str
    mended_when: str
    line: str = ""  # the `## Say` line that caused it, where one did
    action: str = ""  # of a missing skill: what helped there when it came
    reason: str = ""  # in a model's words, where one was asked
    noise: bool = False  # not told apart from chance
    rank: float = 0.0  # harm times frequency: points of emotion lost a dialogue

    @property
    def key(self) -> str:
        """What tells it from others: kind, skill, where, and line."""
        where = ", ".join(f"{key}: {value}" for key, value in self.facts)
        return " | ".join([self.kind, self.skill, ", ".join(self.groups), where, self.line, self.action])

    def with_noise(self, noise: bool) -> Finding:
        """The same, told apart from chance or not."""
        return replace(self, noise=noise)

    def to_json(self) -> dict[str, Any]:
        """The finding as `escs analyse --json` prints it."""
        return {
            "kind": self.kind,
            "skill": self.skill,
            "groups": [*self.groups],
            "facts": [f"{key}: {value}" for key, value in self.facts],
            "turns": [{"dialogue": dialogue, "turn": turn} for dialogue, turn in self.turns[:SHOWN]],
            "support": self.support,
            "effect": round(self.effect, 3),
            "interval": [round(end, 3) for end in self.interval],
            "why": self.why,
            "mended_when": self.mended_when,
            "reason": self.reason,
            "line": self.line,
            "action": self.action,
            "noise": self.noise,
            "rank": round(self.rank, 4),
        }


def in_order(some: Iterable[Finding]) -> list[Finding]:
    """Those told apart from chance first, then by harm times frequency."""
    return sorted(some, key=lambda one: (one.noise, -one.rank, one.key))
