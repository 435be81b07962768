"""Fills the slots of a `## Say` line, `{{ feeling }}` and its like, by plain substitution: nothing in a line ever runs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from escs.runtime.bank.skill import SLOTS

_SLOT = re.compile(r"\{\{ {0,3}([a-z]{1,20}) {0,3}\}\}")


def slots(line: str) -> tuple[str, ...]:
    """The names of the slots in a line, known or not, in order."""
    return tuple(_SLOT.findall(line))


def fill(line: str, values: Mapping[str, str | None]) -> str | None:
    """The line with its slots filled; None where a slot is unknown or has no value, or braces are left over."""
    missing = False

    def put(match: re.Match[str]) -> str:
        nonlocal missing
        value = values.get(match[1]) if match[1] in SLOTS else None
        if not value:
            missing = True
            return ""
        return value

    bare = _SLOT.sub("", line)
    if "{{" in bare or "{%" in bare or "}}" in bare:
        return None
    filled = _SLOT.sub(put, line)
    if missing:
        return None
    return filled[:1].upper() + filled[1:]
