"""Fills the slots of a `## Say` line, `{{ feeling }}` and its like, by plain substitution: nothing in a line ever runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from escs.runtime.bank.skill import SLOTS

_SLOT = re.compile(r"\{\{ {0,3}([a-z]{1,20}) {0,3}\}\}")


@lru_cache(maxsize=4096)
def _cut(line: str) -> tuple[str, ...]:
    """A line as text, name of a slot, text, … ending with text."""
    return tuple(_SLOT.split(line))


@lru_cache(maxsize=4096)
def slots(line: str) -> tuple[str, ...]:
    """The names of the slots in a line, known or not, in order."""
    return _cut(line)[1::2]


@lru_cache(maxsize=4096)
def _fillable(line: str) -> bool:
    bare = "".join(_cut(line)[::2])
    return not any(braces in bare for braces in ("{{", "{%", "}}")) and all(name in SLOTS for name in slots(line))


@lru_cache(maxsize=4096)
def _plain(line: str) -> str | None:
    return line[:1].upper() + line[1:] if _fillable(line) else None


def fill(line: str, values: Mapping[str, str | None]) -> str | None:
    """The line with its slots filled; None where a slot is unknown or has no value, or braces are left over."""
    named = slots(line)
    if not named:
        return _plain(line)
    if not all(map(values.get, named)) or not _fillable(line):
        return None
    whole = "".join([values[part] or "" if place % 2 else part for place, part in enumerate(_cut(line))])
    return whole[:1].upper() + whole[1:]
