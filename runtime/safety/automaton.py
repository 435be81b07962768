"""Follows all patterns at once through the words of a text, in time that grows with the number of words alone.

The graph of the patterns is walked as a deterministic automaton whose states are made when they are first met and kept
for the next text, up to a bound. Nothing ever goes back to try another way, so no text can make it slow by its
repetitions. What is kept are states of the rules, never words of a text.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import getitem

from escs.runtime.safety.graph import ANY_ID, Graph
from escs.runtime.safety.pattern import EDGE, NUMBER, Backwards, Part, Slots, backwards

MOST_STATES = 12_000
"""How many states are kept before they are dropped and made afresh; it bounds memory to some tens of megabytes."""

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
    """A set of places in a graph, with the state that follows each word met so far; the others are made when met."""

    __slots__ = ("carries", "ends", "places", "walk")

    def __init__(self, walk: _Walk, places: frozenset[int], ends: tuple[int, ...], carries: bool) -> None:
        self.walk, self.places, self.ends, self.carries = walk, places, ends, carries

    def __missing__(self, word: int) -> _State:
        return self.walk.follow(self, word)


class _Walk:
    """The states met so far on one graph; a walk that is `open` may begin a pattern at every word."""

    __slots__ = ("_always", "_automaton", "_graph", "_known", "start")

    def __init__(self, automaton: Automaton, graph: Graph, *, open: bool) -> None:
        self._automaton, self._graph = automaton, graph
        beginning = frozenset(graph.reached(0))
        self._always: frozenset[int] = beginning if open else frozenset()
        self._known: dict[frozenset[int], _State] = {}
        # Where a walk is not open nothing is passed over before its first word, so its start stands apart.
        self.start = self._state(beginning) if open else _State(self, beginning, (), carries=False)

    def follow(self, state: _State, word: int) -> _State:
        """The state after one more word, kept for the next time."""
        if state.carries and self._always and state is not self.start:
            # What may begin here is the same after every word before: it is worked out once a word, from the start.
            under_way = self._automaton._step(self._graph, state.places - self._always, word)
            places = under_way | self.start[word].places
        else:
            places = self._automaton._step(self._graph, state.places, word, carry=state.carries) | self._always
        if len(self._known) > MOST_STATES:
            self._known = {}
            self.start.clear()  # the states that only it leads to are let go
            return self._state(places)
        state[word] = following = self._state(places)
        return following

    def _state(self, places: frozenset[int]) -> _State:
        known = self._known.get(places)
        if known is None:
            owners = {owner for place in places & self._graph.ends.keys() for owner in self._graph.ends[place]}
            known = self._known[places] = _State(self, places, tuple(sorted(owners)), carries=True)
        return known


class Automaton:
    """Made once of all patterns; `run` finds where patterns end, `begin` where one of them began.

    The owners before `split` and those from it on are followed apart, each on a graph of its own: together they would
    have a state for every pair of states.
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
        self._slots, self._ids = slots, ids
        self._patterns: dict[int, list[tuple[Part, ...]]] = {}
        for parts, owner in patterns:
            self._patterns.setdefault(owner, []).append(parts)
        self._backward_slots: Slots = Backwards(slots)
        self._own: dict[int, _Walk] = {}  # the patterns of one owner alone, read backwards to find where one began
        self._lock = threading.RLock()
        first = {owner: each for owner, each in self._patterns.items() if owner < split}
        second = {owner: each for owner, each in self._patterns.items() if owner >= split}
        self._walks = tuple(_Walk(self, self._graph_of(each), open=True) for each in (first, second))

    def run(self, ids: Sequence[int], part: int = 0) -> list[tuple[int, int]]:
        """Pairs of (index of a pattern's last word, owner), in the order of the words.

        `part` is 0 for the owners before the split, 1 for the others.
        """
        with self._lock:
            states = accumulate(ids, getitem, initial=self._walks[part].start)
            return [(index, owner) for index, state in enumerate(states, -1) if state.ends for owner in state.ends]

    def begin(self, ids: Sequence[int], last: int, owner: int, earliest: int) -> int:
        """Where the longest pattern of `owner` that ends with the word at `last` begins, not before `earliest`."""
        with self._lock:
            walk = self._own.get(owner)
            if walk is None:
                graph = Graph(self._backward_slots, self._ids)
                for parts in self._patterns[owner]:
                    graph.add(backwards(parts), owner)
                walk = self._own[owner] = _Walk(self, graph, open=False)
            state, start = walk.start, last
            for index in range(last, earliest - 1, -1):
                state = state[ids[index]]
                if state.ends:
                    start = index
                elif not state.places:
                    break
            return start

    def _graph_of(self, patterns: Mapping[int, Sequence[tuple[Part, ...]]]) -> Graph:
        graph = Graph(self._slots, self._ids)
        for owner, each in patterns.items():
            for parts in each:
                graph.add(parts, owner)
        return graph

    def _step(self, graph: Graph, states: frozenset[int], word: int, *, carry: bool = True) -> frozenset[int]:
        """The states after one more word; `carry` keeps the states where the word may be passed over."""
        reached: set[int] = set()
        if carry and (word in (PAUSE_ID, SOFT_ID) or word in self.fillers):
            reached |= states - graph.ends.keys()  # an end counts once, not again on what is passed over after it
        gap = word not in (EDGE_ID, PAUSE_ID, SOFT_ID) and word not in self._negators
        digit = word in self._digits
        if word == SOFT_ID:
            word = EDGE_ID
        for read in (word, *((NUMBER_ID,) if digit else ()), *((ANY_ID,) if gap else ())):
            for group in graph.after(states, read):
                reached.update(group)
        return frozenset(reached)


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
