"""Follows all patterns at once through the words of a text, in time that grows with the number of words alone.

A pattern is looked for only around rare words that it cannot do without (`anchors.py`), and only in sentences that hold
all that it needs. There the patterns are walked as a deterministic automaton whose states are made when they are first
met and kept for the next text, up to a bound. Nothing ever goes back to try another way, so no text can make it slow by its
repetitions. What is kept are states of the rules, never words of a text.
"""

from __future__ import annotations

import sys
import threading
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import or_

from escs.runtime.safety.anchors import Anchors
from escs.runtime.safety.graph import ANY_ID, Graph, Place
from escs.runtime.safety.pattern import EDGE, NUMBER, Backwards, Part, Slots, backwards

MOST_STEPS = 100_000
"""How many steps are kept before they are dropped and made afresh; it bounds memory to some tens of megabytes."""

OTHER_ID = 0  # a word that no pattern reads
EDGE_ID = 1  # the start or end of a sentence
PAUSE_ID = 2  # a comma, a dash, a quotation mark: passed over
NUMBER_ID = 3
SOFT_ID = 4  # the end of a line, dots …: the end of a sentence for a pattern that asks for one, passed over otherwise
FIRST_WORD_ID = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """One owner's pattern, found from the word `start` up to and without the word `end`."""

    owner: int
    start: int
    end: int


class _State(dict[int, "_State"]):
    """A set of places in a graph, with the state that follows each word met so far; the others are made when met.

    `ends` are those of the patterns that the last word completed.
    """

    __slots__ = ("carries", "ends", "places", "walk")

    def __init__(self, walk: _Walk, places: frozenset[Place], ends: tuple[int, ...], carries: bool) -> None:
        self.walk, self.places, self.ends, self.carries = walk, places, ends, carries

    def __missing__(self, word: int) -> _State:
        return self.walk.follow(self, word)


class _Walk:
    """The states met so far on the graph of one direction."""

    __slots__ = ("_automaton", "_known", "dead", "graph")

    def __init__(self, automaton: Automaton, graph: Graph) -> None:
        self._automaton, self.graph = automaton, graph
        self._known: dict[tuple[frozenset[Place], tuple[int, ...]], _State] = {}
        self.dead = _State(self, frozenset(), (), carries=True)

    def state(self, reached: Collection[Place], carried: Collection[Place] = (), *, carries: bool = True) -> _State:
        """The state in which the places have just been reached, or were carried over a word that was not read."""
        if not reached and not carried:
            return self.dead
        ends = tuple(sorted({place.end for place in reached if place.complete}))
        places = frozenset([place for place in (*reached, *carried) if place.heads])
        if not carries:
            return _State(self, places, ends, carries)
        state = self._known.get((places, ends))
        if state is None:
            state = self._known[places, ends] = _State(self, places, ends, carries)
        return state

    def follow(self, state: _State, word: int) -> _State:
        """The state after one more word, kept for the next time."""
        automaton = self._automaton
        automaton.steps += 1
        # An end counts once, not again on what is passed over after it.
        carried = state.places if state.carries and word in automaton.passed else ()
        state[word] = following = self.state(self.graph.after(state.places, automaton.reads(word)), carried)
        return following


class _Pattern:
    """One pattern: `needs` are the bits that its sentence must fill, `starts` what there is before each anchor."""

    __slots__ = ("needs", "owner", "parts", "starts")

    def __init__(self, parts: tuple[Part, ...], owner: int, needs: int) -> None:
        self.parts, self.owner, self.needs = parts, owner, needs
        self.starts: dict[int, frozenset[Place]] = {}


