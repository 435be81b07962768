"""The places in patterns that a text has reached, worked out where a text leads and nowhere else.

A place is what is still to be read of a pattern, and what its end stands for. Each list of the vocabulary is sorted by
first words once, and not again for each pattern that uses it, so thousands of phrasings cost nothing until somebody
comes near them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from escs.runtime.safety.numbering import ANY_ID
from escs.runtime.safety.pattern import Part, Slots, part_of

Sequence = tuple[Part, ...]
Firsts = Mapping[int, tuple[Sequence, ...]]
"""For each word that may come first, all that may follow it."""

_NOTHING: tuple[Sequence, ...] = ((),)

Heads = tuple[tuple[tuple[Firsts, Sequence], ...], bool]


class Place:
    """What is still to be read of a pattern: `heads` pairs what may come next with what follows that."""

    __slots__ = ("complete", "end", "heads", "passed")

    def __init__(self, heads: tuple[tuple[Firsts, Sequence], ...], complete: bool, end: int) -> None:
        self.heads, self.complete, self.end = heads, complete, end
        self.passed: set[Place] | None = None  # the places after a word that only a gap reads, once they are known


class Graph:
    """The places of all patterns, one object for equal ones."""

    def __init__(self, slots: Slots, ids: Mapping[str, int]) -> None:
        self._slots = slots
        self._ids = ids
        self._places: dict[tuple[Sequence, int], Place] = {}
        self._known: dict[Sequence, Heads] = {}
        self._firsts: dict[Part, tuple[Firsts, bool]] = {}

    def place(self, parts: Sequence, end: int) -> Place:
        """The place before some parts, whose end stands for `end`."""
        place = self._places.get((parts, end))
        if place is None:
            place = self._places[parts, end] = Place(*self._heads(parts), end)
        return place

    def after(self, places: Iterable[Place], words: Iterable[int]) -> set[Place]:
        """The places after one word, which may be read as any of some words of patterns."""
        found, known = set(), self._places
        for word in words:
            for place in places:
                for firsts, rest in place.heads:
                    if word in firsts:
                        end = place.end
                        for inside in firsts[word]:
                            parts = inside + rest
                            found.add(known.get((parts, end)) or self.place(parts, end))
        return found

    def over(self, places: Iterable[Place]) -> set[Place]:
        """The places after one word that gaps read, whatever word it is."""
        found = set()
        for place in places:
            if place.passed is None:
                place.passed = self.after((place,), (ANY_ID,))
            if place.passed:
                found |= place.passed
        return found

    def _heads(self, parts: Sequence) -> Heads:
        """What may come next in a sequence, and whether it may end at once."""
        known = self._known.get(parts)
        if known is None:
            heads, complete = [], True
            for at, part in enumerate(parts, 1):
                firsts, empty = self._firsts.get(part) or self._first(part)
                heads.append((firsts, parts[at:]))
                if not empty:
                    complete = False
                    break
            known = self._known[parts] = tuple(heads), complete
        return known

    def _first(self, part: Part) -> tuple[Firsts, bool]:
        """What may come first in a part, and whether it may be left out."""
        known = self._firsts[part] = self._sorted(part)
        return known

    def _sorted(self, part: Part) -> tuple[Firsts, bool]:
        if part.what == "word":
            return {self._ids[part.word]: _NOTHING}, False
        if part.what == "gap":
            return {ANY_ID: ((part_of("gap", width=part.width - 1),),) if part.width > 1 else _NOTHING}, True
        found: dict[int, tuple[Sequence, ...]] = {}
        empty, ids = False, self._ids
        for choice in part.choices or self._slots[part.word]:
            if choice and choice[0].what == "word":  # nearly all do
                word = ids[choice[0].word]
                follows = (choice[1:],) if len(choice) > 1 else _NOTHING
                found[word] = found[word] + follows if word in found else follows
                continue
            heads, complete = self._heads(choice)
            empty = empty or complete
            for firsts, rest in heads:
                for word, insides in firsts.items():
                    follows = tuple([inside + rest for inside in insides]) if rest else insides
                    found[word] = found[word] + follows if word in found else follows
        return found, empty
