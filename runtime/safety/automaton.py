"""Follows all patterns at once through the words of a text, in time that grows with the number of words alone.

The graph of the patterns is walked as a deterministic automaton whose states are made when they are first met and kept
for the next text, up to a bound. Nothing ever goes back to try another way, so no text can make it slow by design of
its repetitions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from escs.runtime.safety.pattern import ANY, EDGE, NUMBER, Graph

MOST_STATES = 12_000
"""How many states are kept before they are dropped and made afresh; it bounds memory to some tens of megabytes."""

OTHER_ID = 0  # a word that no pattern reads
EDGE_ID = 1  # the start or end of a sentence
PAUSE_ID = 2  # a comma, a dash, a quotation mark: passed over
NUMBER_ID = 3
SOFT_ID = 4  # the end of a line, dots …: the end of a sentence for a pattern that asks for one, passed over otherwise


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
    """Made once from a graph; `run` finds where patterns end, `begin` where one of them began."""

    def __init__(self, graph: Graph, fillers: Iterable[str], negators: Iterable[str]) -> None:
        self.ids: dict[str, int] = {EDGE: EDGE_ID, NUMBER: NUMBER_ID}
        for word in sorted((graph.words() | set(fillers) | set(negators)) - {ANY, EDGE, NUMBER}):
            self.ids[word] = len(self.ids) + 3
        self.fillers = frozenset(self.ids[word] for word in fillers)
        self.negators = frozenset(self.ids[word] for word in negators)
        self.digits = frozenset(number for word, number in self.ids.items() if word.isdigit())
        self._edges: list[dict[int, tuple[int, ...]]] = [
            {self.ids[word]: tuple(targets) for word, targets in edges.items() if word != ANY} for edges in graph.edges
        ]
        self._any = [tuple(edges.get(ANY, ())) for edges in graph.edges]
        self._free = _closures(graph)
        self._ends = graph.ends
        self._start = frozenset(self._free[0])
        self._lock = threading.Lock()
        self._table = self._fresh()
        self._before = _predecessors(graph)
        self._paths: dict[int, frozenset[int]] = {}

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
                    following = self._number(table, self._step(table.sets[state], word))
                    steps[state][word] = following
                state = following
                if ends[state]:
                    found.append((index, ends[state]))
        return [(index, owner) for index, owners in found for owner in owners]

    def begin(self, ids: Sequence[int], last: int, owner: int, earliest: int) -> int:
        """Where the longest pattern of `owner` that ends with the word at `last` begins, not before `earliest`."""
        leading = self._leading(owner)
        ending = frozenset(state for state, owners in self._ends.items() if owner in owners)
        start_states = self._start & leading
        for start in range(earliest, last + 1):
            if ids[start] == PAUSE_ID:
                continue
            states = self._step(start_states, ids[start], search=False, carry=False) & leading
            for index in range(start + 1, last + 1):
                if not states:
                    break
                states = self._step(states, ids[index], search=False) & leading
            if states & ending:
                return start
        return last

    def _leading(self, owner: int) -> frozenset[int]:
        """Every state from which a pattern of `owner` can still end."""
        known = self._paths.get(owner)
        if known is None:
            reached = {state for state, owners in self._ends.items() if owner in owners}
            waiting = list(reached)
            while waiting:
                for before in self._before[waiting.pop()]:
                    if before not in reached:
                        reached.add(before)
                        waiting.append(before)
            known = self._paths[owner] = frozenset(reached)
        return known

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
        for state in states:
            owners |= self._ends.get(state, set())
        return tuple(sorted(owners))

    def _step(self, states: frozenset[int], word: int, *, search: bool = True, carry: bool = True) -> frozenset[int]:
        """The states after one more word; with `search`, a pattern may also begin after it."""
        reached: set[int] = set(self._start) if search else set()
        if carry and (word in (PAUSE_ID, SOFT_ID) or word in self.fillers):
            reached |= states - self._ends.keys()  # an end counts once, not again on what is passed over after it
        gap = word not in (EDGE_ID, PAUSE_ID, SOFT_ID) and word not in self.negators
        if word == SOFT_ID:
            word = EDGE_ID
        digit = word in self.digits
        for state in states:
            edges = self._edges[state]
            for target in edges.get(word, ()):
                reached.update(self._free[target])
            if digit:
                for target in edges.get(NUMBER_ID, ()):
                    reached.update(self._free[target])
            if gap:
                for target in self._any[state]:
                    reached.update(self._free[target])
        return frozenset(reached)


def _closures(graph: Graph) -> list[tuple[int, ...]]:
    """For each state, every state that it reaches without reading a word, itself included."""
    closures = []
    for state in range(len(graph.edges)):
        reached, waiting = {state}, [state]
        while waiting:
            for following in graph.free[waiting.pop()]:
                if following not in reached:
                    reached.add(following)
                    waiting.append(following)
        closures.append(tuple(reached))
    return closures


def _predecessors(graph: Graph) -> list[set[int]]:
    """For each state, the states that lead to it in one step, by a word or without one."""
    before: list[set[int]] = [set() for _ in graph.edges]
    for state, edges in enumerate(graph.edges):
        for target in graph.free[state].union(*edges.values()):
            before[target].add(state)
    return before
