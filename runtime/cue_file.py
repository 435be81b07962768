"""The file of cues, `cues.toml`: read once, checked, and made ready for looking through texts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from escs.runtime.errors import UsageError
from escs.runtime.phrases import Phrases
from escs.runtime.taxonomy import taxonomy

PATH = Path(__file__).with_name("cues.toml")

FACTS = frozenset(
    {
        "question", "only-questions", "question-first", "question-last", "no-question", "exclaims",
        "tiny", "brief", "medium", "long", "very-long",
        "first-words", "early", "middle", "late", "follows-own",
        "about-me", "much-about-me", "my-past", "about-you", "much-about-you",
        "echo", "strong-echo",
        "seeker-asked", "seeker-thanked", "seeker-took-leave",
    }
)  # fmt: skip
"""What `when` may name: facts of a message's shape and place, computed in `shape.py`; `not …` turns one around."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing to look for in a supporter's message, and what it speaks for."""

    name: str
    points: tuple[tuple[str, int], ...]  # strategies or actions, and what the cue adds to each
    when: tuple[tuple[str, bool], ...] = ()  # facts that must hold (True) or must not (False)
    spoken: bool = True  # whether it needs one of its phrases; without phrases the facts alone decide


@dataclass(frozen=True, slots=True)
class Cues:
    """All of the file."""

    spelling: dict[str, tuple[str, ...]]
    start: dict[str, int]  # points that every strategy and action begins with
    cues: tuple[Cue, ...]
    phrases: Phrases  # of the cues, by their names
    seeker: Phrases  # what a seeker's message shows, by the name of the class
    seeker_classes: tuple[str, ...] = field(default=())


def _complaint(path: Path, where: str, what: str) -> UsageError:
    return UsageError(f"{path}: {where} {what}.")


def _points(path: Path, where: str, table: Any) -> dict[str, int]:
    known = {**taxonomy().strategies, **taxonomy().actions}
    if not isinstance(table, dict) or not table:
        raise _complaint(path, where, 'needs points, as in adds = { "Question" = 2 }')
    for name, value in table.items():
        if name not in known:
            raise _complaint(path, where, f"gives points to “{name}”, which is neither a strategy nor an action")
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 20:
            raise _complaint(path, where, f"gives “{name}” something other than a whole number from -20 to 20")
    return table


def _lines(path: Path, where: str, text: Any) -> list[str]:
    if not isinstance(text, str):
        raise _complaint(path, where, "needs its phrases as text, one a line")
    lines = (line.split("#", 1)[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _when(path: Path, where: str, names: Any) -> tuple[tuple[str, bool], ...]:
    conditions = []
    for name in names:
        bare = str(name).removeprefix("not ")
        if bare not in FACTS:
            raise _complaint(path, where, f"asks for “{name}”; known are {', '.join(sorted(FACTS))}")
        conditions.append((bare, bare == name))
    return tuple(conditions)


def parse(text: str, path: Path = PATH) -> Cues:
    """The cues in the text of such a file; `path` is for complaints.

    Raises `UsageError`, naming the cue, where something in it cannot be used.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error
    lists = {name: frozenset(str(row).split()) for name, row in data.get("words", {}).items()}
    cues: list[Cue] = []
    spoken: list[tuple[str, str]] = []
    for number, entry in enumerate(data.get("cue", []), start=1):
        name = entry.get("name")
        if not isinstance(name, str) or not name:
            raise _complaint(path, f"cue number {number}", "needs a name")
        where = f"cue “{name}”"
        if any(cue.name == name for cue in cues):
            raise _complaint(path, where, "stands there twice")
        lines = _lines(path, where, entry.get("phrases", ""))
        when = _when(path, where, entry.get("when", []))
        if not lines and not when:
            raise _complaint(path, where, "needs phrases, or facts in when")
        spoken.extend((name, line) for line in lines)
        cues.append(Cue(name, tuple(_points(path, where, entry.get("adds")).items()), when, bool(lines)))
    seeker = {name: _lines(path, f"seeker class “{name}”", lines) for name, lines in data.get("seeker", {}).items()}
    try:
        phrases = Phrases(spoken, lists)
        heard = Phrases([(name, line) for name, lines in seeker.items() for line in lines], lists)
    except ValueError as error:
        raise _complaint(path, "", str(error)) from error
    spelling = {name: tuple(str(row).split()) for name, row in data.get("spelling", {}).items()}
    start = _points(path, "[start]", data.get("start"))
    return Cues(spelling, start, tuple(cues), phrases, heard, tuple(seeker))


@cache
def cues() -> Cues:
    """The cues that ship with the program, read once."""
    return parse(PATH.read_text(encoding="utf-8"))
