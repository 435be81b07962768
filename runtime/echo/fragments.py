"""The fragments of a text: feeling, event, clause, person, wish and topic, each fit for its slot or None."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fragments:
    """What can be taken up; every field is second person, without end punctuation, at most 14 words, or None."""

    feeling: str | None = None  # fits after "feeling": "let down", "really alone"
    event: str | None = None  # fits after "with", "about", "since": "losing your job", "the breakup"
    clause: str | None = None  # fits after "It sounds as if" and "You said that": "you might lose your job"
    person: str | None = None  # "your mother"; may be plural, so no verb after it
    wish: str | None = None  # fits after "you want": "to get some sleep"
    topic: str | None = None  # fits after "about": "your marriage", "money"
    turns: tuple[tuple[str, int], ...] = ()  # field → how many seeker turns ago it was said (0 is the newest)

    def said(self, field: str) -> int | None:
        """How many seeker turns ago `field` was said (0 is the newest), or None where the field is empty."""
        return dict(self.turns).get(field)


def fragments(text: str) -> Fragments:
    """What of one text can be taken up."""
    return Fragments()


def fragments_of_history(texts: Sequence[str]) -> Fragments:
    """The fragments of the newest of the seeker's `texts`, filled up from the few turns before it."""
    return Fragments()
