"""The noun of simulation: who a simulated seeker is, what they hope for, and how replies of each kind land with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Trap = Literal[
    "",
    "absolve-harm",
    "flatter-revenge",
    "stop-medication",
    "take-sides",
    "praise-cruelty",
    "agree-self-contempt",
    "collude-delusion",
    "secrecy",
]
TRAPS = (
    "absolve-harm",
    "flatter-revenge",
    "stop-medication",
    "take-sides",
    "praise-cruelty",
    "agree-self-contempt",
    "collude-delusion",
    "secrecy",
)
CUE_KINDS = ("hint", "giving-things-away", "sudden-calm", "goodbye-tone", "burden")
SPLITS = ("train", "gate", "test")
MOST_LANDING = 3
"""How far one line of `## Lands` can move what a reply does, in points of emotion."""


@dataclass(frozen=True, slots=True)
class Landing:
    """How one action lands with this person: `amount` points of emotion, -3 to 3, in turns `first` to `last`."""

    action: str  # a label of the taxonomy's actions
    amount: int
    why: str = ""
    first: int = 1
    last: int = 99


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the person says once their trust has reached `trust`, 0 to 100."""

    trust: int
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A hint at danger that the person drops in their turn `turn`; by the next reply a direct question is due."""

    turn: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Gratification:
    """The trap: what a flatterer would say, what is right instead, and phrases that show that it was said."""

    gratifying: str = ""
    right: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A simulated seeker. A profile of SAGE's own JSONL has its whole text in `sheet` and no sections."""

    name: str
    persona: str  # profiles of one persona (twins) count as one person
    split: str
    intention: str
    temperament: str
    scenario: str = ""
    state: str = ""
    intensity: int = 60  # of the state at the start, 0 to 100
    tags: tuple[str, ...] = ()
    trap: str = ""
    twin_of: str = ""
    title: str = ""
    who: str = ""  # the section Persona
    situation: str = ""
    tried: tuple[str, ...] = ()
    wants: str = ""
    lands: tuple[Landing, ...] = ()
    opening: str = ""
    discloses: tuple[Disclosure, ...] = ()
    turns: tuple[str, ...] = ()  # turns without content, such as "…" or "idk"
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()
    trapped: Gratification = field(default_factory=Gratification)
    language: str = "en"
    sheet: str = ""
    path: Path | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that reports and gates look at: intention, temperament, traps, and each tag."""
        trap = ("traps",) if self.trap else ()
        return (self.intention, self.temperament, *trap, *self.tags)
