"""Reads `appraisal.toml`, the parameters of the offline seeker, and `seeker_words.toml`, its words for what profiles leave open."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from escs.runtime.errors import UsageError
from escs.runtime.phrases import Phrases
from escs.runtime.taxonomy import taxonomy

PATH = Path(__file__).with_name("appraisal.toml")
WORDS = Path(__file__).with_name("seeker_words.toml")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The numbers of the appraisal, in points of emotion, and the phrases that it listens for."""

    intention: dict[str, float]
    temperament: dict[str, float]
    meets: dict[str, dict[str, float]]  # intention -> action -> points
    manner: dict[str, float]
    dynamics: dict[str, float]
    goodbye: dict[str, float]
    phrases: Phrases


@dataclass(frozen=True, slots=True)
class SeekerWords:
    """Stock sentences: what is hoped for at three levels of trust, answers about danger, and goodbyes."""

    wants: dict[str, tuple[str, ...]]
    risk: dict[str, tuple[str, ...]]
    left: dict[str, tuple[str, ...]]


@cache
def parameters() -> Parameters:
    """The parameters that ship. Raises `UsageError` where the file has been damaged."""
    data = _read(PATH)
    try:
        rows = [(name, line) for name, text in data["phrases"].items() for line in text.splitlines() if line.strip()]
        known = taxonomy()
        made = Parameters(
            data["intention"],
            data["temperament"],
            data["meets"],
            data["manner"],
            data["dynamics"],
            data["goodbye"],
            Phrases(rows, {}),
        )
        for table in made.meets.values():
            if unknown := set(table) - set(known.actions):
                raise ValueError(f"{sorted(unknown)[0]} is not an action")
        if set(made.meets) != set(known.intentions) or set(made.temperament) != set(known.temperaments):
            raise ValueError("an intention or a temperament is missing")
    except (KeyError, AttributeError, ValueError) as error:
        raise UsageError(f"{PATH} cannot be used: {error}.") from error
    return made


@cache
def seeker_words() -> SeekerWords:
    """The stock sentences that ship."""
    data = _read(WORDS)
    return SeekerWords(*({key: tuple(rows) for key, rows in data[name].items()} for name in ("wants", "risk", "left")))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error
