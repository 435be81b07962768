"""The nouns of the course: where a conversation in danger stands, what it has learned, and one reply of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from escs.runtime.safety.risk import Level


class Watching(Protocol):
    """What the course needs of the watch over the conversation."""

    @property
    def level(self) -> Level:
        """The level of the conversation so far."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of danger seen so far."""
        ...


@dataclass(frozen=True, slots=True)
class CrisisReply:
    """What is said in a turn that the course takes.

    `body` are the built-in words; `resource` stands on a line apart and is empty where none is due; `brief` says what
    a model must and must not do where it words the reply; `kind` is the protocol and `step` its step.
    """

    body: str
    resource: str
    kind: str
    step: str
    brief: str
    level: Level
    skill: str = "stay-through-crisis"  # the crisis skill that goes with it

    @property
    def text(self) -> str:
        """Body and resource as one text."""
        return f"{self.body}\n\n{self.resource}" if self.resource else self.body


@dataclass(frozen=True, slots=True)
class Course:
    """Where the conversation stands. Immutable; `advance` gives the next one."""

    country: str = ""  # ISO 3166 alpha-2 in capitals; empty: unknown
    minor: bool = False
    facts: tuple[tuple[str, str], ...] = ()  # what was learned: fact → yes, no, hedge, refused, unclear, given …
    items: tuple[tuple[str, str], ...] = ()  # the safety plan in the person's own words: fact → their words
    taken: tuple[str, ...] = ()  # keys of the steps already said
    reworded: tuple[str, ...] = ()  # keys of the steps already asked in other words
    entered: tuple[str, ...] = ()  # protocols whose opening was said
    asked: str = ""  # the fact that the last reply asked about
    asked_by: str = ""  # the key of the step that asked
    used: frozenset[str] = frozenset()  # wordings already said
    said: frozenset[str] = frozenset()  # whole bodies already said
    kinds: frozenset[str] = frozenset()
    guessed: frozenset[str] = frozenset()  # kinds that only weight, or the ear, saw in answers to our questions
    lately: frozenset[str] = frozenset()  # the kinds of danger seen, and the facts told, in the newest turn
    told: frozenset[str] = frozenset()  # of these, the kinds that a rule saw, and facts and answers as `fact=value`
    renewed: frozenset[str] = frozenset()  # protocols whose steps began again, for danger told after them
    level: Level = Level.NONE
    closed: tuple[str, ...] = ()  # protocols that have run to their check-back
    turn: int = 0
    quiet: int = 0  # ordinary turns since the last reply of the course
    checkins: int = 0
    hushed: int = 0  # how often the person asked to stop asking
    pause: bool = False  # the next reply asks nothing, because the person wanted no more questions
    refusals: int = 0  # how many questions about danger were refused
    resource_shown: bool = False
    told_ai: bool = False  # whether a reply of the course has said that this is an AI
    offset: int = 0  # where in each list of wordings this conversation begins

    @classmethod
    def start(cls, country: str | None = None, *, minor: bool = False) -> Course:
        """A new conversation. `country` is an ISO alpha-2 code, in any case; None or empty where it is unknown."""
        return cls(country=(country or "").strip().upper(), minor=minor)

    @property
    def known(self) -> Mapping[str, str]:
        """The facts as a mapping."""
        return dict(self.facts)

    @property
    def active(self) -> bool:
        """Whether the course has said anything in this conversation."""
        return bool(self.taken or self.renewed)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the last text told the course."""

    answer: str = ""  # yes, no, hedge, unsure, refusal, stop, given, none; empty: nothing had been asked
    aside: str = ""  # a side question or a barrier: number, real, secret, locked-up …
    facts: Mapping[str, str] = field(default_factory=dict)
    country: str = ""
    stop: bool = False  # the person wants no more questions, whatever else they said


AT_HAND = ("held", "means", "place", "parting", "about-to", "taken", "done", "rehearsed", "unmedicated")
"""Facts that bring the danger nearer whenever they are told, in the plan for bad hours and after it as well."""

OF_US = frozenset({"secret", "kept", "watched", "real", "number", "call-for-me"})
"""Side questions about this program and the lines, in which nothing of the person is told."""

GRAVE = frozenset(
    {("taken", "yes"), ("done", "yes"), ("held", "yes"), ("intent", "yes"), ("time", "soon"), ("place", "yes")}
)
"""Facts that nobody takes back by taking back their words."""


def grave(course: Course) -> Mapping[str, str]:
    """Of what a course has learned, what stays when a turn is undone."""
    return {fact: told for fact, told in course.facts if (fact, told) in GRAVE}
