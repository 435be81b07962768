"""Follows all patterns at once through the words of a text, in time that grows with the number of words alone.

A pattern is looked for only around rare words that it cannot do without (`anchors.py`), and only in sentences that hold
all that it needs. There the patterns are walked as a deterministic automaton whose states are made when they are first
met and kept for the next text, up to a bound. Nothing ever goes back to try another way, so no text can make it slow by its
repetitions. What is kept are states of the rules, never words of a text.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_

from escs.runtime.safety.anchors import Anchors
from escs.runtime.safety.graph import Graph
from escs.runtime.safety.neighbours import Neighbours
from escs.runtime.safety.numbering import EDGE_ID, PAUSE_ID, SOFT_ID, Numbering
from escs.runtime.safety.pattern import Backwards, Part, Slots, backwards
from escs.runtime.safety.sieve import Sieve
from escs.runtime.safety.walk import State, Walk
from escs.runtime.safety.ways import Pattern, Way, Ways

MOST_STEPS = 100_000
"""How many steps are kept before they are dropped and made afresh; it bounds memory to some tens of megabytes."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One owner's pattern, found from the word `start` up to and without the word `end`."""

    owner: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of a text: where each begins and ends, its words, and the bits that these fill."""

    places: list[tuple[int, int, frozenset[int], int]]
    crossing: int  # the bits that the text fills for patterns that may go on from one sentence to the next


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
        stops = frozenset(ids[word] for word in negators)
        self._numbering = Numbering(ids, stops)
        self.passed = self.fillers | {PAUSE_ID, SOFT_ID}
        self._slots, self._ids = slots, ids
        self._patterns = [Pattern(parts, owner) for parts, owner in patterns]
        anchors = Anchors(slots, ids, self.passed)
        self._sieve = Sieve([parts for parts, _ in patterns], anchors, self._numbering.meant)
        self._owned: dict[int, int] = {}  # the patterns of each owner, and of those before and after the split, as bits
        for number, (_, owner) in enumerate(patterns):
            self._owned[owner] = self._owned.get(owner, 0) | 1 << number
        self._split = tuple(
            [
                reduce(or_, [bits for owner, bits in self._owned.items() if (owner >= split) == after], 0)
                for after in (False, True)
            ]
        )
        neighbours = Neighbours(slots, ids, self._numbering.read_as, self.passed, stops | {EDGE_ID})
        self._ways = Ways(anchors, neighbours, self._numbering, self.passed)
        self._backward_slots: Slots = Backwards(slots)
        self._lock = threading.RLock()
        self._forget()

    @property
    def steps(self) -> int:
        """How many states and steps between them are kept."""
        return self._onward.steps + self._back.steps

    def _forget(self) -> None:
        """Drop all states, which are made again when a text leads to them."""
        reads = self._numbering.reads
        self._onward = Walk(Graph(self._slots, self._ids), reads, self.passed)
        self._back = Walk(Graph(self._backward_slots, self._ids), reads, self.passed)
        for pattern in self._patterns:
            pattern.ways.clear()
        self._met: dict[tuple[Way, ...], State] = {}  # what is read before an anchor, from its end
        self._numbers: dict[tuple[tuple[Part, ...], int], int] = {}
        # What is read after an anchor; what is before it has an index of these for its end.
        self._rests: list[tuple[tuple[Part, ...], int]] = []
        self._after: dict[tuple[int, ...], State] = {}  # the start of what is read after an anchor, for some of these
        self._own: dict[tuple[Pattern, ...], State] = {}  # what is read to find where a pattern of one owner began

    def sentences(self, ids: Sequence[int]) -> Sentences:
        """The sentences of a text, ready for `run`."""
        edges = [index for index, word in enumerate(ids) if word == EDGE_ID]
        places, whole = [], 0
        with self._lock:
            for first, end in pairwise([0, *edges, len(ids)]):
                words = frozenset(ids[first : end + 1])
                filled = self._sieve.all(words)
                whole |= filled
                places.append((first, end, words, filled))
        return Sentences(places, whole & self._sieve.crossing)

    def run(self, ids: Sequence[int], part: int = 0, sentences: Sentences | None = None) -> list[tuple[int, int]]:
        """Pairs of (index of a pattern's last word, owner), in the order of the words.

        `part` is 0 for the owners before the split, 1 for the others.
        """
        sentences = sentences or self.sentences(ids)
        among = self._split[part]
        found: set[tuple[int, int]] = set()
        known: dict[frozenset[int], dict[int, list[Pattern]]] = {}  # what sentences of the same words may hold
        with self._lock:
            for first, end, words, filled in sentences.places:
                likely = known.get(words)
                if likely is None:
                    likely = known[words] = self._likely(words, filled | sentences.crossing, among)
                if not likely:
                    continue
                if self.steps > MOST_STEPS:
                    self._forget()
                for index in [index for index, word in enumerate(ids[first:end], first) if word in likely]:
                    ways = self._ways.near(likely[ids[index]], ids, index)
                    if ways and ways not in self._met:  # else it costs less to follow them at once
                        ways = self._ways.filled(ways, ids, index)
                    if ways:
                        self._around(ids, index, ways, found)
        return sorted(found)

    def begin(self, ids: Sequence[int], last: int, owner: int, earliest: int) -> int:
        """Where the longest pattern of `owner` that ends with the word at `last` begins, not before `earliest`."""
        with self._lock:
            filled = self._sieve.all(set(ids[earliest : last + 1]))
            likely = map(self._patterns.__getitem__, self._sieve.held(filled, self._owned[owner]))
            some = self._ways.ending(likely, ids[last])
            state = self._own.get(some)
            if state is None:
                places = [self._back.graph.place(backwards(each.parts), owner) for each in some]
                state = self._own[some] = self._back.state(places, carries=False)
            start = last
            for index in range(last, earliest - 1, -1):
                state = state[ids[index]]
                if state.ends:
                    start = index
                elif not state.places:
                    break
            return start

    def _likely(self, words: frozenset[int], filled: int, among: int) -> dict[int, list[Pattern]]:
        """For each anchor among the words of a sentence, its patterns of which all that is asked for is filled."""
        likely: dict[int, list[Pattern]] = {}
        for number in self._sieve.held(filled, among):
            pattern = self._patterns[number]
            for word in words & (pattern.anchors or self._ways.anchors(pattern)):
                likely.setdefault(word, []).append(pattern)
        return likely

    def _around(self, ids: Sequence[int], index: int, ways: tuple[Way, ...], found: set[tuple[int, int]]) -> None:
        """Adds to `found` what is read around the anchor at `index`, backwards from it and then onwards."""
        state = self._met.get(ways)
        if state is None:
            state = self._before(ways)
        at = index
        rests = state.ends
        while state.places and at:
            at -= 1
            state = state[ids[at]]
            if state.ends:
                rests += state.ends
        if not rests:
            return
        after, at = self._after.get(rests), index
        state = self._onwards(rests) if after is None else after
        while True:
            for owner in state.ends:
                found.add((at, owner))
            at += 1
            if not state.places or at == len(ids):
                break
            state = state[ids[at]]

    def _before(self, ways: tuple[Way, ...]) -> State:
        """The start of what is read before an anchor."""
        places = set()
        for way in ways:
            if way.start is None:
                end = way.right, way.pattern.owner
                rest = self._numbers.setdefault(end, len(self._rests))
                if rest == len(self._rests):
                    self._rests.append(end)
                way.start = self._back.graph.place(backwards(way.left), rest)
            places.add(way.start)
        state = self._met[ways] = self._back.state(places)
        return state

    def _onwards(self, rests: tuple[int, ...]) -> State:
        """The start of what patterns read after an anchor."""
        graph = self._onward.graph
        state = self._after[rests] = self._onward.state([graph.place(*self._rests[rest]) for rest in set(rests)])
        return state
