"""Follows all patterns at once through the words of a text, in time that grows with the number of words alone.

The graph of the patterns is walked as a deterministic automaton whose states are made when they are first met and kept
for the next text, up to a bound. Nothing ever goes back to try another way, so no text can make it slow by its
repetitions. What is kept are states of the rules, never words of a text.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from escs.runtime.safety.graph import ANY_ID, Graph
from escs.runtime.safety.pattern import EDGE, NUMBER, Part, Slots

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


class _Table:
    """The states met so far."""

    __slots__ = ("ends", "numbers", "sets", "steps")

    def __init__(self, start: frozenset[int], ends: tuple[int, ...]) -> None:
        self.numbers = {start: 0}
        self.sets = [start]
        self.steps: list[dict[int, int]] = [{}]
        self.ends = [ends]


class Automaton:
    """Made once of all patterns; `run` finds where patterns end, `begin` where one of them began."""

    def __init__(
        self,
        patterns: Sequence[tuple[tuple[Part, ...], int]],
        slots: Slots,
        ids: Mapping[str, int],
        fillers: Iterable[str],
        negators: Iterable[str],
    ) -> None:
        """`patterns` pairs each pattern with the number of its owner; `ids` numbers every word that they read."""
        self.fillers = frozenset(ids[word] for word in fillers)
        self._negators = frozenset(ids[word] for word in negators)
        self._digits = frozenset(number for word, number in ids.items() if word.isdigit())
        self._slots, self._ids = slots, ids
        self._patterns: dict[int, list[tuple[Part, ...]]] = {}
        for parts, owner in patterns:
            self._patterns.setdefault(owner, []).append(parts)
        self._graph = self._graph_of(self._patterns)
        self._own: dict[int, Graph] = {}  # the patterns of one owner alone, to find where a match begins
        self._lock = threading.RLock()
        self._start = frozenset(self._graph.reached(0))
        self._table = self._fresh()

    def run(self, ids: Sequence[int]) -> list[tuple[int, int]]:
        """Pairs of (index of a pattern's last word, owner), in the order of the words."""
        found: list[tuple[int, tuple[int, ...]]] = []
        with self._lock:
            table = self._table
            steps, ends, state = table.steps, table.ends, 0
            for index, word in enumerate(ids):
                following = steps[state].get(word)
                if following is None:
                    if len(steps) > MOST_STATES:
                        here = table.sets[state]
                        table = self._table = self._fresh()
                        steps, ends, state = table.steps, table.ends, self._number(table, here)
                    reached = self._step(self._graph, table.sets[state], word) | self._start
                    following = self._number(table, reached)
                    steps[state][word] = following
                state = following
                if ends[state]:
                    found.append((index, ends[state]))
        return [(index, owner) for index, owners in found for owner in owners]

    def begin(self, ids: Sequence[int], last: int, owner: int, earliest: int) -> int:
        """Where the longest pattern of `owner` that ends with the word at `last` begins, not before `earliest`."""
        with self._lock:
            graph = self._own.get(owner)
            if graph is None:
                graph = self._own[owner] = self._graph_of({owner: self._patterns[owner]})
            start_states = frozenset(graph.reached(0))
            for start in range(earliest, last + 1):
                if ids[start] == PAUSE_ID:
                    continue
                states = self._step(graph, start_states, ids[start], carry=False)
                for index in range(start + 1, last + 1):
                    if not states:
                        break
                    states = self._step(graph, states, ids[index])
                if not states.isdisjoint(graph.ends):
                    return start
        return last

    def _graph_of(self, patterns: Mapping[int, Sequence[tuple[Part, ...]]]) -> Graph:
        graph = Graph(self._slots, self._ids)
        for owner, each in patterns.items():
            for parts in each:
                graph.add(parts, owner)
        return graph

    def _fresh(self) -> _Table:
        return _Table(self._start, self._owners(self._start))

    def _number(self, table: _Table, states: frozenset[int]) -> int:
        number = table.numbers.get(states)
        if number is None:
            number = table.numbers[states] = len(table.sets)
            table.sets.append(states)
            table.steps.append({})
            table.ends.append(self._owners(states))
        return number

    def _owners(self, states: frozenset[int]) -> tuple[int, ...]:
        owners: set[int] = set()
        for state in states & self._graph.ends.keys():
            owners |= self._graph.ends[state]
        return tuple(sorted(owners))

    def _step(self, graph: Graph, states: frozenset[int], word: int, *, carry: bool = True) -> frozenset[int]:
        """The states after one more word; `carry` keeps the states where the word may be passed over."""
        reached: set[int] = set()
        if carry and (word in (PAUSE_ID, SOFT_ID) or word in self.fillers):
            reached |= states - graph.ends.keys()  # an end counts once, not again on what is passed over after it
        gap = word not in (EDGE_ID, PAUSE_ID, SOFT_ID) and word not in self._negators
        digit = word in self._digits
        if word == SOFT_ID:
            word = EDGE_ID
        for state in states:
            for target in graph.after(state, word):
                reached.update(graph.reached(target))
            if digit:
                for target in graph.after(state, NUMBER_ID):
                    reached.update(graph.reached(target))
            if gap:
                for target in graph.after(state, ANY_ID):
                    reached.update(graph.reached(target))
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
