"""How patterns may stand around their anchors, and which of these ways go with the words of a text.

Nearly always some word is missing near an anchor, or stands on its wrong side. This is seen here at little cost, so that
hardly any state of the automaton need ever be made for ordinary talk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from escs.runtime.safety.anchors import Anchors
from escs.runtime.safety.graph import Place
from escs.runtime.safety.neighbours import Near, Neighbours
from escs.runtime.safety.numbering import OTHER_ID, Numbering
from escs.runtime.safety.pattern import Part


class Pattern:
    """One pattern: `anchors` are the words of a text around which it is looked for, `ways` how it stands around them."""

    __slots__ = ("anchors", "last", "owner", "parts", "ways")

    def __init__(self, parts: tuple[Part, ...], owner: int) -> None:
        self.parts, self.owner = parts, owner
        self.anchors: frozenset[int] | None = None
        self.ways: dict[int, tuple[Way, ...]] = {}
        self.last: Near | None = None  # the words with which it may end


class Way:
    """One way in which a pattern stands around an anchor, with what must be near that; worked out as far as it is asked."""

    __slots__ = ("after", "before", "further", "left", "pattern", "right", "start")

    def __init__(self, pattern: Pattern, left: tuple[Part, ...], right: tuple[Part, ...]) -> None:
        self.pattern, self.left, self.right = pattern, left, right
        self.before: Near | None = None
        self.after: Near | None = None
        self.further: tuple[tuple[Near, ...], tuple[Near, ...]] | None = None  # what else must be before and after
        self.start: Place | None = None


class Ways:
    """Finds the ways that go with a text around one place of it."""

    __slots__ = ("_anchors", "_neighbours", "_numbering", "_passed")

    def __init__(self, anchors: Anchors, neighbours: Neighbours, numbering: Numbering, passed: Collection[int]) -> None:
        self._anchors, self._neighbours, self._numbering = anchors, neighbours, numbering
        self._passed = passed

    def anchors(self, pattern: Pattern) -> frozenset[int]:
        """The words of a text around which a pattern is looked for."""
        if pattern.anchors is None:
            words = self._anchors.of(pattern.parts)
            pattern.anchors = frozenset([each for word in words for each in self._numbering.read_as(word)])
        return pattern.anchors

    def ending(self, some: Iterable[Pattern], word: int) -> tuple[Pattern, ...]:
        """Those of some patterns that may end with a word."""
        found = []
        for pattern in some:
            if pattern.last is None:
                pattern.last = self._neighbours.before(pattern.parts)
            words, reach = pattern.last
            if reach != 1 or word in words:
                found.append(pattern)
        return tuple(found)

    def near(self, some: Iterable[Pattern], ids: Sequence[int], index: int) -> tuple[Way, ...]:
        """The ways of some patterns around their anchor at `index` that go with the words near it."""
        word = ids[index]
        previous = ids[index - 1] if index else None
        following = ids[index + 1] if index + 1 < len(ids) else None
        # Where the next word is not passed over, none is to be sought behind it for what must stand directly there.
        before, after = int(previous not in self._passed), int(following not in self._passed)
        found = []
        for pattern in some:
            for way in pattern.ways.get(word) or self._of(pattern, word):
                words, reach = way.before or self._before(way)
                if reach and previous not in words and (reach == before or self._none(words, reach, ids, index, -1)):
                    continue
                words, reach = way.after or self._after(way)
                if reach and following not in words and (reach == after or self._none(words, reach, ids, index, 1)):
                    continue
                found.append(way)
        return tuple(found)

    def _none(self, words: frozenset[int], reach: int, ids: Sequence[int], index: int, step: int) -> bool:
        """Whether none of some words is near an anchor in one direction, where the next word is none of them."""
        return words.isdisjoint(self._neighbours.near(ids, index, step, reach))

    def filled(self, ways: tuple[Way, ...], ids: Sequence[int], index: int) -> tuple[Way, ...]:
        """Those of some ways around the anchor at `index` for which all that they ask for stands near enough on its side."""
        sides: tuple[dict[int, frozenset[int]], ...] = ({}, {})
        found = []
        for way in ways:
            if way.further is None:
                neighbours = self._neighbours
                way.further = neighbours.further_before(way.left), neighbours.further_after(way.right)
            if not any(
                words.isdisjoint(side.get(reach) or self._within(side, ids, index, step, reach))
                for side, step, some in zip(sides, (-1, 1), way.further, strict=True)
                for words, reach in some
            ):
                found.append(way)
        return tuple(found)

    def _within(
        self, side: dict[int, frozenset[int]], ids: Sequence[int], index: int, step: int, reach: int
    ) -> frozenset[int]:
        side[reach] = words = self._neighbours.within(ids, index, step, reach)
        return words

    def _of(self, pattern: Pattern, word: int) -> tuple[Way, ...]:
        """How a pattern may stand around an anchor."""
        at = self._anchors.place(pattern.parts)
        if self._neighbours.longest(pattern.parts[at]) == 1:  # one way for all anchors
            way = pattern.ways.get(OTHER_ID) or (Way(pattern, pattern.parts[:at], pattern.parts[at + 1 :]),)
            pattern.ways[OTHER_ID] = pattern.ways[word] = way
            return way
        meant = self._numbering.meant(word)
        around = [pair for each in meant for pair in self._anchors.around(pattern.parts, each)]
        ways = pattern.ways[word] = tuple([Way(pattern, left, right) for left, right in around])
        return ways

    def _before(self, way: Way) -> Near:
        way.before = near = self._neighbours.before(way.left)
        return near

    def _after(self, way: Way) -> Near:
        way.after = near = self._neighbours.after(way.right)
        return near
