"""The words that may stand next to a pattern's anchor, so that an anchor in other company is passed over at once.

"(want | wish) to die" is only looked for around a `die` that `to` stands before. Where a gap begins there, or the pattern
ends, nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from escs.runtime.safety.pattern import Part, Slots

Words = frozenset[int] | None
"""Numbers of words in a text; None where any word may stand."""


class Neighbours:
    """What may stand beside anchors, worked out for each part of a pattern when it is first asked for."""

    def __init__(self, slots: Slots, ids: Mapping[str, int], read_as: Callable[[int], Iterable[int]]) -> None:
        """`read_as` gives the numbers in a text that may be read as a word of a pattern."""
        self._slots, self._ids, self._read_as = slots, ids, read_as
        self._known: tuple[dict[Part, tuple[Words, bool]], ...] = ({}, {})

    def last(self, parts: Sequence[Part]) -> Words:
        """The words with which parts may end."""
        words, empty = self._nearest(parts[::-1], 1)
        return None if empty else words

    def first(self, parts: Sequence[Part]) -> Words:
        """The words with which parts may begin."""
        words, empty = self._nearest(parts, 0)
        return None if empty else words

    def _nearest(self, parts: Sequence[Part], side: int) -> tuple[Words, bool]:
        """The words with which parts begin (`side` 0) or, given from their end, end; and whether all may be left out."""
        found: Words = frozenset()
        for part in parts:
            words, empty = self._known[side].get(part) or self._of_part(part, side)
            if words is None or found is None:
                return None, True
            found = found | words if found else words
            if not empty:
                return found, False
        return found, True

    def _of_part(self, part: Part, side: int) -> tuple[Words, bool]:
        found: set[int] | None = set()
        empty = False
        if part.what == "word":
            found = set(self._read_as(self._ids[part.word]))
        elif part.what == "gap":
            found, empty = None, True
        else:
            for choice in part.choices or self._slots[part.word]:
                words, nothing = self._nearest(choice[::-1] if side else choice, side)
                empty = empty or nothing
                if words is None or found is None:
                    found = None
                else:
                    found |= words
        known = self._known[side][part] = (None if found is None else frozenset(found)), empty
        return known
