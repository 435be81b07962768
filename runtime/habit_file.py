"""The file of habit, `habit.toml`: weights of factors, hand-set rules, and which action of a strategy fits when."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from escs.runtime.errors import UsageError
from escs.runtime.moment import moment
from escs.runtime.taxonomy import taxonomy

PATH = Path(__file__).with_name("habit.toml")

STATE_KEYS = ("state", "stage", "asked-for", "declined", "risk", "arousal", "strength", "early")
"""What `when` of a `[[fit]]` may ask of the seeker's state."""

When = tuple[tuple[str, frozenset[str]], ...]
"""Names and the values that they may have; all must hold."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Points for strategies at certain moments."""

    name: str
    when: When
    points: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """Points for an action in certain states of the seeker."""

    action: str
    when: When
    points: int


@dataclass(frozen=True, slots=True)
class HabitFile:
    """All of the file."""

    smoothing: float  # turns
    factors: tuple[tuple[str, float], ...]  # names of things in a moment, joined by " & ", and a weight
    rules: tuple[Rule, ...]
    fits: tuple[Fit, ...]


def _complaint(path: Path, where: str, what: str) -> UsageError:
    return UsageError(f"{path}: {where} {what}.")


def _number(path: Path, where: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _complaint(path, where, f"needs a number from {low} to {high}")
    return value


def _when(path: Path, where: str, table: Any, known: tuple[str, ...]) -> When:
    if not isinstance(table, dict):
        raise _complaint(path, where, "needs when = { … }")
    for name, values in table.items():
        if name not in known:
            raise _complaint(path, where, f"asks for “{name}”; known are {', '.join(known)}")
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise _complaint(path, where, f"needs a list of values for “{name}”")
    return tuple((name, frozenset(values)) for name, values in table.items())


def _points(path: Path, where: str, table: Any) -> tuple[tuple[str, int], ...]:
    if not isinstance(table, dict) or not table:
        raise _complaint(path, where, 'needs points, as in adds = { "Question" = 2 }')
    for name, value in table.items():
        if name not in taxonomy().strategies:
            raise _complaint(path, where, f"gives points to “{name}”, which is no strategy")
        _number(path, where, value, -20, 20)
    return tuple(table.items())


def parse(text: str, path: Path = PATH) -> HabitFile:
    """The file's text, checked; `path` is for complaints. Raises `UsageError`, naming what cannot be used."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error
    known = tuple(moment(()))
    smoothing = _number(path, "[formula] smoothing", data.get("formula", {}).get("smoothing"), 0, 1_000)
    factors = []
    for name, weight in data.get("factors", {}).items():
        if missing := [part for part in name.split(" & ") if part not in known]:
            raise _complaint(path, f"the factor “{name}”", f"joins “{missing[0]}”, which no moment shows")
        factors.append((name, _number(path, f"the factor “{name}”", weight, 0, 2)))
    rules = []
    for number, entry in enumerate(data.get("rule", []), start=1):
        where = f"rule {number} “{entry.get('name', '')}”"
        adds = _points(path, where, entry.get("adds"))
        rules.append(Rule(str(entry.get("name", "")), _when(path, where, entry.get("when"), known), adds))
    fits = []
    for number, entry in enumerate(data.get("fit", []), start=1):
        where = f"fit {number} “{entry.get('action', '')}”"
        if entry.get("action") not in taxonomy().actions:
            raise _complaint(path, where, "names no action of the taxonomy")
        points = int(_number(path, where, entry.get("points"), -20, 20))
        fits.append(Fit(entry["action"], _when(path, where, entry.get("when"), STATE_KEYS), points))
    return HabitFile(float(smoothing), tuple(factors), tuple(rules), tuple(fits))


@cache
def habit_file() -> HabitFile:
    """The file that ships with the program, read once."""
    return parse(PATH.read_text(encoding="utf-8"))