class Automaton:
    """Made once of all patterns; `run` finds where patterns end, `begin` where one of them began.

    Each pattern is looked for only around its anchors, rare words that it cannot do without, backwards from there and
    then onwards. A filler is an anchor only where a pattern has nothing else, so that nearly no anchor is passed over and
    each word is read a bounded number of times. The owners before `split` and those from it on are looked for apart.
    """

    def __init__(
        self,
        patterns: Sequence[tuple[tuple[Part, ...], int]],
        slots: Slots,
        ids: Mapping[str, int],
        fillers: Iterable[str],
        negators: Iterable[str],
        split: int = sys.maxsize,
    ) -> None:
        """`patterns` pairs each pattern with the number of its owner; `ids` numbers every word that they read."""
        self.fillers = frozenset(ids[word] for word in fillers)
        self._negators = frozenset(ids[word] for word in negators)
        self._digits = frozenset(number for word, number in ids.items() if word.isdigit())
        self.passed = self.fillers | {PAUSE_ID, SOFT_ID}
        self._slots, self._ids = slots, ids
        self._patterns: dict[int, list[_Pattern]] = {}
        self._anchors = Anchors(slots, ids, self.passed)
        self._anchored: tuple[dict[int, list[_Pattern]], ...] = ({}, {})
        for parts, owner in patterns:
            anchored, pattern = self._anchored[owner >= split], _Pattern(parts, owner, self._anchors.needs(parts))
            self._patterns.setdefault(owner, []).append(pattern)
            for word in self._anchors.of(parts):
                for each in self._read_as(word):
                    anchored.setdefault(each, []).append(pattern)
        self._fills: dict[int, int] = {}
        self._backward_slots: Slots = Backwards(slots)
        self._lock = threading.RLock()
        self._forget()

    def _forget(self) -> None:
        """Drop all states, which are made again when a text leads to them."""
        self.steps = 0
        self._onward = _Walk(self, Graph(self._slots, self._ids))
        self._back = _Walk(self, Graph(self._backward_slots, self._ids))
        for pattern in chain.from_iterable(chain.from_iterable(map(dict.values, self._anchored))):
            pattern.starts.clear()
        self._met: dict[tuple[int, tuple[_Pattern, ...]], _State] = {}  # what is read before an anchor, from its end
        self._numbers: dict[tuple[tuple[Part, ...], int], int] = {}
        # What is read after an anchor; what is before it has an index of these for its end.
        self._rests: list[tuple[tuple[Part, ...], int]] = []
        self._after: dict[tuple[int, ...], _State] = {}  # the start of what is read after an anchor, for some of these
        self._own: dict[tuple[int, int], _State] = {}  # what is read to find where a pattern of one owner began

    def run(self, ids: Sequence[int], part: int = 0) -> list[tuple[int, int]]:
        """Pairs of (index of a pattern's last word, owner), in the order of the words.

        `part` is 0 for the owners before the split, 1 for the others.
        """
        anchored = self._anchored[part]
        edges = [index for index, word in enumerate(ids) if word == EDGE_ID]
        found: set[tuple[int, int]] = set()
        with self._lock:
            end, filled, wide = -1, 0, self._filled(set(ids)) & self._anchors.wide
            starts: dict[int, _State] = {}
            known: dict[int, dict[int, _State]] = {}  # the start before each anchor, in sentences that fill the same
            for index in [index for index, word in enumerate(ids) if word in anchored]:
                if index >= end:
                    at = bisect_right(edges, index)
                    end = edges[at] if at < len(edges) else len(ids)
                    filled = wide | self._filled(set(ids[edges[at - 1] if at else 0 : end + 1]))
                    if self.steps > MOST_STEPS:
                        self._forget()
                        known = {}
                    starts = known.setdefault(filled, {})
                word = ids[index]
                state = starts.get(word)
                if state is None:
                    possible = tuple([each for each in anchored[word] if each.needs & filled == each.needs])
                    state = self._met.get((word, possible)) if possible else self._back.dead
                    if state is None:
                        state = self._met[word, possible] = self._before(word, possible)
                    starts[word] = state
                at = index
                rests = state.ends
                while state.places and at:
                    at -= 1
                    state = state[ids[at]]
                    if state.ends:
                        rests += state.ends
                if not rests:
                    continue
                after, at = self._after.get(rests), index
                state = self._onwards(rests) if after is None else after
                while True:
                    for owner in state.ends:
                        found.add((at, owner))
                    at += 1
                    if not state.places or at == len(ids):
                        break
                    state = state[ids[at]]
        return sorted(found)

    def begin(self, ids: Sequence[int], last: int, owner: int, earliest: int) -> int:
        """Where the longest pattern of `owner` that ends with the word at `last` begins, not before `earliest`."""
        with self._lock:
            filled = self._filled(set(ids[earliest : last + 1]))
            state = self._own.get((owner, filled))
            if state is None:
                parts = [each.parts for each in self._patterns[owner] if each.needs & filled == each.needs]
                places = [self._back.graph.place(backwards(each), owner) for each in parts]
                state = self._own[owner, filled] = self._back.state(places, carries=False)
                self.steps += 1
            start = last
            for index in range(last, earliest - 1, -1):
                state = state[ids[index]]
                if state.ends:
                    start = index
                elif not state.places:
                    break
            return start

    def _filled(self, words: Iterable[int]) -> int:
        """The bits that words in a sentence fill."""
        filled, fills = 0, self._fills
        for word in words:
            if word not in fills:
                fills[word] = reduce(or_, map(self._anchors.fills, self._meant(word)))
            filled |= fills[word]
        return filled

    def _before(self, word: int, patterns: Iterable[_Pattern]) -> _State:
        """The start of what patterns read before an anchor."""
        self.steps += 1
        places: set[Place] = set()
        for pattern in patterns:
            if word not in pattern.starts:
                pattern.starts[word] = frozenset(self._starts(word, pattern))
            places |= pattern.starts[word]
        return self._back.state(places)

    def _onwards(self, rests: tuple[int, ...]) -> _State:
        """The start of what patterns read after an anchor."""
        graph = self._onward.graph
        state = self._after[rests] = self._onward.state([graph.place(*self._rests[rest]) for rest in set(rests)])
        self.steps += 1
        return state

    def _starts(self, word: int, pattern: _Pattern) -> Iterator[Place]:
        for meant in self._meant(word):
            for left, right in self._anchors.around(pattern.parts, meant):
                rest = right, pattern.owner
                if rest not in self._numbers:
                    self._numbers[rest] = len(self._rests)
                    self._rests.append(rest)
                yield self._back.graph.place(backwards(left), self._numbers[rest])

    def reads(self, word: int) -> tuple[int, ...]:
        """All that patterns may read a word of a text as."""
        if word in (EDGE_ID, SOFT_ID):
            return (EDGE_ID,)
        if word == PAUSE_ID:
            return (PAUSE_ID,)
        own = (word, NUMBER_ID) if word in self._digits else (word,)
        return own if word in self._negators else (*own, ANY_ID)

    def _read_as(self, word: int) -> Iterable[int]:
        """The numbers in a text that may be read as a word of a pattern."""
        if word == EDGE_ID:
            return (EDGE_ID, SOFT_ID)
        return (NUMBER_ID, *self._digits) if word == NUMBER_ID else (word,)

    def _meant(self, word: int) -> Iterable[int]:
        """The words of patterns as which a number in a text may be read."""
        if word == SOFT_ID:
            return (EDGE_ID,)
        return (word, NUMBER_ID) if word in self._digits else (word,)


def numbered(words: Iterable[str], same: Mapping[str, str]) -> dict[str, int]:
    """A number for every word that patterns read; other spellings of a word get the number of that word."""
    ids = {EDGE: EDGE_ID, NUMBER: NUMBER_ID}
    following = FIRST_WORD_ID
    for word in sorted(words):
        meant = same.get(word, word)
        if meant not in ids:
            ids[meant] = following
            following += 1
        ids[word] = ids[meant]
    for word, meant in same.items():
        if meant in ids:
            ids.setdefault(word, ids[meant])
    return ids
