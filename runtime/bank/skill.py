"""The nouns of the bank: a skill, its conditions and its sections. Frozen; made by `parse.py`, written by `splice.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

MATCHED_KEYS = (
    "state",
    "scenario",
    "stage",
    "intensity",
    "turn",
    "risk",
    "asked-for",
    "declined",
    "minor",
    "unsafe-home",
)
"""The keys of a condition that the machine matches; every other line is for people and models."""

SLOTS = ("feeling", "event", "clause", "person", "wish", "topic")
"""The names that a line under `## Say` may fill in, written `{{ feeling }}`; see `runtime/echo.py` for what each holds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of `conditions`: a key with values that the machine matches, or a sentence; `negated` after `not:`."""

    text: str  # the whole line, as written
    line: int  # its line in the file, from 1
    key: str = ""  # one of MATCHED_KEYS, or "" for a sentence
    values: tuple[str, ...] = ()  # labels, `yes`/`no`, or one range such as "60-100"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the seeker is expected to do: a label of the taxonomy's changes and a sentence."""

    change: str
    text: str


@dataclass(frozen=True, slots=True)
class RiskNote:
    """How the skill can go wrong: the risk, the sign that shows it, the repair."""

    text: str
    sign: str = ""
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill, as its SKILL.md says it."""

    name: str
    description: str
    action: str
    path: Path
    body: str  # the Markdown below the frontmatter
    conditions: tuple[Condition, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    risks: tuple[RiskNote, ...] = ()
    evidence: dict[str, str] = field(default_factory=dict)
    version: str = ""
    license: str = ""
    say: tuple[str, ...] = ()  # the lines under `## Say`, without their bullet
    avoid: tuple[str, ...] = ()
    sections: dict[str, str] = field(default_factory=dict)  # heading → text, in the file's order
    metadata: dict[str, str] = field(default_factory=dict)
    digest: str = ""  # sha256 of the file's bytes
