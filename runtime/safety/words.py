"""Which of several wordings is said: one not yet said in this conversation, filled in, and short enough."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from escs.runtime.safety.course_state import Course
from escs.runtime.safety.resources import Resources

WORDS_AT_MOST = 62
"""How long a body is at most, in words, a plan that is read back apart: short enough to be taken in in distress."""


def turned(wordings: Sequence[str], course: Course) -> list[str]:
    """The wordings from this conversation's own starting point on, those not yet said first."""
    if not wordings:
        return []
    start = course.offset % len(wordings)
    ring = [*wordings[start:], *wordings[:start]]
    return sorted(ring, key=lambda text: text in course.used)


_BEGINS = re.compile(r"^.|(?<=[.!?] )(?:your|a)(?= )")
"""The first letter, and words that stand for a number that we do not have, at the beginning of a sentence."""


def fill(text: str, resources: Resources, extra: Mapping[str, str] | None = None) -> str:
    """The wording with the country's numbers in it, and whatever else belongs in its places."""
    poison = resources.first("poison")
    values = {
        "number": resources.number,
        "emergency": resources.emergency_words,
        "directory": resources.directory,
        "poison": f"{poison.name} ({poison.call})" if poison else "the emergency number",
        **(extra or {}),
    }
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return _BEGINS.sub(lambda found: found[0][:1].upper() + found[0][1:], text)


def join(parts: Iterable[str]) -> str:
    """The parts as one paragraph."""
    return " ".join(part for part in parts if part)


def choose(
    course: Course, parts: Sequence[Sequence[str]], resources: Resources, extra: Mapping[str, str]
) -> tuple[str, ...]:
    """One wording of each part, so that the whole was not said before and is not too long.

    Parts are tried from the first on; a part may offer the empty string last, as what can be left out.
    """
    first: tuple[str, ...] = ()
    for chosen in _combinations(parts):
        body = fill(join(chosen), resources, extra)
        first = first or chosen
        if body not in course.said and len(body.split()) <= WORDS_AT_MOST:
            return chosen
    return first


def _combinations(parts: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """All combinations, those that change the last part first."""
    yield from product(*(part or ("",) for part in parts))
