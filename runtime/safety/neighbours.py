"""The words that may stand near a pattern's anchor, so that an anchor in other company is passed over at once.

"(want | wish) to die" is only looked for around a `die` that `to` stands before, and "sleep ..6 forever" around a `sleep`
with `forever` among the seven words after it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from escs.runtime.safety.numbering import FIRST_WORD_ID
from escs.runtime.safety.pattern import Part, Slots

Near = tuple[frozenset[int], int]
"""Words of a text, and how far away the nearest one of them may be; 0 where there need be none."""

_Outer = tuple[frozenset[int], int, int | None]
"""The words with which a part begins (or ends), how far in they may be, and how many other words it may read without them."""


class Neighbours:
    """What may stand near anchors, worked out for each part of a pattern when it is first asked for."""

    def __init__(
        self,
        slots: Slots,
        ids: Mapping[str, int],
        read_as: Callable[[int], Iterable[int]],
        passed: Collection[int],
        stops: Collection[int],
    ) -> None:
        """`read_as` gives the words of a text that may be read as one of a pattern.

        The words in `passed` are passed over, and no gap reaches over those in `stops`.
        """
        self._slots, self._ids, self._read_as, self._passed, self._stops = slots, ids, read_as, passed, stops
        self._known: tuple[dict[Part, _Outer], ...] = ({}, {})
        self._most: dict[Part, int] = {}

    def near(self, ids: Sequence[int], index: int, step: int, reach: int) -> Sequence[int]:
        """The next `reach` words of a text in one direction, and those that are passed over on the way."""
        found = []
        at = index + step
        while 0 <= at < len(ids):
            word = ids[at]
            found.append(word)
            if word not in self._passed:
                reach -= 1
                if not reach or word in self._stops:
                    break
            at += step
        return found

    def before(self, parts: Sequence[Part]) -> Near:
        """What must be near before an anchor, where `parts` stand before it."""
        words, reach, without = self._outer(parts[::-1], 1)
        return words, reach if without is None else 0

    def after(self, parts: Sequence[Part]) -> Near:
        """What must be near after an anchor, where `parts` stand after it."""
        words, reach, without = self._outer(parts, 0)
        return words, reach if without is None else 0

    def further_before(self, parts: Sequence[Part]) -> tuple[Near, ...]:
        """What else must stand before an anchor, and within how many words at most, where `parts` stand before it."""
        return self._further(parts[::-1], 1)

    def further_after(self, parts: Sequence[Part]) -> tuple[Near, ...]:
        """What else must stand after an anchor, and within how many words at most, where `parts` stand after it."""
        return self._further(parts, 0)

    def _further(self, parts: Sequence[Part], side: int) -> tuple[Near, ...]:
        """What all parts but the nearest ask for that may not be left out; for `side` 1 they are given from their end."""
        found, within, known, nearest = [], 0, self._known[side], True
        for part in parts:
            words, reach, without = known.get(part) or self._of_part(part, side)
            if without is None:
                if not nearest and words:
                    found.append((words, within + reach))
                nearest = False
            within += self.longest(part)
        return tuple(found)

    def longest(self, part: Part) -> int:
        """How many words a part reads at most."""
        if part.what == "word":
            return 1
        if part.what == "gap":
            return part.width
        longest = self._most.get(part)
        if longest is None:
            choices = part.choices or self._slots[part.word]
            longest = self._most[part] = max([sum(map(self.longest, choice)) for choice in choices])
        return longest

    def within(self, ids: Sequence[int], index: int, step: int, reach: int) -> frozenset[int]:
        """The next `reach` words of a text in one direction, and those that are passed over on the way or right behind them."""
        found, passed = [], self._passed
        at, end = index + step, len(ids) if step > 0 else -1
        while at != end:
            word = ids[at]
            if word not in passed:
                if not reach:
                    break
                reach -= 1
            found.append(word)
            at += step
        return frozenset(found)

    def _outer(self, parts: Sequence[Part], side: int) -> _Outer:
        """The same for parts that follow each other; for `side` 1 they are given from their end."""
        found, furthest, others, known = frozenset[int](), 0, 0, self._known[side]
        for part in parts:
            words, reach, without = known.get(part) or self._of_part(part, side)
            if words:
                found, furthest = found | words if found else words, max(furthest, others + reach)
            if without is None:
                return found, furthest, None
            others += without
        return found, furthest, others

    def _of_part(self, part: Part, side: int) -> _Outer:
        outer: _Outer
        known = self._known[side]
        if part.what == "word":
            known[part] = outer = frozenset(self._read_as(self._ids[part.word])), 1, None
            return outer
        if part.what == "gap":
            known[part] = outer = frozenset(), 0, part.width
            return outer
        found, furthest, others = set[int](), 0, -1
        for choice in part.choices or self._slots[part.word]:
            if choice and (outermost := choice[-side]).what == "word":  # nearly all are: no need to go into them
                number = self._ids[outermost.word]
                if number >= FIRST_WORD_ID:
                    found.add(number)
                    furthest = furthest or 1
                    continue
            words, reach, without = self._outer(choice[::-1] if side else choice, side)
            found |= words
            furthest, others = max(furthest, reach), max(others, -1 if without is None else without)
        known[part] = outer = frozenset(found), furthest, others if others >= 0 else None
        return outer
